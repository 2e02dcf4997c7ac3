package server_test

import (
	"net/http"
	"strings"
	"testing"

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

// TestServe_renewals: clients that log in together do not renew together.
func TestServe_renewals(t *testing.T) {
	h := open(t)
	seen := map[float64]bool{}
	for range 100 {
		a := h.token(h.key, `{"user":"u"}`)
		in, ok := a.field(t, "renew_in").(float64)
		if !ok || in < 3240 || in > 3600 {
			t.Fatalf("renew in %v s, want an hour less at most a tenth", a.field(t, "renew_in"))
		}
		if at := a.field(t, "issued_at").(float64) + in; a.field(t, "renew_at") != at {
			t.Errorf("renew at %v, want %v", a.field(t, "renew_at"), at)
		}
		seen[in] = true
	}
	if len(seen) < 10 {
		t.Errorf("100 tokens are to be renewed at %d times", len(seen))
	}
	if in := h.token(h.key, `{"user":"u","life":"1s"}`).field(t, "renew_in"); in != 1.0 {
		t.Errorf("a life of 1 s: renew in %v s, want 1", in)
	}
}
