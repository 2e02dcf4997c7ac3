package rtmtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// ask makes a request of the control plane and returns its status and answer.
func (h *house) ask(method, path, body string, headers ...string) (int, map[string]any) {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), method, "http://localhost:8082"+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:4711"
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var answer map[string]any
	if w.Code != http.StatusNoContent {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			h.t.Fatalf("%s %s: %v: %s", method, path, err, w.Body)
		}
	}
	return w.Code, answer
}

// must wants a status.
func (h *house) must(status int, method, path, body string) map[string]any {
	h.t.Helper()
	got, answer := h.ask(method, path, body)
	if got != status {
		h.t.Fatalf("%s %s %s: got %d %v, want %d", method, path, body, got, answer, status)
	}
	return answer
}

func TestControl_clock(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token("alice", time.Hour))
	before := h.Clock().Now()
	answer := h.must(200, "POST", "/local/control/clock/advance", `{"by":"24h"}`)
	if want := before.Add(day).Format(time.RFC3339Nano); answer["now"] != want || answer["frozen"] != true {
		t.Errorf("got %v, want now %s", answer, want)
	}
	c.expect("TokenPrivilegeWillExpire", "TokenExpired", "ConnectionStateChanged ABORTED TOKEN_EXPIRED")
	for _, body := range []string{`{"by":"-1s"}`, `{"by":"90000h"}`, `{}`, `{"by":24}`, `{"by":"1d"}`, `{"by":"1s","by":"2s"}`, `{"form":"1s"}`, `[`, `{"by":"1s"} x`} {
		if answer := h.must(400, "POST", "/local/control/clock/advance", body); !strings.HasSuffix(answer["error"].(string), ".") {
			t.Errorf("%s: not a sentence: %v", body, answer)
		}
	}
	h.must(200, "POST", "/local/control/clock/resume", "")
	h.must(200, "POST", "/local/control/clock/freeze", "{}")
	h.must(200, "POST", "/local/control/clock/set", `{"to":"`+before.Format(time.RFC3339)+`"}`)
	for _, body := range []string{`{"to":"0001-01-01T00:00:00Z"}`, `{"to":"tomorrow"}`, `{"to":1}`, `{}`} {
		if text := h.must(400, "POST", "/local/control/clock/set", body)["error"].(string); strings.Contains(text, "Unmarshal") || strings.Contains(text, "tomorrow") {
			t.Errorf("%s: %s", body, text)
		}
	}
	if got := h.Clock().Now(); !got.Equal(before.Truncate(time.Second)) {
		t.Errorf("set to %v, shows %v", before, got)
	}
}

func TestControl_sessions(t *testing.T) {
	h := newHouse(t)
	c := h.login("a#?%", h.Token("a#?%", time.Hour))
	h.login("bob", h.Token006("bob"))
	list := h.must(200, "GET", "/local/control/sessions?user="+url.QueryEscape("a#?%"), "")["sessions"].([]any)
	if len(list) != 1 {
		t.Fatalf("got %v", list)
	}
	s := list[0].(map[string]any)
	if s["state"] != connected || s["token_version"] != "007" || s["app_id"] != h.AppID || s["id"] != c.Session() {
		t.Errorf("got %v", s)
	}
	at := "/local/control/sessions/" + c.Session()
	h.must(200, "POST", at+"/expire", `{"in":"1m"}`)
	h.advance(time.Minute)
	c.expect("TokenPrivilegeWillExpire", "TokenExpired", "ConnectionStateChanged ABORTED TOKEN_EXPIRED")
	h.must(400, "POST", at+"/expire", `{"in":"1m"}`)
	h.must(400, "POST", at+"/expire", `{}`)

	c = h.login("carol", h.Token("carol", time.Hour))
	at = "/local/control/sessions/" + c.Session()
	h.must(200, "POST", at+"/drop", "")
	h.advance(10 * time.Second)
	c.expect("ConnectionStateChanged RECONNECTING INTERRUPTED", "ConnectionStateChanged CONNECTED LOGIN_SUCCESS")
	h.must(400, "POST", at+"/drop", `{"for":"-1s"}`)
	h.must(200, "POST", at+"/kick", "")
	c.expect("ConnectionStateChanged ABORTED BANNED_BY_SERVER")
	h.must(404, "POST", "/local/control/sessions/carol/drop", "")
}

func TestControl_events(t *testing.T) {
	h := newHouse(t)
	next := h.must(200, "GET", "/local/control/events", "")["next"].(float64)
	waited := make(chan map[string]any, 1)
	go func() {
		_, answer := h.ask("GET", "/local/control/events?since="+jsonText(next)+"&type=login_refused,login_accepted&wait=10s", "")
		waited <- answer
	}()
	c := h.client()
	c.want("login", c.Login(t.Context(), "alice", h.Token("bob", time.Hour)), 5)
	event := (<-waited)["events"].([]any)[0].(map[string]any)
	if event["type"] != "login_refused" || event["user"] != "alice" || event["reason"] != "user" || event["code"] != 5.0 || !strings.HasPrefix(event["source"].(string), "documented") {
		t.Errorf("got %v", event)
	}
	all, _ := h.p.Events(Filter{})
	for i, e := range all {
		if e.Seq != uint64(i+1) || e.Source == "" || e.At.IsZero() {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	h.must(400, "GET", "/local/control/events?since=x", "")
	h.must(400, "GET", "/local/control/events?wait=1h", "")
	// Of a number from before a restart there is nothing to wait for.
	if answer := h.must(200, "GET", "/local/control/events?since=100000&wait=1m", ""); answer["next"].(float64) >= 100000 {
		t.Errorf("got %v", answer)
	}
}

func jsonText(v any) string { return string(encode(v)) }

func TestControl_keepsStrangersOut(t *testing.T) {
	h := newHouse(t)
	for _, test := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"a program", nil, 200},
		{"our own page", []string{"Origin", "http://localhost:8082", "Sec-Fetch-Site", "same-origin"}, 200},
		{"a page of this machine", []string{"Origin", "http://127.0.0.1:5173"}, 200},
		{"a foreign page", []string{"Origin", "https://evil.example"}, 403},
		{"a page from disk", []string{"Origin", "null"}, 403},
		{"a foreign site that hides its origin", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a name that was pointed here", []string{"Host", "evil.example:8082"}, 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, path := range []string{"/local/control/sessions", "/local/control/events"} {
				if status, answer := h.ask("GET", path, "", test.headers...); status != test.status {
					t.Errorf("%s: %d %v, want %d", path, status, answer, test.status)
				}
			}
		})
	}
}

func TestControl_token(t *testing.T) {
	s, err := NewService(Options{
		Projects: []ProjectOptions{{AppID: strings.Repeat("a", 32)}}, ControlToken: "sesame",
		AllowHost: func(string) bool { return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, test := range []struct {
		name, remote, host, header string
		status                     int
	}{
		{"this machine", "127.0.0.1:1", "localhost", "", 200},
		{"this machine under another name", "127.0.0.1:1", "box.lan", "", 401},
		{"another machine", "192.0.2.7:1", "box.lan", "", 401},
		{"with a wrong token", "127.0.0.1:1", "localhost", "Bearer sesam", 401},
		{"with the token", "192.0.2.7:1", "box.lan", "Bearer sesame", 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), "GET", "http://"+test.host+"/local/control/sessions", nil)
			r.RemoteAddr = test.remote
			if test.header != "" {
				r.Header.Set("Authorization", test.header)
			}
			w := httptest.NewRecorder()
			if s.ServeHTTP(w, r); w.Code != test.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, test.status)
			}
		})
	}
}

func TestSocket_origins(t *testing.T) {
	s := NewServer(t, Options{})
	for origin, want := range map[string]int{"": 101, "http://localhost:3000": 101, "https://evil.example": 403, "null": 403} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/local/rtm", nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
			r.Header.Set(k, v)
		}
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		if want == 403 {
			body, _ := io.ReadAll(resp.Body)
			if !strings.Contains(string(body), `"error"`) {
				t.Errorf("%q: no word of why: %s", origin, body)
			}
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("origin %q: got %d, want %d", origin, resp.StatusCode, want)
		}
	}
}

func TestDial(t *testing.T) {
	s := NewServer(t, Options{})
	c, err := Dial(t.Context(), s.URL, ClientOptions{AppID: s.AppID})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(t.Context(), "alice", s.Token006("alice")); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Await(t.Context(), "ConnectionStateChanged"); err != nil || n.Text(0) != "CONNECTING" {
		t.Errorf("%v, %v", n, err)
	}
	if n, err := c.Await(t.Context(), "ConnectionStateChanged"); err != nil || n.Text(0) != "CONNECTED" {
		t.Errorf("%v, %v", n, err)
	}
}

func TestUnknownAppID(t *testing.T) {
	h := newHouse(t)
	for _, id := range []string{strings.Repeat("0", 32), "", "short"} {
		c, err := h.Connect(t.Context(), ClientOptions{AppID: id})
		if err != nil {
			t.Fatal(err)
		}
		g := &guest{c, t}
		g.want("login", c.Login(t.Context(), "alice", h.Token006("alice")), 4)
		c.Close()
	}
}
