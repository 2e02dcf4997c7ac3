package dev

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/rtmtest"
)

// dial connects a client to the local RTM service of r.
func (r *running) dial(appID string) *rtmtest.Client {
	r.t.Helper()
	c, err := rtmtest.Dial(r.t.Context(), r.url, rtmtest.ClientOptions{AppID: appID})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(c.Close)
	return c
}

// code is the error code of a call, 0 of one that succeeded.
func code(t *testing.T, err error) int {
	t.Helper()
	var refused *rtmtest.Error
	if err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
	if refused == nil {
		return 0
	}
	return refused.Code
}

// control asks the control plane and reads its answer into dst.
func (r *running) control(method, path, body string, dst any) {
	r.t.Helper()
	resp, answer := r.do(method, "/local/control/"+path, body)
	if resp.StatusCode >= 300 {
		r.t.Fatalf("%s %s: got %d %s", method, path, resp.StatusCode, answer)
	}
	if dst != nil {
		if err := json.Unmarshal([]byte(answer), dst); err != nil {
			r.t.Fatal(err)
		}
	}
}

// Issue 2, what must be shown, 3: the decisions at login, of tokens from
// /fetch_rtm_token.
func TestLogin(t *testing.T) {
	for _, version := range []rtmauth.Version{rtmauth.Version006, rtmauth.Version007} {
		t.Run(string(version), func(t *testing.T) {
			r := start(t, Options{TokenVersion: version}, userProject...)
			stranger := start(t, Options{TokenVersion: version}).token("alice")
			own := r.token("alice")
			for _, tt := range []struct {
				name, appID, user, token string
				code                     int
			}{
				{"right", testAppID, "alice", own, 0},
				{"another user", testAppID, "bob", own, 5},
				{"of another project", testAppID, "alice", stranger, 5},
				{"cut", testAppID, "alice", own[:len(own)-4], 5},
				{"unknown App ID", FakeAppID, "alice", stranger, 4},
			} {
				if got := code(t, r.dial(tt.appID).Login(t.Context(), tt.user, tt.token)); got != tt.code {
					t.Errorf("%s: got code %d, want %d", tt.name, got, tt.code)
				}
				r.control("POST", "clock/advance", `{"by":"2s"}`, nil) // more logins in a second are refused
			}
			r.control("POST", "clock/advance", `{"by":"24h1s"}`, nil)
			if got := code(t, r.dial(testAppID).Login(t.Context(), "carol", r.token("carol"))); got != 0 {
				t.Errorf("a token of the turned time: got code %d", got)
			}
			if got := code(t, r.dial(testAppID).Login(t.Context(), "alice", own)); got != 6 {
				t.Errorf("expired: got code %d", got)
			}
		})
	}
}

// Issue 2: one clock drives minting, verifying, the local service and Date.
func TestOneClock(t *testing.T) {
	r := start(t, Options{TokenVersion: "007"}, userProject...)
	before := r.token("alice")
	var clock struct{ Now time.Time }
	r.control("POST", "clock/set", `{"to":"2031-01-02T03:04:05Z"}`, &clock)
	r.control("POST", "clock/freeze", "", &clock)
	set := time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
	if clock.Now.Sub(set).Abs() > time.Minute {
		t.Fatalf("the clock says %v", clock.Now)
	}
	token, err := rtmauth.Parse(r.token("alice"))
	if err != nil || !token.IssuedAt().Equal(clock.Now.Truncate(time.Second)) {
		t.Errorf("minted for %v, %v", token.IssuedAt(), err)
	}
	for _, path := range []string{"/", "/healthz", "/fetch_rtm_token", "/local/control/clock", "/nowhere"} {
		resp, _ := r.do("GET", path, "")
		if date, err := http.ParseTime(resp.Header.Get("Date")); err != nil || !date.Equal(clock.Now.Truncate(time.Second)) || len(resp.Header.Values("Date")) != 1 {
			t.Errorf("%s: Date is %v, %v", path, resp.Header.Values("Date"), err)
		}
	}
	if _, body := r.do("POST", "/v1/tokens/verify", quoted(t, map[string]string{"token": before, "user": "alice"}), "Content-Type", "application/json"); !strings.Contains(body, `"reason":"expired"`) {
		t.Errorf("verify: got %s", body)
	}
	if _, body := r.do("POST", "/local/explain", quoted(t, map[string]string{"token": before, "user": "alice"})); !strings.Contains(body, `"code":"expired"`) {
		t.Errorf("explain: got %s", body)
	}
}

// Issue 2: a 006 session outlives its token until the link is cut.
func TestSession006OutlivesItsToken(t *testing.T) {
	r := start(t, Options{})
	alice := r.dial(FakeAppID)
	if err := alice.Login(t.Context(), "alice", r.token("alice")); err != nil {
		t.Fatal(err)
	}
	r.control("POST", "clock/advance", `{"by":"25h"}`, nil)
	var list struct {
		Sessions []struct{ ID, User, State string }
	}
	r.control("GET", "sessions?user=alice", "", &list)
	if len(list.Sessions) != 1 || list.Sessions[0].State != "CONNECTED" {
		t.Fatalf("got %+v", list)
	}
	r.control("POST", "sessions/"+list.Sessions[0].ID+"/drop", "", nil)
	r.control("POST", "clock/advance", `{"by":"10s"}`, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := alice.Await(ctx, "TokenExpired"); err != nil {
		t.Fatal(err)
	}
	if got := alice.State(); got != "RECONNECTING" {
		t.Errorf("state is %s", got)
	}
	if err := alice.RenewToken(ctx, r.token("alice")); err != nil {
		t.Error(err)
	}
}

// Issue 2: the WebSocket applies the same origin rule.
func TestSocketOrigin(t *testing.T) {
	mine := start(t, Options{AllowOrigins: []string{"https://app.example"}}, userProject...)
	fake := start(t, Options{})
	handshake := func(r *running, origin, host string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/local/rtm", nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": origin} {
			req.Header.Set(name, value)
		}
		req.Host = host
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	for origin, want := range map[string]int{
		"http://localhost:3000": 101, "https://app.example": 101, "null": 403, "https://evil.example": 403, "http://localhost.evil.example": 403,
	} {
		if got := handshake(mine, origin, "localhost"); got != want {
			t.Errorf("%s: got %d, want %d", origin, got, want)
		}
		if got := handshake(fake, origin, "localhost"); got != 101 {
			t.Errorf("%s with the fake App ID: got %d", origin, got)
		}
	}
	if got := handshake(fake, "http://evil.example", "evil.example"); got != 403 {
		t.Errorf("foreign host: got %d", got)
	}
	if !strings.Contains(mine.stderr.String(), "--allow-origin https://evil.example") {
		t.Errorf("stderr: %s", mine.stderr)
	}
}

// Issue 2: the control plane refuses a foreign Host, a foreign Origin and
// cross-site requests, whatever the App ID.
func TestControlPlaneRefusals(t *testing.T) {
	r := start(t, Options{AllowOrigins: []string{"https://app.example"}})
	for _, header := range [][]string{
		{"Host", "evil.example"},
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Sec-Fetch-Site", "cross-site"},
		{"Origin", "http://localhost:3000", "Sec-Fetch-Site", "cross-site"},
	} {
		resp, body := r.do("POST", "/local/control/clock/advance", `{"by":"24h"}`, header...)
		if resp.StatusCode != 403 || !strings.Contains(body, `"error"`) {
			t.Errorf("%v: got %d %s", header, resp.StatusCode, body)
		}
	}
	var clock struct {
		Offset float64 `json:"offset_seconds"`
	}
	r.control("GET", "clock", "", &clock)
	if clock.Offset != 0 {
		t.Errorf("the clock was turned by %v s", clock.Offset)
	}
	if resp, _ := r.do("GET", "/local/control/clock", "", "Origin", "http://localhost:3000"); resp.StatusCode != 200 {
		t.Errorf("a page of this machine: got %d", resp.StatusCode)
	}
	if got := r.stderr.String(); !strings.Contains(got, `"https://evil.example" asked the control plane`) {
		t.Errorf("stderr: %s", got)
	}
}

func TestControlToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	const token = "0123456789abcdef-canary"
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, Options{AllowHosts: []string{"box.lan"}, ControlTokenFile: file})
	for _, tt := range []struct {
		header []string
		status int
	}{
		{nil, 200},
		{[]string{"Host", "box.lan:8082"}, 401},
		{[]string{"Host", "box.lan:8082", "Authorization", "Bearer " + token + "x"}, 401},
		{[]string{"Host", "box.lan:8082", "Authorization", "Bearer " + token}, 200},
	} {
		if resp, body := r.do("GET", "/local/control/sessions", "", tt.header...); resp.StatusCode != tt.status || strings.Contains(body, "canary") {
			t.Errorf("%v: got %d %s", tt.header, resp.StatusCode, body)
		}
	}
	if strings.Contains(r.stdout.String()+r.stderr.String(), "canary") {
		t.Error("the token is shown")
	}
	for _, content := range []string{"", "short", "two words that are long", strings.Repeat("long", 1025)} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		var flag *FlagError
		err := Run(t.Context(), Options{Listen: "127.0.0.1:0", LookupEnv: lookup(nil), ControlTokenFile: file}, newOutput(""), newOutput(""))
		if !errors.As(err, &flag) || flag.Flag != "--control-token-file" || content != "" && strings.Contains(err.Error(), content) {
			t.Errorf("%q: got %v", content, err)
		}
	}
}

// Ctrl-C ends open sessions and waiting requests instead of waiting for them.
func TestRun_endsSessions(t *testing.T) {
	r := start(t, Options{})
	if err := r.dial(FakeAppID).Login(t.Context(), "alice", r.token("alice")); err != nil {
		t.Fatal(err)
	}
	asked, answered := make(chan struct{}), make(chan int, 1)
	go func() {
		ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(asked) }})
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/local/control/events?type=kicked&wait=10s", nil)
		if err != nil {
			t.Error(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			answered <- 0
			return
		}
		resp.Body.Close()
		answered <- resp.StatusCode
	}()
	<-asked
	var list struct{ Sessions []struct{ ID string } }
	r.control("GET", "sessions", "", &list)
	began := time.Now()
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > drainTime/2 {
		t.Errorf("it took %v", took)
	}
	if status := <-answered; status != 200 {
		t.Errorf("the request that waited got %d", status)
	}
}
