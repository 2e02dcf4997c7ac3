package rtmtest

import (
	"fmt"
	"testing"
	"time"
)

// TestTimeouts: what is not answered in time gets the documented code.
func TestTimeouts(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	c.try(0, "joinChannel", map[string]any{"channel": "room"})
	h.fault(c, LinkFault{Kind: Stall})
	answer := make(chan error, 1)
	for _, test := range []struct {
		op   string
		args map[string]any
		code int
	}{
		{"renewToken", map[string]any{"token": "x"}, 1},
		{"sendMessageToPeer", textTo("bob", "hi"), 2},
		{"sendChannelMessage", textIn("room", "hi"), 2},
		{"joinChannel", map[string]any{"channel": "other"}, 4},
		{"leaveChannel", map[string]any{"channel": "room"}, 1},
		{"getMembers", map[string]any{"channel": "room"}, 3},
		{"getChannelMemberCount", map[string]any{"channels": []string{"room"}}, 4},
		{"queryPeersOnlineStatus", map[string]any{"peers": []string{"bob"}}, 4},
		{"subscribePeersOnlineStatus", map[string]any{"peers": []string{"bob"}}, 4},
		{"getUserAttributes", map[string]any{"user": "bob"}, 7},
	} {
		go func() { answer <- c.Call(t.Context(), test.op, test.args, nil) }()
		h.until(func() bool { return h.waiting(c) })
		h.advance(10 * time.Second)
		c.want(test.op, <-answer, test.code)
	}
}

func TestLimits_writes(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	attributes := map[string]any{"attributes": map[string]string{"a": "b"}, "channel": "room"}
	for _, op := range []string{"setLocalUserAttributes", "setChannelAttributes"} {
		for range 10 {
			c.try(0, op, attributes)
		}
		c.try(5, op, attributes)
	}
	for i := range 50 {
		room := map[string]any{"channel": fmt.Sprint("room", i)}
		c.try(0, "joinChannel", room)
		c.try(0, "leaveChannel", room)
	}
	c.try(7, "joinChannel", map[string]any{"channel": "room50"})
}

func TestNotLoggedIn(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	for _, op := range methods1 {
		if op != "login" {
			c.try(102, op, nil)
		}
	}
	two := h.connect("2.x")
	for _, op := range methods2 {
		if op != "login" {
			two.try(-10002, op, nil)
		}
	}
}

// methods1 and methods2 are the operations of the two generations.
var (
	methods1 = []string{
		"login", "logout", "renewToken", "sendMessageToPeer", "joinChannel", "leaveChannel", "sendChannelMessage", "getMembers", "getChannelMemberCount",
		"queryPeersOnlineStatus", "subscribePeersOnlineStatus", "unsubscribePeersOnlineStatus", "queryPeersBySubscriptionOption",
		"setLocalUserAttributes", "addOrUpdateLocalUserAttributes", "deleteLocalUserAttributesByKeys", "clearLocalUserAttributes", "getUserAttributes", "getUserAttributesByKeys",
		"setChannelAttributes", "addOrUpdateChannelAttributes", "deleteChannelAttributesByKeys", "clearChannelAttributes", "getChannelAttributes", "getChannelAttributesByKeys",
	}
	methods2 = []string{
		"login", "logout", "renewToken", "publish", "subscribe", "unsubscribe", "presence.whoNow", "presence.getOnlineUsers", "presence.whereNow",
		"presence.getUserChannels", "presence.setState", "presence.getState", "presence.removeState",
	}
)
