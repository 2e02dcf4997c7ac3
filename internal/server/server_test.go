package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller/apikey"
)

func TestServe_tokens(t *testing.T) {
	h := open(t)
	alice := h.issuer.jwt(t, "alice")
	for _, tc := range []struct {
		name, credential, body string
		status                 int
		user                   string
	}{
		{"key", h.key, `{"user":"bob"}`, 201, "bob"},
		{"jwt", alice, `{"user":"alice"}`, 201, "alice"},
		{"jwt again, remembered", alice, `{"user":"alice","version":"006"}`, 201, "alice"},
		{"jwt for another", alice, `{"user":"bob"}`, 403, ""},
		{"unknown key", apikey.Prefix + "x", `{"user":"bob"}`, 401, ""},
		{"no JWT of ours", "e30.e30.e30", `{"user":"bob"}`, 401, ""},
	} {
		a := h.token(tc.credential, tc.body)
		if a.status != tc.status {
			t.Errorf("%s: got %d %s", tc.name, a.status, a.body)
			continue
		}
		if tc.user != "" {
			if got := user(t, a.field(t, "token").(string), tc.user); got != tc.user {
				t.Errorf("%s: the token is %s's", tc.name, got)
			}
		}
		if a.header.Get("X-Request-Id") == "" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", tc.name, a.header)
		}
	}

	a := h.fetch(alice, `{"uid":"alice"}`)
	if a.status != 200 || a.field(t, "code") != "200" || user(t, a.field(t, "token").(string), "alice") != "alice" || !strings.HasPrefix(a.field(t, "token").(string), "006") {
		t.Errorf("/fetch_rtm_token: got %d %s", a.status, a.body)
	}
	a = h.fetch(alice, `{"uid":"bob"}`)
	if a.status != 403 || a.field(t, "code") != "403" || a.field(t, "token") != "" {
		t.Errorf("/fetch_rtm_token for another: got %d %s", a.status, a.body)
	}
	a = h.do(http.MethodPost, h.url+"/fetch_rtm_token", `{"uid":"alice"}`)
	if a.status != 401 || a.field(t, "token") != "" || a.header.Get("WWW-Authenticate") == "" {
		t.Errorf("/fetch_rtm_token of a stranger: got %d %s", a.status, a.body)
	}
	for _, path := range []string{"/", "/inspect", "/log", "/sdk/agora-rtm.js", "/local/rtm", "/local/control/events", "/healthz", "/metrics", "/admin/v1/reload"} {
		if a := h.do(http.MethodGet, h.url+path, ""); a.status != 404 {
			t.Errorf("%s on the public listener: %d", path, a.status)
		}
	}
}

// TestServe_aliceCannotBeBob asks for bob with alice's JWT on every route, in
// every way that a request can carry a user, all at once. No answer may hold a
// token that is good for bob.
func TestServe_aliceCannotBeBob(t *testing.T) {
	h := open(t)
	alice := h.issuer.jwt(t, "alice")
	type attempt struct {
		method, path, body string
		headers            []string
	}
	var attempts []attempt
	add := func(path, body string, headers ...string) {
		attempts = append(attempts, attempt{http.MethodPost, path, body, headers})
	}
	for _, path := range []string{"/v1/tokens", "/fetch_rtm_token"} {
		key := map[string]string{"/v1/tokens": "user", "/fetch_rtm_token": "uid"}[path]
		upper := strings.ToUpper(key)
		own := `"` + key + `":"alice"`
		for _, body := range []string{
			`{"` + key + `":"bob"}`,
			`{` + own + `,"` + key + `":"bob"}`,
			`{"` + key + `":"bob",` + own + `}`,
			`{` + own + `,"` + upper + `":"bob"}`,
			`{"` + upper + `":"bob",` + own + `}`,
			`{"` + upper + `":"bob"}`,
			`{` + own + `,"\u0075` + key[1:] + `":"bob"}`,
			`{` + own + `}{"` + key + `":"bob"}`,
			`[{` + own + `},{"` + key + `":"bob"}]`,
			`{"` + key + `":["alice","bob"]}`,
			`{"` + key + `":{"` + key + `":"bob"}}`,
			`{"` + key + `":"alice\u0000bob"}`,
			`{"` + key + `":"bob\u0000alice"}`,
			`{"` + key + `":"ＢＯＢ"}`,
			`{"` + key + `":" bob"}`, `{"` + key + `":"bob "}`, `{"` + key + `":"Bob"}`,
			`{"` + key + `":"{sub}"}`, `{"` + key + `":"*"}`, `{"` + key + `":""}`, `{"` + key + `":null}`, `{}`,
			`{` + own + `,"rtmuid":"bob","userId":"bob","account":"bob","sub":"bob","name":"bob"}`,
			`{` + own + `,"services":[{"type":"rtm","uid":"bob"}]}`,
			`{` + own + `,"services":[{"type":"rtm","user":"bob"}]}`,
			`{` + own + `,"services":[{"type":"rtc","channel":"room-1","uid":"bob"}]}`,
			`{` + own + `,"services":[{"type":"rtm2"},{"type":"rtm"}],"project":"main"}`,
			`{` + own + `,"services":[{"type":"chat_app"}]}`,
			"\ufeff" + `{"` + key + `":"bob"}`,
		} {
			add(path, body)
			add(path, body, "Content-Type", "text/plain")
			add(path, body, "Content-Type", "application/x-www-form-urlencoded")
		}
		for _, query := range []string{"?user=bob", "?uid=bob", "?uid=alice&uid=bob", "?uid=bob&uid=alice", "?%75id=bob", ";uid=bob", "?", "?access_token=" + h.issuer.jwt(t, "bob")} {
			add(path+query, `{`+own+`}`)
			add(path+query, ``)
		}
		add(path+"/bob", `{`+own+`}`)
		add(path+"/%2e%2e/bob", `{`+own+`}`)
		add(path, key+`=bob`, "Content-Type", "application/x-www-form-urlencoded")
		add(path, "--x\r\nContent-Disposition: form-data; name=\""+key+"\"\r\n\r\nbob\r\n--x--\r\n", "Content-Type", "multipart/form-data; boundary=x")
		for _, header := range []string{"X-User", "X-User-Id", "X-Forwarded-User", "X-Remote-User", "Remote-User", "X-Auth-Request-User", "Uid", "User", "Sub", "From", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "Forwarded", "X-Forwarded-For", "X-Request-Id"} {
			add(path, `{`+own+`}`, header, "bob")
			add(path, `{"`+key+`":"bob"}`, header, "bob")
		}
		for _, cookie := range []string{"uid=bob", "user=bob; uid=bob", "Authorization=Bearer " + h.key} {
			add(path, `{"`+key+`":"bob"}`, "Cookie", cookie)
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions, "MINT"} {
			attempts = append(attempts, attempt{method, path, `{"` + key + `":"bob"}`, nil})
		}
	}
	add("/v1/tokens/verify", `{"token":"x","user":"bob"}`)

	var wg sync.WaitGroup
	work := make(chan attempt)
	for range 8 {
		wg.Go(func() {
			for a := range work {
				headers := append([]string{"Authorization", "Bearer " + alice}, a.headers...)
				got, err := send(client, a.method, h.url+a.path, a.body, headers...)
				if err != nil {
					t.Errorf("%s %s %s: %v", a.method, a.path, a.body, err)
					continue
				}
				if got.status >= 500 {
					t.Errorf("%s %s %s %v: %d %s", a.method, a.path, a.body, a.headers, got.status, got.body)
				}
				for _, token := range regexp.MustCompile(`00[67][A-Za-z0-9+/=]{20,}`).FindAllString(got.body, -1) {
					if whose := user(t, token, "alice", "bob", "Bob", "BOB", "", "*", "{sub}", " bob", "bob "); whose != "alice" {
						t.Errorf("%s %s %s %v: alice got a token of %q", a.method, a.path, a.body, a.headers, whose)
					}
				}
			}
		})
	}
	for range 3 {
		for _, a := range attempts {
			work <- a
		}
	}
	close(work)
	wg.Wait()
	if len(attempts) < 200 {
		t.Errorf("only %d attempts", len(attempts))
	}
	// The same with a key of the back end's is granted: the routes do mint.
	if a := h.token(h.key, `{"user":"bob"}`); a.status != 201 {
		t.Errorf("the control request got %d", a.status)
	}
}

func TestServe_keyWithdrawn(t *testing.T) {
	h := open(t)
	if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
		t.Fatalf("got %d", a.status)
	}
	other, hash := apikey.Generate()
	h.write("rtmauth.yaml", h.config(basic, "HASH", hash))
	if a := h.reload(); a.status != 200 {
		t.Fatalf("reload: %d %s", a.status, a.body)
	}
	if a := h.token(h.key, `{"user":"u"}`); a.status != 401 || a.field(t, "code") != "api_key_unknown" {
		t.Errorf("the withdrawn key: got %d %s", a.status, a.body)
	}
	if a := h.token(other, `{"user":"u"}`); a.status != 201 {
		t.Errorf("the new key: got %d %s", a.status, a.body)
	}
}

func TestServe_reload(t *testing.T) {
	h := open(t)
	good := h.config(basic)
	bad := h.config(basic, "users: \"*\"", "users: \"*\", life: 25h")
	h.write("rtmauth.yaml", bad)
	a := h.reload()
	if a.status != 422 || !strings.Contains(a.body, "policy[1].life") || !strings.Contains(a.body, "rtmauth.yaml:") {
		t.Errorf("a bad file: got %d %s", a.status, a.body)
	}
	if m := h.metrics(); !strings.Contains(m, `rtmauth_config_reloads_total{result="failure"} 1`) || !strings.Contains(m, "rtmauth_config_last_reload_successful 0") {
		t.Error("a failed reload moves no metric")
	}
	if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
		t.Errorf("after a failed reload: got %d", a.status)
	}
	h.write("rtmauth.yaml", good+"# once more\n")
	h.hup <- struct{}{} // SIGHUP
	eventually(t, "a reload by signal", func() bool {
		return strings.Contains(h.metrics(), "rtmauth_config_last_reload_successful 1")
	})
	h.write("rtmauth.yaml", h.config(basic, "name: all", "name: renamed"))
	eventually(t, "a reload by file change", func() bool {
		return strings.Contains(h.token(h.key, `{"user":"u","services":[{"type":"rtc","channel":"x"}]}`).body, "renamed")
	})
	h.write("rtmauth.yaml", h.config(basic, "127.0.0.1:0\"\nadmin", "127.0.0.1:1\"\nadmin"))
	if a := h.reload(); a.status != 422 {
		t.Errorf("another address by reload: got %d", a.status)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not seen: %s", what)
		}
	}
}

func TestServe_rotation(t *testing.T) {
	h := open(t)
	h.write("cert2", certificate2)
	h.write("cert3", certificate3)
	verdict := func(token string) any {
		return h.do(http.MethodPost, h.url+"/v1/tokens/verify", `{"token":"`+token+`","user":"u"}`, "Authorization", "Bearer "+h.key).field(t, "signed_by")
	}
	first := h.token(h.key, `{"user":"u"}`).field(t, "token").(string)
	primary := "primary: {file: DIR/cert}"
	load := func(projects string, want int) {
		t.Helper()
		h.write("rtmauth.yaml", h.config(basic, primary, projects))
		if a := h.reload(); a.status != want {
			t.Fatalf("%s: got %d %s, want %d", projects, a.status, a.body, want)
		}
	}
	load("primary: {file: DIR/cert}, secondary: {file: DIR/cert2}", 200)
	load("primary: {file: DIR/cert2}, secondary: {file: DIR/cert}", 200)
	second := h.token(h.key, `{"user":"u"}`).field(t, "token").(string)
	if verdict(first) != "secondary" || verdict(second) != "primary" {
		t.Errorf("after the exchange: %v, %v", verdict(first), verdict(second))
	}
	load("primary: {file: DIR/cert2}", 200)
	m := h.metrics()
	if !regexp.MustCompile(`rtmauth_certificate_info\{fingerprint="[0-9a-f]{16}",project="main",slot="primary"\} 1`).MatchString(m) ||
		!regexp.MustCompile(`rtmauth_certificate_last_expiry_timestamp_seconds\{fingerprint="[0-9a-f]{16}",project="main",slot="former"\} `).MatchString(m) {
		t.Errorf("metrics do not tell of the old certificate:\n%s", grep(m, "certificate"))
	}
	load("primary: {file: DIR/cert3}", 422) // nothing in common
	if verdict(second) != "primary" {
		t.Error("the refused reload changed the certificates")
	}
	h.write("rtmauth.yaml", h.config(basic, primary, "primary: {file: DIR/cert3}")+"certificate_replaced: true\n")
	if a := h.reload(); a.status != 200 {
		t.Errorf("certificate_replaced: got %d %s", a.status, a.body)
	}
	// When the last token of each ends survives a restart.
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	h.start()
	if m := h.metrics(); strings.Count(m, `slot="former"`) != 2 {
		t.Errorf("after a restart:\n%s", grep(m, "certificate"))
	}
}

func grep(text, word string) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, word) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func TestServe_cors(t *testing.T) {
	h := open(t, "origins: [\"https://app.example\"]", "origins: [\"https://app.example\"], credentials: true")
	for _, tc := range []struct {
		name, method, origin, credential string
		status                           int
		allowed                          string
	}{
		{"listed", http.MethodPost, "https://app.example", h.key, 201, "https://app.example"},
		{"listed, an error", http.MethodPost, "https://app.example", "x", 401, "https://app.example"},
		{"preflight needs no credential", http.MethodOptions, "https://app.example", "", 200, "https://app.example"},
		{"not listed", http.MethodPost, "https://evil.example", h.key, 201, ""},
		{"preflight, not listed", http.MethodOptions, "https://evil.example", "", 200, ""},
		{"null", http.MethodPost, "null", h.key, 201, ""},
		{"prefix of a listed one", http.MethodPost, "https://app.example.evil.example", h.key, 201, ""},
		{"another port", http.MethodPost, "https://app.example:8443", h.key, 201, ""},
	} {
		headers := []string{"Origin", tc.origin}
		if tc.credential != "" {
			headers = append(headers, "Authorization", "Bearer "+tc.credential)
		}
		a := h.do(tc.method, h.url+"/v1/tokens", `{"user":"u"}`, headers...)
		if a.status != tc.status || a.header.Get("Access-Control-Allow-Origin") != tc.allowed {
			t.Errorf("%s: got %d, allowed %q", tc.name, a.status, a.header.Get("Access-Control-Allow-Origin"))
		}
		if credentials := a.header.Get("Access-Control-Allow-Credentials"); (credentials != "") != (tc.allowed != "") {
			t.Errorf("%s: credentials %q", tc.name, credentials)
		}
		if a.header.Get("Vary") != "Origin" {
			t.Errorf("%s: Vary %q", tc.name, a.header.Get("Vary"))
		}
		if tc.allowed != "" {
			for _, name := range []string{"Date", "Retry-After", "X-Request-Id"} {
				if !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), name) {
					t.Errorf("%s: %s is not exposed", tc.name, name)
				}
			}
		}
	}
	for _, path := range []string{"/nowhere", "/fetch_rtm_token"} {
		a := h.do(http.MethodGet, h.url+path, "", "Origin", "https://app.example")
		if a.header.Get("Access-Control-Allow-Origin") == "" {
			t.Errorf("%s: an error without CORS headers", path)
		}
	}
}

func TestServe_admin(t *testing.T) {
	h := open(t, "state_dir", "probes: {listen: \"127.0.0.1:0\"}\nstate_dir")
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if a := h.do(http.MethodGet, h.admin+path, ""); a.status != 200 {
			t.Errorf("%s: %d", path, a.status)
		}
		if a := h.do(http.MethodGet, "http://"+h.server.Addr("probes")+path, ""); a.status != 200 {
			t.Errorf("%s of the probes: %d", path, a.status)
		}
	}
	for _, tc := range []struct {
		base, method, path, key string
		status                  int
	}{
		{h.admin, http.MethodPost, "/admin/v1/reload", "", 401},
		{h.admin, http.MethodPost, "/admin/v1/reload", "wrong", 401},
		{h.admin, http.MethodPost, "/admin/v1/reload", h.key, 401},
		{h.admin, http.MethodPost, "/admin/v1/reload", adminKey, 200},
		{h.admin, http.MethodGet, "/admin/v1/status", adminKey, 200},
		{h.admin, http.MethodGet, "/admin/v1/nothing", adminKey, 404},
		{h.admin, http.MethodGet, "/admin/v1/nothing", "", 401},
		{h.admin, http.MethodPost, "/v1/tokens", h.key, 404},
		{"http://" + h.server.Addr("probes"), http.MethodPost, "/admin/v1/reload", adminKey, 404},
	} {
		if a := h.do(tc.method, tc.base+tc.path, "", "Authorization", "Bearer "+tc.key); a.status != tc.status {
			t.Errorf("%s %s with %q: got %d %s, want %d", tc.method, tc.path, tc.key, a.status, a.body, tc.status)
		}
	}
	h.write("rtmauth.yaml", h.config(basic, "state_dir", "probes: {listen: \"127.0.0.1:0\"}\nstate_dir", ", key: {file: DIR/admin-key}", ""))
	if a := h.reload(); a.status != 200 {
		t.Fatal(a.body)
	}
	if a := h.reload(); a.status != 403 {
		t.Errorf("without a configured key: got %d", a.status)
	}
}

func TestServe_unknownRoutesMakeNoSeries(t *testing.T) {
	h := open(t)
	before := strings.Count(h.metrics(), "\n")
	for i := range 50 {
		h.do("M"+fmt.Sprint(i), h.url+fmt.Sprintf("/x%d", i), "", "Authorization", fmt.Sprintf("Bearer %d", i))
	}
	if after := strings.Count(h.metrics(), "\n"); after > before+30 {
		t.Errorf("%d lines of metrics before, %d after", before, after)
	}
}

// TestServe_traces follows requests into the audit log.
func TestServe_traces(t *testing.T) {
	h := open(t)
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	a := h.token(h.key, `{"user":"u"}`, "Traceparent", "00-"+trace+"-00f067aa0ba902b7-01", "X-Request-Id", "forged", "X-Forwarded-For", "6.6.6.6")
	id := a.header.Get("X-Request-Id")
	if id == "forged" || len(id) != 16 {
		t.Errorf("request ID %q: a stranger chooses it", id)
	}
	want := `"request_id":"` + id + `","trace_id":"` + trace + `","route":"/v1/tokens","client":"127.0.0.1","caller":"backend"`
	if !strings.Contains(h.log.String(), want) {
		t.Errorf("no audit line with %s in\n%s", want, grep(h.log.String(), "audit"))
	}
	if a := h.token(h.key, `{"user":""}`); a.field(t, "request_id") != a.header.Get("X-Request-Id") {
		t.Errorf("the problem's request ID is not the header's: %s", a.body)
	}

	h.write("rtmauth.yaml", h.config(basic)+"trusted_proxies: [127.0.0.0/8]\n")
	if a := h.reload(); a.status != 200 {
		t.Fatal(a.body)
	}
	a = h.token(h.key, `{"user":"u"}`, "X-Request-Id", "from-the-proxy", "X-Forwarded-For", "10.0.0.1, 6.6.6.6")
	if a.header.Get("X-Request-Id") != "from-the-proxy" || !strings.Contains(h.log.String(), `"request_id":"from-the-proxy","route":"/v1/tokens","client":"6.6.6.6"`) {
		t.Errorf("a trusted proxy's request ID and client are not taken: %v", a.header)
	}
}

func TestServe_limits(t *testing.T) {
	h := open(t)
	long := strings.Repeat("x", 17<<10)
	for _, tc := range []struct {
		name    string
		body    string
		headers []string
		status  int
	}{
		{"body over 16 KiB", `{"user":"` + long + `"}`, nil, 413},
		{"headers over the limit", `{"user":"u"}`, []string{"X-Long", long + long + long}, 431},
		{"JWT over 8 KiB", `{"user":"u"}`, []string{"Authorization", "Bearer a." + long + ".c"}, 401},
	} {
		if a := h.token(h.key, tc.body, tc.headers...); a.status != tc.status {
			t.Errorf("%s: got %d %.200s", tc.name, a.status, a.body)
		}
		if a := h.fetch(h.key, tc.body, tc.headers...); a.status != tc.status {
			t.Errorf("/fetch_rtm_token, %s: got %d %.200s", tc.name, a.status, a.body)
		}
	}
}

func TestServe_anonymous(t *testing.T) {
	h := open(t, "policy:\n", "insecure_anonymous: true\npolicy:\n  - {name: anon, callers: [anonymous], users: \"guest-*\"}\n")
	a := h.do(http.MethodPost, h.url+"/v1/tokens", `{"user":"guest-1"}`)
	if a.status != 201 {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := h.token("wrong", `{"user":"guest-1"}`); a.status != 401 {
		t.Errorf("a wrong credential became anonymous: %d", a.status)
	}
	if !strings.Contains(h.metrics(), "rtmauth_insecure_anonymous 1") || !strings.Contains(h.log.String(), "insecure_anonymous is set") {
		t.Error("it is not shown")
	}
}

func TestServe_issuerOutage(t *testing.T) {
	h := open(t)
	alice := h.issuer.jwt(t, "alice")
	h.issuer.down.Store(true)
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	h.start() // while the issuer is down, by the kept keys
	if a := h.token(alice, `{"user":"alice"}`); a.status != 201 {
		t.Errorf("with kept keys: got %d %s", a.status, a.body)
	}
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(h.dir, "state")); err != nil {
		t.Fatal(err)
	}
	h.start() // and without
	for _, a := range []reply{h.token(alice, `{"user":"alice"}`), h.fetch(alice, `{"uid":"alice"}`)} {
		if a.status != 503 || a.header.Get("Retry-After") == "" {
			t.Errorf("without keys: got %d, Retry-After %q; want 503", a.status, a.header.Get("Retry-After"))
		}
	}
	if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
		t.Errorf("an API key during the outage: got %d", a.status)
	}
	h.issuer.down.Store(false)
	eventually(t, "the keys come", func() bool { return h.token(alice, `{"user":"alice"}`).status == 201 })
}

// TestServe_drain signals while clients ask, each over a new connection: as long
// as drain_delay lasts they are served. The soak test does the same with the
// real program, at full speed.
func TestServe_drain(t *testing.T) {
	t.Parallel()
	h := open(t, "drain_delay: 0s", "drain_delay: 3s")
	var wg sync.WaitGroup
	signalled := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			ask := func() {
				c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
				if a, err := send(c, http.MethodPost, h.url+"/v1/tokens", `{"user":"u"}`, "Authorization", "Bearer "+h.key); err != nil || a.status != 201 {
					t.Errorf("got %d %v", a.status, err)
				}
			}
			ask()
			<-signalled
			for range 5 {
				ask()
			}
		})
	}
	h.stop()
	eventually(t, "not ready while draining", func() bool {
		a, err := send(client, http.MethodGet, h.admin+"/readyz", "")
		return err == nil && a.status == 503
	})
	close(signalled)
	wg.Wait()
	if err := h.end(); err != nil {
		t.Errorf("ended with %v", err)
	}
}
