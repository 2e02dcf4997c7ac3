package rtmtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// tether is a client that speaks the protocol frame by frame.
type tether struct {
	t    *testing.T
	pipe *pipe
}

func (h *house) tether(hello string) (*tether, map[string]any) {
	h.t.Helper()
	near, far := newPipe()
	go h.serve(context.Background(), far)
	h.t.Cleanup(func() { near.Close(websocket.StatusNormalClosure, "") })
	c := &tether{h.t, near}
	c.send(fmt.Sprintf(`{"id":0,"op":"hello","args":{"protocol":1,"sdk":"1.x","app_id":"%s"%s}}`, h.AppID, hello))
	return c, c.read()
}

func (c *tether) send(text string) {
	c.t.Helper()
	if err := c.pipe.Write(c.t.Context(), []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *tether) read() map[string]any {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
	defer cancel()
	data, err := c.pipe.Read(ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		c.t.Fatal(err)
	}
	return m
}

// name is an event as text, or "result".
func name(m map[string]any) string {
	if m["event"] == nil {
		return "result"
	}
	return fmt.Sprint(m["seq"], " ", m["event"], " ", m["args"])
}

func TestReattach(t *testing.T) {
	h := newHouse(t)
	first, welcome := h.tether("")
	ok := welcome["ok"].(map[string]any)
	if ok["resumed"] != false || ok["state"] != disconnected || ok["seq"] != 0.0 {
		t.Errorf("got %v", ok)
	}
	first.send(`{"id":1,"op":"login","args":{"uid":"alice","token":"` + h.Token("alice", time.Hour) + `"}}`)
	for _, want := range []string{"1 ConnectionStateChanged [CONNECTED LOGIN_SUCCESS]", "result"} {
		if got := name(first.read()); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	id := ok["session"].(string)
	first.pipe.Close(websocket.StatusGoingAway, "")
	h.until(func() bool { return h.p.Sessions("alice")[0].Link == "down" })
	h.advance(5 * time.Second)

	for name, claim := range map[string]string{
		"with a wrong key":     `,"session":"` + id + `","key":"x","seq":1`,
		"ahead of the service": `,"session":"` + id + `","key":"` + ok["key"].(string) + `","seq":9`,
		"of another session":   `,"session":"s999","key":"` + ok["key"].(string) + `","seq":1`,
	} {
		if _, welcome := h.tether(claim); welcome["ok"].(map[string]any)["resumed"] != false {
			t.Errorf("resumed %s", name)
		}
	}

	claim := fmt.Sprintf(`,"session":"%s","key":"%s","seq":1`, id, ok["key"])
	second, welcome := h.tether(claim)
	ok = welcome["ok"].(map[string]any)
	if ok["resumed"] != true || ok["session"] != id || ok["state"] != connected || ok["seq"] != 3.0 {
		t.Errorf("got %v", ok)
	}
	for _, want := range []string{"2 ConnectionStateChanged [RECONNECTING INTERRUPTED]", "3 ConnectionStateChanged [CONNECTED LOGIN_SUCCESS]"} {
		if got := name(second.read()); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	// What was sent but perhaps not received is sent again.
	third, _ := h.tether(claim)
	if got := name(third.read()); !strings.HasPrefix(got, "2 ") {
		t.Errorf("got %s", got)
	}
	if _, err := second.pipe.Read(t.Context()); err == nil {
		t.Error("two connections have one session")
	}
}

func TestSessionsWithoutClientAreForgotten(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	c.Close()
	h.until(func() bool { return h.p.Sessions("alice")[0].Link == "down" })
	h.advance(keptDetached - time.Second)
	if len(h.p.Sessions("alice")) != 1 {
		t.Error("the session was forgotten early")
	}
	h.advance(time.Second)
	if n := len(h.p.Sessions("")); n != 0 {
		t.Errorf("%d sessions are kept", n)
	}
	w := &h.p.world1
	if len(w.users)+len(w.channels)+len(w.watchers) != 0 {
		t.Errorf("something of it is kept: %+v", w)
	}
	idle := h.client()
	idle.Close()
	h.until(func() bool { return len(h.p.Sessions("")) == 0 })
}

func TestFramesThatAreNone(t *testing.T) {
	h := newHouse(t)
	for _, text := range []string{``, `[]`, `{"id":-1,"op":"x"}`, `{"id":1}`, "\xff", `{"id":1,"op":7}`, `{"id":1,"op":"` + strings.Repeat("x", 65) + `"}`} {
		c, _ := h.tether("")
		c.send(text)
		if data, err := c.pipe.Read(t.Context()); err == nil {
			t.Errorf("%q was answered: %s", text, data)
		}
	}
	near, far := newPipe()
	go h.serve(context.Background(), far)
	c := &tether{t, near}
	c.send(`{"id":0,"op":"hello","args":{"protocol":2,"sdk":"1.x"}}`)
	if e, _ := c.read()["error"].(map[string]any); e["name"] != "PROTOCOL" {
		t.Errorf("got %v", e)
	}
	near.Close(websocket.StatusNormalClosure, "")
}

// TestClientThatDoesNotRead: it loses its session, and holds up nobody.
func TestClientThatDoesNotRead(t *testing.T) {
	h := newHouse(t, func(s *Settings) { s.Limits = false })
	slow, _ := h.tether("")
	slow.send(`{"id":1,"op":"login","args":{"uid":"slow","token":"` + h.Token006("slow") + `"}}`)
	h.until(func() bool { return len(h.p.Sessions("slow")) == 1 })
	alice := h.login("alice", h.Token006("alice"))
	if err := h.p.withSession(h.p.Sessions("slow")[0].ID, func(s *session) {
		for range 4 * maxQueuedBytes >> 20 { // more than its writer can have taken
			s.send(frame{data: []byte(strings.Repeat("x", 1<<20))})
		}
	}); err != nil {
		t.Fatal(err)
	}
	alice.try(0, "sendMessageToPeer", textTo("slow", "hi"))
	h.advance(0)
	h.until(func() bool { return len(h.p.Sessions("slow")) == 0 })
}

func TestNoTokenInWhatIsShown(t *testing.T) {
	h := newHouse(t)
	token := h.Token("alice", time.Hour)
	c := h.login("alice", token)
	c.want("renew", c.RenewToken(t.Context(), token), 0)
	c.want("renew", c.RenewToken(t.Context(), token[:len(token)-8]), 6)
	events, _ := h.p.Events(Filter{})
	shown := string(encode(events)) + string(encode(h.p.Sessions(""))) + string(encode(h.must(200, "GET", "/local/control/settings", "")))
	for _, secret := range []string{token[3:40], h.Certificate} {
		if strings.Contains(shown, secret) {
			t.Errorf("a secret is shown: %s", shown)
		}
	}
}
