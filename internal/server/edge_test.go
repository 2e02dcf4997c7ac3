package server_test

import (
	"fmt"
	"net/http"
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
