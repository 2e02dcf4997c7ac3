package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

var (
	now   = time.Unix(1_700_000_000, 0)
	alice = Caller{Name: "web", Kind: KindJWT, Subject: "alice", Claims: map[string]any{
		"sub": "alice", "team": "red", "roles": []any{"a", "b"}, "age": float64(7),
		"app_metadata": map[string]any{"user": "al"}, "https://x.example/user": "url-al",
	}}
	backend = Caller{Name: "backend", Kind: KindAPIKey, Subject: "backend"}
)

func patterns(t *testing.T, texts ...string) Patterns {
	t.Helper()
	ps, err := ParsePatterns(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

// testPolicy is what most of the table runs against.
func testPolicy(t *testing.T) *Policy {
	both := []rtmauth.Version{rtmauth.Version006, rtmauth.Version007}
	day := 24 * time.Hour
	return &Policy{
		Rules: []Rule{
			{
				Name: "own", Callers: []string{"web"}, Projects: []string{"main"}, AppIDs: []string{"id-main"}, Users: patterns(t, "{sub}"),
				Services: []string{RTM}, Versions: both, Life: day,
			},
			{
				Name: "team room", Callers: []string{"web"}, Projects: []string{"main"}, Users: patterns(t, "{sub}"),
				Services: []string{RTM, RTC}, Channels: patterns(t, "room-{team}"), Roles: []string{Subscriber}, Versions: both, Life: time.Hour,
			},
			{
				Name: "all", Callers: []string{"backend"}, Projects: []string{"main", "second"}, AppIDs: []string{"id-main", "id-second"},
				Users: patterns(t, "*"), Services: []string{RTM, RTC, RTM2}, Channels: patterns(t, "room-*", "lobby"),
				Roles: []string{Publisher, Subscriber}, Versions: both, Life: day,
				RTM2: []RulePermission{
					{Resource: "message_channels", Access: []string{"read", "write"}, Names: patterns(t, "room-*")},
					{Resource: "users", Access: []string{"read"}, Names: patterns(t, "*")},
				},
			},
			{Name: "short", Callers: []string{"short"}, Projects: []string{"main"}, Users: patterns(t, "*"), Services: []string{RTM}, Versions: both, Life: time.Hour},
			{Name: "short 006", Callers: []string{"short006"}, Projects: []string{"main"}, Users: patterns(t, "*"), Services: []string{RTM}, Versions: both, Life: time.Hour, Allow00624h: true},
			{Name: "only 007", Callers: []string{"new"}, Projects: []string{"main"}, Users: patterns(t, "svc-*"), Services: []string{RTM}, Versions: both[1:], Life: day},
		},
		Implied: map[string]Rule{
			"plain": {Name: "implied", Projects: []string{"main"}, Users: patterns(t, "{sub}"), Services: []string{RTM}, Versions: both, Life: day},
			"web":   {Name: "never used: rules name web", Projects: []string{"main"}, Users: patterns(t, "*"), Services: Services(), Versions: both, Life: day},
		},
	}
}

func rtm(user string) Request { return Request{User: user, Services: []Service{{Type: RTM}}} }

func rtc(user, channel, uid, role string) Request {
	return Request{User: user, Services: []Service{{Type: RTC, Channel: channel, UID: uid, Role: role}}}
}

func with(q Request, change func(*Request)) Request { change(&q); return q }

func TestDecide(t *testing.T) {
	list := func(resource, access string, names ...string) Request {
		return Request{User: "u", Services: []Service{{Type: RTM2, Permissions: []Permission{{resource, access, names}}}}}
	}
	for _, tc := range []struct {
		name   string
		caller Caller
		ask    Request
		rule   string
		code   Code // "" is a grant
		says   string
	}{
		{"own user", alice, rtm("alice"), "own", "", ""},
		{"another user", alice, rtm("bob"), "own", DeniedUser, `rule "own" permits caller "web" tokens for users {sub} only`},
		{"a prefix of the own user", alice, rtm("alic"), "own", DeniedUser, ""},
		{"the own user and more", alice, rtm("alice2"), "own", DeniedUser, ""},
		{"another case", alice, rtm("Alice"), "own", DeniedUser, ""},
		{"the empty user", alice, rtm(""), "own", DeniedUser, ""},
		{"the pattern's own text", alice, rtm("{sub}"), "own", DeniedUser, ""},
		{"no service", alice, Request{User: "alice"}, "own", DeniedService, "asks for none"},
		{"unknown service", alice, Request{User: "alice", Services: []Service{{Type: "root"}}}, "own", DeniedService, "service rtm only"},
		{"the closest rule tells", alice, rtc("alice", "room-blue", "", ""), "team room", DeniedChannel, `rule "team room" permits channels room-{team} only`},
		{"team's channel", alice, rtc("alice", "room-red", "", ""), "team room", "", ""},
		{"another's uid", alice, rtc("alice", "room-red", "bob", ""), "team room", DeniedUID, "RTC uids {sub}"},
		{"uid 0, which is everybody's", alice, rtc("alice", "room-red", "0", ""), "team room", DeniedUID, ""},
		{"role not listed", alice, rtc("alice", "room-red", "", Publisher), "team room", DeniedRole, "role subscriber only"},
		{"two services by one rule", alice, with(rtc("alice", "room-red", "", ""), func(q *Request) {
			q.Services = append(q.Services, Service{Type: RTM})
		}), "team room", "", ""},
		{"006 by a 24 h rule", alice, with(rtm("alice"), func(q *Request) { q.Version = rtmauth.Version006 }), "own", "", ""},
		{"life over the rule's", alice, with(rtm("alice"), func(q *Request) { q.Life = 25 * time.Hour }), "own", DeniedLife, "at most 24h"},
		{"negative life", alice, with(rtm("alice"), func(q *Request) { q.Life = -1 }), "own", DeniedLife, ""},
		{"another project", alice, with(rtm("alice"), func(q *Request) { q.Project = "second" }), "own", DeniedProject, "project main only"},
		{"project by App ID", alice, with(rtm("alice"), func(q *Request) { q.Project = "id-main" }), "own", "", ""},

		{"any user", backend, rtm("bob"), "all", "", ""},
		{"channel by prefix", backend, rtc("u", "room-1", "7", Publisher), "all", "", ""},
		{"channel exact", backend, rtc("u", "lobby", "7", Publisher), "all", "", ""},
		{"channel unlike all", backend, rtc("u", "lobby2", "7", Publisher), "all", DeniedChannel, ""},
		{"unknown role", backend, rtc("u", "lobby", "7", "owner"), "all", DeniedRole, ""},
		{"second project", backend, with(rtm("u"), func(q *Request) { q.Project = "id-second" }), "all", "", ""},
		{"list within", backend, list("message_channels", "write", "room-1", "room-2"), "all", "", ""},
		{"list one name outside", backend, list("message_channels", "write", "room-1", "x"), "all", DeniedPermission, ""},
		{"list access outside", backend, list("users", "write", "u"), "all", DeniedPermission, ""},
		{"list resource outside", backend, list("stream_channels", "read", "room-1"), "all", DeniedPermission, ""},
		{"list without names", backend, list("message_channels", "read"), "all", DeniedPermission, ""},

		{"006 by a shorter rule", Caller{Name: "short"}, with(rtm("u"), func(q *Request) { q.Version = rtmauth.Version006 }), "short", DeniedVersion, "allow_006_24h"},
		{"007 by a shorter rule", Caller{Name: "short"}, rtm("u"), "short", "", ""},
		{"006 allowed by a shorter rule", Caller{Name: "short006"}, with(rtm("u"), func(q *Request) { q.Version = rtmauth.Version006 }), "short 006", "", ""},
		{"version not listed", Caller{Name: "new"}, with(rtm("svc-1"), func(q *Request) { q.Version = rtmauth.Version006 }), "only 007", DeniedVersion, "007 only"},
		{"version unknown", backend, with(rtm("u"), func(q *Request) { q.Version = "008" }), "all", DeniedVersion, ""},

		{"caller in no rule", Caller{Name: "stranger", Claims: alice.Claims}, rtm("alice"), "", DeniedCaller, `no rule of the policy names caller "stranger"`},
		{"caller without a name", Caller{}, rtm("alice"), "", DeniedCaller, ""},
		{"implied own user", Caller{Name: "plain", Claims: alice.Claims}, rtm("alice"), "implied", "", ""},
		{"implied other user", Caller{Name: "plain", Claims: alice.Claims}, rtm("bob"), "implied", DeniedUser, ""},
		{"implied other service", Caller{Name: "plain", Claims: alice.Claims}, rtc("alice", "c", "", ""), "implied", DeniedService, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g, d := testPolicy(t).Decide(tc.caller, tc.ask, now)
			if tc.code == "" {
				if d != nil {
					t.Fatalf("denied: %v", d)
				}
				if g.Rule != tc.rule || g.User != tc.ask.User {
					t.Errorf("got rule %q, user %q, want %q, %q", g.Rule, g.User, tc.rule, tc.ask.User)
				}
				return
			}
			if d == nil {
				t.Fatalf("granted %+v, want a denial", g)
			}
			if d.Code != tc.code || d.Rule != tc.rule || !strings.Contains(d.Text, tc.says) {
				t.Errorf("got rule %q, code %q, text %q; want %q, %q, %q", d.Rule, d.Code, d.Text, tc.rule, tc.code, tc.says)
			}
			if g.User != "" || g.Services != nil {
				t.Errorf("a denial comes with a grant: %+v", g)
			}
		})
	}
}

// TestDecide_uidZero: a token for uid 0 is anybody's, so that only a rule that
// lists it gives it.
func TestDecide_uidZero(t *testing.T) {
	zero := Caller{Name: "web", Kind: KindJWT, Claims: map[string]any{"sub": "0"}}
	for _, tc := range []struct {
		name        string
		users, uids []string
		caller      Caller
		user, uid   string
		granted     bool
	}{
		{"uids default to all users", []string{"*"}, nil, backend, "u", "0", false},
		{"all uids", []string{"*"}, []string{"*"}, backend, "u", "0", false},
		{"a prefix", []string{"*"}, []string{"0*"}, backend, "u", "0", false},
		{"user 0 without a uid", []string{"*"}, nil, backend, "0", "", false},
		{"users list 0, uids do not", []string{"0"}, nil, backend, "0", "", false},
		{"a JWT whose sub is 0", []string{"{sub}"}, nil, zero, "0", "", false},
		{"a JWT whose sub is 0, by uids", []string{"*"}, []string{"{sub}"}, zero, "u", "0", false},
		{"listed", []string{"*"}, []string{"0"}, backend, "u", "0", true},
		{"listed beside others", []string{"*"}, []string{"7", "0"}, backend, "0", "", true},
		{"another uid", []string{"*"}, nil, backend, "u", "10", true},
	} {
		rule := Rule{
			Name: "r", Callers: []string{tc.caller.Name}, Projects: []string{"main"}, Users: patterns(t, tc.users...), UIDs: patterns(t, tc.uids...),
			Services: []string{RTC}, Channels: patterns(t, "*"), Roles: []string{Subscriber}, Versions: []rtmauth.Version{rtmauth.Version007}, Life: time.Hour,
		}
		_, d := (&Policy{Rules: []Rule{rule}}).Decide(tc.caller, rtc(tc.user, "room", tc.uid, ""), now)
		if (d == nil) != tc.granted {
			t.Errorf("%s: got %v, want granted: %v", tc.name, d, tc.granted)
		}
		if d != nil && (d.Code != DeniedUID || !strings.Contains(d.Text, "anyone can join")) {
			t.Errorf("%s: got code %q, text %q", tc.name, d.Code, d.Text)
		}
	}
	if _, d := InsecureAllowAll("developer", "main").Decide(Caller{Name: "developer"}, rtc("u", "room", "0", Publisher), now); d != nil {
		t.Errorf("for development: %v", d)
	}
}

func TestDecide_times(t *testing.T) {
	for _, tc := range []struct {
		name        string
		caller      string
		version     rtmauth.Version
		life        time.Duration
		ends, renew time.Duration
	}{
		{"007, the rule's life", "backend", "", 0, 24 * time.Hour, time.Hour},
		{"007, a life asked for", "backend", rtmauth.Version007, 50 * time.Minute, 50 * time.Minute, 40 * time.Minute},
		{"006 lives 24 h whatever is asked", "backend", rtmauth.Version006, 50 * time.Minute, 24 * time.Hour, time.Hour},
		{"006 lives 24 h by a shorter rule too", "short006", rtmauth.Version006, 0, 24 * time.Hour, time.Hour},
		{"1 h is renewed at 48 min", "short", "", 0, time.Hour, 48 * time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g, d := testPolicy(t).Decide(Caller{Name: tc.caller}, Request{User: "u", Services: []Service{{Type: RTM}}, Version: tc.version, Life: tc.life}, now)
			if d != nil {
				t.Fatal(d)
			}
			if got := g.Ends.Sub(now); got != tc.ends || g.Renew != tc.renew {
				t.Errorf("ends in %v, renewed in %v; want %v, %v", got, g.Renew, tc.ends, tc.renew)
			}
		})
	}
}

func TestDecide_zeroPolicyDenies(t *testing.T) {
	var p Policy
	if _, d := p.Decide(backend, rtm("u"), now); d == nil || d.Code != DeniedCaller {
		t.Errorf("the zero policy gave %v, want a denial", d)
	}
	p.Rules = []Rule{{Name: "empty", Callers: []string{"*"}}}
	if _, d := p.Decide(backend, rtm("u"), now); d == nil {
		t.Error("a rule without lists granted")
	}
}

// TestPolicy_everybodyIsKnown: "*" speaks of callers who showed a credential; the
// anonymous one is in a rule by its name only.
func TestPolicy_everybodyIsKnown(t *testing.T) {
	both := []rtmauth.Version{rtmauth.Version006, rtmauth.Version007}
	rule := func(name string, callers ...string) Rule {
		return Rule{Name: name, Callers: callers, Projects: []string{"main"}, Users: patterns(t, "*"), Services: []string{RTM}, Versions: both, Life: time.Hour, Verify: true}
	}
	anonymous := Caller{Name: "anonymous", Kind: KindAnonymous}
	for _, tc := range []struct {
		name   string
		rule   Rule
		caller Caller
		want   bool
	}{
		{"an API key by *", rule("r", "*"), backend, true},
		{"a JWT by *", rule("r", "*"), alice, true},
		{"a webhook by *", rule("r", "*"), Caller{Name: "w", Kind: KindWebhook}, true},
		{"a certificate by *", rule("r", "*"), Caller{Name: "m", Kind: KindMTLS}, true},
		{"anonymous by *", rule("r", "*"), anonymous, false},
		{"anonymous by * and another name", rule("r", "*", "web"), anonymous, false},
		{"no kind by *", rule("r", "*"), Caller{Name: "web"}, false},
		{"anonymous by name", rule("r", "anonymous"), anonymous, true},
		{"anonymous by name beside *", rule("r", "*", "anonymous"), anonymous, true},
		{"an API key by the anonymous one's rule", rule("r", "anonymous"), backend, false},
	} {
		p := &Policy{Rules: []Rule{tc.rule}}
		_, d := p.Decide(tc.caller, rtm("u"), now)
		if got := d == nil; got != tc.want {
			t.Errorf("%s: granted %v, want %v (%v)", tc.name, got, tc.want, d)
		}
		if got := p.MayVerify(tc.caller); got != tc.want {
			t.Errorf("%s: may verify %v, want %v", tc.name, got, tc.want)
		}
		if got := len(p.RulesFor(tc.caller)) == 1; got != tc.want {
			t.Errorf("%s: the rule is said to speak of it: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestRule_budgets(t *testing.T) {
	both := []rtmauth.Version{rtmauth.Version006, rtmauth.Version007}
	for _, tc := range []struct {
		name               string
		rule               Rule
		outage, revocation time.Duration
	}{
		{"a day", Rule{Versions: both, Life: 24 * time.Hour}, 23 * time.Hour, 24 * time.Hour},
		{"an hour", Rule{Versions: both, Life: time.Hour}, 12 * time.Minute, time.Hour},
		{"an hour, 006 allowed: 007 clients notice first, 006 tokens last longest", Rule{Versions: both, Life: time.Hour, Allow00624h: true}, 12 * time.Minute, 24 * time.Hour},
		{"an hour, 006 alone", Rule{Versions: both[:1], Life: time.Hour, Allow00624h: true}, 23 * time.Hour, 24 * time.Hour},
		{"an hour, 006 alone, RTC beside RTM", Rule{Versions: both[:1], Services: []string{RTM, RTC}, Life: time.Hour, Allow00624h: true}, 12 * time.Minute, 24 * time.Hour},
		{"an hour, 006 allowed, RTC alone: its privileges end in time", Rule{Versions: both, Services: []string{RTC}, Life: time.Hour, Allow00624h: true}, 12 * time.Minute, time.Hour},
		{"an hour, 006 allowed and not listed", Rule{Versions: both[1:], Life: time.Hour, Allow00624h: true}, 12 * time.Minute, time.Hour},
		{"renewed late", Rule{Versions: both, Life: 10 * time.Hour, Renew: 6 * time.Hour}, 4 * time.Hour, 10 * time.Hour},
	} {
		if tc.rule.Services == nil {
			tc.rule.Services = []string{RTM}
		}
		if o, r := tc.rule.Outage(), tc.rule.Revocation(); o != tc.outage || r != tc.revocation {
			t.Errorf("%s: got outage %v, revocation %v; want %v, %v", tc.name, o, r, tc.outage, tc.revocation)
		}
	}
}

func TestPattern(t *testing.T) {
	star := Caller{Claims: map[string]any{"sub": "*", "empty": "", "n": float64(1)}}
	for _, tc := range []struct {
		pattern, name string
		caller        Caller
		want          bool
	}{
		{"*", "", alice, true}, // emptiness is the signer's to refuse, with the reason
		{"*", "any", alice, true},
		{"room-*", "room-", alice, true},
		{"room-*", "room", alice, false},
		{"{sub}", "alice", alice, true},
		{"{sub}-*", "alice-phone", alice, true},
		{"{sub}-*", "alice", alice, false},
		{"{team}.{sub}", "red.alice", alice, true},
		{"{app_metadata.user}", "al", alice, true},
		{"{https://x.example/user}", "url-al", alice, true},
		{"{nope}", "", alice, false},
		{"{nope.deeper}", "", alice, false},
		{"{roles}", "a", alice, false},
		{"{age}", "7", alice, false},
		{"{sub}", "*", star, true},
		{"{sub}", "bob", star, false},
		{"{empty}", "", star, false},
		{"x-{empty}", "x-", star, false},
	} {
		p, err := ParsePattern(tc.pattern)
		if err != nil {
			t.Errorf("%q: %v", tc.pattern, err)
			continue
		}
		if got := p.Match(tc.name, tc.caller); got != tc.want {
			t.Errorf("%q matches %q: got %v, want %v", tc.pattern, tc.name, got, tc.want)
		}
	}
	for _, bad := range []string{"", "a*b", "**", "{sub}*", "{sub", "sub}", "{}", "{a{b}}", "{a}}", strings.Repeat("x", maxPattern+1)} {
		if p, err := ParsePattern(bad); err == nil {
			t.Errorf("%q was accepted: %+v", bad, p)
		}
	}
	if (Pattern{}).Match("", alice) {
		t.Error("the zero pattern matches")
	}
}

func TestCaller_HasClaim(t *testing.T) {
	for _, tc := range []struct {
		claim string
		value string
		want  bool
	}{
		{"team", "red", true},
		{"team", "blue", false},
		{"roles", "b", true},
		{"roles", "c", false},
		{"age", "7", true},
		{"app_metadata.user", "al", true},
		{"app_metadata.user", "x", false},
		{"nope", "", false},
	} {
		if got := alice.HasClaim(tc.claim, []string{tc.value}); got != tc.want {
			t.Errorf("%s=%s: got %v, want %v", tc.claim, tc.value, got, tc.want)
		}
	}
}
