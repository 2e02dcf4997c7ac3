package rtmtest

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

func textTo(peer, body string) map[string]any {
	return map[string]any{"peer": peer, "message": map[string]string{"messageType": "TEXT", "text": body}}
}

func textIn(channel, body string) map[string]any {
	return map[string]any{"channel": channel, "message": map[string]string{"messageType": "TEXT", "text": body}}
}

// shortened is a notification without the time of messages.
func shortened(s string) string {
	before, _, _ := strings.Cut(s, ` {"serverReceivedTs"`)
	return before
}

// drain returns what has arrived and was not looked at.
func (c *guest) drain() []string {
	c.t.Helper()
	_ = c.Call(c.t.Context(), "barrier", nil, nil) // refused; what was sent before has arrived
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for _, n := range c.heard[c.Client.next:] {
		list = append(list, shortened(show(n)))
	}
	c.Client.next = len(c.heard)
	return list
}

func TestPeerMessages(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.login("alice", h.Token006("alice")), h.login("bob", h.Token("bob", time.Hour))
	var got struct {
		Received bool `json:"hasPeerReceived"`
	}
	for peer, want := range map[string]bool{"bob": true, "carol": false} {
		if err := alice.Call(t.Context(), "sendMessageToPeer", textTo(peer, "<hi>"), &got); err != nil || got.Received != want {
			t.Errorf("to %s: %v, received %t", peer, err, got.Received)
		}
	}
	raw := map[string]any{"peer": "bob", "message": map[string]string{"messageType": "RAW", "rawMessage": "AP8=", "description": "two bytes"}}
	alice.try(0, "sendMessageToPeer", raw)
	equal(t, bob.drain(), []string{
		`MessageFromPeer {"messageType":"TEXT","text":"<hi>"} alice`,
		`MessageFromPeer {"messageType":"RAW","rawMessage":"AP8=","description":"two bytes"} alice`,
	})
	alice.try(0, "sendMessageToPeer", textTo("bob", strings.Repeat("\x01", maxMessage)))
	for _, test := range []struct {
		code int
		args map[string]any
	}{
		{6, textTo("", "hi")},
		{6, map[string]any{"peer": 1, "message": textTo("", "")["message"]}},
		{7, textTo("bob", strings.Repeat("x", maxMessage+1))},
		{7, map[string]any{"peer": "bob"}},
		{7, map[string]any{"peer": "bob", "message": map[string]any{"messageType": "TEXT", "text": 1}}},
		{7, map[string]any{"peer": "bob", "message": map[string]any{"messageType": "RAW", "rawMessage": "%"}}},
		{7, map[string]any{"peer": "bob", "message": map[string]any{"messageType": "RAW", "rawMessage": base64.StdEncoding.EncodeToString(make([]byte, maxMessage)), "description": "x"}}},
		{7, map[string]any{"peer": "bob", "message": map[string]any{"messageType": "IMAGE"}}},
	} {
		alice.try(test.code, "sendMessageToPeer", test.args)
	}
}

func TestMessagesOfAGapAreResent(t *testing.T) {
	h := newHouse(t, func(s *Settings) { s.Limits = false })
	alice, bob := h.login("alice", h.Token006("alice")), h.login("bob", h.Token006("bob"))
	for _, c := range []*guest{alice, bob} {
		c.try(0, "joinChannel", map[string]any{"channel": "room"})
	}
	h.advance(time.Second)
	alice.drain()
	h.fault(alice, LinkFault{Kind: Drop})
	bob.try(0, "sendChannelMessage", textIn("room", "too old"))
	bob.try(0, "sendMessageToPeer", textTo("alice", "first"))
	h.advance(10 * time.Second)
	for i := range 40 {
		bob.try(0, "sendChannelMessage", textIn("room", fmt.Sprint(i)))
	}
	h.advance(15 * time.Second)
	bob.try(0, "sendMessageToPeer", textTo("alice", "second"))
	h.advance(10 * time.Second) // the link has been down for 35 s
	h.fault(alice, LinkFault{Kind: Restore})
	want := []string{
		"ConnectionStateChanged RECONNECTING INTERRUPTED",
		"ConnectionStateChanged CONNECTED LOGIN_SUCCESS",
		`MessageFromPeer {"messageType":"TEXT","text":"first"} bob`,
		`MessageFromPeer {"messageType":"TEXT","text":"second"} bob`,
	}
	for i := 8; i < 40; i++ { // the last 32
		want = append(want, fmt.Sprintf(`ChannelMessage(room) {"messageType":"TEXT","text":"%d"} bob`, i))
	}
	equal(t, alice.drain(), want)
}

func TestCallsDuringAGap(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	h.fault(c, LinkFault{Kind: Drop})
	h.advance(5 * time.Second)
	answers := make(chan error, 2)
	send := func() { answers <- c.Call(t.Context(), "sendMessageToPeer", textTo("bob", "hi"), nil) }
	go send()
	h.until(func() bool { return h.waiting(c) })
	h.advance(10 * time.Second)
	c.want("a message that waited 10 s", <-answers, 2)
	go send()
	h.until(func() bool { return h.waiting(c) })
	h.fault(c, LinkFault{Kind: Restore})
	c.want("a message that waited for the link", <-answers, 0)
}

// until waits for what another goroutine is about to do.
func (h *house) until(done func() bool) {
	h.t.Helper()
	for range 5000 {
		if done() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	h.t.Fatal("it did not come to that in 5 s")
}

func TestChannels(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.login("alice", h.Token006("alice")), h.login("bob", h.Token006("bob"))
	room := map[string]any{"channel": "room"}
	alice.try(5, "sendChannelMessage", textIn("room", "hi"))
	alice.try(5, "getMembers", room)
	alice.try(3, "leaveChannel", room)
	alice.try(3, "joinChannel", map[string]any{"channel": "é"})
	alice.try(0, "joinChannel", room)
	alice.try(6, "joinChannel", room)
	bob.try(0, "joinChannel", room)
	bob.try(0, "sendChannelMessage", textIn("room", "hi"))
	bob.try(4, "sendChannelMessage", map[string]any{"channel": "room"})
	var got struct {
		Members []string `json:"members"`
	}
	if err := bob.Call(t.Context(), "getMembers", room, &got); err != nil {
		t.Fatal(err)
	}
	equal(t, got.Members, []string{"alice", "bob"})
	var counts map[string]int
	if err := bob.Call(t.Context(), "getChannelMemberCount", map[string]any{"channels": []string{"room", "void"}}, &counts); err != nil || counts["room"] != 2 || counts["void"] != 0 {
		t.Errorf("%v, %v", err, counts)
	}
	bob.try(3, "getChannelMemberCount", map[string]any{"channels": []string{"room"}})
	h.advance(time.Second)
	bob.try(2, "getChannelMemberCount", map[string]any{"channels": []int{1}})
	bob.try(5, "getChannelMemberCount", map[string]any{"channels": strings.Split(strings.Repeat("c ", 32)+"c", " ")})
	equal(t, bob.drain(), []string{"MemberCountUpdated(room) 2"}) // not its own message
	bob.want("logout", bob.Logout(t.Context()), 0)
	h.advance(time.Second)
	equal(t, alice.drain(), []string{
		"MemberCountUpdated(room) 1", "MemberJoined(room) bob",
		`ChannelMessage(room) {"messageType":"TEXT","text":"hi"} bob`, "MemberCountUpdated(room) 2",
		"MemberLeft(room) bob", "MemberCountUpdated(room) 1",
	})
	alice.try(0, "leaveChannel", room)
}

func TestMemberCountsAreThrottled(t *testing.T) {
	h := newHouse(t)
	alice := h.login("alice", h.Token006("alice"))
	alice.try(0, "joinChannel", map[string]any{"channel": "room"})
	h.advance(time.Minute)
	alice.drain()
	for i := range 5 {
		c := h.login(fmt.Sprint("user", i), h.Token006(fmt.Sprint("user", i)))
		c.try(0, "joinChannel", map[string]any{"channel": "room"})
	}
	h.advance(time.Minute)
	equal(t, alice.drain(), []string{
		"MemberJoined(room) user0", "MemberCountUpdated(room) 2",
		"MemberJoined(room) user1", "MemberJoined(room) user2", "MemberJoined(room) user3", "MemberJoined(room) user4",
		"MemberCountUpdated(room) 6",
	})
}

func TestPeersOnlineStatus(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.login("alice", h.Token006("alice")), h.login("bob", h.Token006("bob"))
	peers := map[string]any{"peers": []string{"bob", "carol"}}
	var online map[string]bool
	if err := alice.Call(t.Context(), "queryPeersOnlineStatus", peers, &online); err != nil || !online["bob"] || online["carol"] {
		t.Errorf("%v, %v", err, online)
	}
	alice.try(0, "subscribePeersOnlineStatus", peers)
	equal(t, alice.drain(), []string{`PeersOnlineStatusChanged {"bob":"ONLINE","carol":"OFFLINE"}`})
	h.fault(bob, LinkFault{Kind: Drop, For: 40 * time.Second})
	h.advance(40 * time.Second)
	equal(t, alice.drain(), []string{`PeersOnlineStatusChanged {"bob":"UNREACHABLE"}`, `PeersOnlineStatusChanged {"bob":"OFFLINE"}`, `PeersOnlineStatusChanged {"bob":"ONLINE"}`})
	h.login("bob", h.Token006("bob")) // elsewhere: nothing changes for others
	equal(t, alice.drain(), nil)
	h.fault(alice, LinkFault{Kind: Drop, For: 5 * time.Second})
	h.login("carol", h.Token006("carol"))
	h.advance(5 * time.Second)
	equal(t, alice.drain(), []string{"ConnectionStateChanged RECONNECTING INTERRUPTED", "ConnectionStateChanged CONNECTED LOGIN_SUCCESS", `PeersOnlineStatusChanged {"carol":"ONLINE"}`})
	var list struct {
		Peers []string `json:"peers"`
	}
	if err := alice.Call(t.Context(), "queryPeersBySubscriptionOption", map[string]string{"option": "ONLINE_STATUS"}, &list); err != nil {
		t.Fatal(err)
	}
	equal(t, list.Peers, []string{"bob", "carol"})
	alice.try(2, "queryPeersBySubscriptionOption", map[string]string{"option": "ALL"})
	alice.try(0, "unsubscribePeersOnlineStatus", peers)
	alice.try(2, "subscribePeersOnlineStatus", map[string]any{"peers": "bob"})
	alice.try(2, "queryPeersOnlineStatus", map[string]any{"peers": []string{}})
	many := make([]string, 513)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	alice.try(6, "subscribePeersOnlineStatus", map[string]any{"peers": many})
	alice.try(2, "queryPeersOnlineStatus", map[string]any{"peers": many[:257]})
}

func TestLimits(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	room := map[string]any{"channel": "room"}
	repeat := func(n int, op string, arguments any, then int) {
		t.Helper()
		for range n {
			c.try(0, op, arguments)
		}
		c.try(then, op, arguments)
		h.advance(5 * time.Second)
	}
	c.try(0, "joinChannel", room)
	repeat(messageLimit, "sendMessageToPeer", textTo("bob", "hi"), 5)
	repeat(messageLimit, "sendChannelMessage", textIn("room", "hi"), 3)
	repeat(5, "getMembers", room, 4)
	repeat(10, "queryPeersOnlineStatus", map[string]any{"peers": []string{"bob"}}, 5)
	repeat(10, "subscribePeersOnlineStatus", map[string]any{"peers": []string{"bob"}}, 5)
	c.try(0, "leaveChannel", room)
	c.try(0, "joinChannel", room)
	c.try(0, "leaveChannel", room)
	c.try(0, "joinChannel", room)
	c.try(0, "leaveChannel", room)
	c.try(8, "joinChannel", room)
	h.advance(5 * time.Second)
	for i := range maxJoined {
		c.try(0, "joinChannel", map[string]any{"channel": fmt.Sprint("room", i)})
	}
	c.try(5, "joinChannel", room)
	c.want("logout", c.Logout(t.Context()), 0)
	c.try(102, "getMembers", room)
}

func TestAttributes(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.login("alice", h.Token006("alice")), h.login("bob", h.Token006("bob"))
	set := func(pairs ...string) map[string]any {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return map[string]any{"attributes": m}
	}
	get := func(op string, arguments any) string {
		t.Helper()
		var got struct {
			Attributes map[string]any `json:"attributes"`
		}
		if err := bob.Call(t.Context(), op, arguments, &got); err != nil {
			t.Fatal(err)
		}
		return string(encode(got.Attributes))
	}
	alice.try(0, "setLocalUserAttributes", set("name", "Alice", "age", "7"))
	alice.try(0, "addOrUpdateLocalUserAttributes", set("age", "8", "mood", "calm"))
	alice.try(0, "deleteLocalUserAttributesByKeys", map[string]any{"keys": []string{"mood"}})
	user := map[string]any{"user": "alice"}
	if got := get("getUserAttributes", user); got != `{"age":"8","name":"Alice"}` {
		t.Errorf("got %s", got)
	}
	if got := get("getUserAttributesByKeys", map[string]any{"user": "alice", "keys": []string{"age", "none"}}); got != `{"age":"8"}` {
		t.Errorf("got %s", got)
	}
	alice.try(3, "setLocalUserAttributes", set("name", ""))
	alice.try(3, "setLocalUserAttributes", nil)
	alice.try(4, "setLocalUserAttributes", set("name", strings.Repeat("x", maxAttributeValue+1)))
	alice.try(4, "setLocalUserAttributes", set("a", strings.Repeat("x", maxAttributeValue), "b", strings.Repeat("x", maxAttributeValue)))
	alice.try(0, "clearLocalUserAttributes", nil)
	bob.try(6, "getUserAttributes", map[string]any{"user": "carol"})

	room := map[string]any{"channel": "room"}
	bob.try(0, "joinChannel", room)
	bob.drain()
	topic := set("topic", "tokens")
	topic["channel"], topic["options"] = "room", map[string]bool{"enableNotificationToChannelMembers": true}
	alice.try(0, "setChannelAttributes", topic)
	at := h.Clock().Now().UnixMilli()
	want := fmt.Sprintf(`{"topic":{"value":"tokens","lastUpdateUserId":"alice","lastUpdateTs":%d}}`, at)
	equal(t, bob.drain(), []string{"AttributesUpdated(room) " + want})
	if got := get("getChannelAttributes", room); !strings.Contains(got, `"value":"tokens"`) {
		t.Errorf("got %s", got)
	}
	bob.try(0, "leaveChannel", room)
	h.advance(attributesVanish - time.Second)
	if got := get("getChannelAttributesByKeys", map[string]any{"channel": "room", "keys": []string{"topic"}}); got == "{}" {
		t.Error("the attributes vanished early")
	}
	h.advance(time.Second)
	if got := get("getChannelAttributes", room); got != "{}" {
		t.Errorf("the attributes of the empty channel stayed: %s", got)
	}
	topic["channel"] = "other"
	alice.try(0, "addOrUpdateChannelAttributes", topic)
	alice.try(0, "deleteChannelAttributesByKeys", map[string]any{"channel": "other", "keys": []string{"topic"}})
	alice.try(0, "clearChannelAttributes", map[string]any{"channel": "other"})
	if n := len(h.p.world1.channels); n != 0 {
		t.Errorf("%d empty channels are kept", n)
	}
	alice.try(3, "getChannelAttributes", map[string]any{"channel": ""})
	alice.try(3, "getUserAttributesByKeys", user)
}

func TestReloginAfterExpiry(t *testing.T) {
	h := newHouse(t, func(s *Settings) { s.ReloginAfterExpiry = true; s.AbortedNeedsLogout = false })
	c := h.login("alice", h.Token("alice", time.Minute))
	h.fault(c, LinkFault{Kind: Drop, For: 2 * time.Minute})
	h.advance(2 * time.Minute)
	c.expect("ConnectionStateChanged RECONNECTING INTERRUPTED", "TokenExpired", "ConnectionStateChanged ABORTED TOKEN_EXPIRED")
	c.want("login from ABORTED", c.Login(t.Context(), "alice", h.Token("alice", time.Minute)), 0)
}

func TestConnectedExpirySetting(t *testing.T) {
	h := newHouse(t, func(s *Settings) { s.ConnectedExpiry = Abort })
	old := h.login("alice", h.Token006("alice"))
	h.advance(25 * time.Hour)
	old.expect("TokenPrivilegeWillExpire", "TokenExpired", "ConnectionStateChanged ABORTED TOKEN_EXPIRED")
	h.set(func(s *Settings) { s.ConnectedExpiry = Stay })
	c := h.login("bob", h.Token("bob", time.Minute))
	h.advance(time.Hour)
	c.quiet()
}

func TestBornWithLessThan30SecondsLeft(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token("alice", 20*time.Second))
	c.expect("TokenPrivilegeWillExpire")
	h.advance(20 * time.Second)
	c.expect("TokenExpired", "ConnectionStateChanged ABORTED TOKEN_EXPIRED")
}

func TestWillExpireIsMadeUpAfterAGap(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token("alice", time.Minute))
	h.fault(c, LinkFault{Kind: Drop, For: 40 * time.Second})
	h.advance(40 * time.Second)
	c.expect("ConnectionStateChanged RECONNECTING INTERRUPTED", "ConnectionStateChanged CONNECTED LOGIN_SUCCESS", "TokenPrivilegeWillExpire")
}

func TestRenewalStopsTheOldTimers(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token("alice", time.Hour))
	for range 5 {
		h.advance(59 * time.Minute)
		c.want("renew", c.RenewToken(t.Context(), h.Token("alice", time.Hour)), 0)
	}
	c.quiet()
}
