package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestServe_drainFinishes ends the service in the middle of a request, whose body
// comes when the listeners are closed already.
func TestServe_drainFinishes(t *testing.T) {
	h := open(t)
	conn, err := net.Dial("tcp", h.server.Addr("public"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	const body = `{"user":"u"}`
	if _, err := fmt.Fprintf(conn, "POST /v1/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", h.key, len(body), body[:5]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the request is under way", func() bool { return strings.Contains(h.metrics(), "rtmauth_http_requests_in_flight 1\n") })
	h.stop()
	eventually(t, "the listener is closed", func() bool {
		c, err := net.Dial("tcp", h.server.Addr("public"))
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	if _, err := io.WriteString(conn, body[5:]); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("the request was cut off: %v", err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 201 {
		t.Errorf("got %d", resp.StatusCode)
	}
	if err := h.end(); err != nil {
		t.Errorf("ended with %v", err)
	}
	if log := h.log.String(); !strings.HasSuffix(log, `"msg":"ended"}`+"\n") {
		t.Errorf("the log does not end with the end:\n%s", log)
	}
}

// TestServe_drainCutsOff ends the service while a request hangs for longer than
// timeouts.shutdown.
func TestServe_drainCutsOff(t *testing.T) {
	h := open(t, "shutdown: 10s", "shutdown: 100ms")
	conn, err := net.Dial("tcp", h.server.Addr("public"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "POST /v1/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+h.key+"\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the request is under way", func() bool { return strings.Contains(h.metrics(), "rtmauth_http_requests_in_flight 1\n") })
	began := time.Now()
	if err := h.end(); err == nil || !strings.Contains(err.Error(), "public listener: requests were cut off") {
		t.Errorf("ended with %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestServe_drainKeepAlive keeps a connection into the drain: the next answer on it
// says that it was the last, and the client comes back on another.
func TestServe_drainKeepAlive(t *testing.T) {
	h := open(t, "drain_delay: 0s", "drain_delay: 500ms")
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	c := &http.Client{Transport: tr}
	ask := func() (closes bool) {
		t.Helper()
		r, err := http.NewRequest(http.MethodPost, h.url+"/v1/tokens", strings.NewReader(`{"user":"u"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+h.key)
		r.Header.Set("Content-Type", "application/json")
		resp, err := c.Do(r)
		if err != nil {
			t.Fatalf("a client that keeps its connection sees the drain: %v", err)
		}
		defer func() { _ = resp.Body.Close() }()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 201 {
			t.Errorf("got %d, %v", resp.StatusCode, err)
		}
		return resp.Close
	}
	if ask() {
		t.Error("a connection is closed before the drain")
	}
	h.stop()
	eventually(t, "draining", func() bool { return h.do(http.MethodGet, h.admin+"/readyz", "").body == "draining\n" })
	for i := range 3 {
		if !ask() {
			t.Errorf("request %d of the drain: the client is not told to go elsewhere", i)
		}
	}
	if err := h.end(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// TestServe_drainListenerFails ends a long delay when there is nothing left to
// serve on.
func TestServe_drainListenerFails(t *testing.T) {
	h := open(t, "drain_delay: 0s", "drain_delay: 10m")
	h.stop()
	eventually(t, "draining", func() bool { return strings.Contains(h.metrics(), "rtmauth_draining 1\n") })
	h.server.Break("public")
	if err := h.end(); err == nil || !strings.Contains(err.Error(), "public listener: ") {
		t.Errorf("ended with %v", err)
	}
}

// TestServe_starting looks at the probes while the service waits for an issuer's
// keys.
func TestServe_starting(t *testing.T) {
	h := prepare(t)
	h.write("rtmauth.yaml", h.config(basic, "state_dir", "probes: {listen: \"127.0.0.1:0\"}\nstate_dir"))
	h.issuer.held.Lock()
	h.begin()
	for _, name := range []string{"admin", "probes"} {
		address := regexp.MustCompile(`"listener":"` + name + `","address":"([^"]+)"`)
		eventually(t, name+" listens", func() bool { return address.MatchString(h.log.String()) })
		url := "http://" + address.FindStringSubmatch(h.log.String())[1]
		for path, want := range map[string]reply{"/healthz": {status: 200, body: "ok\n"}, "/readyz": {status: 503, body: "starting\n"}} {
			if a := h.do(http.MethodGet, url+path, ""); a.status != want.status || a.body != want.body {
				t.Errorf("%s of %s: got %d %q, want %d %q", path, name, a.status, a.body, want.status, want.body)
			}
		}
	}
	if log := h.log.String(); strings.Contains(log, `"listener":"public"`) {
		t.Errorf("requests are taken before there are keys:\n%s", log)
	}
	h.issuer.held.Unlock()
	select {
	case <-h.server.Started():
	case <-time.After(20 * time.Second):
		t.Fatal("it does not start")
	}
	if a := h.do(http.MethodGet, "http://"+h.server.Addr("probes")+"/readyz", ""); a.status != 200 {
		t.Errorf("/readyz: got %d %q", a.status, a.body)
	}
	h.url = "http://" + h.server.Addr("public")
	if a := h.token(h.issuer.jwt(t, "alice"), `{"user":"alice"}`); a.status != 201 {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

// TestServe_startFails lets the port be taken: what listened meanwhile is closed,
// and the log says what there is to say.
func TestServe_startFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	h := prepare(t)
	h.write("rtmauth.yaml", h.config(basic, "listen: \"127.0.0.1:0\"\nadmin", "listen: \""+taken.Addr().String()+"\"\nadmin"))
	h.begin()
	select {
	case err = <-h.done:
		h.done <- err
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
	if err == nil || !strings.Contains(err.Error(), "public listener: ") {
		t.Errorf("ended with %v", err)
	}
	address := regexp.MustCompile(`"listener":"admin","address":"([^"]+)"`).FindStringSubmatch(h.log.String())
	if address == nil {
		t.Fatalf("the log lacks a line:\n%s", h.log)
	}
	if conn, err := net.Dial("tcp", address[1]); err == nil {
		_ = conn.Close()
		t.Error("the admin listener is open yet")
	}
}

// TestServe_bounds looks at what bounds slow clients, of every listener.
func TestServe_bounds(t *testing.T) {
	h := open(t, "timeouts: {drain_delay: 0s", "probes: {listen: \"127.0.0.1:0\"}\ntimeouts: {header: 1s, read: 2s, write: 3s, idle: 4s, drain_delay: 0s")
	servers := h.server.Servers()
	for _, name := range []string{"public", "admin", "probes"} {
		s := servers[name]
		if s == nil {
			t.Fatalf("no %s listener", name)
		}
		if s.ReadHeaderTimeout != time.Second || s.ReadTimeout != 2*time.Second || s.WriteTimeout != 3*time.Second || s.IdleTimeout != 4*time.Second || s.MaxHeaderBytes != 32<<10 {
			t.Errorf("%s: headers %v, read %v, write %v, idle %v, %d bytes", name, s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout, s.MaxHeaderBytes)
		}
	}
}

// TestServe_log shows what log.format and log.level change. Audit lines are
// decisions and not messages: they stay JSON, and come at every level.
func TestServe_log(t *testing.T) {
	for _, tc := range []struct{ name, log, has, hasNot string }{
		{"default", "", `"level":"INFO","msg":"listening"`, "level=INFO"},
		{"text", "log: {format: text}", "level=INFO msg=listening listener=", `"msg":"listening"`},
		{"warn", "log: {level: warn}", `"level":"WARN","msg":"insecure_anonymous`, "listening"},
		{"error, text", "log: {level: error, format: text}", "", "insecure_anonymous"},
	} {
		h := open(t, "policy:\n", "insecure_anonymous: true\n"+tc.log+"\npolicy:\n  - {name: anon, callers: [anonymous], users: \"guest-*\"}\n")
		if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
			t.Errorf("%s: got %d", tc.name, a.status)
		}
		if err := h.end(); err != nil {
			t.Error(err)
		}
		log := h.log.String()
		if !strings.Contains(log, tc.has) || strings.Contains(log, tc.hasNot) || !strings.Contains(log, `"msg":"audit"`) {
			t.Errorf("%s: want %q, and not %q:\n%s", tc.name, tc.has, tc.hasNot, log)
		}
	}
}
