package webhook

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller"
)

// app is the app's own server: its session cookie is the user's name.
type app struct {
	*httptest.Server
	asked atomic.Int64
	moved atomic.Int64 // asked at the end of a redirect
	last  atomic.Value // http.Header
}

func newApp(t *testing.T) *app {
	a := &app{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			a.moved.Add(1)
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"user":"mallory"}`))
			return
		}
		a.asked.Add(1)
		a.last.Store(r.Header.Clone())
		c, err := r.Cookie("s")
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		switch c.Value {
		case "banned":
			w.WriteHeader(http.StatusForbidden)
		case "broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "redirect":
			http.Redirect(w, r, "/moved", http.StatusFound)
		case "slow":
			<-r.Context().Done() // until nobody waits any more
		case "empty":
			_, _ = w.Write([]byte(`{"user":""}`))
		case "twice":
			_, _ = w.Write([]byte(`{"user":"alice","user":"bob"}`))
		case "html":
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`{"user":"alice"}`))
		case "long":
			_, _ = w.Write([]byte(`{"user":"alice","x":"` + strings.Repeat("x", maxAnswer) + `"}`))
		case "subattr":
			_, _ = w.Write([]byte(`{"user":"alice","attributes":{"sub":"bob"}}`))
		default:
			_, _ = w.Write([]byte(`{"user":"` + c.Value + `","attributes":{"team":"red"}}`))
		}
	}))
	t.Cleanup(a.Close)
	return a
}

func request(headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/v1/tokens", strings.NewReader("body"))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func TestAuthenticate(t *testing.T) {
	app := newApp(t)
	a, err := New(Config{Name: "sessions", URL: app.URL + "/whoami", Headers: []string{"cookie", "X-Device"}, Timeout: 10 * time.Second}, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, session, want string }{
		{"user", "alice", "alice"},
		{"attribute sub does not count", "subattr", "alice"},
		{"unknown", "", "401 webhook_unauthenticated"},
		{"banned", "banned", "403 webhook_forbidden"},
		{"server broken", "broken", "503 webhook_unavailable"},
		{"redirect is not followed", "redirect", "503 webhook_unavailable"},
		{"no user", "empty", "503 webhook_answer"},
		{"two users", "twice", "503 webhook_answer"},
		{"not JSON", "html", "503 webhook_answer"},
		{"long", "long", "503 webhook_answer"},
		{"no session header", "-", "none"},
	} {
		r := request("Cookie", "s="+tc.session, "X-Secret", "not to be forwarded")
		switch tc.session {
		case "":
			r.Header.Set("Cookie", "other=1")
		case "-":
			r.Header.Del("Cookie")
		}
		who, err := a.Authenticate(t.Context(), r)
		if got := outcome(who.Subject, err); got != tc.want {
			t.Errorf("%s: got %s (%v), want %s", tc.name, got, err, tc.want)
		}
		if err == nil {
			if sub, _ := who.Claim("sub"); sub != who.Subject {
				t.Errorf("%s: {sub} is %q, the user %q", tc.name, sub, who.Subject)
			}
		}
	}
	if n := app.moved.Load(); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
	if h := app.last.Load().(http.Header); h.Get("X-Secret") != "" || h.Get("Content-Type") != "" {
		t.Errorf("forwarded more than chosen: %v", h)
	}
}

func TestAuthenticate_slow(t *testing.T) {
	a, err := New(Config{Name: "s", URL: newApp(t).URL, Headers: []string{"Cookie"}, Timeout: 50 * time.Millisecond}, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	who, err := a.Authenticate(t.Context(), request("Cookie", "s=slow"))
	if got := outcome(who.Subject, err); got != "503 webhook_unavailable" {
		t.Errorf("got %s (%v)", got, err)
	}
}

// TestAuthenticate_bounds shows what is refused without asking the app's server:
// long sessions, and sessions while too many questions are under way.
func TestAuthenticate_bounds(t *testing.T) {
	app := newApp(t)
	a, err := New(Config{Name: "s", URL: app.URL, Headers: []string{"Cookie", "X-Device"}, Timeout: 10 * time.Second}, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	fill := func(n int) string { return strings.Repeat("x", n) }
	const alice = "s=alice; "
	for _, tc := range []struct {
		name    string
		headers []string
		busy    int // questions under way
		want    string
		asked   int64
	}{
		{"as long as may be", []string{"Cookie", alice + fill(maxForwarded-len(alice))}, 0, "alice", 1},
		{"longer", []string{"Cookie", alice + fill(maxForwarded-len(alice)+1)}, 0, "401 webhook_too_long", 0},
		{"longer over two headers", []string{"Cookie", alice, "X-Device", fill(maxForwarded - len(alice) + 1)}, 0, "401 webhook_too_long", 0},
		{"longer over one header twice", []string{"Cookie", alice, "Cookie", fill(maxForwarded - len(alice) + 1)}, 0, "401 webhook_too_long", 0},
		{"long beside it", []string{"Cookie", alice, "X-Other", fill(maxForwarded)}, 0, "alice", 1},
		{"the last that may ask", []string{"Cookie", alice}, maxInFlight - 1, "alice", 1},
		{"one too many", []string{"Cookie", alice}, maxInFlight, "503 webhook_busy", 0},
		{"when they have ended", []string{"Cookie", alice}, 0, "alice", 1},
	} {
		for range tc.busy {
			a.inFlight <- struct{}{}
		}
		before := app.asked.Load()
		who, err := a.Authenticate(t.Context(), request(tc.headers...))
		if got := outcome(who.Subject, err); got != tc.want {
			t.Errorf("%s: got %s (%v), want %s", tc.name, got, err, tc.want)
		}
		if got := app.asked.Load() - before; got != tc.asked {
			t.Errorf("%s: asked %d times, want %d", tc.name, got, tc.asked)
		}
		if n := len(a.inFlight); n != tc.busy {
			t.Fatalf("%s: %d questions under way are counted, want %d", tc.name, n, tc.busy)
		}
		for range tc.busy {
			<-a.inFlight
		}
	}
}

func TestAuthenticate_besideAnother(t *testing.T) {
	app := newApp(t)
	for _, tc := range []struct {
		forwarded []string
		beside    string
		want      string
	}{
		{[]string{"Cookie"}, "Authorization", "none"},
		{[]string{"Cookie"}, "X-API-Key", "none"},
		{[]string{"Cookie", "Authorization"}, "Authorization", "alice"},
	} {
		a, err := New(Config{Name: "s", URL: app.URL, Headers: tc.forwarded, Timeout: 10 * time.Second}, nil, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		who, err := a.Authenticate(t.Context(), request("Cookie", "s=alice", tc.beside, "Bearer wrong"))
		if got := outcome(who.Subject, err); got != tc.want {
			t.Errorf("a session beside %s, forwarding %v: got %s, want %s", tc.beside, tc.forwarded, got, tc.want)
		}
	}
}

func outcome(user string, err error) string {
	var refused *caller.Refused
	var unavailable *caller.Unavailable
	switch {
	case err == nil:
		return user
	case errors.Is(err, caller.ErrNoCredential):
		return "none"
	case errors.As(err, &refused) && refused.Forbidden:
		return "403 " + refused.Code
	case errors.As(err, &refused):
		return "401 " + refused.Code
	case errors.As(err, &unavailable):
		return "503 " + unavailable.Code
	}
	return err.Error()
}

func TestAuthenticate_cache(t *testing.T) {
	app := newApp(t)
	now := time.Unix(1_700_000_000, 0)
	a, err := New(Config{Name: "s", URL: app.URL, Headers: []string{"Cookie", "X-A", "X-B"}, Timeout: 10 * time.Second, Cache: 10 * time.Second}, nil, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	asks := func(want int64, headers ...string) {
		t.Helper()
		before := app.asked.Load()
		_, _ = a.Authenticate(t.Context(), request(headers...))
		if got := app.asked.Load() - before; got != want {
			t.Errorf("%v: asked %d times, want %d", headers, got, want)
		}
	}
	asks(1, "Cookie", "s=alice")
	asks(0, "Cookie", "s=alice")
	asks(1, "Cookie", "s=bob")
	asks(1, "Cookie", "s=alice", "X-A", "1") // another forwarded header is another request
	asks(1, "Cookie", "s=alice", "X-B", "1") // the same text in another header too
	asks(1, "Cookie", "s=al", "Cookie", "ice")
	asks(0, "Cookie", "s=alice", "X-Other", "1")
	now = now.Add(10 * time.Second)
	asks(1, "Cookie", "s=alice")
	asks(1, "Cookie", "s=broken") // what could not be judged is not remembered
	asks(1, "Cookie", "s=broken")
	asks(1, "Cookie", "x=1")
	asks(0, "Cookie", "x=1")
	now = now.Add(wrongCacheLife)
	asks(1, "Cookie", "x=1")
}

func TestNew_refuses(t *testing.T) {
	ok := Config{Name: "s", URL: "https://app.example/whoami", Headers: []string{"Cookie"}, Timeout: time.Second}
	for name, change := range map[string]func(*Config){
		"plain http":    func(c *Config) { c.URL = "http://app.example" },
		"no headers":    func(c *Config) { c.Headers = nil },
		"host":          func(c *Config) { c.Headers = []string{"host"} },
		"no timeout":    func(c *Config) { c.Timeout = 0 },
		"long timeout":  func(c *Config) { c.Timeout = time.Hour },
		"long cache":    func(c *Config) { c.Cache = time.Hour },
		"without name":  func(c *Config) { c.Name = "" },
		"user in URL":   func(c *Config) { c.URL = "https://u@app.example" },
		"relative URL":  func(c *Config) { c.URL = "/whoami" },
		"file URL":      func(c *Config) { c.URL = "file:///etc/passwd" },
		"length header": func(c *Config) { c.Headers = []string{"content-length"} },
	} {
		c := ok
		change(&c)
		if _, err := New(c, nil, time.Now); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
