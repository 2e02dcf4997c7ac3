package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth"
)

// DefaultRenew is when a token is to be renewed where its life allows it: as
// Agora recommends, hourly, so that with a 24 h life the service may be away
// for 23 h before a user notices.
const DefaultRenew = time.Hour

// Rule permits some callers some tokens. Every list is an allow-list; an empty
// one permits nothing. Package config fills defaults in.
type Rule struct {
	Name        string
	Callers     []string // names; "*" is every caller but the anonymous one
	Projects    []string // names; the first is used where a request names none
	AppIDs      []string // of Projects, at the same index: a request may name either
	Users       Patterns
	Services    []string
	Channels    Patterns // RTC
	UIDs        Patterns // RTC; where empty, Users; uidAnyone only where it is one of them
	Roles       []string // RTC
	RTM2        []RulePermission
	Versions    []rtmauth.Version
	Life        time.Duration // the longest, and the one given where none is asked; 0 < Life <= 24 h
	Renew       time.Duration // 0: DefaultRenew
	Allow00624h bool          // 006 although Life is under 24 h
	Verify      bool          // the callers may have tokens judged
}

// RulePermission permits entries of an RTM2 permission list.
type RulePermission struct {
	Resource string
	Access   []string
	Names    Patterns
}

// RenewIn is when a token of the given life is to be renewed: after the rule's
// Renew, or four fifths of the life if that is sooner.
func (r *Rule) RenewIn(life time.Duration) time.Duration {
	renew := r.Renew
	if renew <= 0 {
		renew = DefaultRenew
	}
	return min(renew, life*4/5)
}

// Outage is how long the service may be away before a client that renews in
// time holds a token that ended: life less renewal. Of several versions it is
// that of the one with the shortest life; a client that asks for a shorter life
// than the rule's has less.
func (r *Rule) Outage() time.Duration {
	shortest, _ := r.lives()
	return shortest - r.RenewIn(shortest)
}

// Revocation is the longest that a token already handed out stays good after
// its caller or user lost the right to it: of several versions that of the one
// with the longest life.
func (r *Rule) Revocation() time.Duration {
	_, longest := r.lives()
	return longest
}

// lives are how long tokens of the versions that the rule permits live, where no
// life is asked for.
func (r *Rule) lives() (shortest, longest time.Duration) {
	if !slices.Contains(r.Versions, rtmauth.Version006) || !slices.Contains(r.Services, RTM) || !r.permits006() {
		return r.Life, r.Life
	}
	if len(r.Versions) == 1 && len(r.Services) == 1 {
		return Life006, Life006
	}
	return r.Life, Life006
}

func (r *Rule) permits006() bool { return r.Allow00624h || r.Life >= Life006 }

func (r *Rule) deny(code Code, format string, args ...any) (Grant, *Denial) {
	return Grant{}, &Denial{Rule: r.Name, Code: code, Text: fmt.Sprintf("rule %q ", r.Name) + fmt.Sprintf(format, args...)}
}

func (r *Rule) decide(c Caller, q Request, now time.Time) (Grant, *Denial) {
	g := Grant{Rule: r.Name, User: q.User, Version: q.Version, Life: q.Life}
	if g.Project = r.project(q.Project); g.Project == "" {
		return r.deny(DeniedProject, "permits tokens of %s only", list("project", r.Projects))
	}
	if !r.Users.Match(q.User, c) {
		return r.deny(DeniedUser, "permits caller %q tokens for users %s only", c.Name, r.Users)
	}
	if len(q.Services) == 0 {
		return r.deny(DeniedService, "permits %s; the request asks for none", list("service", r.Services))
	}
	if g.Version == "" {
		g.Version = DefaultVersion
	}
	g.Services = make([]Service, len(q.Services))
	for i, s := range q.Services {
		granted, denial := r.service(c, q, s)
		if denial != nil {
			return Grant{}, denial
		}
		g.Services[i] = granted
	}
	if !slices.Contains(r.Versions, g.Version) {
		return r.deny(DeniedVersion, "permits %s only", list("token version", r.Versions))
	}
	ignoresLife := g.Version == rtmauth.Version006 && q.needs24h()
	if ignoresLife && !r.permits006() {
		return r.deny(DeniedVersion, "permits a life of %s, and a 006 token lives 24h whatever is asked: ask for version 007, or set allow_006_24h in the rule", short(r.Life))
	}
	if g.Life == 0 {
		g.Life = r.Life
	}
	if q.CutLife {
		g.Life = min(g.Life, r.Life)
	}
	if g.Life < 0 || g.Life > r.Life {
		return r.deny(DeniedLife, "permits a life of at most %s", short(r.Life))
	}
	lives := g.Life
	if ignoresLife {
		lives = Life006
	}
	g.Ends, g.Renew = now.Add(lives), r.RenewIn(lives)
	return g, nil
}

// needs24h reports whether a 006 token of the request would live 24 hours. RTC
// privileges end by themselves; the RTM login does not.
func (q *Request) needs24h() bool {
	return slices.ContainsFunc(q.Services, func(s Service) bool { return s.Type != RTC })
}

func (r *Rule) service(c Caller, q Request, s Service) (Service, *Denial) {
	if !slices.Contains(r.Services, s.Type) {
		_, d := r.deny(DeniedService, "permits %s only", list("service", r.Services))
		return Service{}, d
	}
	switch s.Type {
	case RTC:
		if !r.Channels.Match(s.Channel, c) {
			_, d := r.deny(DeniedChannel, "permits %s", permitted("channels", r.Channels))
			return Service{}, d
		}
		if s.UID == "" {
			s.UID = q.User
		}
		uids := r.UIDs
		if len(uids) == 0 {
			uids = r.Users
		}
		if s.UID == uidAnyone && !r.permitsAnyone() {
			_, d := r.deny(DeniedUID, "permits no token for uid 0, with which anyone can join: its uids would have to list \"0\" itself")
			return Service{}, d
		}
		if !uids.Match(s.UID, c) {
			_, d := r.deny(DeniedUID, "permits %s; see its uids", permitted("RTC uids", uids))
			return Service{}, d
		}
		if s.Role == "" {
			s.Role = Subscriber
		}
		if !slices.Contains(r.Roles, s.Role) {
			_, d := r.deny(DeniedRole, "permits %s only", list("role", r.Roles))
			return Service{}, d
		}
	case RTM2:
		for _, p := range s.Permissions {
			if !r.permission(c, p) {
				_, d := r.deny(DeniedPermission, "does not permit every entry of the permission list; see its rtm2")
				return Service{}, d
			}
		}
	}
	return s, nil
}

// uidAnyone is the RTC uid of tokens that are good for every uid. No pattern but
// itself matches it: "*" means every user, one at a time, and a claim that is "0"
// is an accident or an attack.
const uidAnyone = "0"

func (r *Rule) permitsAnyone() bool {
	return slices.ContainsFunc(r.UIDs, func(p Pattern) bool { return p.text == uidAnyone })
}

// permission reports whether every name of the entry is permitted. An entry without names asks for nothing and would
// mean "all" to some readers, so it is denied.
func (r *Rule) permission(c Caller, p Permission) bool {
	if len(p.Names) == 0 {
		return false
	}
	return !slices.ContainsFunc(p.Names, func(name string) bool {
		return !slices.ContainsFunc(r.RTM2, func(rp RulePermission) bool {
			return rp.Resource == p.Resource && slices.Contains(rp.Access, p.Access) && rp.Names.Match(name, c)
		})
	})
}

func (r *Rule) project(asked string) string {
	if asked == "" {
		if len(r.Projects) == 0 {
			return ""
		}
		return r.Projects[0]
	}
	for i, name := range r.Projects {
		if asked == name || i < len(r.AppIDs) && asked == r.AppIDs[i] {
			return name
		}
	}
	return ""
}

func list[T ~string](noun string, items []T) string {
	if len(items) == 0 {
		return "no " + noun
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = string(item)
	}
	return noun + " " + strings.Join(texts, ", ")
}

func permitted(noun string, ps Patterns) string {
	if len(ps) == 0 {
		return "no " + noun
	}
	return noun + " " + ps.String() + " only"
}

// short writes a duration without "0m0s".
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}
