package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// sink is a ResponseWriter that keeps nothing.
type sink struct {
	h      http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

// BenchmarkHandler is a request without the network, by route and credential.
func BenchmarkHandler(b *testing.B) {
	h := prepare(b)
	h.write("rtmauth.yaml", h.config(basic)+"audit: {file: "+h.dir+"/audit.jsonl}\n")
	h.start()
	jwt := h.issuer.jwt(b, "alice")
	for _, bc := range []struct{ name, path, body, credential string }{
		{"fetch_rtm_token/key", "/fetch_rtm_token", `{"uid":"alice"}`, h.key},
		{"fetch_rtm_token/jwt", "/fetch_rtm_token", `{"uid":"alice"}`, jwt},
		{"v1_tokens/key", "/v1/tokens", `{"user":"alice"}`, h.key},
	} {
		b.Run(bc.name, func(b *testing.B) {
			handler := h.server.Handler()
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				w := &sink{h: http.Header{}}
				for pb.Next() {
					clear(w.h)
					r := httptest.NewRequest(http.MethodPost, bc.path, nil)
					r.Body, r.ContentLength = io.NopCloser(strings.NewReader(bc.body)), int64(len(bc.body))
					r.Header["Authorization"] = []string{"Bearer " + bc.credential}
					r.Header["Content-Type"] = []string{"application/json"}
					handler.ServeHTTP(w, r)
					if w.status != 200 && w.status != 201 {
						b.Fatalf("status %d", w.status)
					}
				}
			})
		})
	}
}
