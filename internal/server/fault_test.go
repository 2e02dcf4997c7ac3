package server

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/metrics"
)

// TestRecover shows that a fault is a bare 500 which tells nothing of what was
// being handled, in the answer and in the log.
func TestRecover(t *testing.T) {
	const canary = "canary-5cfd2fd1755d40ecb72977518be15d3b"
	var log bytes.Buffer
	s := &Server{clock: time.Now, log: slog.New(slog.NewJSONHandler(&log, nil))}
	s.metrics = metrics.New("test", func() metrics.State { return metrics.State{} })
	for _, tc := range []struct {
		name   string
		h      http.HandlerFunc
		status int
	}{
		{"before an answer", func(http.ResponseWriter, *http.Request) { panic(canary) }, 500},
		{"an error", func(http.ResponseWriter, *http.Request) { panic(http.ErrBodyNotAllowed) }, 500},
		{"after an answer", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); panic(canary) }, 201},
	} {
		w := httptest.NewRecorder()
		w.Header().Set("X-Request-Id", "r1")
		r := with(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(canary)), &request{id: "r1", route: "/x"})
		s.recover(tc.h).ServeHTTP(&answer{ResponseWriter: w}, r)
		if w.Code != tc.status {
			t.Errorf("%s: got %d", tc.name, w.Code)
		}
		if strings.Contains(w.Body.String(), canary) || strings.Contains(log.String(), canary) {
			t.Errorf("%s: the fault tells what was handled:\n%s\n%s", tc.name, w.Body, log.String())
		}
	}
	if !strings.Contains(log.String(), `"request_id":"r1"`) || !strings.Contains(log.String(), "fault_test.go:") {
		t.Errorf("the log does not say where: %s", log.String())
	}
	w := httptest.NewRecorder() // of the admin listener: no middleware knows the request
	w.Header().Set("X-Request-Id", "r2")
	s.recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(canary) })).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != 500 || !strings.Contains(log.String(), `"request_id":"r2"`) || strings.Contains(log.String(), canary) {
		t.Errorf("a request that no middleware knows: got %d\n%s", w.Code, log.String())
	}
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Error("http.ErrAbortHandler does not abort")
		}
	}()
	s.recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).
		ServeHTTP(&answer{ResponseWriter: httptest.NewRecorder()}, with(httptest.NewRequest(http.MethodGet, "/", nil), &request{}))
}

// TestFaults breaks every listener's handler. The fault is counted, and whatever
// was being handled is in no log, net/http's included.
func TestFaults(t *testing.T) {
	const canary = "canary-5cfd2fd1755d40ecb72977518be15d3b"
	var log bytes.Buffer
	s := small(t, &log)
	for _, name := range []string{"public", "admin", "probes"} {
		if err := s.listen(t.Context(), name, "127.0.0.1:0", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(canary) })); err != nil {
			t.Fatal(err)
		}
		resp, err := http.Get("http://" + s.Addr(name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 500 || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %d %v", name, resp.StatusCode, resp.Header)
		}
	}
	for _, l := range s.listeners {
		if err := l.server.Close(); err != nil {
			t.Error(err)
		}
	}
	if m := scrape(s); !strings.Contains(m, "\nrtmauth_panics_total 3\n") {
		t.Error("the faults are not counted")
	}
	s.lines.Close(10 * time.Second)
	if got := log.String(); strings.Count(got, `"msg":"fault while answering"`) != 3 || strings.Contains(got, canary) {
		t.Errorf("the log:\n%s", got)
	}
}

// TestAborted breaks an answer off: it is not in flight for ever.
func TestAborted(t *testing.T) {
	s := small(t, io.Discard)
	defer s.lines.Close(0)
	func() {
		defer func() {
			if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				t.Error("http.ErrAbortHandler does not abort")
			}
		}()
		s.identify(s.recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	if m := scrape(s); !strings.Contains(m, "\nrtmauth_http_requests_in_flight 0\n") || !strings.Contains(m, `rtmauth_http_requests_total{code="500",method="GET",route="none"} 1`) {
		t.Errorf("metrics:\n%s", m)
	}
}

func scrape(s *Server) string {
	w := httptest.NewRecorder()
	s.metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

// small is a service without listeners.
func small(t *testing.T, stderr io.Writer) *Server {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "rtmauth.yaml")
	for name, text := range map[string]string{
		path: "log: {level: debug}\nprojects: [{name: main, app_id: 970ca35de60c44645bbae8a215061b33, primary: {file: cert}}]\n" +
			"insecure_anonymous: true\npolicy: [{name: anon, callers: [anonymous], users: \"guest-*\"}]\n",
		filepath.Join(dir, "cert"): "5cfd2fd1755d40ecb72977518be15d3b",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := New(Options{Load: func() (*config.Resolved, error) { return config.Load(path, config.OSSource()) }, Stderr: stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = s.reloader.Close(time.Second), s.audit.Close(time.Second) })
	return s
}
