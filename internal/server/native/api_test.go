package native_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/caller"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/keyring"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/server/native"
)

const appID = "970ca35de60c44645bbae8a215061b33"

// minter lets the caller named in X-Caller ask the issue service.
type minter struct {
	service *issue.Service
	err     error
}

func (m *minter) Refused(*http.Request, string) {}

func (m *minter) asked(r *http.Request, q policy.Request) issue.Asked {
	return issue.Asked{Caller: policy.Caller{Name: r.Header.Get("X-Caller"), Claims: map[string]any{"sub": "alice"}}, Request: q}
}

func (m *minter) Mint(r *http.Request, q policy.Request) (issue.Token, error) {
	if m.err != nil {
		return issue.Token{}, m.err
	}
	return m.service.Issue(m.asked(r, q))
}

func (m *minter) Verify(r *http.Request, v issue.ToVerify) (issue.Verdict, error) {
	return m.service.Verify(m.asked(r, policy.Request{}), v)
}

func newServer(t *testing.T, fault error) (*httptest.Server, *keyring.Project) {
	t.Helper()
	certificate, err := rtmauth.ParseCertificate("5cfd2fd1755d40ecb72977518be15d3b")
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return time.Unix(1_700_000_000, 0) }
	p, err := keyring.NewProject(keyring.ProjectConfig{Name: "main", AppID: appID, Primary: certificate}, rtmauth.WithClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.New(p)
	if err != nil {
		t.Fatal(err)
	}
	own, _ := policy.ParsePatterns("{sub}")
	rules := policy.InsecureAllowAll("backend", "main").Rules
	rules = append(rules, policy.Rule{Name: "own", Callers: []string{"web"}, Projects: []string{"main"}, Users: own, Services: []string{policy.RTM}, Versions: []rtmauth.Version{"006", "007"}, Life: time.Hour})
	s, err := issue.New(issue.Options{Ring: ring, Policy: &policy.Policy{Rules: rules}, Now: clock, Random: func() float64 { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	api, err := native.New(&minter{s, fault}, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	api.Mount(mux)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv, p
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) field(t *testing.T, name string) any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(a.body, &m); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return m[name]
}

func do(t *testing.T, method, url, caller, contentType, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Caller", caller)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, b}
}

func post(t *testing.T, url, caller, body string) answer {
	t.Helper()
	return do(t, http.MethodPost, url, caller, "application/json", body)
}

func TestTokens(t *testing.T) {
	srv, p := newServer(t, nil)
	a := post(t, srv.URL+"/v1/tokens", "backend", `{"user":"alice","services":[{"type":"rtm"},{"type":"rtc","channel":"room","uid":"7","role":"publisher"}],"life":"1h","version":"007"}`)
	if a.status != http.StatusCreated || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json" {
		t.Fatalf("got %d %v %s", a.status, a.header, a.body)
	}
	var got native.TokensAnswer
	if err := json.Unmarshal(a.body, &got); err != nil {
		t.Fatal(err)
	}
	want := native.TokensAnswer{Token: got.Token, Version: "007", AppID: appID, User: "alice", IssuedAt: 1_700_000_000, ExpiresAt: 1_700_003_600, ExpiresIn: 3600, RenewAt: 1_700_002_880, RenewIn: 2880}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, w := range []rtmauth.Want{{Service: rtmauth.ServiceRTM, User: "alice"}, {Service: rtmauth.ServiceRTC, User: "7", Channel: "room", Privilege: rtmauth.PrivilegePublishVideo}} {
		w.At = time.Unix(got.IssuedAt, 0)
		if _, err := p.Verifier().Verify(got.Token, w); err != nil {
			t.Errorf("the token is not good for %+v: %v", w, err)
		}
	}

	a = post(t, srv.URL+"/v1/tokens", "backend", `{"user":"alice","version":"006","life":"10m"}`)
	if in := a.field(t, "expires_in"); a.status != 201 || in != 86400.0 {
		t.Errorf("006 for 10m: got %d, expires_in %v; want 24 h, as the token lives", a.status, in)
	}
}

func TestTokens_refused(t *testing.T) {
	const canary = "cAnArY"
	srv, _ := newServer(t, nil)
	ok := `{"user":"alice"}`
	for _, tc := range []struct {
		name, method, path, caller, contentType, body string
		status                                        int
		code                                          string
	}{
		{"policy", "", "", "web", "", `{"user":"` + canary + `"}`, 403, "denied_user"},
		{"policy: caller", "", "", canary, "", ok, 403, "denied_caller"},
		{"006 by a 1 h rule", "", "", "web", "", `{"user":"alice","version":"006"}`, 403, "denied_version"},
		{"life over 24 h", "", "", "backend", "", `{"user":"alice","life":"25h"}`, 400, "invalid_request"},
		{"life zero", "", "", "backend", "", `{"user":"alice","life":"0s"}`, 400, "invalid_request"},
		{"life negative", "", "", "backend", "", `{"user":"alice","life":"-1h"}`, 400, "invalid_request"},
		{"life a number", "", "", "backend", "", `{"user":"alice","life":3600}`, 400, "invalid_request"},
		{"life not a duration", "", "", "backend", "", `{"user":"alice","life":"` + canary + `"}`, 400, "invalid_request"},
		{"user that RTM does not take", "", "", "backend", "", `{"user":"` + canary + `/"}`, 400, "invalid_request"},
		{"user empty", "", "", "backend", "", `{"user":""}`, 400, "invalid_request"},
		{"user missing", "", "", "backend", "", `{}`, 400, "invalid_request"},
		{"user a number", "", "", "backend", "", `{"user":7}`, 400, "invalid_request"},
		{"user null", "", "", "backend", "", `{"user":null}`, 400, "invalid_request"},
		{"user a list", "", "", "backend", "", `{"user":["alice"]}`, 400, "invalid_request"},
		{"user twice", "", "", "backend", "", `{"user":"alice","user":"` + canary + `"}`, 400, "invalid_request"},
		{"user in two cases", "", "", "backend", "", `{"user":"alice","User":"` + canary + `"}`, 400, "invalid_request"},
		{"user in another case", "", "", "backend", "", `{"USER":"` + canary + `"}`, 400, "invalid_request"},
		{"user escaped, twice", "", "", "backend", "", `{"user":"alice","\u0075ser":"` + canary + `"}`, 400, "invalid_request"},
		{"unknown key", "", "", "backend", "", `{"user":"alice","` + canary + `":1}`, 400, "invalid_request"},
		{"unknown key in a service", "", "", "backend", "", `{"user":"alice","services":[{"type":"rtm","user":"` + canary + `"}]}`, 400, "invalid_request"},
		{"unknown service", "", "", "backend", "", `{"user":"alice","services":[{"type":"` + canary + `"}]}`, 400, "invalid_request"},
		{"no services", "", "", "backend", "", `{"user":"alice","services":[]}`, 400, "invalid_request"},
		{"unknown version", "", "", "backend", "", `{"user":"alice","version":"` + canary + `"}`, 400, "invalid_request"},
		{"unknown project", "", "", "backend", "", `{"user":"alice","project":"` + canary + `"}`, 403, "denied_project"},
		{"not JSON", "", "", "backend", "", canary, 400, "invalid_request"},
		{"a list", "", "", "backend", "", `[` + ok + `]`, 400, "invalid_request"},
		{"null", "", "", "backend", "", `null`, 400, "invalid_request"},
		{"empty", "", "", "backend", "", ``, 400, "invalid_request"},
		{"two documents", "", "", "backend", "", ok + ok, 400, "invalid_request"},
		{"half a surrogate", "", "", "backend", "", `{"user":"\ud800"}`, 400, "invalid_request"},
		{"a query", "", "/v1/tokens?user=" + canary, "backend", "", ok, 400, "invalid_request"},
		{"too long", "", "", "backend", "", `{"user":"` + strings.Repeat("a", 17<<10) + `"}`, 413, "too_large"},
		{"a form", "", "", "backend", "application/x-www-form-urlencoded", "user=" + canary, 415, "media_type"},
		{"text", "", "", "backend", "text/plain", ok, 415, "media_type"},
		{"GET", http.MethodGet, "", "backend", "", "", 405, "method"},
		{"PUT", http.MethodPut, "", "backend", "", ok, 405, "method"},
		{"another path", "", "/v1/" + canary, "backend", "", ok, 404, "not_found"},
		{"verify without right", "", "/v1/tokens/verify", "web", "", `{"token":"` + canary + `","user":"alice"}`, 403, "denied_verify"},
		{"verify without user", "", "/v1/tokens/verify", "backend", "", `{"token":"` + canary + `"}`, 400, "invalid_request"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.method == "" {
				tc.method = http.MethodPost
			}
			if tc.path == "" {
				tc.path = "/v1/tokens"
			}
			if tc.contentType == "" {
				tc.contentType = "application/json"
			}
			a := do(t, tc.method, srv.URL+tc.path, tc.caller, tc.contentType, tc.body)
			if a.status != tc.status || a.field(t, "code") != tc.code || a.field(t, "type") != "urn:rtmauth:problem:"+tc.code {
				t.Errorf("got %d %s, want %d %s", a.status, a.body, tc.status, tc.code)
			}
			if got := a.header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("Content-Type %q", got)
			}
			if a.header.Get("Cache-Control") != "no-store" {
				t.Error("a problem may be stored")
			}
			if tc.caller != canary && bytes.Contains(bytes.ToLower(a.body), []byte(strings.ToLower(canary))) {
				t.Errorf("the problem repeats what was submitted: %s", a.body)
			}
		})
	}
}

func TestTokens_failures(t *testing.T) {
	for _, tc := range []struct {
		err    error
		status int
		code   string
		header string // must be set
	}{
		{&caller.Refused{Code: "api_key_unknown", Public: "no"}, 401, "api_key_unknown", "Www-Authenticate"},
		{&caller.Refused{Code: "webhook_forbidden", Public: "no", Forbidden: true}, 403, "webhook_forbidden", ""},
		{&caller.Unavailable{Code: "webhook_unavailable", Public: "later"}, 503, "webhook_unavailable", "Retry-After"},
		{fmt.Errorf("x: %w", issue.ErrAudit), 503, "audit_unavailable", "Retry-After"},
		{errors.New("pq: password is hunter2"), 500, "internal", ""},
	} {
		srv, _ := newServer(t, tc.err)
		a := post(t, srv.URL+"/v1/tokens", "backend", `{"user":"alice"}`)
		if a.status != tc.status || a.field(t, "code") != tc.code {
			t.Errorf("%v: got %d %s", tc.err, a.status, a.body)
		}
		if tc.header != "" && a.header.Get(tc.header) == "" {
			t.Errorf("%v: no %s", tc.err, tc.header)
		}
		if bytes.Contains(a.body, []byte("hunter2")) {
			t.Errorf("a fault's cause is told: %s", a.body)
		}
	}
}

// TestTokens_cutShort sends less than it announced and more: what was not
// announced is not read, and half a body is no request.
func TestTokens_cutShort(t *testing.T) {
	server, _ := newServer(t, nil)
	const body = `{"user":"alice"}`
	for _, tt := range []struct {
		announced int
		status    string
	}{{len(body) + 1, "400"}, {len(body), "201"}, {len(body) - 1, "400"}, {0, "400"}, {native.MaxBody + 1, "413"}} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		text := body
		if tt.announced > native.MaxBody {
			text += strings.Repeat(" ", tt.announced-len(body))
		}
		fmt.Fprintf(conn, "POST /v1/tokens HTTP/1.1\r\nHost: x\r\nX-Caller: web\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", tt.announced, text)
		_ = conn.(*net.TCPConn).CloseWrite()
		got, err := io.ReadAll(conn)
		if !strings.HasPrefix(string(got), "HTTP/1.1 "+tt.status) {
			t.Errorf("%d bytes announced: got %.60q, %v; want %s", tt.announced, got, err, tt.status)
		}
		_ = conn.Close()
	}
}

func TestVerify(t *testing.T) {
	srv, p := newServer(t, nil)
	token, err := p.Signer().RTM("alice", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	a := post(t, srv.URL+"/v1/tokens/verify", "backend", `{"token":"`+token+`","user":"alice"}`)
	if a.status != 200 || a.field(t, "valid") != true || a.field(t, "expires_at") != 1_700_003_600.0 || a.field(t, "reason") != nil {
		t.Errorf("good token: got %d %s", a.status, a.body)
	}
	a = post(t, srv.URL+"/v1/tokens/verify", "backend", `{"token":"`+token+`","user":"bob"}`)
	if a.status != 200 || a.field(t, "valid") != false || a.field(t, "reason") != "user" {
		t.Errorf("another's token: got %d %s", a.status, a.body)
	}
}

// TestDescription checks the OpenAPI document against what the API answers, and
// that neither it nor the page loads or names anything elsewhere.
func TestDescription(t *testing.T) {
	srv, _ := newServer(t, nil)
	doc := do(t, http.MethodGet, srv.URL+"/openapi.json", "", "", "")
	if doc.field(t, "openapi") != "3.1.0" || doc.header.Get("Link") != "" {
		t.Errorf("got openapi %v, headers %v", doc.field(t, "openapi"), doc.header)
	}
	if bytes.Contains(doc.body, []byte(`"$schema"`)) {
		t.Error("the description adds $schema to bodies")
	}
	paths := doc.field(t, "paths").(map[string]any)
	for _, path := range []string{"/v1/tokens", "/v1/tokens/verify"} {
		if paths[path] == nil {
			t.Errorf("%s is not described", path)
		}
	}
	page := do(t, http.MethodGet, srv.URL+"/v1/docs", "", "", "")
	if outside := regexp.MustCompile(`(?i)(src=|href="http|@import|url\(|<script)`).Find(page.body); outside != nil {
		t.Errorf("the page is not self-contained: %s", outside)
	}
	for _, text := range []string{"/v1/tokens/verify", "/fetch_rtm_token", "renew_in", "PermissionRequest", "429", "client certificate", "do not log users out"} {
		if !bytes.Contains(page.body, []byte(text)) {
			t.Errorf("the page does not show %s", text)
		}
	}

	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	for _, tc := range []struct {
		schema reflect.Type
		body   []byte
	}{
		{reflect.TypeFor[native.TokensAnswer](), post(t, srv.URL+"/v1/tokens", "backend", `{"user":"alice"}`).body},
		{reflect.TypeFor[native.VerifyAnswer](), post(t, srv.URL+"/v1/tokens/verify", "backend", `{"token":"x","user":"alice"}`).body},
	} {
		var v any
		if err := json.Unmarshal(tc.body, &v); err != nil {
			t.Fatal(err)
		}
		res := &huma.ValidateResult{}
		huma.Validate(registry, registry.Schema(tc.schema, true, ""), huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, v, res)
		if len(res.Errors) > 0 {
			t.Errorf("%s is not as described: %v", tc.body, res.Errors)
		}
	}
}
