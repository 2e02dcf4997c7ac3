// Package policy decides what a caller may have. It is pure: a caller, a
// request and the time go in; a grant, or a denial that names its rule, comes
// out. It reads no clock, no network, no file, and knows nothing of HTTP.
//
// Rules are tried in order and the first that permits the whole request grants
// it. A rule never adds to another: a request that needs two rules is denied.
// Who is in no rule gets nothing, but for the callers that Implied names.
package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/rtmauth/rtmauth"
)

// The services that a rule can list and a request can ask for.
const (
	RTM     = "rtm"      // Signaling login, for Request.User
	RTC     = "rtc"      // one channel, one uid
	RTM2    = "rtm2"     // Signaling with permission lists
	Chat    = "chat"     // Chat, for Request.User
	ChatApp = "chat_app" // Chat's app-wide token: it administers every user
	FPA     = "fpa"      // has no user, no channel
)

// Services lists the service names that rules and requests know.
func Services() []string { return []string{RTM, RTC, RTM2, Chat, ChatApp, FPA} }

// RTC roles.
const (
	Publisher  = "publisher"
	Subscriber = "subscriber"
)

// Resources and accesses of RTM2 permission lists, by Agora's numbers.
var (
	rtm2Resources = [...]string{"message_channels", "stream_channels", "group_channels", "server_groups", "users"}
	rtm2Accesses  = [...]string{"read", "write"}
)

// RTM2Resources lists the resource names, at the index that the token holds.
func RTM2Resources() []string { return rtm2Resources[:] }

// RTM2Accesses lists the access names, at the index that the token holds.
func RTM2Accesses() []string { return rtm2Accesses[:] }

// Request is what a caller asks for, decoded once. Grant holds the same values,
// and only those of the grant are signed.
type Request struct {
	User     string
	Services []Service
	Life     time.Duration   // 0: the rule's
	Version  rtmauth.Version // "": DefaultVersion
	Project  string          // name or App ID; "": the rule's first
	// CutLife shortens a Life that is longer than the rule's instead of denying
	// it, for contracts whose callers do not choose it.
	CutLife bool
}

// Service is one service of a token.
type Service struct {
	Type        string
	Channel     string       // RTC
	UID         string       // RTC; "" is the request's user
	Role        string       // RTC; "" is Subscriber
	Permissions []Permission // RTM2
}

// Permission is one entry of an RTM2 permission list.
type Permission struct {
	Resource string   // of RTM2Resources
	Access   string   // of RTM2Accesses
	Names    []string // resources, in the order given
}

// Grant is what the signer signs.
type Grant struct {
	Rule     string
	Project  string // its configured name
	User     string
	Services []Service
	Version  rtmauth.Version
	Life     time.Duration // what is asked of the signer; see Ends for 006
	Ends     time.Time     // when the token ends: for 006 24 h after now, whatever Life is
	Renew    time.Duration // when to renew, before jitter, from now
}

// DefaultVersion is what is minted where nothing else is said.
const DefaultVersion = rtmauth.Version007

// Life006 is how long a 006 RTM token lives, whatever is asked for: Agora
// counts 24 hours from the issue time in it.
const Life006 = 24 * time.Hour

// Code says why a request was denied; it is stable, and a metric's label.
type Code string

// Why a request was denied.
const (
	DeniedCaller     Code = "caller"     // no rule names the caller
	DeniedProject    Code = "project"    // not one of the rule's
	DeniedUser       Code = "user"       // another user's token
	DeniedService    Code = "service"    // not listed, or none asked for
	DeniedChannel    Code = "channel"    // an RTC channel
	DeniedUID        Code = "uid"        // another user's RTC uid, or 0, which is everybody's
	DeniedRole       Code = "role"       // an RTC role
	DeniedPermission Code = "permission" // of an RTM2 list
	DeniedVersion    Code = "version"    // not listed, or 006 by a rule with a shorter life
	DeniedLife       Code = "life"       // longer than the rule's
	DeniedVerify     Code = "verify"     // may not have tokens judged
	DeniedListed     Code = "listed"     // the user is on the deny list; no rule's doing
)

// rank orders codes by how far a request came: of several denials, the one
// that came furthest is the one to tell.
var rank = map[Code]int{
	DeniedCaller: 0, DeniedProject: 1, DeniedUser: 2, DeniedService: 3, DeniedChannel: 4, DeniedUID: 5,
	DeniedRole: 6, DeniedPermission: 7, DeniedVersion: 8, DeniedLife: 9,
}

// Denial is a refusal. Its text names the rule and what it permits, never a
// value of the request, so that it can be shown to the caller.
type Denial struct {
	Rule string // "" where no rule names the caller
	Code Code
	Text string
}

func (d *Denial) Error() string { return d.Text }

// Policy is a list of rules. The zero Policy denies everything. It is not to be
// changed once in use; Decide may be called concurrently.
type Policy struct {
	Rules []Rule
	// Implied holds, by caller name, the rule for callers that no entry of
	// Rules names: least privilege for those who sign in, nothing for keys.
	Implied map[string]Rule
}

// Decide grants or denies. The request's shape (lengths, characters) is the
// signer's to check; Decide judges only what the rules speak of.
func (p *Policy) Decide(c Caller, r Request, now time.Time) (Grant, *Denial) {
	var closest *Denial
	named := false
	for i := range p.Rules {
		rule := &p.Rules[i]
		if !rule.names(c) {
			continue
		}
		named = true
		grant, denial := rule.decide(c, r, now)
		if denial == nil {
			return grant, nil
		}
		if closest == nil || rank[denial.Code] > rank[closest.Code] {
			closest = denial
		}
	}
	if !named {
		if rule, ok := p.Implied[c.Name]; ok {
			return rule.decide(c, r, now)
		}
		return Grant{}, &Denial{Code: DeniedCaller, Text: fmt.Sprintf("no rule of the policy names caller %q", c.Name)}
	}
	return Grant{}, closest
}

// RulesFor returns the rules that speak of the caller, in the order they are tried.
// Of the caller, name and kind count.
func (p *Policy) RulesFor(c Caller) []Rule {
	var out []Rule
	for _, rule := range p.Rules {
		if rule.names(c) {
			out = append(out, rule)
		}
	}
	if rule, ok := p.Implied[c.Name]; ok && len(out) == 0 {
		out = append(out, rule)
	}
	return out
}

// MayVerify reports whether a rule lets the caller have tokens judged.
func (p *Policy) MayVerify(c Caller) bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.Verify && r.names(c) })
}

// names reports whether the rule speaks of the caller. "*" is whoever showed a
// credential; an anonymous caller, or one of no kind, is in a rule by name only.
func (r *Rule) names(c Caller) bool {
	known := c.Kind != "" && c.Kind != KindAnonymous
	return c.Name != "" && (slices.Contains(r.Callers, c.Name) || known && slices.Contains(r.Callers, "*"))
}

// InsecureAllowAll permits one caller everything in the given projects. It is
// for development, where everybody at the machine is that caller.
func InsecureAllowAll(callerName string, projects ...string) *Policy {
	any := Patterns{{text: "*", rest: true}}
	uids := append(Patterns{{text: uidAnyone, parts: []part{{literal: uidAnyone}}}}, any...)
	rule := Rule{
		Name: "everything (insecure)", Callers: []string{callerName}, Projects: projects, Users: any, Services: Services(), Channels: any, UIDs: uids,
		Roles: []string{Publisher, Subscriber}, Versions: []rtmauth.Version{rtmauth.Version006, rtmauth.Version007}, Life: rtmauth.MaxLife, Verify: true,
	}
	for _, resource := range RTM2Resources() {
		rule.RTM2 = append(rule.RTM2, RulePermission{Resource: resource, Access: RTM2Accesses(), Names: any})
	}
	return &Policy{Rules: []Rule{rule}}
}
