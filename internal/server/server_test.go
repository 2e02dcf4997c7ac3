package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync"
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
