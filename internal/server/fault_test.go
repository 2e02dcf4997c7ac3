package server

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Error("http.ErrAbortHandler does not abort")
		}
	}()
	s.recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).
		ServeHTTP(&answer{ResponseWriter: httptest.NewRecorder()}, with(httptest.NewRequest(http.MethodGet, "/", nil), &request{}))
}
