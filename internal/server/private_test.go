package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller"
	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/logbuffer"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// fake is an authenticator that does as X-Fake says, after look.
type fake struct{ look func() }

func (*fake) Kind() policy.Kind { return "fake" }

func (f *fake) Authenticate(_ context.Context, r *http.Request) (policy.Caller, error) {
	f.look()
	switch r.Header.Get("X-Fake") {
	case "panic":
		panic("canary of a panic")
	case "error":
		return policy.Caller{}, errors.New("canary of an error")
	case "deadline":
		return policy.Caller{}, context.DeadlineExceeded
	}
	return policy.Caller{}, caller.ErrNoCredential
}

// TestPrivate_faults: a caller who cannot be judged, for whatever reason, is told
// to come again and never that the credential is wrong; a panic is a bare 500.
func TestPrivate_faults(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "rtmauth.yaml")
	for name, text := range map[string]string{
		"cert": "5cfd2fd1755d40ecb72977518be15d3b",
		"rtmauth.yaml": `projects: [{name: main, app_id: "970ca35de60c44645bbae8a215061b33", primary: {file: cert}}]
callers: {api_keys: [{id: backend, sha256: "` + strings.Repeat("0", 64) + `"}]}
policy: [{callers: [backend], users: "*"}]
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var log logbuffer.Buffer
	s, err := New(Options{Load: func() (*config.Resolved, error) { return config.Load(path, config.OSSource()) }, Version: "test", Stderr: &log})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(s.reloader.Close(time.Second), s.audit.Close(time.Second)) }()
	metric := func(name string) string {
		w := httptest.NewRecorder()
		s.AdminHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		for line := range strings.Lines(w.Body.String()) {
			if value, ok := strings.CutPrefix(line, name+" "); ok {
				return strings.TrimSpace(value)
			}
		}
		return "missing"
	}
	const inFlight = "rtmauth_http_requests_in_flight"
	var during string
	chain := s.reloader.Current().Chain
	chain.Authenticators = append([]caller.Authenticator{&fake{func() { during = metric(inFlight) }}}, chain.Authenticators...)

	for path, contentType := range map[string]string{"/v1/tokens": "application/problem+json", "/v1/tokens/verify": "application/problem+json", "/fetch_rtm_token": "application/json"} {
		for _, tc := range []struct {
			fake   string
			status int
		}{{"error", 503}, {"deadline", 503}, {"panic", 500}} {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{}`))
			r.Header.Set("X-Fake", tc.fake)
			s.Handler().ServeHTTP(w, r)
			if w.Code != tc.status || (w.Header().Get("Retry-After") != "") != (tc.status == 503) || w.Header().Get("WWW-Authenticate") != "" {
				t.Errorf("%s, %s: got %d %v, want %d", path, tc.fake, w.Code, w.Header(), tc.status)
			}
			if tc.status == 503 && w.Header().Get("Content-Type") != contentType {
				t.Errorf("%s, %s: %s", path, tc.fake, w.Header().Get("Content-Type"))
			}
			if strings.Contains(w.Body.String(), "canary") {
				t.Errorf("%s, %s: the cause is told: %s", path, tc.fake, w.Body)
			}
			if during != "1" || metric(inFlight) != "0" {
				t.Errorf("%s, %s: %s requests in flight, then %s; want 1, then 0", path, tc.fake, during, metric(inFlight))
			}
			want := `"route":"` + path + `","client":"192.0.2.1","caller_kind":"fake","outcome":"unavailable"`
			if recorded := strings.Count(log.Take(), want); recorded != map[int]int{503: 1, 500: 0}[tc.status] {
				t.Errorf("%s, %s: %d lines with %s", path, tc.fake, recorded, want)
			}
		}
	}
	for name, want := range map[string]string{
		"rtmauth_panics_total": "3",
		`rtmauth_authentications_total{kind="fake",outcome="unavailable"}`:         "6",
		`rtmauth_http_requests_total{code="500",method="POST",route="/v1/tokens"}`: "1",
		`rtmauth_http_requests_total{code="503",method="POST",route="/v1/tokens"}`: "2",
	} {
		if got := metric(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
