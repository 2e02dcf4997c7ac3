package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// auditLines are the audit log's lines for a request.
func (h *house) auditLines(id string) []map[string]any {
	h.t.Helper()
	var out []map[string]any
	for text := range strings.Lines(h.log.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			h.t.Fatalf("%v in %q", err, text)
		}
		if line["msg"] == "audit" && line["request_id"] == id {
			out = append(out, line)
		}
	}
	return out
}

// TestServe_refusalsAreRecorded: who is known and sends what cannot be decided
// about leaves one line, with nothing of it, and is counted.
func TestServe_refusalsAreRecorded(t *testing.T) {
	h := open(t)
	alice := h.issuer.jwt(t, "alice")
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	type attempt struct {
		method, path, body string
		headers            []string
		status             int
		code               string
	}
	var attempts []attempt
	for path, key := range map[string]string{"/v1/tokens": "user", "/v1/tokens/verify": "user", "/fetch_rtm_token": "uid"} {
		own := `{"` + key + `":"alice"`
		wrongMethod, method := 405, "method"
		if path == "/fetch_rtm_token" {
			wrongMethod = 404
		} else {
			attempts = append(attempts,
				attempt{"POST", path, own + `}`, form, 415, "media_type"},
				attempt{"POST", path, own + `,"canary":1}`, nil, 400, "invalid_request"},
			)
		}
		attempts = append(attempts,
			attempt{"POST", path, own + `,"` + key + `":"canary"}`, nil, 400, "invalid_request"},
			attempt{"POST", path, own + `,"` + strings.ToUpper(key) + `":"canary"}`, nil, 400, "invalid_request"},
			attempt{"POST", path, `{"` + key + `":["canary"]}`, nil, 400, "invalid_request"},
			attempt{"POST", path, `canary`, nil, 400, "invalid_request"},
			attempt{"POST", path, `null`, nil, 400, "invalid_request"},
			attempt{"POST", path + "?" + key + "=canary", own + `}`, nil, 400, "invalid_request"},
			attempt{"POST", path, `{"` + key + `":"` + strings.Repeat("canary", 3000) + `"}`, nil, 413, "too_large"},
			attempt{"GET", path, "", nil, wrongMethod, method},
		)
	}
	for _, a := range attempts {
		name := fmt.Sprintf("%s %s %.60s %v", a.method, a.path, a.body, a.headers)
		got := h.do(a.method, h.url+a.path, a.body, append([]string{"Authorization", "Bearer " + alice}, a.headers...)...)
		if got.status != a.status {
			t.Errorf("%s: got %d %s, want %d", name, got.status, got.body, a.status)
		}
		lines := h.auditLines(got.header.Get("X-Request-Id"))
		if len(lines) != 1 {
			t.Errorf("%s: %d audit lines, want one", name, len(lines))
			continue
		}
		line := lines[0]
		path, _, _ := strings.Cut(a.path, "?")
		if line["outcome"] != "invalid" || line["code"] != a.code || line["caller"] != "web" || line["caller_kind"] != "jwt" || line["subject"] != "alice" || line["route"] != path || line["client"] != "127.0.0.1" {
			t.Errorf("%s: recorded %v, want code %s", name, line, a.code)
		}
		if line["user"] != nil || line["services"] != nil || line["token"] != nil {
			t.Errorf("%s: what cannot be read is recorded: %v", name, line)
		}
	}
	if want := fmt.Sprintf(`rtmauth_tokens_denied_total{reason="invalid",service="none"} %d`, len(attempts)); !strings.Contains(h.metrics(), want+"\n") {
		t.Errorf("want %s in\n%s", want, grep(h.metrics(), "tokens_denied"))
	}

	// A stranger's is one line, too, and says so; it is no request for a token.
	for _, path := range []string{"/v1/tokens", "/v1/tokens/verify", "/fetch_rtm_token", "/fetch_rtm_token?uid=canary"} {
		got := h.do(http.MethodPost, h.url+path, `{"user":1,"user":2}`)
		if lines := h.auditLines(got.header.Get("X-Request-Id")); got.status != 401 || len(lines) != 1 || lines[0]["outcome"] != "unauthenticated" {
			t.Errorf("a stranger at %s: got %d, recorded %v", path, got.status, lines)
		}
	}
	// And one of what can be read stays one line.
	for _, body := range []string{`{"user":"alice"}`, `{"user":"bob"}`, `{"user":"a/b"}`} {
		got := h.token(alice, body)
		if lines := h.auditLines(got.header.Get("X-Request-Id")); len(lines) != 1 {
			t.Errorf("%s: %d audit lines, want one", body, len(lines))
		}
	}
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(h.log.String(), "canary") {
		t.Errorf("the log repeats what was submitted:\n%s", grep(h.log.String(), "canary"))
	}
}

// TestServe_queries: a user in a query would be one that policy does not see.
func TestServe_queries(t *testing.T) {
	h := open(t)
	for path, body := range map[string]string{"/v1/tokens": `{"user":"u"}`, "/v1/tokens/verify": `{"token":"x","user":"u"}`, "/fetch_rtm_token": `{"uid":"u"}`} {
		credential := []string{"Authorization", "Bearer " + h.key}
		if got := h.do(http.MethodPost, h.url+path, body, credential...); got.status >= 300 {
			t.Errorf("%s without a query: got %d %s", path, got.status, got.body)
		}
		for _, query := range []string{"?uid=bob", "?user=u", "?x", "?%75id=bob", "?a=1&a=2"} {
			got := h.do(http.MethodPost, h.url+path+query, body, credential...)
			if got.status != 400 || !strings.Contains(got.body, "query") {
				t.Errorf("%s%s: got %d %s, want 400 that says why", path, query, got.status, got.body)
			}
		}
	}
}

// TestServe_repeatsNothing sends canaries in every place of a request, to every
// route and to paths beside them. No answer holds one, in any case of letters,
// and none leads elsewhere.
func TestServe_repeatsNothing(t *testing.T) {
	h := open(t)
	const canary = "cAnArYkEy"
	other := strings.ToUpper(canary)
	bodies := []string{
		"", canary, `"` + canary + `"`, `["` + canary + `"]`, `{"` + canary + `":1}`,
		`{"` + canary + `":1,"` + canary + `":2}`, `{"` + canary + `":1,"` + other + `":2}`,
		`{"user":"u","uid":"u","x":{"` + canary + `":1,"` + other + `":2}}`, `{"uid":"u","x":{"uid":{"` + canary + `":1,"` + canary + `":2}}}`,
		`{"uid":1,"` + canary + `":2}`, `{"user":{"` + canary + `":1}}`, `{"uid":{"` + canary + `":1}}`,
		`{"user":"` + canary + `/"}`, `{"uid":"` + canary + `/"}`, `{"token":"` + canary + `","user":"u"}`,
		`{"user":"u","life":"` + canary + `"}`, `{"user":"u","project":"` + canary + `"}`,
		`{"user":"u","services":[{"type":"` + canary + `"}]}`, `{"user":"u","services":[{"` + canary + `":1,"` + other + `":2}]}`,
		`{"user":"u","services":[{"type":"rtc","channel":"` + canary + `"}]}`, `{"user":"u","services":[{"type":"rtc","channel":"room-1","uid":"` + canary + `/"}]}`,
		strings.Repeat(canary, 2000),
	}
	paths := []string{
		"/v1/tokens", "/v1/tokens/verify", "/fetch_rtm_token", "/openapi.json", "/v1/docs", "/v1/", "/v1", "/",
		"//v1/tokens", "/" + canary + "/../v1/tokens", "/v1/./tokens", "/v1/" + canary + "/../tokens", "/v1//" + canary, "/" + canary + "/", "/v1/tokens/" + canary,
		"/" + canary + "/..", "/%2e%2e/" + canary, "/v1%2Ftokens", "/v1/%74okens", "/fetch_rtm_token/", "//" + canary + ".example/..",
	}
	asked := 0
	try := func(method, target, body, credential string) {
		t.Helper()
		asked++
		status, answer := raw(t, h, method, target, body, credential, canary)
		if status >= 300 && status < 400 {
			t.Errorf("%s %s: %d leads elsewhere", method, target, status)
		}
		if strings.Contains(strings.ToLower(answer), strings.ToLower(canary)) {
			t.Errorf("%s %s %.80s: the answer repeats what was submitted: %s", method, target, body, answer)
		}
	}
	for _, path := range paths {
		for _, body := range bodies {
			try(http.MethodPost, path, body, "Bearer "+h.key)
			try(http.MethodPost, path+"?"+canary+"="+canary, body, "Bearer "+h.key)
		}
		for _, credential := range []string{"Bearer " + h.key, "Bearer " + canary, canary + " " + canary, ""} { // the body of a stranger is not read
			for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodOptions, canary} {
				try(method, path, canary, credential)
			}
		}
	}
	if asked < 1000 {
		t.Errorf("only %d requests", asked)
	}
	for _, path := range paths[5:] {
		status, text := raw(t, h, http.MethodPost, path, `{"user":"u"}`, "Bearer "+h.key, "x")
		if status != 404 || !strings.Contains(text, "urn:rtmauth:problem:not_found") {
			t.Errorf("%s: got %d %s, want the problem of an unknown path", path, status, text)
		}
	}
}

// raw has the handler answer a request as it is written: http.Client would clean
// the path, and follow.
func raw(t *testing.T, h *house, method, target, body, credential, canary string) (status int, answer string) {
	t.Helper()
	head := method + " " + target + " HTTP/1.1\r\nHost: " + canary + "\r\nContent-Type: application/json\r\nX-Custom: " + canary + "\r\nCookie: a=" + canary +
		"\r\nOrigin: https://" + canary + ".example\r\nX-Request-Id: " + canary + "\r\nTraceparent: " + canary + "\r\nX-Forwarded-For: " + canary + "\r\n"
	if credential != "" {
		head += "Authorization: " + credential + "\r\n"
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body))))
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	r.RemoteAddr = "127.0.0.1:4711"
	w := httptest.NewRecorder()
	h.server.Handler().ServeHTTP(w, r)
	return w.Code, fmt.Sprint(w.Header(), w.Body)
}
