package rtmtest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestEvents_whatIsForgottenIsSaid: who comes too late learns how much is gone,
// so that no event is missed in silence.
func TestEvents_whatIsForgottenIsSaid(t *testing.T) {
	h := newHouse(t)
	_, start := h.p.Events(Filter{})
	path := fmt.Sprintf("/local/control/events?since=%d&wait=1m", start)
	waited := make(chan map[string]any, 1)
	go func() {
		_, answer := h.ask("GET", path+"&type=banned", "")
		waited <- answer
	}()
	h.until(func() bool { h.p.mu.Lock(); defer h.p.mu.Unlock(); return h.p.history.grown != nil })
	const made = keptEvents + 10
	h.p.mu.Lock() // nobody who waits gets a word in between
	for range made - 1 {
		h.p.note(Event{Type: ClockTurned, Source: srcOurClock})
	}
	h.p.note(Event{Type: Banned, Source: srcOurControl})
	h.p.mu.Unlock()

	for name, answer := range map[string]map[string]any{"who waited": <-waited, "who comes late": h.must(200, "GET", path, "")} {
		if answer["missed"] != float64(made-keptEvents) || answer["next"] != float64(start)+made {
			t.Errorf("%s: missed %v, next %v", name, answer["missed"], answer["next"])
		}
	}
	answer := h.must(200, "GET", fmt.Sprintf("/local/control/events?since=%d", start+made-keptEvents), "")
	if n := len(answer["events"].([]any)); n != keptEvents || answer["missed"] != nil {
		t.Errorf("%d events, missed %v", n, answer["missed"])
	}
}

func TestEvents_linkUpSaysWhy(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token("alice", time.Hour))
	for _, kind := range []string{Drop, Restore, Drop, Stall} {
		h.fault(c, LinkFault{Kind: kind})
	}
	events, _ := h.p.Events(Filter{Types: []EventType{LinkDown, LinkUp}})
	var got []string
	for _, e := range events {
		got = append(got, string(e.Type)+" "+e.Detail)
	}
	down, up := "link_down The link was cut on request.", "link_up The link is back."
	if want := fmt.Sprint([]string{down, up, down, up}); fmt.Sprint(got) != want {
		t.Errorf("got %q", got)
	}
}

// TestReset_attributesOfBefore: what was to vanish before a reset takes nothing
// of afterwards with it.
func TestReset_attributesOfBefore(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token("alice", time.Hour))
	c.try(0, "setChannelAttributes", map[string]any{"channel": "room", "attributes": map[string]string{"topic": "cats"}})
	h.p.Reset()
	h.Clock().Freeze()
	alice, bob := h.login("alice", h.Token("alice", time.Hour)), h.login("bob", h.Token("bob", time.Hour))
	alice.try(0, "joinChannel", map[string]any{"channel": "room"})
	bob.try(0, "joinChannel", map[string]any{"channel": "room"})
	h.advance(attributesVanish)
	alice.try(0, "sendChannelMessage", textIn("room", "still here"))
	if got := strings.Join(bob.drain(), ", "); !strings.Contains(got, "still here") {
		t.Errorf("bob heard %s", got)
	}
}

func TestClockSkew(t *testing.T) {
	for _, sdk := range []string{"1.x", "2.x"} {
		h := newHouse(t, func(s *Settings) { s.ClockSkew = Duration(time.Minute) })
		late := h.Token("alice", time.Second)
		h.advance(30 * time.Second)
		c := h.connect(sdk)
		c.want(sdk+": login within the skew", c.Login(t.Context(), "alice", late), 0)
		h.advance(30 * time.Second)
		if s := h.p.Sessions("alice"); len(s) != 1 || s[0].State != connected {
			t.Errorf("%s: within the skew: %+v", sdk, s)
		}
		h.advance(time.Second)
		if s := h.p.Sessions("alice"); len(s) != 1 || s[0].State == connected {
			t.Errorf("%s: after it: %+v", sdk, s)
		}
	}
}
