package rtmtest

import (
	"fmt"
	"testing"
	"time"
)

// methods1 lists the calls that need a login, with arguments that are right for
// a member of the channel "room", and the code that each gets without an answer.
func methods1() []struct {
	op   string
	args map[string]any
	late int
} {
	type m = map[string]any
	room, peers := m{"channel": "room"}, m{"peers": []string{"bob"}}
	attributes, keys := m{"attributes": m{"name": "value"}}, m{"keys": []string{"name"}}
	onRoom := func(more m) m {
		more["channel"] = "room"
		return more
	}
	return []struct {
		op   string
		args map[string]any
		late int
	}{
		{"renewToken", m{"token": "007"}, 1},
		{"sendMessageToPeer", textTo("bob", "hi"), 2},
		{"queryPeersOnlineStatus", peers, 4},
		{"subscribePeersOnlineStatus", peers, 4},
		{"unsubscribePeersOnlineStatus", peers, 4},
		{"queryPeersBySubscriptionOption", m{"option": "ONLINE_STATUS"}, 4},
		{"joinChannel", m{"channel": "other"}, 4},
		{"leaveChannel", room, 1},
		{"sendChannelMessage", textIn("room", "hi"), 2},
		{"getMembers", room, 3},
		{"getChannelMemberCount", m{"channels": []string{"room"}}, 4},
		{"setLocalUserAttributes", attributes, 7},
		{"addOrUpdateLocalUserAttributes", attributes, 7},
		{"deleteLocalUserAttributesByKeys", keys, 7},
		{"clearLocalUserAttributes", nil, 7},
		{"getUserAttributes", m{"user": "alice"}, 7},
		{"getUserAttributesByKeys", m{"user": "alice", "keys": []string{"name"}}, 7},
		{"setChannelAttributes", onRoom(m{"attributes": m{"name": "value"}}), 7},
		{"addOrUpdateChannelAttributes", onRoom(m{"attributes": m{"name": "value"}}), 7},
		{"deleteChannelAttributesByKeys", onRoom(m{"keys": []string{"name"}}), 7},
		{"clearChannelAttributes", room, 7},
		{"getChannelAttributes", room, 7},
		{"getChannelAttributesByKeys", onRoom(m{"keys": []string{"name"}}), 7},
	}
}

func TestCallsThatNeedALogin(t *testing.T) {
	h := newHouse(t)
	never, out := h.client(), h.login("alice", h.Token("alice", time.Minute))
	h.advance(time.Minute)
	out.awaitState(aborted)
	for _, call := range methods1() {
		never.try(notLoggedIn1, call.op, call.args)
		out.try(notLoggedIn1, call.op, call.args)
	}
	never.try(notLoggedIn1, "logout", nil)
	two := h.connect("2.x")
	for _, op := range []string{
		"logout", "renewToken", "publish", "subscribe", "unsubscribe", "presence.whoNow", "presence.getOnlineUsers", "presence.whereNow",
		"presence.getUserChannels", "presence.setState", "presence.getState", "presence.removeState",
	} {
		two.try(-10002, op, nil)
	}
}

func TestCallsWithoutAnswer(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	c.try(0, "joinChannel", map[string]any{"channel": "room"})
	h.fault(c, LinkFault{Kind: Stall})
	var answers []<-chan error
	for _, call := range methods1() {
		answers = append(answers, c.start(h, call.op, call.args))
	}
	h.advance(10*time.Second - 1)
	for i, call := range methods1() {
		if call.op == "joinChannel" { // which waits for 5 s only
			c.want(call.op, <-answers[i], call.late)
			continue
		}
		select {
		case err := <-answers[i]:
			t.Errorf("%s gave up early: %v", call.op, err)
		default:
		}
	}
	h.advance(1)
	for i, call := range methods1() {
		if call.op != "joinChannel" {
			c.want(call.op, <-answers[i], call.late)
		}
	}
	if c.State() != connected {
		t.Errorf("the client is %s", c.State())
	}
}

func TestCallsWithoutAnswer2(t *testing.T) {
	h := newHouse(t)
	c := h.login2("alice", h.Token("alice", time.Hour))
	h.fault(c, LinkFault{Kind: Stall})
	renew := c.start(h, "renewToken", map[string]any{"token": h.Token("alice", time.Hour)})
	subscribe := c.start(h, "subscribe", map[string]any{"channelName": "room"})
	publish := c.start(h, "publish", map[string]any{"channelName": "room", "message": "hi"})
	h.advance(timeout2)
	c.want("renewToken", <-renew, -10026)
	c.want("subscribe", <-subscribe, -11019)
	c.want("publish", <-publish, -11026)
}

func TestTooOften(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	attributes := map[string]any{"attributes": map[string]string{"name": "value"}}
	for range 10 {
		c.try(0, "setLocalUserAttributes", attributes)
	}
	c.try(5, "addOrUpdateLocalUserAttributes", attributes)
	for range 40 {
		c.try(0, "getUserAttributes", map[string]any{"user": "alice"})
	}
	c.try(5, "getUserAttributesByKeys", map[string]any{"user": "alice", "keys": []string{"name"}})
	attributes["channel"] = "room"
	for range 10 {
		c.try(0, "setChannelAttributes", attributes)
		c.try(0, "getChannelAttributes", attributes)
	}
	c.try(5, "clearChannelAttributes", attributes)
	c.try(5, "getChannelAttributes", attributes)
	h.advance(5 * time.Second)
	c.try(0, "clearChannelAttributes", attributes)

	for i := range 50 {
		channel := map[string]any{"channel": fmt.Sprint("room", i)}
		c.try(0, "joinChannel", channel)
		c.try(0, "leaveChannel", channel)
	}
	c.try(7, "joinChannel", map[string]any{"channel": "room"})
	h.advance(3 * time.Second)
	c.try(0, "joinChannel", map[string]any{"channel": "room"})
}
