package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

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
}

// TestServe_preflight asks as a browser does before a page may send what the
// service's callers need, a webhook's own header among it.
func TestServe_preflight(t *testing.T) {
	h := open(t, "callers:\n", "callers:\n  webhook: [{name: sessions, url: \"http://127.0.0.1:1/\", headers: [x-session, cookie, authorization]}]\n")
	for _, path := range []string{"/v1/tokens", "/v1/tokens/verify", "/fetch_rtm_token"} {
		a := h.do(http.MethodOptions, h.url+path, "", "Origin", "https://app.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "authorization,content-type,x-session")
		if a.status != 200 || a.header.Get("Access-Control-Max-Age") == "" {
			t.Errorf("%s: got %d %v", path, a.status, a.header)
		}
		if got := list(a.header.Get("Access-Control-Allow-Methods")); !slices.Contains(got, "post") || !slices.Contains(got, "get") {
			t.Errorf("%s: methods %q", path, got)
		}
		got := list(a.header.Get("Access-Control-Allow-Headers"))
		for _, want := range []string{"authorization", "content-type", "x-api-key", "x-session"} {
			if !slices.Contains(got, want) {
				t.Errorf("%s: a page may not send %s: %q", path, want, got)
			}
		}
		slices.Sort(got)
		if slices.Contains(got, "cookie") || len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Errorf("%s: headers %q", path, got)
		}
		a = h.do(http.MethodOptions, h.url+path, "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
		for name := range a.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s for a page that is not listed", path, name)
			}
		}
	}
	h.write("rtmauth.yaml", h.config(basic))
	if a := h.reload(); a.status != 200 {
		t.Fatal(a.body)
	}
	a := h.do(http.MethodOptions, h.url+"/v1/tokens", "", "Origin", "https://app.example", "Access-Control-Request-Method", "POST")
	if got := list(a.header.Get("Access-Control-Allow-Headers")); slices.Contains(got, "x-session") || !slices.Contains(got, "authorization") {
		t.Errorf("without the webhook: headers %q", got)
	}
}

func list(header string) []string {
	names := strings.Split(strings.ToLower(header), ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

// TestServe_corsOnRefusals: a page that may not read a refusal cannot say what is
// wrong, nor when to come again.
func TestServe_corsOnRefusals(t *testing.T) {
	h := open(t, "callers:\n", "callers:\n  webhook: [{name: sessions, url: \"http://127.0.0.1:1/\", headers: [X-Session]}]\n")
	key := []string{"Authorization", "Bearer " + h.key}
	long := `{"user":"` + strings.Repeat("x", 17<<10) + `"}`
	for _, tc := range []struct {
		method, path, body string
		headers            []string
		status             int
	}{
		{"POST", "/v1/tokens", `{"user":"a","user":"b"}`, key, 400},
		{"POST", "/v1/tokens", `{"user":"u"}`, nil, 401},
		{"POST", "/v1/tokens", `{"user":"u","services":[{"type":"chat"}]}`, key, 403},
		{"GET", "/nowhere", "", nil, 404},
		{"GET", "/v1/tokens", "", key, 405},
		{"POST", "/v1/tokens", long, key, 413},
		{"POST", "/v1/tokens", "user=u", append([]string{"Content-Type", "application/x-www-form-urlencoded"}, key...), 415},
		{"POST", "/v1/tokens", `{"user":"u"}`, []string{"X-Session", "s"}, 503},
		{"POST", "/v1/tokens/verify", `{`, key, 400},
		{"POST", "/fetch_rtm_token", `{`, key, 400},
		{"POST", "/fetch_rtm_token", `{"uid":"u"}`, nil, 401},
		{"POST", "/fetch_rtm_token", `{"uid":"u"}`, []string{"Authorization", "Bearer " + h.issuer.jwt(t, "alice")}, 403},
		{"GET", "/fetch_rtm_token", "", key, 404},
		{"POST", "/fetch_rtm_token", long, key, 413},
		{"POST", "/fetch_rtm_token", `{"uid":"u"}`, []string{"X-Session", "s"}, 503},
	} {
		a := h.do(tc.method, h.url+tc.path, tc.body, append([]string{"Origin", "https://app.example"}, tc.headers...)...)
		if a.status != tc.status || a.header.Get("Access-Control-Allow-Origin") != "https://app.example" || a.header.Get("Access-Control-Expose-Headers") == "" {
			t.Errorf("%s %s: got %d, want %d a page can read: %v", tc.method, tc.path, a.status, tc.status, a.header)
		}
		if (a.header.Get("Retry-After") != "") != (tc.status == 503) {
			t.Errorf("%s %s: %d with Retry-After %q", tc.method, tc.path, a.status, a.header.Get("Retry-After"))
		}
	}
}

// TestServe_spreadsClients: who cannot be judged now comes back at a time of its own.
func TestServe_spreadsClients(t *testing.T) {
	h := open(t, "callers:\n", "callers:\n  webhook: [{name: sessions, url: \"http://127.0.0.1:1/\", headers: [X-Session]}]\n")
	for path, body := range map[string]string{"/v1/tokens": `{"user":"u"}`, "/v1/tokens/verify": `{"token":"x","user":"u"}`, "/fetch_rtm_token": `{"uid":"u"}`} {
		seen := map[int]bool{}
		for range 40 {
			a := h.do(http.MethodPost, h.url+path, body, "X-Session", "s")
			seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
			if a.status != 503 || err != nil || seconds < 2 || seconds > 4 {
				t.Fatalf("%s: got %d, Retry-After %q; want 2 to 4 s", path, a.status, a.header.Get("Retry-After"))
			}
			seen[seconds] = true
		}
		if len(seen) < 2 {
			t.Errorf("%s: all 40 are sent away for the same time", path)
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
	if !strings.Contains(h.metrics(), "rtmauth_insecure_anonymous 1") {
		t.Error("no metric shows it")
	}
	eventually(t, "it is logged", func() bool { return strings.Contains(h.log.String(), "insecure_anonymous is set") })
}
