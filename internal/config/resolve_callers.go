package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/caller"
	"github.com/rtmauth/rtmauth/internal/caller/apikey"
	"github.com/rtmauth/rtmauth/internal/caller/jwt"
	"github.com/rtmauth/rtmauth/internal/caller/mtls"
	"github.com/rtmauth/rtmauth/internal/caller/webhook"
	"github.com/rtmauth/rtmauth/internal/keyring"
	"github.com/rtmauth/rtmauth/internal/policy"
)

func checkKeyPair(cert, key []byte) error {
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		return errors.New("cert and key are not PEM files of one pair")
	}
	return nil
}

// named makes a caller known to rules. One name belongs to one kind, and but for
// API keys, that share one while they replace each other, to one entry.
func (v *resolver) named(path, name string, kind policy.Kind) {
	other, taken := v.names[name]
	switch {
	case name == "":
		return // said where it is missing
	case name == "*" || name == caller.AnonymousName:
		v.fail(path, "this name is taken: it means others")
	case taken && (other != kind || kind != policy.KindAPIKey && kind != policy.KindMTLS):
		v.fail(path, "another caller has the same name")
	}
	v.names[name] = kind
}

func (v *resolver) callers() {
	cs := v.c.Callers
	for i, k := range cs.APIKeys {
		path := fmt.Sprintf("callers.api_keys[%d]", i)
		if k.Caller == "" {
			k.Caller = k.ID
		}
		v.named(path, k.Caller, policy.KindAPIKey)
		key := apikey.Key{ID: k.ID, Caller: k.Caller, SHA256: k.SHA256, Expires: k.Expires.Time}
		if _, err := apikey.New([]apikey.Key{key}, time.Now); err != nil && k.ID != "" && k.SHA256 != "" {
			v.fail(path, "%v", err)
			continue
		}
		v.out.APIKeys = append(v.out.APIKeys, key)
		if _, err := apikey.New(v.out.APIKeys, time.Now); err != nil {
			v.fail(path, "%v", err)
		}
	}
	for i, j := range cs.JWT {
		v.jwt(fmt.Sprintf("callers.jwt[%d]", i), j)
	}
	for i, w := range cs.Webhook {
		path := fmt.Sprintf("callers.webhook[%d]", i)
		v.named(path+".name", w.Name, policy.KindWebhook)
		cfg := webhook.Config{Name: w.Name, URL: w.URL, Headers: w.Headers, Timeout: w.Timeout, Cache: w.Cache}
		if _, err := webhook.New(cfg, nil, time.Now); err != nil {
			v.fail(path, "%v", err)
		}
		v.out.Webhooks = append(v.out.Webhooks, cfg)
	}
	if len(cs.Webhook) > 1 {
		v.fail("callers.webhook", "at most one: which of several would be asked depends on what a client sends")
	}
	for i, m := range cs.MTLS {
		path := fmt.Sprintf("callers.mtls[%d]", i)
		v.named(path+".name", m.Name, policy.KindMTLS)
		if v.c.TLS.Cert == "" {
			v.fail(path, "client certificates need tls")
		}
		cfg := mtls.Config{Name: m.Name, CA: v.read(path+".ca_file", m.CAFile), Subjects: m.Subjects}
		if cfg.CA == nil {
			continue
		}
		if _, err := mtls.New([]mtls.Config{cfg}, time.Now); err != nil {
			v.fail(path, "%v", err)
		}
		v.out.MTLS = append(v.out.MTLS, cfg)
	}
	known := len(cs.APIKeys) + len(cs.JWT) + len(cs.Webhook) + len(cs.MTLS)
	if known == 0 && !v.c.Anonymous {
		v.fail("callers", "there is no way to know a caller: anyone could have a token for anyone. Add api_keys, jwt, webhook or mtls; insecure_anonymous: true does without")
	}
	if v.c.Anonymous {
		v.names[caller.AnonymousName] = policy.KindAnonymous
		v.warn("insecure_anonymous", "requests without a credential get what rules give caller %q by name; \"*\" is not it", caller.AnonymousName)
	}
}

func (v *resolver) jwt(path string, j JWT) {
	v.named(path+".name", j.Name, policy.KindJWT)
	src := jwt.SourceConfig{Issuer: j.Issuer, JWKSURL: j.JWKSURL, Refresh: j.Refresh, MaxAge: j.MaxKeyAge}
	given := 0
	if j.JWKSURL != "" {
		given++
	}
	if j.KeyFile != "" {
		given++
		if src.KeyFile = v.read(path+".key_file", j.KeyFile); src.KeyFile == nil {
			return
		}
	}
	if !j.Secret.IsZero() {
		given++
		text := v.secret(path+".secret", j.Secret)
		if text.IsZero() {
			return
		}
		src.Secret = text.Reveal()
	}
	if given > 1 {
		v.fail(path, "at most one of jwks_url, key_file and secret")
		return
	}
	if j.Refresh < 10*time.Second || j.Refresh > 24*time.Hour {
		v.fail(path+".refresh", "must be between 10s and 24h")
	}
	if j.MaxKeyAge < j.Refresh || j.MaxKeyAge > 30*24*time.Hour {
		v.fail(path+".max_key_age", "must be between refresh and 720h")
	}
	if j.Issuer == "" || j.Name == "" {
		return
	}
	source, err := jwt.NewSource(src, jwt.SourceOptions{})
	if err != nil {
		v.fail(path, "%v", err)
		return
	}
	issuer := jwt.Issuer{Name: j.Name, Issuer: j.Issuer, Audience: j.Audience, Require: j.Require, Algorithms: j.Algorithms, Leeway: j.Leeway, Source: source}
	if _, err := jwt.New([]jwt.Issuer{issuer}, time.Now); err != nil {
		v.fail(path, "%v", err)
		return
	}
	for _, other := range v.out.JWT {
		if other.Issuer.Issuer == j.Issuer && !sameSource(other.Source(), src) {
			v.fail(path, "entries for one issuer must have the same keys, refresh and max_key_age")
		}
	}
	issuer.Source = nil
	hidden := &src
	v.out.JWT = append(v.out.JWT, ResolvedJWT{issuer, &hidden})
}

func sameSource(a, b jwt.SourceConfig) bool {
	return a.Issuer == b.Issuer && a.JWKSURL == b.JWKSURL && a.Refresh == b.Refresh && a.MaxAge == b.MaxAge &&
		string(a.KeyFile) == string(b.KeyFile) && string(a.Secret) == string(b.Secret)
}

func (v *resolver) policy() {
	p := &policy.Policy{Implied: map[string]policy.Rule{}}
	v.out.Rules = p
	ruleNames := map[string]bool{}
	for i, r := range v.c.Policy {
		path := fmt.Sprintf("policy[%d]", i)
		if r.Name == "" {
			r.Name = fmt.Sprintf("rule %d", i+1)
		}
		if ruleNames[r.Name] {
			v.fail(path+".name", "another rule has this name")
		}
		ruleNames[r.Name] = true
		p.Rules = append(p.Rules, v.rule(path, r))
	}
	if len(v.c.Projects) == 0 {
		return
	}
	own, _ := policy.ParsePatterns("{sub}")
	for name, kind := range v.names {
		if kind != policy.KindJWT && kind != policy.KindWebhook {
			continue
		}
		implied := policy.Rule{
			Name: "implied: own user, rtm", Callers: []string{name}, Users: own, Services: []string{policy.RTM},
			Versions: []rtmauth.Version{rtmauth.Version006, rtmauth.Version007}, Life: rtmauth.MaxLife,
		}
		v.ofProjects(&implied, []string{v.c.Projects[0].Name})
		p.Implied[name] = implied
	}
	for name, kind := range v.names {
		if len(p.RulesFor(policy.Caller{Name: name, Kind: kind})) == 0 {
			v.warn("policy", "no rule names caller %q (%s): it gets nothing", name, kind)
		}
	}
	slices.Sort(v.out.Warnings)
}

func (v *resolver) ofProjects(r *policy.Rule, names []string) (unknown []string) {
	for _, name := range names {
		i := slices.IndexFunc(v.c.Projects, func(p Project) bool { return p.Name == name })
		if i < 0 {
			unknown = append(unknown, name)
			continue
		}
		r.Projects = append(r.Projects, name)
		j := slices.IndexFunc(v.out.Projects, func(p keyring.ProjectConfig) bool { return p.Name == name })
		appID := ""
		if j >= 0 {
			appID = v.out.Projects[j].AppID
		}
		r.AppIDs = append(r.AppIDs, appID)
	}
	return unknown
}

func (v *resolver) rule(path string, r Rule) policy.Rule {
	out := policy.Rule{
		Name: r.Name, Callers: r.Callers, Services: r.Services, Roles: r.Roles, Life: r.Life, Renew: r.Renew, Allow00624h: r.Allow00624h, Verify: r.Verify,
	}
	users := r.Users
	signIn := len(r.Callers) > 0
	for i, name := range r.Callers {
		kind, known := v.names[name]
		if !known && name != "*" {
			v.fail(fmt.Sprintf("%s.callers[%d]", path, i), "no caller is named %q%s", name, didYouMean(name, keys(v.names)))
		}
		signIn = signIn && (kind == policy.KindJWT || kind == policy.KindWebhook)
	}
	if len(users) == 0 {
		if users = []string{"{sub}"}; !signIn && len(r.Callers) > 0 {
			v.fail(path+".users", "is missing: a key, certificate or \"*\" has no user of its own; \"*\" permits tokens for any user")
		}
	}
	out.Users = v.patterns(path+".users", users)
	out.Channels = v.patterns(path+".channels", r.Channels)
	out.UIDs = v.patterns(path+".uids", r.UIDs)
	v.matchable(path+".users", out.Users, r.Callers)
	v.matchable(path+".channels", out.Channels, r.Callers)
	v.matchable(path+".uids", out.UIDs, r.Callers)
	v.among(path+".services", r.Services, policy.Services())
	v.among(path+".roles", r.Roles, []string{policy.Publisher, policy.Subscriber})
	v.among(path+".versions", r.Versions, []string{"006", "007"})
	for _, version := range r.Versions {
		out.Versions = append(out.Versions, rtmauth.Version(version))
	}
	for i, p := range r.RTM2 {
		at := fmt.Sprintf("%s.rtm2[%d]", path, i)
		v.oneOf(at+".resource", p.Resource, policy.RTM2Resources()...)
		v.among(at+".access", p.Access, policy.RTM2Accesses())
		out.RTM2 = append(out.RTM2, policy.RulePermission{Resource: p.Resource, Access: p.Access, Names: v.patterns(at+".names", p.Names)})
	}
	if r.Life < time.Minute || r.Life > rtmauth.MaxLife {
		v.fail(path+".life", "must be between 1m and 24h: Agora's services cut longer lives")
	}
	if r.Renew < 10*time.Second || r.Renew > rtmauth.MaxLife {
		v.fail(path+".renew", "must be between 10s and 24h")
	}
	projects := r.Projects
	if len(projects) == 0 && len(v.c.Projects) > 0 {
		projects = []string{v.c.Projects[0].Name}
	}
	for _, name := range v.ofProjects(&out, projects) {
		v.fail(path+".projects", "no project is named %q", name)
	}
	if slices.Contains(r.Services, policy.RTC) && len(r.Channels) == 0 {
		v.warn(path, "permits rtc in no channel: channels is missing")
	}
	if v.c.Fetch.Enabled && v.c.Fetch.Version == "006" && r.Life < rtmauth.MaxLife && !r.Allow00624h && slices.Contains(r.Services, policy.RTM) && slices.Contains(r.Versions, "006") {
		v.warn(path, "/fetch_rtm_token makes 006 tokens, which this rule refuses because of its life of %s: set fetch_rtm_token.token_version to 007, or allow_006_24h", r.Life)
	}
	return out
}

// matchable warns of callers of a rule for whom none of the patterns can match:
// each reads a claim that callers of their kind do not have. "*" is let be where
// it means one who has.
func (v *resolver) matchable(path string, ps policy.Patterns, callers []string) {
	if len(ps) == 0 {
		return
	}
	matches := func(kind policy.Kind) bool {
		return slices.ContainsFunc(ps, func(p policy.Pattern) bool {
			return !slices.ContainsFunc(p.Claims(), func(claim string) bool { return !kind.MayHaveClaim(claim) })
		})
	}
	for _, name := range callers {
		kind, known := v.names[name]
		if known && !matches(kind) {
			v.warn(path, "never matches for caller %q (%s): such callers have no claim that %s reads", name, kind, ps)
		}
	}
	if slices.Contains(callers, "*") && !slices.ContainsFunc(slices.Collect(maps.Values(v.names)), matches) {
		v.warn(path, "never matches: no known caller has a claim that %s reads", ps)
	}
}

func (v *resolver) patterns(path string, texts []string) policy.Patterns {
	var out policy.Patterns
	for i, text := range texts {
		p, err := policy.ParsePattern(text)
		if err != nil {
			v.fail(fmt.Sprintf("%s[%d]", path, i), "%v", err)
			continue
		}
		out = append(out, p)
	}
	return out
}

func (v *resolver) among(path string, got, allowed []string) {
	if len(got) == 0 {
		v.fail(path, "must have at least one of %s", strings.Join(allowed, ", "))
	}
	for i, s := range got {
		v.oneOf(fmt.Sprintf("%s[%d]", path, i), s, allowed...)
	}
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
