package server

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/server/problem"
)

func TestClientAddress(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tc := range []struct {
		name, remote string
		forwarded    []string
		trusted      []netip.Prefix
		want         string
	}{
		{"nobody is trusted", "203.0.113.9:1", []string{"198.51.100.1"}, nil, "203.0.113.9"},
		{"the peer is not trusted", "203.0.113.9:1", []string{"198.51.100.1"}, trusted, "203.0.113.9"},
		{"a trusted proxy", "10.0.0.1:1", []string{"198.51.100.1"}, trusted, "198.51.100.1"},
		{"from the right", "10.0.0.1:1", []string{"127.0.0.1, 198.51.100.1"}, trusted, "198.51.100.1"},
		{"through two proxies", "10.0.0.1:1", []string{"6.6.6.6, 198.51.100.1, 10.2.3.4"}, trusted, "198.51.100.1"},
		{"several headers are one list", "10.0.0.1:1", []string{"6.6.6.6", "198.51.100.1"}, trusted, "198.51.100.1"},
		{"what is no address ends the walk", "10.0.0.1:1", []string{"198.51.100.1, evil, 10.2.3.4"}, trusted, "10.2.3.4"},
		{"no header", "10.0.0.1:1", nil, trusted, "10.0.0.1"},
		{"all trusted", "10.0.0.1:1", []string{"10.9.9.9"}, trusted, "10.9.9.9"},
		{"mapped", "[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.1"}, trusted, "198.51.100.1"},
		{"IPv6", "[fd00::1]:1", []string{"2001:db8::1"}, trusted, "2001:db8::1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = tc.remote, tc.forwarded
		if got, _ := clientAddress(r, tc.trusted); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestTraceID(t *testing.T) {
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	for given, want := range map[string]string{
		"00-" + id + "-00f067aa0ba902b7-01":                       id,
		"00-" + id + "-00f067aa0ba902b7-0":                        "",
		"ff-" + id + "-00f067aa0ba902b7-01":                       "",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01": "",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01": "",
		"00-" + id + "-00f067aa0ba902b7-01\n":                     "",
		"":                                                        "",
	} {
		if got := traceID(http.Header{"Traceparent": {given}}); got != want {
			t.Errorf("%q: got %q", given, got)
		}
	}
}

func TestGivenID(t *testing.T) {
	for given, want := range map[string]string{"abc-1_2.3": "abc-1_2.3", "a b": "", "a\n": "", "": "", `"`: "", string(make([]byte, 65)): ""} {
		if got := givenID(http.Header{"X-Request-Id": {given}}); got != want {
			t.Errorf("%q: got %q", given, got)
		}
	}
}

func TestSpread(t *testing.T) {
	seen := map[int]bool{}
	for range 1000 {
		s := problem.Spread(5 * time.Second)
		if s < 5 || s > 10 {
			t.Fatalf("got %d", s)
		}
		seen[s] = true
	}
	if len(seen) != 6 {
		t.Errorf("only %d different waits", len(seen))
	}
	if s := problem.Spread(0); s < 1 || s > 2 {
		t.Errorf("without a base: %d", s)
	}
}
