package server_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// TestServe_callerLimit: the third request of a caller in a minute is refused in
// the route's own shape, in words that a page can read, and recorded.
func TestServe_callerLimit(t *testing.T) {
	h := open(t, "state_dir", "limits: [{name: users, by: caller, rate: 2, per: 1m}]\nstate_dir")
	for path, key := range map[string]string{"/v1/tokens": "user", "/fetch_rtm_token": "uid"} {
		name := "alice" + strings.ReplaceAll(path, "/", "-")
		ask := func(sub string) reply {
			return h.do(http.MethodPost, h.url+path, `{"`+key+`":"`+sub+`"}`, "Authorization", "Bearer "+h.issuer.jwt(t, sub), "Origin", "https://app.example")
		}
		for range 2 {
			if a := ask(name); a.status >= 300 {
				t.Fatalf("%s: within the limit: got %d %s", path, a.status, a.body)
			}
		}
		a := ask(name)
		tooMany(t, path, a)
		lines := h.auditLines(a.header.Get("X-Request-Id"))
		if len(lines) != 1 || lines[0]["outcome"] != "limited" || lines[0]["code"] != "rate_limited" || lines[0]["caller"] != "web" || lines[0]["subject"] != name || lines[0]["route"] != path {
			t.Errorf("%s: recorded %v", path, lines)
		}
		if a := ask("bob" + name); a.status >= 300 {
			t.Errorf("%s: another user: got %d %s", path, a.status, a.body)
		}
	}
	if want := `rtmauth_limit_requests_total{limit="users",outcome="refused"} 2`; !strings.Contains(h.metrics(), want+"\n") {
		t.Errorf("want %s in\n%s", want, grep(h.metrics(), "limit_requests"))
	}
}

// TestServe_addressLimit: whoever it is, and before anybody asks who, and without
// a line that would fill the disk.
func TestServe_addressLimit(t *testing.T) {
	h := open(t, "state_dir", "limits: [{name: flood, by: address, rate: 2, per: 1m}]\nstate_dir")
	for range 2 {
		if a := h.token("wrong", `{"user":"u"}`); a.status != 401 {
			t.Fatalf("within the limit: got %d %s", a.status, a.body)
		}
	}
	judged := grep(h.metrics(), "authentications_total")
	for path, body := range map[string]string{"/v1/tokens": `{"user":"u"}`, "/v1/tokens/verify": `{"token":"x","user":"u"}`, "/fetch_rtm_token": `{"uid":"u"}`} {
		for _, credential := range []string{h.key, "wrong"} {
			a := h.do(http.MethodPost, h.url+path, body, "Authorization", "Bearer "+credential, "Origin", "https://app.example")
			tooMany(t, path, a)
			if lines := h.auditLines(a.header.Get("X-Request-Id")); len(lines) != 0 {
				t.Errorf("%s: a flood is recorded: %v", path, lines)
			}
		}
	}
	if now := grep(h.metrics(), "authentications_total"); now != judged {
		t.Errorf("callers were judged beyond the limit:\n%s\nthen\n%s", judged, now)
	}
	if want := `rtmauth_limit_requests_total{limit="flood",outcome="refused"} 6`; !strings.Contains(h.metrics(), want+"\n") {
		t.Errorf("want %s in\n%s", want, grep(h.metrics(), "limit_requests"))
	}
	if a := h.do(http.MethodGet, h.url+"/openapi.json", ""); a.status != 200 {
		t.Errorf("what is public is limited: %d", a.status)
	}
}

// tooMany checks a 429 in the shape of its route.
func tooMany(t *testing.T, path string, a reply) {
	t.Helper()
	if a.status != 429 {
		t.Fatalf("%s: got %d %s, want 429", path, a.status, a.body)
	}
	if seconds, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 120 {
		t.Errorf("%s: Retry-After %q", path, a.header.Get("Retry-After"))
	}
	if a.header.Get("Access-Control-Allow-Origin") != "https://app.example" || !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "Retry-After") {
		t.Errorf("%s: a page cannot read when to come again: %v", path, a.header)
	}
	if path == "/fetch_rtm_token" {
		if text, _ := a.field(t, "error").(string); a.field(t, "code") != "429" || a.field(t, "token") != "" || !strings.Contains(text, "Too many") {
			t.Errorf("%s: got %s", path, a.body)
		}
		return
	}
	if a.field(t, "type") != "urn:rtmauth:problem:rate_limited" || a.field(t, "code") != "rate_limited" || a.field(t, "status") != 429.0 || a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s: got %s", path, a.body)
	}
}
