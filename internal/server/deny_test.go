package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/redistest"
)

// deny asks the admin API with its key.
func (h *house) deny(method, path, body string) reply {
	h.t.Helper()
	return h.do(method, h.admin+"/admin/v1/deny"+path, body, "Authorization", "Bearer "+adminKey)
}

func (h *house) denyAdd(entries string) {
	h.t.Helper()
	if a := h.deny(http.MethodPost, "", `{"entries":[`+entries+`]}`); a.status != 201 {
		h.t.Fatalf("deny %s: got %d %s", entries, a.status, a.body)
	}
}

// wantDenied asks for a token on both routes.
func (h *house) wantDenied(when, user string, status int, code string) {
	h.t.Helper()
	a := h.token(h.key, `{"user":"`+user+`"}`)
	if a.status != status || code != "" && a.field(h.t, "code") != code {
		h.t.Errorf("%s, %s: got %d %s, want %d %s", when, user, a.status, a.body, status, code)
	}
	if status == 201 {
		status = 200
	}
	if a := h.fetch(h.key, `{"uid":"`+user+`"}`); a.status != status || (a.field(h.t, "token") == "") != (status != 200) {
		h.t.Errorf("%s, %s by /fetch_rtm_token: got %d %s, want %d", when, user, a.status, a.body, status)
	}
}

func TestServe_denyList(t *testing.T) {
	h := open(t)
	h.wantDenied("before", "mallory", 201, "")
	until := time.Now().Add(time.Hour).Unix()
	h.denyAdd(fmt.Sprintf(`{"user":"mallory","reason":"canary-reason"},{"user":"eve","project":"main","until":%d}`, until))
	h.wantDenied("listed", "mallory", 403, "denied_listed")
	h.wantDenied("listed", "eve", 403, "denied_listed")
	h.wantDenied("not listed", "alice", 201, "")
	if a := h.token(h.key, `{"user":"eve"}`); !strings.Contains(a.body, time.Unix(until, 0).UTC().Format(time.RFC3339)) {
		t.Errorf("the answer does not say until when: %s", a.body)
	}
	if a := h.token(h.issuer.jwt(t, "mallory"), `{"user":"mallory"}`); a.status != 403 || a.field(t, "code") != "denied_listed" || strings.Contains(a.body, "canary") {
		t.Errorf("by her own JWT: got %d %s", a.status, a.body)
	}
	if a := h.token(h.issuer.jwt(t, "alice"), `{"user":"mallory"}`); a.field(t, "code") != "denied_user" {
		t.Errorf("another caller learns that she is listed: %s", a.body)
	}
	if a := h.token(h.key, `{"user":"alice","services":[{"type":"rtc","channel":"room-1","uid":"mallory"}]}`); a.status != 403 {
		t.Errorf("as the RTC uid beside another user: got %d %s", a.status, a.body)
	}
	m := h.metrics()
	for _, want := range []string{
		`rtmauth_deny_list_entries{store="state_dir"} 2`, `rtmauth_deny_list_available{store="state_dir"} 1`,
		`rtmauth_tokens_denied_total{reason="listed",service="rtm"} 6`,
	} {
		if !strings.Contains(m, want) {
			t.Errorf("no %s in:\n%s", want, grep(m, "den"))
		}
	}

	a := h.deny(http.MethodGet, "", "")
	want := fmt.Sprintf(`{"entries":[{"user":"eve","project":"main","until":%d,"added_at":`, until)
	if a.status != 200 || !strings.HasPrefix(a.body, want) || !strings.Contains(a.body, `{"user":"mallory","reason":"canary-reason","added_at":`) {
		t.Errorf("the list: got %d %s", a.status, a.body)
	}
	if again := h.deny(http.MethodPost, "", a.body); again.status != 201 || again.body != a.body {
		t.Errorf("what was got cannot be posted: %d %s", again.status, again.body)
	}
	if a := h.deny(http.MethodGet, "?user=mallory", ""); strings.Contains(a.body, "eve") || !strings.Contains(a.body, "mallory") {
		t.Errorf("one user: got %s", a.body)
	}

	// It outlives a reload and a restart.
	h.write("rtmauth.yaml", h.config(basic)+"# once more\n")
	if a := h.reload(); a.status != 200 {
		t.Fatalf("reload: %d %s", a.status, a.body)
	}
	h.wantDenied("after a reload", "mallory", 403, "denied_listed")
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	h.start()
	h.wantDenied("after a restart", "mallory", 403, "denied_listed")

	if a := h.deny(http.MethodPost, "/remove", `{"user":"mallory"}`); a.status != 200 {
		t.Errorf("remove: got %d %s", a.status, a.body)
	}
	h.wantDenied("removed", "mallory", 201, "")
	if a := h.deny(http.MethodPost, "/remove", `{"user":"eve"}`); a.status != 404 || a.field(t, "code") != "not_listed" {
		t.Errorf("remove the entry of every project, where that of one is: got %d %s", a.status, a.body)
	}
	if a := h.deny(http.MethodPost, "/remove", `{"user":"eve","project":"`+appID+`"}`); a.status != 200 {
		t.Errorf("remove by App ID: got %d %s", a.status, a.body)
	}
	for _, want := range []string{
		`"route":"POST /admin/v1/deny","client":"127.0.0.1","caller":"admin","user":"mallory","outcome":"listed"`,
		`"user":"eve","project":"main","outcome":"listed"`,
		`"route":"POST /admin/v1/deny/remove","client":"127.0.0.1","caller":"admin","user":"mallory","outcome":"unlisted"`,
		`"user":"mallory","services":["rtm"],"project":"main","rule":"own","outcome":"denied","code":"listed"`,
	} {
		if !strings.Contains(h.log.String(), want) {
			t.Errorf("the audit log lacks %s:\n%s", want, grep(h.log.String(), "mallory"))
		}
	}
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(h.log.String(), "canary") {
		t.Error("the log holds the reason")
	}
}

func TestServe_denyListRefuses(t *testing.T) {
	h := open(t)
	many := strings.TrimSuffix(strings.Repeat(`{"user":"u"},`, 1001), ",")
	for name, tc := range map[string]struct {
		method, path, body string
		status             int
		says               string
	}{
		"no key's worth of JSON": {http.MethodPost, "", `entries`, 400, "must be one JSON value"},
		"empty":                  {http.MethodPost, "", ``, 400, "empty"},
		"none":                   {http.MethodPost, "", `{"entries":[]}`, 400, "1 to 1000"},
		"too many":               {http.MethodPost, "", `{"entries":[` + many + `]}`, 400, "1 to 1000"},
		"too long":               {http.MethodPost, "", `{"entries":[{"user":"` + strings.Repeat("x", 3<<20) + `"}]}`, 413, "2048 KiB"},
		"a key that is unknown":  {http.MethodPost, "", `{"entries":[{"user":"u","unti":1}]}`, 400, "not known"},
		"a key twice":            {http.MethodPost, "", `{"entries":[{"user":"u","user":"canary"}]}`, 400, "twice"},
		"a user of no shape":     {http.MethodPost, "", `{"entries":[{"user":"good"},{"user":"canary/x"}]}`, 400, "Entry 2: the user ID must hold only"},
		"a project of no name":   {http.MethodPost, "", `{"entries":[{"user":"u","project":"canary"}]}`, 400, "Entry 1: the project must be"},
		"an end that is past":    {http.MethodPost, "", `{"entries":[{"user":"u","until":1}]}`, 400, "must be in the future"},
		"a query that is none":   {http.MethodGet, "?canary=1", ``, 400, "user, once"},
		"a query twice":          {http.MethodGet, "?user=a&user=b", ``, 400, "user, once"},
		"remove nobody":          {http.MethodPost, "/remove", `{}`, 404, "not on the deny list"},
		"remove with a typo":     {http.MethodPost, "/remove", `{"usr":"u"}`, 400, "not known"},
		"another method":         {http.MethodDelete, "", ``, 404, ""},
	} {
		a := h.deny(tc.method, tc.path, tc.body)
		if a.status != tc.status || !strings.Contains(a.body, tc.says) || strings.Contains(a.body, "canary") {
			t.Errorf("%s: got %d %s, want %d and %q", name, a.status, a.body, tc.status, tc.says)
		}
	}
	for _, key := range []string{"", "wrong", h.key} {
		for _, route := range []string{"GET ", "POST ", "POST /remove"} {
			method, path, _ := strings.Cut(route, " ")
			if a := h.do(method, h.admin+"/admin/v1/deny"+path, `{"entries":[{"user":"u"}],"user":"u"}`, "Authorization", "Bearer "+key); a.status != 401 {
				t.Errorf("%s with key %q: got %d", route, key, a.status)
			}
		}
	}
	if a := h.deny(http.MethodGet, "", ""); a.body != `{"entries":[]}`+"\n" {
		t.Errorf("something was added: %s", a.body)
	}

	off := open(t, "state_dir: DIR/state\n", "")
	for _, a := range []reply{off.deny(http.MethodGet, "", ""), off.deny(http.MethodPost, "", `{"entries":[{"user":"u"}]}`), off.deny(http.MethodPost, "/remove", `{"user":"u"}`)} {
		if a.status != 409 || a.field(t, "code") != "deny_list_off" || !strings.Contains(a.body, "state_dir") {
			t.Errorf("without a place for it: got %d %s", a.status, a.body)
		}
	}
	off.wantDenied("without a list", "u", 201, "")

	// A list that cannot be read stops the start.
	broken := prepare(t)
	if err := os.Mkdir(filepath.Join(broken.dir, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	broken.write("state/deny.db", "no list")
	broken.write("rtmauth.yaml", broken.config(basic))
	if _, err := broken.make(); err == nil || !strings.Contains(err.Error(), "deny.db") {
		t.Errorf("a damaged list: got %v", err)
	}
}

// withRedis is the configuration of a replica.
func withRedis(h *house, r *redistest.Server, more string) string {
	h.write("redis-url", r.URL())
	return h.config(basic) + "redis: {url: {file: " + h.dir + "/redis-url}}\n" + more
}

// TestServe_denyListReplicas: what one replica is told counts at another, and
// while Redis is away the copy counts for max_stale, then nobody gets a token.
func TestServe_denyListReplicas(t *testing.T) {
	r := redistest.Start(t)
	clock := newFakeClock()
	a, b := prepare(t), prepare(t)
	for _, h := range []*house{a, b} {
		h.now = clock.now
		h.write("rtmauth.yaml", withRedis(h, r, "deny_list: {max_stale: 30s}\n"))
		h.start()
	}
	a.denyAdd(`{"user":"mallory"}`)
	a.wantDenied("here", "mallory", 403, "denied_listed")
	eventually(t, "the other replica denies her too", func() bool {
		return b.token(b.key, `{"user":"mallory"}`).status == 403
	})
	if m := b.metrics(); !strings.Contains(m, `rtmauth_deny_list_entries{store="redis"} 1`) || !strings.Contains(m, "rtmauth_redis_up 1") || !strings.Contains(m, "rtmauth_redis_clock_skew_seconds") {
		t.Errorf("metrics:\n%s", grep(m, "redis"))
	}
	r.Stop()
	clock.turn(20 * time.Second)
	b.wantDenied("Redis is away, the copy counts", "mallory", 403, "denied_listed")
	b.wantDenied("Redis is away, the copy counts", "alice", 201, "")
	if got := b.deny(http.MethodPost, "", `{"entries":[{"user":"eve"}]}`); got.status != 503 || got.field(t, "code") != "deny_list_unavailable" {
		t.Errorf("add while Redis is away: got %d %s", got.status, got.body)
	}
	clock.turn(20 * time.Second)
	for _, user := range []string{"alice", "mallory"} {
		b.wantDenied("the copy is too old", user, 503, "deny_list_unavailable")
	}
	got := b.token(b.key, `{"user":"alice"}`)
	if got.header.Get("Retry-After") == "" || strings.Contains(got.body, "127.0.0.1") {
		t.Errorf("503: %v %s", got.header, got.body)
	}
	if got := b.fetch(b.key, `{"uid":"alice"}`); got.header.Get("Retry-After") == "" {
		t.Errorf("503 by /fetch_rtm_token: %v", got.header)
	}
	if m := b.metrics(); !strings.Contains(m, `rtmauth_deny_list_available{store="redis"} 0`) || !strings.Contains(m, `rtmauth_tokens_denied_total{reason="deny_list_unavailable",service="rtm"}`) {
		t.Errorf("metrics:\n%s", grep(m, "den"))
	}
	if !strings.Contains(b.log.String(), `"outcome":"unavailable","code":"deny_list_unavailable"`) {
		t.Error("the audit log does not say so")
	}
	r.Start()
	eventually(t, "tokens again", func() bool { return b.token(b.key, `{"user":"alice"}`).status == 201 })
	b.wantDenied("Redis is back", "mallory", 403, "denied_listed")
}

// TestServe_rateLimits: who asks too often gets 429, the others do not notice.
func TestServe_rateLimits(t *testing.T) {
	h := open(t, "cors:", "limits:\n  - {name: users, by: caller, callers: [web], rate: 3, per: 1h}\n  - {name: everybody, by: address, rate: 100, per: 1h, burst: 12}\ncors:")
	alice, bob := h.issuer.jwt(t, "alice"), h.issuer.jwt(t, "bob")
	for i, want := range []int{201, 201, 201, 429, 429} {
		if a := h.token(alice, `{"user":"alice"}`); a.status != want {
			t.Errorf("alice, request %d: got %d %s", i, a.status, a.body)
		}
	}
	a := h.token(h.issuer.jwt(t, "alice"), `{"user":"alice"}`) // another JWT of hers
	if a.status != 429 || a.field(t, "code") != "rate_limited" || !strings.Contains(a.body, "users") || a.header.Get("Retry-After") == "" {
		t.Errorf("got %d %v %s", a.status, a.header, a.body)
	}
	a = h.fetch(alice, `{"uid":"alice"}`)
	if a.status != 429 || a.field(t, "code") != "429" || a.field(t, "token") != "" || a.header.Get("Retry-After") == "" {
		t.Errorf("/fetch_rtm_token: got %d %v %s", a.status, a.header, a.body)
	}
	if a := h.token(bob, `{"user":"bob"}`); a.status != 201 {
		t.Errorf("bob: got %d %s", a.status, a.body)
	}
	if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
		t.Errorf("a caller that the limit does not bind: got %d %s", a.status, a.body)
	}
	for range 3 { // 9 requests so far
		h.token("wrong", `{"user":"u"}`)
	}
	before := strings.Count(h.log.String(), `"msg":"audit"`)
	if a := h.token("wrong", `{"user":"u"}`); a.status != 429 || !strings.Contains(a.body, "everybody") {
		t.Errorf("an address that guesses keys: got %d %s", a.status, a.body)
	}
	if after := strings.Count(h.log.String(), `"msg":"audit"`); after != before {
		t.Error("a flood fills the audit log")
	}
	if a := h.do(http.MethodGet, h.url+"/openapi.json", ""); a.status != 200 {
		t.Errorf("a public page is limited: %d", a.status)
	}
	m := h.metrics()
	for _, want := range []string{
		`rtmauth_limit_requests_total{limit="users",outcome="allowed"} 4`, `rtmauth_limit_requests_total{limit="users",outcome="refused"} 4`,
		`rtmauth_limit_requests_total{limit="everybody",outcome="refused"} 1`, `rtmauth_limit_keys{limit="users"} 2`, "rtmauth_limits_degraded 0",
	} {
		if !strings.Contains(m, want) {
			t.Errorf("no %s in:\n%s", want, grep(m, "limit"))
		}
	}
	if !strings.Contains(h.log.String(), `"caller":"web","caller_kind":"jwt","subject":"alice","outcome":"limited","code":"rate_limited"`) {
		t.Errorf("the audit log does not name who asks too often:\n%s", grep(h.log.String(), "limited"))
	}
	// A reload that leaves a limit as it is gives nobody a full bucket.
	h.write("rtmauth.yaml", h.config(basic, "cors:", "limits:\n  - {name: users, by: caller, callers: [web], rate: 3, per: 1h}\ncors:"))
	if a := h.reload(); a.status != 200 {
		t.Fatalf("reload: %d %s", a.status, a.body)
	}
	if a := h.token(alice, `{"user":"alice"}`); a.status != 429 {
		t.Errorf("after a reload: got %d", a.status)
	}
	if a := h.token("wrong", `{"user":"u"}`); a.status != 401 {
		t.Errorf("a limit that was taken out: got %d", a.status)
	}
}

// TestServe_rateLimitsReplicas: replicas share what a caller has left.
func TestServe_rateLimitsReplicas(t *testing.T) {
	r := redistest.Start(t)
	a, b := prepare(t), prepare(t)
	b.issuer, b.key = a.issuer, a.key
	for _, h := range []*house{a, b} {
		h.write("rtmauth.yaml", withRedis(h, r, "limits: [{name: users, by: caller, rate: 4, per: 1h}]\n"))
		h.start()
	}
	got := map[int]int{}
	for range 5 {
		got[a.token(a.key, `{"user":"u"}`).status]++
		got[b.token(b.key, `{"user":"u"}`).status]++
	}
	if got[201] != 4 || got[429] != 6 {
		t.Errorf("two replicas answer %v; want 4 tokens in all", got)
	}
	r.Stop()
	if got := a.token(a.key, `{"user":"u"}`); got.status != 201 {
		t.Errorf("without Redis: got %d %s", got.status, got.body)
	}
	if m := a.metrics(); !strings.Contains(m, "rtmauth_limits_degraded 1") {
		t.Errorf("metrics:\n%s", grep(m, "limit"))
	}
}

// TestServe_denyListRecorded: what cannot be recorded is not done.
func TestServe_denyListRecorded(t *testing.T) {
	h := open(t)
	h.denyAdd(`{"user":"mallory"}`)
	h.write("rtmauth.yaml", h.config(basic)+"audit: {file: /dev/full}\n")
	if a := h.reload(); a.status != 200 {
		t.Fatalf("reload: %d %s", a.status, a.body)
	}
	for _, a := range []reply{h.deny(http.MethodPost, "", `{"entries":[{"user":"eve"},{"user":"trent"}]}`), h.deny(http.MethodPost, "/remove", `{"user":"mallory"}`)} {
		if a.status != 503 || a.field(t, "code") != "audit_unavailable" {
			t.Errorf("with a full disk: got %d %s", a.status, a.body)
		}
	}
	if a := h.deny(http.MethodGet, "", ""); !strings.Contains(a.body, "mallory") || strings.Contains(a.body, "eve") || strings.Contains(a.body, "trent") {
		t.Errorf("the list: %s", a.body)
	}
	eventually(t, "the log says once that the audit log cannot be written", func() bool {
		return strings.Count(h.log.String(), "the audit log cannot be written") == 1
	})
	h.write("rtmauth.yaml", h.config(basic))
	if a := h.reload(); a.status != 200 {
		t.Fatalf("reload: %d %s", a.status, a.body)
	}
	if a := h.deny(http.MethodPost, "/remove", `{"user":"mallory"}`); a.status != 200 {
		t.Errorf("with room again: got %d %s", a.status, a.body)
	}
}
