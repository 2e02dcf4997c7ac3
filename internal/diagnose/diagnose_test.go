package diagnose_test

import (
	"encoding/json"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/diagnose"
	"github.com/rtmauth/rtmauth/internal/wire"
)

// Tokens of all kinds, good and damaged, from the library's vectors.
func vectors(t testing.TB) []string {
	t.Helper()
	var official []struct {
		Tokens []struct{ Token string }
	}
	var malformed []struct{ Token string }
	for file, into := range map[string]any{"official.json": &official, "malformed.json": &malformed} {
		data, err := os.ReadFile("../../testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	var list []string
	for _, v := range official {
		for _, x := range v.Tokens {
			list = append(list, x.Token)
		}
	}
	for _, v := range malformed {
		list = append(list, v.Token)
	}
	if len(list) < 800 {
		t.Fatalf("only %d vectors", len(list))
	}
	return list
}

func certificate(t testing.TB, text string) rtmauth.Certificate {
	t.Helper()
	c, err := rtmauth.ParseCertificate(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestVerdict holds explain to the verifier: what one accepts the other must
// not refuse, and the other way round.
func TestVerdict(t *testing.T) {
	v, err := rtmauth.NewVerifier(appID, certificate(t, primary))
	if err != nil {
		t.Fatal(err)
	}
	var tokens []string
	for i, token := range vectors(t) {
		if i%12 == 0 { // enough of each kind; all of them take too long
			tokens = append(tokens, token)
		}
	}
	for _, d := range diagnoses(t) {
		tokens = append(tokens, complete(d.attempt).Token)
	}
	tokens = append(tokens, several(t)...)
	accepted := 0
	for _, token := range tokens {
		when := issued.Add(5 * time.Second)
		if u, err := rtmauth.Parse(token); err == nil {
			when = u.IssuedAt().Add(5 * time.Second)
		}
		for _, user := range []string{"test_user", "2882341273", "alice", ""} {
			for service := rtmauth.ServiceRTC; service <= rtmauth.ServiceRTM2; service++ {
				want := rtmauth.Want{At: when, Service: service, User: user}
				a := diagnose.Attempt{
					Token: token, AppID: appID, User: &user, Service: service, At: when,
					Project: diagnose.Project{AppID: appID, Keys: keys(primary)},
				}
				switch service {
				case rtmauth.ServiceRTC, rtmauth.ServiceStreaming, rtmauth.ServiceFCDN:
					want.Channel = "7d72365eb983485397e3e3f9d460bdda"
				case rtmauth.ServiceAPaaS:
					want.Channel = "room"
				case rtmauth.ServiceFPA:
					want.User = ""
				case rtmauth.ServiceRTM, rtmauth.ServiceRTM2:
					if user == "" {
						continue // explain knows the rules of user IDs, the verifier the token only
					}
				}
				a.Channel = &want.Channel
				_, err := v.Verify(token, want)
				r := diagnose.Explain(a)
				if (err == nil) != (r.Verdict == diagnose.OK) {
					t.Fatalf("%s as %q for %s: verify says %v, explain %s %+v", token, user, service, err, r.Verdict, r.Causes)
				}
				a.Project.Keys = diagnose.KeysOf([]rtmauth.Certificate{certificate(t, primary)})
				if other := diagnose.Explain(a); other.Verdict != r.Verdict {
					t.Fatalf("%s as %s for %s: %s with the certificate's text, %s with the certificate: %+v", token, user, service, r.Verdict, other.Verdict, other.Causes)
				}
				if err == nil {
					accepted++
				}
			}
		}
	}
	t.Logf("%d tokens, %d attempts accepted", len(tokens), accepted)
	if accepted < 80 {
		t.Fatalf("only %d attempts were accepted: the comparison shows little", accepted)
	}
}

// several are tokens with several services of one type.
func several(t testing.TB) []string {
	s := signer(t, appID, primary)
	rtm := func(user string, lives ...uint32) rtmauth.Service {
		service := rtmauth.Service{Type: rtmauth.ServiceRTM, User: user}
		for _, life := range lives {
			service.Privileges = append(service.Privileges, rtmauth.Privilege{ID: rtmauth.PrivilegeLogin, Expire: life})
		}
		return service
	}
	return []string{
		must(s.Sign(time.Hour, rtm("bob", 60), rtm("alice", 60))),
		must(s.Sign(time.Hour, rtm("alice", 1), rtm("alice", 60))),
		must(s.Sign(time.Hour, rtm("alice", 60), rtm("alice", 1))),
		must(s.Sign(time.Hour, rtm("alice"), rtm("alice", 0))),
		must(s.Sign(time.Hour, rtm("alice"), rtm("bob", 60))),
		must(s.Sign(time.Hour, rtm("", 60), rtm("test_user", 60))),
	}
}

// TestTruncated: a token that was cut anywhere behind its version is said to be
// cut, and nothing is made of its missing half.
func TestTruncated(t *testing.T) {
	s := signer(t, appID, primary)
	for _, whole := range []string{must(s.RTM("alice", time.Hour)), must(s.RTM006("alice", time.Hour))} {
		for n := 3; n < len(whole); n++ {
			r := diagnose.Explain(complete(diagnose.Attempt{Token: whole[:n]}))
			if len(r.Causes) != 1 || r.Causes[0].Code != diagnose.Truncated {
				t.Fatalf("%s cut to %d characters: %+v", whole[:3], n, r.Causes)
			}
		}
	}
}

func TestAppID(t *testing.T) {
	s := signer(t, appID, primary)
	for _, token := range []string{must(s.RTM("alice", time.Hour)), must(s.RTM006("alice", time.Hour)), must(s.RTM006("alice", time.Hour))[:60] + "\n"} {
		if got := diagnose.AppID(token); got != appID {
			t.Errorf("%s: got %q", token, got)
		}
	}
	for _, token := range []string{"", "hello", must(s.RTM("alice", time.Hour))[:40], sign006("Your_App_ID", primary, "alice", "")} {
		if got := diagnose.AppID(token); got != "" {
			t.Errorf("%s: got %q", token, got)
		}
	}
}

// TestBomb: inflating stops at its bound.
func TestBomb(t *testing.T) {
	bomb := wire.Token007(make([]byte, 32<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := diagnose.Explain(complete(diagnose.Attempt{Token: bomb}))
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 2<<20 {
		t.Errorf("a token of %d characters took %d bytes", len(bomb), used)
	}
	if len(r.Causes) != 1 || r.Causes[0].Code != diagnose.Damaged {
		t.Errorf("%+v", r.Causes)
	}
}

// TestCodeFilled: with a code the list is never empty, whatever the code.
func TestCodeFilled(t *testing.T) {
	good := must(signer(t, appID, primary).RTM("alice", time.Hour))
	for _, sdkName := range []string{"", "1.x", "2.x"} {
		for code := -10030; code <= 300; code++ {
			if code > -9990 && code < -2 {
				continue
			}
			for _, lang := range []diagnose.Lang{diagnose.English, diagnose.Chinese} {
				a := complete(diagnose.Attempt{Token: good, Code: &code, SDK: sdk(t, sdkName), Lang: lang})
				r := diagnose.Explain(a)
				if !r.Has(diagnose.CodeMeaning) || code != 120 && !r.Has(diagnose.NotVisibleOffline) {
					t.Fatalf("code %d with SDK %q: %+v", code, sdkName, r.Causes)
				}
				for _, c := range r.Causes {
					if strings.Contains(c.Message+c.Evidence+c.Fix, "<nil>") || c.Message == "" || c.Evidence == "" || c.Fix == "" {
						t.Fatalf("code %d with SDK %q: unfinished %+v", code, sdkName, c)
					}
				}
			}
		}
	}
}

func TestSwap(t *testing.T) {
	good := must(signer(t, appID, primary).RTM("alice", time.Hour))
	for code, want := range map[int][2]string{
		5: {"the token is not valid", "RENEW_TOKEN_ERR_TOKEN_EXPIRED there (the token has expired)"},
		6: {"the token has expired", "RENEW_TOKEN_ERR_INVALID_TOKEN there (the token is not valid)"},
	} {
		r := diagnose.Explain(complete(diagnose.Attempt{Token: good, Code: &code, SDK: sdk(t, "1.x")}))
		if c := r.Causes[0]; !strings.Contains(c.Message, want[0]) || !strings.Contains(c.Evidence, want[1]) {
			t.Errorf("code %d: %+v", code, c)
		}
	}
}

func TestReportJSON(t *testing.T) {
	good := must(signer(t, appID, primary).RTM("alice", time.Hour))
	got, err := json.Marshal(diagnose.Explain(complete(diagnose.Attempt{Token: good})))
	if err != nil || string(got) != `{"verdict":"ok","causes":[]}` {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestRequest(t *testing.T) {
	now := issued
	a, err := diagnose.Request{Token: "x", Service: "RTC", SDK: "2.x", Code: "-10005", At: "1700000000", Lang: "zh-CN"}.Attempt(now)
	if err != nil || a.Service != rtmauth.ServiceRTC || *a.Code != -10005 || a.At.Unix() != 1700000000 || a.Lang != diagnose.Chinese {
		t.Errorf("got %+v, %v", a, err)
	}
	if a, err := (diagnose.Request{}).Attempt(now); err != nil || !a.At.Equal(now) || a.User != nil || a.Code != nil {
		t.Errorf("empty request: %+v, %v", a, err)
	}
	for _, q := range []diagnose.Request{{Service: "rtn"}, {SDK: "3.x"}, {SDK: "1.x.y.z"}, {Code: "five"}, {At: "yesterday"}, {At: "1700000000000000"}, {Lang: "fr"}} {
		if _, err := q.Attempt(now); err == nil {
			t.Errorf("%+v was accepted", q)
		}
	}
}

func TestInspect(t *testing.T) {
	s := signer(t, appID, primary)
	for name, c := range map[string]struct{ token, want string }{
		"007 RTM": {must(s.RTM("alice", time.Hour)), `{"version":"007","app_id":"970CA35de60c44645bbae8a215061b33","issued_at":1795435200,"expires_at":1795438800,"expire":3600,"salt":7,"services":[{"type":2,"name":"rtm","user":"alice","privileges":{"login":3600}}]`},
		"006 RTM": {must(s.RTM006("alice", time.Hour)), `{"version":"006","app_id":"970CA35de60c44645bbae8a215061b33","expires_at":1795521600,"salt":7,"services":[{"type":2,"name":"rtm","privileges":{"login":1795438800}}],"channel_crc32":663665735,"uid_crc32":0`},
		"RTM2": {
			must(s.Sign(time.Hour, rtmauth.Service{Type: rtmauth.ServiceRTM2, User: "alice", Resources: []rtmauth.Resource{{Type: rtmauth.ResourceUsers, Permissions: []rtmauth.Permission{{Type: rtmauth.PermissionWrite, Names: []string{"bob"}}}}}})),
			`{"version":"007","app_id":"970CA35de60c44645bbae8a215061b33","issued_at":1795435200,"expires_at":1795438800,"expire":3600,"salt":7,"services":[{"type":8,"name":"rtm2","user":"alice","privileges":{},"permissions":[{"resource":"users","access":"write","names":["bob"]}]}]`,
		},
		"APaaS": {
			must(s.Sign(time.Hour, rtmauth.Service{Type: rtmauth.ServiceAPaaS, Channel: "r", User: "u", Role: 1})),
			`{"version":"007","app_id":"970CA35de60c44645bbae8a215061b33","issued_at":1795435200,"expires_at":1795438800,"expire":3600,"salt":7,"services":[{"type":7,"name":"apaas","user":"u","room":"r","role":1,"privileges":{}}]`,
		},
	} {
		v, err := diagnose.Inspect(c.token)
		got, _ := json.Marshal(v)
		if want := c.want + `,"fingerprint":"` + rtmauth.Fingerprint(c.token) + `"}`; err != nil || string(got) != want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, want)
		}
	}
	_, err := diagnose.Inspect("007" + strings.Repeat("A", 50))
	if parse := (*rtmauth.ParseError)(nil); !errors.As(err, &parse) {
		t.Errorf("got %v, want a *ParseError", err)
	}
}

// FuzzExplain: no panic and no endless work, whatever the text; every text of
// the report is finished and holds no certificate.
func FuzzExplain(f *testing.F) {
	for i, token := range vectors(f) {
		if i%40 == 0 {
			f.Add(token, "alice", "room", 5)
		}
	}
	for _, d := range diagnoses(f) {
		f.Add(d.attempt.Token[:min(len(d.attempt.Token), 4000)], "alice", "room", -10005)
	}
	f.Fuzz(func(t *testing.T, token, user, channel string, code int) {
		start := time.Now()
		for service := rtmauth.ServiceType(0); service <= rtmauth.ServiceRTM2; service++ {
			a := diagnose.Attempt{
				Token: token, AppID: appID, User: &user, Channel: &channel, Service: service, Code: &code, At: issued,
				Project: diagnose.Project{AppID: appID, Keys: keys(primary, secondary)}, OldKeys: keys(older),
			}
			r := diagnose.Explain(a)
			if len(r.Causes) == 0 {
				t.Fatal("no cause although there is a code")
			}
			for _, c := range r.Causes {
				if c.Message == "" || c.Evidence == "" || c.Fix == "" || strings.Contains(c.Message+c.Evidence+c.Fix, primary) {
					t.Fatalf("%+v", c)
				}
			}
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Fatalf("took %s", d)
		}
	})
}
