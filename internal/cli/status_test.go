package cli

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/denylist"
	"github.com/rtmauth/rtmauth/internal/metrics"
)

// TestStatus_everything: what is in the metrics is on the page, in words.
func TestStatus_everything(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	state := metrics.State{
		Anonymous: true, Draining: true, Degraded: true,
		Issuers:  []metrics.Issuer{{Name: "https://id.example", Keys: 2, Remote: true, Fetched: now.Add(-7 * time.Second), Failures: 3, Skew: -1500 * time.Millisecond}},
		Projects: []metrics.Certificate{{Project: "p", Slot: "primary", Fingerprint: "f1", LastExpiry: now.Add(time.Hour)}, {Project: "p", Slot: "former", Fingerprint: "f0", LastExpiry: now}},
		Audit:    metrics.Audit{Lost: 4, Refused: 5, Failing: true},
		LogLost:  12,
		Limits:   []metrics.Limit{{Name: "users", Keys: 6, Allowed: 8, Refused: 9}},
		Deny:     &metrics.DenyList{Store: denylist.InRedis, Entries: 10, AsOf: now.Add(-11 * time.Second)},
		Redis:    &metrics.Redis{Answered: now, Skew: 2 * time.Second},
	}
	m := metrics.New("v1.2.3", func() metrics.State { return state })
	m.Began()
	m.Began()
	for i := range 100 {
		m.Began()
		m.Answered("/v1/tokens", "POST", 201, time.Duration(i)*time.Millisecond/10)
	}
	m.Issued("rtm", "007")
	m.Denied("rtm", "listed")
	m.Authenticated("jwt", "jwt_expired")
	m.Reloaded(true, now.Add(-time.Minute))
	m.Reloaded(false, now)
	m.Panicked()
	server := httptest.NewServer(m.Handler())
	defer server.Close()

	var out, stderr bytes.Buffer
	run := func() string {
		out.Reset()
		p := Process{Name: "rtmauth", Args: []string{"status", "--admin", server.URL}, LookupEnv: func(string) (string, bool) { return "", false }, Stdout: &out, Stderr: &stderr, Now: func() time.Time { return now }}
		if code := Main(t.Context(), p); code != exitOK {
			t.Fatalf("code %d: %s", code, &stderr)
		}
		return out.String()
	}
	page := run()
	for _, want := range []string{
		"version        v1.2.3\n", "state          draining\n", "DANGER         requests without a credential",
		"configuration  loaded 2023-11-14T22:12:20Z, 1m0s ago\n", "THE LAST RELOAD FAILED",
		"audit log      CANNOT BE WRITTEN\n", "4 lines lost\n", "12 lines lost: they", "5 requests refused because of it", "1 requests ended in a fault", "under way      2 requests\n",
		"deny list      10 users, in redis, compared 11s ago; NOT TO BE HAD: requests get 503\n",
		"redis          DOES NOT ANSWER; this clock is 2s ahead of it\n", "limits         EACH REPLICA COUNTS FOR ITSELF",
		"/v1/tokens  POST  201  100\n", "rtm  007  1\n", "rtm  listed  1\n", "jwt  jwt_expired  1\n",
		"users  allowed  8\n", "users  refused  9\n", "users  6\n", "failure  1\n",
		"/v1/tokens  mean 4.95ms  50 % within 5ms  99 % within 10ms",
		"https://id.example: 2 keys, fetched 7s ago, this clock is 1.5s behind it, 3 FETCHES FAILED since",
		"p        primary  f1           2023-11-14T23:13:20Z", "may be deleted in Agora's console",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if at := strings.Index(page, "\nother\n"); at >= 0 {
		t.Errorf("the page has no words for:%s", page[at:])
	}
	if t.Failed() {
		t.Log(page)
	}

	// Quiet and healthy, the page is short and shouts nothing.
	state = metrics.State{Deny: &metrics.DenyList{Store: denylist.InState, Available: true}, Ready: true}
	if page := run(); !strings.Contains(page, "state          ready\n") {
		t.Errorf("not ready:\n%s", page)
	}
	for _, loud := range []string{"NOT", "DANGER", "FAILED,", "EACH", "redis", "lost"} {
		if page := run(); strings.Contains(page, loud) {
			t.Errorf("a healthy page has %q:\n%s", loud, page)
		}
	}
}

// TestStatus_other: a metric that the page does not know is on it all the same.
func TestStatus_other(t *testing.T) {
	server := httptest.NewServer(nil)
	defer server.Close()
	server.Config.Handler = text("# TYPE rtmauth_build_info gauge\nrtmauth_build_info{version=\"x\"} 1\n# TYPE rtmauth_new_total counter\nrtmauth_new_total{a=\"b\"} 1.5\ngo_threads 3\n")
	var out, stderr bytes.Buffer
	p := Process{Name: "rtmauth", Args: []string{"status", "--admin", server.URL}, LookupEnv: func(string) (string, bool) { return "", false }, Stdout: &out, Stderr: &stderr, Now: time.Now}
	if code := Main(t.Context(), p); code != exitOK || !strings.Contains(out.String(), "\nother\n  new_total a=b 1.5\n") || strings.Contains(out.String(), "threads") {
		t.Errorf("code %d, %s\n%s", code, &stderr, &out)
	}
	for _, answer := range []string{"", "<html>", "rtmauth_build_info{", "go_threads 3\n"} {
		server.Config.Handler = text(answer)
		stderr.Reset()
		if code := Main(t.Context(), p); code != exitTrouble || !strings.Contains(stderr.String(), "not that of an admin listener") {
			t.Errorf("%q: code %d, %s", answer, code, &stderr)
		}
	}
}

func text(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
}
