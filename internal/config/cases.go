package config

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// Cases is a file for `rtmauth policy test`: requests, and what the policy of a
// configuration must say to them.
type Cases struct {
	Config string       `yaml:"config" doc:"The configuration, seen from this file's folder. --config wins."`
	Cases  []PolicyCase `yaml:"cases" required:"true" doc:"The cases."`

	c *Config // positions
}

// PolicyCase is one request.
type PolicyCase struct {
	Name        string           `yaml:"name" required:"true" doc:"What the case shows."`
	Caller      string           `yaml:"caller" required:"true" doc:"The caller's name."`
	Claims      map[string]Claim `yaml:"claims" doc:"The caller's claims; nested ones are named with dots."`
	User        string           `yaml:"user" required:"true" doc:"The user asked for."`
	Services    []string         `yaml:"services" default:"rtm" doc:"The services asked for."`
	Channel     string           `yaml:"channel" doc:"rtc."`
	UID         string           `yaml:"uid" doc:"rtc."`
	Role        string           `yaml:"role" doc:"rtc."`
	Permissions []CasePermission `yaml:"permissions" doc:"rtm2."`
	Version     string           `yaml:"version" doc:"006 or 007."`
	Life        time.Duration    `yaml:"life" doc:"The life asked for."`
	Project     string           `yaml:"project" doc:"The project asked for."`
	Want        string           `yaml:"want" required:"true" doc:"granted, denied, denied and the reason, such as \"denied: user\", or invalid: no token is ever made for such a request."`
	Rule        string           `yaml:"rule" doc:"The rule that must decide."`
}

// CasePermission is one entry of an RTM2 permission list, as POST /v1/tokens takes it.
type CasePermission struct {
	Resource string   `yaml:"resource" required:"true" doc:"As in a rule."`
	Access   string   `yaml:"access" required:"true" doc:"read or write."`
	Names    []string `yaml:"names" required:"true" doc:"The resources."`
}

// Claim is what a claim holds: text, a number, true, false, or a list of these.
// Only text matches a "{claim}" of a rule, so that 7 is not "7".
type Claim struct{ value any }

func (d *decoder) claim(n ast.Node, path string) any {
	switch n := n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		text, _ := scalar(n)
		return text
	case *ast.IntegerNode:
		return n.Value
	case *ast.FloatNode:
		return n.Value
	case *ast.BoolNode:
		return n.Value
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i, item := range n.Values {
			list[i] = d.claim(item, path)
		}
		return list
	}
	d.fail(n, path, "must be text, a number, true, false, or a list of these")
	return nil
}

// invalid is what a case wants that serve answers with 400, whoever asks.
const invalid = "invalid"

// ParseCases reads a file of cases, strictly.
func ParseCases(text []byte, name string) (*Cases, error) {
	c := &Config{positions: map[string]Position{"": {1, 1}}, name: name, dir: filepath.Dir(name)}
	out := &Cases{c: c}
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Errors{syntaxError(name, err)}
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, Errors{{File: name, Text: "must be one document with config and cases"}}
	}
	d := &decoder{c: c}
	d.value(file.Docs[0].Body, reflect.ValueOf(out).Elem(), "")
	for i, pc := range out.Cases {
		verdict, reason, _ := strings.Cut(pc.Want, ":")
		if pc.Want != "" && (!slices.Contains([]string{"granted", "denied", invalid}, verdict) || verdict != "denied" && reason != "") {
			path := fmt.Sprintf("cases[%d].want", i)
			d.errs = append(d.errs, &Error{File: name, Position: c.Position(path), Path: path, Text: "must be granted, denied, denied and a reason, or invalid"})
		}
	}
	if len(out.Cases) == 0 && len(d.errs) == 0 {
		d.errs = append(d.errs, &Error{File: name, Text: "has no cases"})
	}
	out.Config = c.Abs(out.Config)
	return out, d.errs.sorted()
}

// Check refuses cases that serve could not meet, which would be denied for a
// reason that they do not mean: of callers that the configuration does not know,
// with claims that such a caller never has, or with parts of another service.
func (cs *Cases) Check(r *Resolved) error {
	var errs Errors
	for i, pc := range cs.Cases {
		fail := func(key, format string, args ...any) {
			path := fmt.Sprintf("cases[%d].%s", i, key)
			errs = append(errs, &Error{File: cs.c.name, Position: cs.c.Position(path), Path: path, Text: fmt.Sprintf(format, args...)})
		}
		kind, known := r.Kinds[pc.Caller]
		if !known {
			fail("caller", "no caller is named %q%s", pc.Caller, didYouMean(pc.Caller, keys(r.Kinds)))
		}
		for _, name := range keys(pc.Claims) {
			if known && !kind.MayHaveClaim(name) {
				fail("claims."+name, "a caller of kind %s has no such claim", kind)
			}
		}
		if pc.Channel+pc.UID+pc.Role != "" && !slices.Contains(pc.Services, policy.RTC) {
			fail("services", "must have rtc beside channel, uid or role")
		}
		if len(pc.Permissions) > 0 && !slices.Contains(pc.Services, policy.RTM2) {
			fail("services", "must have rtm2 beside permissions")
		}
	}
	return errs.sorted()
}

// Run asks the policy as serve does. fails is "" where it says what the case wants.
func (pc *PolicyCase) Run(r *Resolved, now time.Time) (fails string) {
	who := policy.Caller{Name: pc.Caller, Kind: r.Kinds[pc.Caller], Claims: map[string]any{}}
	for name, claim := range pc.Claims {
		who.Claims[name] = claim.value
	}
	got, rule, why := "granted", "", ""
	q := pc.request()
	if err := issue.Check(q); err != nil {
		got, why = invalid, strings.TrimPrefix(err.Error(), "rtmauth: ")
	} else if grant, denial := r.Rules.Decide(who, q, now); denial != nil {
		got, rule, why = "denied: "+string(denial.Code), denial.Rule, denial.Text
	} else {
		rule = grant.Rule
	}
	want := strings.Join(strings.Fields(strings.Replace(pc.Want, ":", ": ", 1)), " ")
	verdict, _, _ := strings.Cut(got, ":")
	switch {
	case got != want && verdict != want:
		if why != "" {
			why = " (" + why + ")"
		}
		return fmt.Sprintf("got %s%s, want %s", got, why, want)
	case pc.Rule != "" && rule != pc.Rule:
		return fmt.Sprintf("decided by rule %q, want %q", rule, pc.Rule)
	}
	return ""
}

func (pc *PolicyCase) request() policy.Request {
	q := policy.Request{User: pc.User, Life: pc.Life, Version: rtmauth.Version(pc.Version), Project: pc.Project}
	for _, s := range pc.Services {
		service := policy.Service{Type: s}
		switch s {
		case policy.RTC:
			service.Channel, service.UID, service.Role = pc.Channel, pc.UID, pc.Role
		case policy.RTM2:
			for _, p := range pc.Permissions {
				service.Permissions = append(service.Permissions, policy.Permission(p))
			}
		}
		q.Services = append(q.Services, service)
	}
	return q
}
