package issue_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/keyring"
	"github.com/rtmauth/rtmauth/internal/policy"
)

const (
	appID     = "970ca35de60c44645bbae8a215061b33"
	primary   = "5cfd2fd1755d40ecb72977518be15d3b"
	secondary = "00000000000000000000000000000001"
)

var now = time.Unix(1_700_000_000, 500_000_000)

type recorder struct {
	records []issue.Record
	err     error
}

func (r *recorder) Record(rec *issue.Record) error {
	r.records = append(r.records, *rec)
	return r.err
}

func certificate(t *testing.T, text string) rtmauth.Certificate {
	t.Helper()
	c, err := rtmauth.ParseCertificate(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func service(t *testing.T, audit issue.Auditor, deny ...issue.DenyList) (*issue.Service, *keyring.Project) {
	t.Helper()
	clock := func() time.Time { return now }
	p, err := keyring.NewProject(keyring.ProjectConfig{Name: "main", AppID: appID, Primary: certificate(t, primary), Secondary: certificate(t, secondary)}, rtmauth.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.New(p)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := policy.ParsePatterns("*")
	own, _ := policy.ParsePatterns("{sub}")
	o := issue.Options{
		Ring: ring, Now: clock, Random: func() float64 { return 0.5 }, Audit: audit,
		Policy: &policy.Policy{Rules: []policy.Rule{
			{
				Name: "all", Callers: []string{"backend"}, Projects: []string{"main"}, Users: all, Channels: all, Services: policy.Services(), Roles: []string{policy.Publisher, policy.Subscriber},
				RTM2:     []policy.RulePermission{{Resource: "message_channels", Access: []string{"read", "write"}, Names: all}, {Resource: "users", Access: []string{"read"}, Names: all}},
				Versions: []rtmauth.Version{"006", "007"}, Life: 24 * time.Hour, Verify: true,
			},
			{Name: "own", Callers: []string{"web"}, Projects: []string{"main"}, Users: own, Services: []string{policy.RTM}, Versions: []rtmauth.Version{"006", "007"}, Life: 24 * time.Hour},
		}},
	}
	for _, d := range deny {
		o.Deny = d
	}
	s, err := issue.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

var backend = policy.Caller{Name: "backend", Kind: policy.KindAPIKey, Subject: "k1"}

func TestIssue_tokensVerify(t *testing.T) {
	rtm := policy.Service{Type: policy.RTM}
	for _, tc := range []struct {
		name     string
		version  rtmauth.Version
		services []policy.Service
		life     time.Duration
		want     []rtmauth.Want
		ends     time.Duration
	}{
		{"007 rtm", "", []policy.Service{rtm}, time.Hour, []rtmauth.Want{{Service: rtmauth.ServiceRTM, User: "alice"}}, time.Hour},
		{"006 rtm lives 24 h", "006", []policy.Service{rtm}, time.Hour, []rtmauth.Want{{Service: rtmauth.ServiceRTM, User: "alice"}}, 24 * time.Hour},
		{
			"006 rtc", "006",
			[]policy.Service{{Type: policy.RTC, Channel: "room", UID: "7", Role: policy.Publisher}},
			time.Hour,
			[]rtmauth.Want{{Service: rtmauth.ServiceRTC, Channel: "room", User: "7", Privilege: rtmauth.PrivilegePublishVideo}},
			time.Hour,
		},
		{
			"007 rtm and rtc", "007",
			[]policy.Service{rtm, {Type: policy.RTC, Channel: "room", Role: policy.Publisher}},
			time.Hour,
			[]rtmauth.Want{{Service: rtmauth.ServiceRTM, User: "alice"}, {Service: rtmauth.ServiceRTC, Channel: "room", User: "alice", Privilege: rtmauth.PrivilegePublishData}},
			time.Hour,
		},
		{
			"007 rtm2", "007",
			[]policy.Service{{Type: policy.RTM2, Permissions: []policy.Permission{{Resource: "users", Access: "read", Names: []string{"bob"}}, {Resource: "message_channels", Access: "write", Names: []string{"a", "b"}}}}},
			time.Hour,
			[]rtmauth.Want{{Service: rtmauth.ServiceRTM2, User: "alice"}},
			time.Hour,
		},
		{"007 chat", "007", []policy.Service{{Type: policy.Chat}}, time.Hour, []rtmauth.Want{{Service: rtmauth.ServiceChat, User: "alice"}}, time.Hour},
		{"007 chat app", "007", []policy.Service{{Type: policy.ChatApp}}, time.Hour, []rtmauth.Want{{Service: rtmauth.ServiceChat}}, time.Hour},
		{"007 fpa", "007", []policy.Service{{Type: policy.FPA}}, time.Hour, []rtmauth.Want{{Service: rtmauth.ServiceFPA}}, time.Hour},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, p := service(t, nil)
			got, err := s.Issue(issue.Asked{Caller: backend, Request: policy.Request{User: "alice", Services: tc.services, Version: tc.version, Life: tc.life}})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tc.want {
				want.At = now
				v, err := p.Verifier().Verify(got.Text, want)
				if err != nil {
					t.Fatalf("not good for %+v: %v", want, err)
				}
				if !v.ExpiresAt().Equal(got.ExpiresAt) || !got.ExpiresAt.Equal(now.Truncate(time.Second).Add(tc.ends)) {
					t.Errorf("the token ends at %v, reported is %v, want %v", v.ExpiresAt(), got.ExpiresAt, tc.ends)
				}
				if want.Privilege == rtmauth.PrivilegePublishVideo {
					want.Privilege, want.At = rtmauth.PrivilegePublishAudio, now.Add(tc.ends)
					if _, err := p.Verifier().Verify(got.Text, want); err == nil {
						t.Error("the publishing privilege outlives the token")
					}
				}
			}
		})
	}
}

func TestIssue_subscriberCannotPublish(t *testing.T) {
	s, p := service(t, nil)
	got, err := s.Issue(issue.Asked{Caller: backend, Request: policy.Request{User: "alice", Services: []policy.Service{{Type: policy.RTC, Channel: "room"}}}})
	if err != nil {
		t.Fatal(err)
	}
	want := rtmauth.Want{At: now, Service: rtmauth.ServiceRTC, Channel: "room", User: "alice", Privilege: rtmauth.PrivilegePublishAudio}
	if _, err := p.Verifier().Verify(got.Text, want); err == nil {
		t.Error("a token without a role may publish")
	}
}

func TestIssue_renew(t *testing.T) {
	s, _ := service(t, nil)
	got, err := s.Issue(issue.Asked{Caller: backend, Request: policy.Request{User: "alice", Services: []policy.Service{{Type: policy.RTM}}}})
	if err != nil {
		t.Fatal(err)
	}
	if want := 57 * time.Minute; got.RenewIn != want { // an hour less half of the jitter of a tenth
		t.Errorf("renew in %v, want %v", got.RenewIn, want)
	}
}

// TestIssue_renewShort: a life of seconds leaves one to wait, or clients would ask
// without end.
func TestIssue_renewShort(t *testing.T) {
	for _, life := range []time.Duration{time.Second, 2 * time.Second, 5 * time.Second} {
		s, _ := service(t, nil)
		got, err := s.Issue(issue.Asked{Caller: backend, Request: policy.Request{User: "alice", Services: []policy.Service{{Type: policy.RTM}}, Life: life}})
		if err != nil || got.RenewIn < time.Second || got.RenewIn > life {
			t.Errorf("life %v: renew in %v, %v", life, got.RenewIn, err)
		}
	}
}

func TestIssue_refuses(t *testing.T) {
	rtm := []policy.Service{{Type: policy.RTM}}
	rtc := func(channel, uid, role string) []policy.Service {
		return []policy.Service{{Type: policy.RTC, Channel: channel, UID: uid, Role: role}}
	}
	many := make([]policy.Permission, issue.MaxPermissions+1)
	for i := range many {
		many[i] = policy.Permission{Resource: "users", Access: "read", Names: []string{"u"}}
	}
	for _, tc := range []struct {
		name string
		q    policy.Request
		arg  string
	}{
		{"no user", policy.Request{Services: rtm}, "user ID"},
		{"a user that RTM does not take", policy.Request{User: "a/b", Services: rtm}, "user ID"},
		{"no service", policy.Request{User: "u"}, "services"},
		{"nine services", policy.Request{User: "u", Services: make([]policy.Service, 9)}, "services"},
		{"unknown service", policy.Request{User: "u", Services: []policy.Service{{Type: "RTM"}}}, "service"},
		{"one twice", policy.Request{User: "u", Services: []policy.Service{{Type: policy.RTM}, {Type: policy.RTM}}}, "services"},
		{"life over 24 h", policy.Request{User: "u", Services: rtm, Life: 24*time.Hour + 1}, "life"},
		{"negative life", policy.Request{User: "u", Services: rtm, Life: -time.Hour}, "life"},
		{"life under a second", policy.Request{User: "u", Services: rtm, Life: time.Millisecond}, "life"},
		{"unknown version", policy.Request{User: "u", Services: rtm, Version: "008"}, "version"},
		{"006 of two", policy.Request{User: "u", Version: "006", Services: append(rtc("c", "", ""), policy.Service{Type: policy.RTM})}, "services"},
		{"006 chat", policy.Request{User: "u", Version: "006", Services: []policy.Service{{Type: policy.Chat}}}, "services"},
		{"rtc without channel", policy.Request{User: "u", Services: rtc("", "", "")}, "channel"},
		{"uid over 32 bits", policy.Request{User: "u", Services: rtc("c", "4294967296", "")}, "uid"},
		{"uid with a zero before", policy.Request{User: "u", Services: rtc("c", "007", "")}, "uid"},
		{"unknown role", policy.Request{User: "u", Services: rtc("c", "", "admin")}, "role"},
		{"rtm with a channel", policy.Request{User: "u", Services: []policy.Service{{Type: policy.RTM, Channel: "c"}}}, "service"},
		{"rtm with permissions", policy.Request{User: "u", Services: []policy.Service{{Type: policy.RTM, Permissions: many[:1]}}}, "service"},
		{"too many permissions", policy.Request{User: "u", Services: []policy.Service{{Type: policy.RTM2, Permissions: many}}}, "permissions"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			audit := &recorder{}
			s, _ := service(t, audit)
			got, err := s.Issue(issue.Asked{Caller: backend, Request: tc.q})
			var bad *rtmauth.ArgumentError
			if !errors.As(err, &bad) || bad.Argument != tc.arg {
				t.Errorf("got %v, want a refusal of %q", err, tc.arg)
			}
			if got.Text != "" {
				t.Error("an error comes with a token")
			}
			if len(audit.records) != 1 || audit.records[0].Outcome != issue.Invalid {
				t.Errorf("recorded %+v, want one line, invalid", audit.records)
			}
		})
	}
}

func TestIssue_records(t *testing.T) {
	audit := &recorder{}
	s, _ := service(t, audit)
	alice := policy.Caller{Name: "web", Kind: policy.KindJWT, Subject: "alice", Claims: map[string]any{"sub": "alice"}}
	ask := issue.Asked{Caller: alice, RequestID: "r1", TraceID: "t1", Route: "/v1/tokens", Request: policy.Request{User: "alice", Services: []policy.Service{{Type: policy.RTM}}}}
	token, err := s.Issue(ask)
	if err != nil {
		t.Fatal(err)
	}
	ask.Request.User = "bob"
	var denial *policy.Denial
	if _, err := s.Issue(ask); !errors.As(err, &denial) || denial.Rule != "own" {
		t.Errorf("bob for alice: got %v, want a denial by rule own", err)
	}
	if len(audit.records) != 2 {
		t.Fatalf("%d records, want one per decision", len(audit.records))
	}
	ok, denied := audit.records[0], audit.records[1]
	if ok.Outcome != issue.Issued || ok.Rule != "own" || ok.Subject != "alice" || ok.RequestID != "r1" || ok.TraceID != "t1" ||
		ok.Fingerprint != rtmauth.Fingerprint(token.Text) || !ok.ExpiresAt.Equal(token.ExpiresAt) {
		t.Errorf("issued: recorded %+v", ok)
	}
	if denied.Outcome != issue.Denied || denied.Code != "user" || denied.User != "bob" || denied.Fingerprint != "" {
		t.Errorf("denied: recorded %+v", denied)
	}

	audit.err = errors.New("disk full")
	ask.Request.User = "alice"
	if got, err := s.Issue(ask); !errors.Is(err, issue.ErrAudit) || got.Text != "" {
		t.Errorf("got %v and token %v; want no token when the record is refused", err, got.Text != "")
	}
}

func TestVerify(t *testing.T) {
	audit := &recorder{}
	s, p := service(t, audit)
	token, err := p.Signer().RTM("alice", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		caller policy.Caller
		v      issue.ToVerify
		valid  bool
		reason rtmauth.Reason
		fails  string
	}{
		{"good", backend, issue.ToVerify{Token: token, User: "alice"}, true, "", ""},
		{"another user", backend, issue.ToVerify{Token: token, User: "bob"}, false, rtmauth.ReasonUser, ""},
		{"garbage", backend, issue.ToVerify{Token: "007x", User: "bob"}, false, rtmauth.ReasonMalformed, ""},
		{"another service", backend, issue.ToVerify{Token: token, User: "alice", Service: policy.RTC, Channel: "c"}, false, rtmauth.ReasonServiceMissing, ""},
		{"not trusted", policy.Caller{Name: "web"}, issue.ToVerify{Token: token, User: "alice"}, false, "", "verify in a rule"},
		{"no user", backend, issue.ToVerify{Token: token}, false, "", "user ID"},
		{"unknown service", backend, issue.ToVerify{Token: token, User: "alice", Service: "x"}, false, "", "service"},
	} {
		got, err := s.Verify(issue.Asked{Caller: tc.caller}, tc.v)
		if tc.fails != "" {
			if err == nil || !strings.Contains(err.Error(), tc.fails) || got.Valid {
				t.Errorf("%s: got %+v, %v; want an error with %q", tc.name, got, err, tc.fails)
			}
			continue
		}
		if err != nil || got.Valid != tc.valid || got.Reason != tc.reason {
			t.Errorf("%s: got %+v, %v", tc.name, got, err)
		}
		if tc.valid && (got.SignedBy != "primary" || got.Token == nil) {
			t.Errorf("%s: got %+v", tc.name, got)
		}
	}
	if len(audit.records) != 7 {
		t.Errorf("%d records, want one per judgement", len(audit.records))
	}
}

// denyList denies by "App ID/user"; a zero time is for good.
type denyList struct {
	until map[string]time.Time
	err   error
}

func (d denyList) Check(appID, user string) (time.Time, bool, error) {
	at, ok := d.until[appID+"/"+user]
	return at, ok, d.err
}

func TestIssue_denyList(t *testing.T) {
	rtm := policy.Service{Type: policy.RTM}
	rtc := func(uid string) policy.Service { return policy.Service{Type: policy.RTC, Channel: "room", UID: uid} }
	list := denyList{until: map[string]time.Time{appID + "/mallory": {}, appID + "/7": now.Add(time.Hour)}}
	web := policy.Caller{Name: "web", Kind: policy.KindJWT, Subject: "mallory", Claims: map[string]any{"sub": "mallory"}}
	mallory := func(as string) policy.Caller {
		return policy.Caller{Name: "web", Kind: policy.KindWebhook, Subject: "mallory", Claims: map[string]any{"sub": as}}
	}
	for _, tc := range []struct {
		name     string
		list     denyList
		caller   policy.Caller
		user     string
		services []policy.Service
		code     string // of the audit line; "" for a token
		says     string
	}{
		{"another user", list, backend, "alice", []policy.Service{rtm}, "", ""},
		{"a denied user", list, backend, "mallory", []policy.Service{rtm}, "listed", "the user is on this service's deny list"},
		{"a denied user, by her own JWT", list, web, "mallory", []policy.Service{rtm}, "listed", "deny list"},
		{"a denied RTC uid beside another user", list, backend, "alice", []policy.Service{rtm, rtc("7")}, "listed", "until 2023-11-14T23:13:20Z"},
		{"another uid", list, backend, "alice", []policy.Service{rtm, rtc("70")}, "", ""},
		{"policy comes first: who may not ask learns nothing", list, policy.Caller{Name: "web", Claims: map[string]any{"sub": "alice"}}, "mallory", []policy.Service{rtm}, "user", ""},
		{"a denied user, under another name that a rule gives her", list, mallory("mallory-2"), "mallory-2", []policy.Service{rtm}, "listed", "deny list"},
		{"the key of a back end is no user", denyList{until: map[string]time.Time{appID + "/k1": {}}}, backend, "alice", []policy.Service{rtm}, "", ""},
		{"nobody knows who is denied", denyList{err: errors.New("canary cause")}, backend, "alice", []policy.Service{rtm}, "deny_list_unavailable", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			audit := &recorder{}
			s, _ := service(t, audit, tc.list)
			token, err := s.Issue(issue.Asked{Caller: tc.caller, Request: policy.Request{User: tc.user, Services: tc.services}})
			if len(audit.records) != 1 || audit.records[0].Code != tc.code {
				t.Fatalf("recorded %+v, want code %q", audit.records, tc.code)
			}
			if (err == nil) != (tc.code == "") || (token.Text != "") != (tc.code == "") {
				t.Fatalf("got %q, %v", token.Text, err)
			}
			if err != nil && !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%q does not say %q", err, tc.says)
			}
			var denial *policy.Denial
			if tc.code == "listed" && (!errors.As(err, &denial) || strings.Contains(denial.Text, tc.user)) {
				t.Errorf("got %v: want a denial that repeats nothing", err)
			}
			if tc.list.err != nil && (!errors.Is(err, issue.ErrDenyList) || audit.records[0].Outcome != issue.Unavailable) {
				t.Errorf("got %v, recorded %s", err, audit.records[0].Outcome)
			}
		})
	}
}
