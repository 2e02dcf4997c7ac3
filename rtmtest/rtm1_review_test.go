package rtmtest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// start makes a call that will be held, and returns where its error comes.
func (c *guest) start(h *house, op string, arguments any) <-chan error {
	c.t.Helper()
	before := h.held(c)
	answer := make(chan error, 1)
	go func() { answer <- c.Call(c.t.Context(), op, arguments, nil) }()
	h.until(func() bool { return h.held(c) > before })
	return answer
}

// held is how many calls of a client wait for the link.
func (h *house) held(c *guest) int {
	n := 0
	_ = h.p.withSession(c.Session(), func(s *session) { n = len(s.held) }) // 0 if it is gone
	return n
}

func TestMistakenLoginLeavesTheSession(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	c.try(3, "login", map[string]any{"uid": 7})
	c.quiet()
	c.try(0, "queryPeersOnlineStatus", map[string]any{"peers": []string{"alice"}})
}

func TestLoginWithoutAnswer(t *testing.T) {
	h := newHouse(t)
	if err := h.p.FaultAll(LinkFault{Kind: Drop}); err != nil {
		t.Fatal(err)
	}
	c := h.client()
	login := c.start(h, "login", map[string]any{"uid": "alice", "token": h.Token006("alice")})
	c.try(8, "login", map[string]any{"uid": "alice"})
	h.advance(12 * time.Second)
	c.want("login", <-login, 9)
	c.expect("ConnectionStateChanged CONNECTING LOGIN", "ConnectionStateChanged DISCONNECTED LOGIN_TIMEOUT")
}

func TestLogoutDuringLogin(t *testing.T) {
	h := newHouse(t)
	if err := h.p.FaultAll(LinkFault{Kind: Slow, By: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	c := h.client()
	login := c.start(h, "login", map[string]any{"uid": "alice", "token": h.Token006("alice")})
	c.want("logout", c.Logout(t.Context()), 0)
	c.want("login", <-login, 1)
	h.advance(time.Minute)
	c.expect("ConnectionStateChanged CONNECTING LOGIN", "ConnectionStateChanged DISCONNECTED LOGOUT")
	if n := len(h.events(LoginAccepted)); n != 0 {
		t.Errorf("the login was accepted after the logout")
	}
}

// A call on a slow link belongs to the login in which it was made.
func TestSlowCallEndsWithItsLogin(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	h.fault(c, LinkFault{Kind: Slow, By: 5 * time.Second})
	join := c.start(h, "joinChannel", map[string]any{"channel": "room"})
	c.want("logout", c.Logout(t.Context()), 0)
	c.want("join", <-join, 4)
	h.fault(c, LinkFault{Kind: Restore})
	c.want("login", c.Login(t.Context(), "bob", h.Token006("bob")), 0)
	h.advance(time.Minute)
	if got := h.p.Sessions("bob")[0].Channels; len(got) != 0 {
		t.Errorf("bob is in %v", got)
	}
}

// Who was replaced while the link was down does not come back by a renewal that
// waited for the link.
func TestRenewalDoesNotBringBackWhoWasReplaced(t *testing.T) {
	h := newHouse(t)
	first := h.login("alice", h.Token("alice", time.Hour))
	h.fault(first, LinkFault{Kind: Drop})
	h.advance(10 * time.Second)
	renewal := first.start(h, "renewToken", map[string]any{"token": h.Token("alice", time.Hour)})
	h.login("alice", h.Token006("alice"))
	h.fault(first, LinkFault{Kind: Restore})
	first.want("renewal", <-renewal, 102)
	first.expect("ConnectionStateChanged RECONNECTING INTERRUPTED", "ConnectionStateChanged ABORTED REMOTE_LOGIN")
}

// Nor does a call that waited put them into a channel for good.
func TestCallThatWaitedIsNotCarriedOutForWhoWasReplaced(t *testing.T) {
	h := newHouse(t)
	first := h.login("alice", h.Token006("alice"))
	h.fault(first, LinkFault{Kind: Drop})
	join := first.start(h, "joinChannel", map[string]any{"channel": "room"})
	h.login("alice", h.Token006("alice"))
	h.fault(first, LinkFault{Kind: Restore}) // before the client noticed
	first.want("join", <-join, 4)
	first.expect("ConnectionStateChanged ABORTED REMOTE_LOGIN")
	h.p.checkWorld1(t)
}

// What waited for the link is held to the limits and to what came before it.
func TestLimitsHoldForCallsThatWaited(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	room := map[string]any{"channel": "room"}
	c.try(0, "joinChannel", room)
	h.fault(c, LinkFault{Kind: Drop})
	leave := c.start(h, "leaveChannel", room)
	again := c.start(h, "leaveChannel", room)
	send := c.start(h, "sendChannelMessage", textIn("room", "hi"))
	members := c.start(h, "getMembers", room)
	var joins []<-chan error
	for i := range maxJoined + 1 {
		joins = append(joins, c.start(h, "joinChannel", map[string]any{"channel": fmt.Sprint("room", i)}))
	}
	var subscriptions []<-chan error
	for i := range 3 {
		peers := make([]string, 200)
		for j := range peers {
			peers[j] = fmt.Sprintf("peer %d %d", i, j)
		}
		subscriptions = append(subscriptions, c.start(h, "subscribePeersOnlineStatus", map[string]any{"peers": peers}))
	}
	h.fault(c, LinkFault{Kind: Restore})
	c.want("leave", <-leave, 0)
	c.want("leave again", <-again, 3)
	c.want("message", <-send, 5)
	c.want("members", <-members, 5)
	for i, join := range joins {
		c.want(fmt.Sprint("join ", i), <-join, map[bool]int{true: 5}[i >= maxJoined])
	}
	for i, s := range subscriptions {
		c.want(fmt.Sprint("subscription ", i), <-s, map[bool]int{true: 6}[i == 2])
	}
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	if _, there := h.p.world1.channels["room"]; there {
		t.Error("a channel without members is kept")
	}
}

func TestAttributesEndWithTheLogin(t *testing.T) {
	h := newHouse(t)
	first := h.login("alice", h.Token006("alice"))
	first.try(0, "setLocalUserAttributes", map[string]any{"attributes": map[string]string{"mood": "calm"}})
	second := h.login("alice", h.Token006("alice"))
	second.want("logout", second.Logout(t.Context()), 0)
	first.want("logout", first.Logout(t.Context()), 0)
	h.advance(time.Second)
	first.want("login", first.Login(t.Context(), "alice", h.Token006("alice")), 0)
	var got struct {
		Attributes map[string]string `json:"attributes"`
	}
	if err := first.Call(t.Context(), "getUserAttributes", map[string]any{"user": "alice"}, &got); err != nil || len(got.Attributes) != 0 {
		t.Errorf("%v, %v", err, got)
	}
}

// However much comes while the link is down, its user does not lose the session
// by coming back.
func TestLongGap(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	h.fault(c, LinkFault{Kind: Drop})
	body := strings.Repeat("x", maxMessage)
	if err := h.p.withSession(c.Session(), func(s *session) {
		for i := range 300 { // 9 MiB, which does not fit into the outbox
			s.model.(*rtm1).keep(gapMessage{encode(fmt.Sprint(i, body)), "bob", h.Clock().Now()})
		}
	}); err != nil {
		t.Fatal(err)
	}
	h.fault(c, LinkFault{Kind: Restore})
	got := c.drain()
	if len(got) == 0 || !strings.HasPrefix(got[len(got)-1], "MessageFromPeer 299x") {
		t.Errorf("%d messages came", len(got))
	}
}

func TestUnknownOperation(t *testing.T) {
	h := newHouse(t)
	for _, c := range []*guest{h.client(), h.login("alice", h.Token006("alice"))} {
		for _, op := range []string{"hello", "createLocalInvitation", "__proto__", "Login"} {
			c.try(-1, op, nil)
		}
	}
}

// A clock that stands keeps every window busy: their number has a bound anyhow.
func TestWindowsAreBounded(t *testing.T) {
	var ws windows
	now := time.Now()
	for i := range 3 * maxWindows {
		if !ws.admit(fmt.Sprint(i), 1, time.Second, now) {
			t.Fatalf("%d was not admitted", i)
		}
	}
	if n := len(ws.byKey); n > maxWindows {
		t.Errorf("%d windows are kept", n)
	}
	if ws.admit(fmt.Sprint(3*maxWindows-1), 1, time.Second, now) {
		t.Error("the latest is forgotten")
	}
}
