package rtmtest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// show2 is a notification of 2.x in short: "CONNECTED LOGIN/LOGIN_SUCCESS".
func show2(n Notification) string {
	var e struct {
		Current   string `json:"currentState"`
		Operation string `json:"operation"`
		Code      string `json:"reasonCode"`
		Resumed   bool   `json:"isResumed"`
		Type      string `json:"eventType"`
		Publisher string `json:"publisher"`
		Channel   string `json:"channelName"`
		Message   string `json:"message"`
		State     string `json:"state"`
		Reason    string `json:"reason"`
		Snapshot  []struct {
			User string `json:"userId"`
		} `json:"snapshot"`
	}
	if len(n.Args) > 0 {
		_ = json.Unmarshal(n.Args[0], &e) // of tokenPrivilegeWillExpire it is a text
	}
	switch n.Name {
	case "linkState":
		s := e.Current + " " + e.Operation + "/" + e.Code
		if e.Resumed {
			s += " resumed"
		}
		return s
	case "status":
		return "status " + e.State + " " + e.Reason
	case "presence":
		s := strings.TrimSpace("presence " + e.Type + " " + e.Channel + " " + e.Publisher)
		for _, o := range e.Snapshot {
			s += " " + o.User
		}
		return s
	case "message":
		return fmt.Sprintf("message %s %s: %s", e.Channel, e.Publisher, e.Message)
	case "token":
		return "token " + e.Type
	}
	return n.Name
}

// expect2 wants exactly these notifications next, without those of the older
// event status.
func (c *guest) expect2(list ...string) {
	c.t.Helper()
	var got []string
	err := c.Call(c.t.Context(), "barrier", nil, nil)
	if _, ok := err.(*Error); !ok { //nolint:errorlint // made by Call itself
		c.t.Fatalf("barrier: %v", err)
	}
	c.mu.Lock()
	for _, n := range c.heard[c.Client.next:] {
		if n.Name != "status" {
			got = append(got, show2(n))
		}
	}
	c.Client.next = len(c.heard)
	c.mu.Unlock()
	c.t.Logf("heard %q", got)
	if strings.Join(got, "; ") != strings.Join(list, "; ") {
		c.t.Fatalf("got  %q\nwant %q", got, list)
	}
}

func (h *house) login2(user, token string) *guest {
	h.t.Helper()
	c := h.connect("2.x")
	c.want("login", c.Login(h.t.Context(), user, token), 0)
	c.expect2("CONNECTING LOGIN/LOGIN", "CONNECTED LOGIN/LOGIN_SUCCESS")
	return c
}

func TestAcceptance_07_2xTokenCrossesItsEnd(t *testing.T) {
	h := newHouse(t)
	c := h.login2("alice", h.Token("alice", time.Hour))
	h.advance(time.Hour - 31*time.Second)
	c.expect2()
	h.advance(time.Second)
	c.expect2("tokenPrivilegeWillExpire", "token WILL_EXPIRE")
	h.advance(30 * time.Second)
	c.expect2("FAILED SERVER_REJECT/TOKEN_EXPIRED")
	c.try(-10011, "publish", map[string]any{"channelName": "room", "message": "hi"})
	c.want("login from FAILED", c.Login(t.Context(), "alice", h.Token("alice", time.Hour)), 0)
	c.expect2("CONNECTING LOGIN/RELOGIN", "CONNECTED LOGIN/LOGIN_SUCCESS")
}

func TestAcceptance_07_2xRenewedInTime(t *testing.T) {
	h := newHouse(t)
	c := h.login2("alice", h.Token("alice", time.Hour))
	h.advance(time.Hour - 20*time.Second)
	c.want("renew", c.RenewToken(t.Context(), h.Token("alice", time.Hour)), 0)
	h.advance(time.Minute)
	c.expect2("tokenPrivilegeWillExpire", "token WILL_EXPIRE")
	for _, test := range []struct {
		token string
		code  int
	}{{h.Token("bob", time.Hour), -10005}, {h.raw007("alice", 0), -10009}, {strings.Replace(h.Token("alice", time.Hour), "007", "009", 1), -10005}} {
		h.advance(time.Second)
		c.want("renew", c.RenewToken(t.Context(), test.token), test.code)
	}
	c.expect2()
}

func TestAcceptance_07_2xOldLeads(t *testing.T) {
	h := newHouse(t, func(s *Settings) {
		s.WillExpireLeads = []Duration{Duration(30 * time.Second), Duration(20 * time.Second), Duration(10 * time.Second)}
	})
	c := h.connect("2.x")
	c.want("login", c.Login(t.Context(), "alice", h.Token("alice", 25*time.Second)), 0)
	will := []string{"tokenPrivilegeWillExpire", "token WILL_EXPIRE"}
	c.expect2(append([]string{"CONNECTING LOGIN/LOGIN", "CONNECTED LOGIN/LOGIN_SUCCESS"}, will...)...)
	for range 2 {
		h.advance(10 * time.Second)
		c.expect2(will...)
	}
}

func TestAcceptance_08_2xSameUserTwice(t *testing.T) {
	h := newHouse(t)
	first := h.login2("alice", h.Token("alice", time.Hour))
	second := h.login2("alice", h.Token("alice", time.Hour))
	h.advance(10 * time.Minute)
	first.expect2("FAILED SERVER_REJECT/SAME_UID_LOGIN")
	second.expect2()
}

func TestAcceptance_15_2xBackOff(t *testing.T) {
	h := newHouse(t)
	c := h.login2("alice", h.Token("alice", 12*time.Hour))
	h.fault(c, LinkFault{Kind: Drop})
	h.advance(9 * time.Second)
	c.expect2()
	h.advance(time.Second)
	c.expect2("DISCONNECTED HEARTBEAT_TIMEOUT/KEEP_ALIVE_TIMEOUT")
	try := []string{"CONNECTING AUTO_RECONNECT/AUTO_RECONNECT", "DISCONNECTED AUTO_RECONNECT/CONNECTION_ERROR"}
	for _, pause := range []int{2, 4, 8, 16, 32} {
		h.advance(time.Duration(pause)*time.Second - 1)
		c.expect2()
		h.advance(1)
		c.expect2(try...)
	}
	h.advance(58 * time.Second) // 2 minutes since the link was found lost
	c.expect2("SUSPENDED AUTO_RECONNECT/RECONNECT_TIMEOUT")
	again := []string{"CONNECTING AUTO_RECONNECT/AUTO_RECONNECT", "SUSPENDED AUTO_RECONNECT/RECONNECT_TIMEOUT"}
	for range 20 {
		h.advance(30 * time.Second)
		c.expect2(again...)
	}
	h.fault(c, LinkFault{Kind: Restore})
	h.advance(30 * time.Second)
	c.expect2("CONNECTING AUTO_RECONNECT/AUTO_RECONNECT", "CONNECTED RECONNECTED/RECONNECT_SUCCESS")
}

func TestRTM2_reconnects(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.login2("alice", h.Token("alice", time.Hour)), h.login2("bob", h.Token("bob", time.Hour))
	for _, c := range []*guest{alice, bob} {
		c.try(0, "subscribe", map[string]any{"channelName": "room"})
	}
	alice.expect2("presence SNAPSHOT room alice", "presence REMOTE_JOIN room bob")
	bob.expect2("presence SNAPSHOT room alice bob")
	h.fault(alice, LinkFault{Kind: Drop, For: 11 * time.Second})
	h.advance(11 * time.Second)
	alice.try(-10025, "publish", map[string]any{"channelName": "room", "message": "hi"})
	h.advance(time.Second)
	alice.expect2("DISCONNECTED HEARTBEAT_TIMEOUT/KEEP_ALIVE_TIMEOUT", "CONNECTING AUTO_RECONNECT/AUTO_RECONNECT", "CONNECTED RECONNECTED/RECONNECT_SUCCESS resumed")
	bob.expect2()
	alice.try(0, "publish", map[string]any{"channelName": "room", "message": "back"})
	bob.expect2("message room alice: back")

	h.fault(alice, LinkFault{Kind: Drop})
	h.advance(314 * time.Second)
	bob.expect2()
	h.advance(time.Second)
	bob.expect2("presence REMOTE_TIMEOUT room alice")
}

func TestRTM2_expiredWhileTheLinkWasDown(t *testing.T) {
	h := newHouse(t)
	c := h.login2("alice", h.Token("alice", time.Minute))
	h.fault(c, LinkFault{Kind: Drop, For: 61 * time.Second})
	h.advance(2 * time.Minute)
	want := []string{"DISCONNECTED HEARTBEAT_TIMEOUT/KEEP_ALIVE_TIMEOUT"}
	for range 4 {
		want = append(want, "CONNECTING AUTO_RECONNECT/AUTO_RECONNECT", "DISCONNECTED AUTO_RECONNECT/CONNECTION_ERROR")
	}
	c.expect2(append(want, "CONNECTING AUTO_RECONNECT/AUTO_RECONNECT", "FAILED SERVER_REJECT/TOKEN_EXPIRED")...)
}

func TestRTM2_loginCodes(t *testing.T) {
	h := newHouse(t, func(s *Settings) { s.LoginRate = 0 })
	expired := h.Token("alice", time.Second)
	h.advance(time.Second)
	other := NewMemoryServer(t, Options{})
	if err := h.p.Ban("mallory"); err != nil {
		t.Fatal(err)
	}
	rtc, err := h.signer.RTC("alice", "7", 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		user, token string
		code        int
		reason      string
	}{
		{"alice", "", -10005, "INVALID_TOKEN"},
		{"alice", h.AppID, -10005, "INVALID_TOKEN"},
		{"alice", "nonsense", -10005, "INVALID_TOKEN"},
		{"alice", h.Token("bob", time.Hour), -10005, "INVALID_TOKEN"},
		{"alice", expired, -10009, "TOKEN_EXPIRED"},
		{"alice", other.Token("alice", time.Hour), -10016, "INCONSISTENT_APP_ID"},
		{"alice", rtc, -10015, "LOGIN_NOT_AUTHORIZED"},
		{"", expired, -10006, "INVALID_USER_ID"},
		{"mallory", h.Token("mallory", time.Hour), -10012, "LOGIN_REJECTED"},
	} {
		c := h.connect("2.x")
		c.want(test.reason, c.Login(t.Context(), test.user, test.token), test.code)
		c.expect2("CONNECTING LOGIN/LOGIN", "FAILED SERVER_REJECT/"+test.reason)
	}
	c, err := h.Connect(t.Context(), ClientOptions{AppID: strings.Repeat("0", 32), SDK: "2.x"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	(&guest{c, t}).want("unknown App ID", c.Login(t.Context(), "alice", h.Token("alice", time.Hour)), -10003)
	h.set(func(s *Settings) { s.LoginRate = 2 })
	for _, code := range []int{-10005, -10005, -10021} {
		c := h.connect("2.x")
		c.want("login", c.Login(t.Context(), "alice", "nonsense"), code)
	}
}

func TestRTM2_secondLoginCancelsTheFirst(t *testing.T) {
	h := newHouse(t)
	c := h.connect("2.x")
	h.fault(c, LinkFault{Kind: Stall})
	first := make(chan error, 1)
	go func() { first <- c.Login(t.Context(), "alice", h.Token("alice", time.Hour)) }()
	for c.State() != connecting {
		c.next()
	}
	h.fault(c, LinkFault{Kind: Restore})
	c.want("first", <-first, 0)
	h.advance(time.Second)
	h.fault(c, LinkFault{Kind: Stall})
	go func() { first <- c.Login(t.Context(), "alice", h.Token("alice", time.Hour)) }()
	for h.p.withSession(c.Session(), func(s *session) { _ = s }) == nil && !h.waiting(c) {
		time.Sleep(time.Millisecond)
	}
	c.want("logout", c.Logout(t.Context()), 0)
	c.want("first", <-first, -10023)
	c.want("any call", c.Logout(t.Context()), -10002)
}

// waiting reports whether a call of the session is held.
func (h *house) waiting(c *guest) (held bool) {
	_ = h.p.withSession(c.Session(), func(s *session) { held = len(s.held) > 0 })
	return held
}

func TestRTM2_messagesAndPresence(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.login2("alice", h.Token("alice", time.Hour)), h.login2("bob", h.Token("bob", time.Hour))
	room := map[string]any{"channelName": "room"}
	alice.try(0, "subscribe", room)
	alice.expect2("presence SNAPSHOT room alice")
	bob.try(0, "publish", map[string]any{"channelName": "room", "message": "from outside"})
	alice.try(0, "publish", map[string]any{"channelName": "room", "message": "own"})
	alice.expect2("message room bob: from outside", "message room alice: own")
	bob.try(0, "publish", map[string]any{"channelName": "alice", "channelType": "USER", "message": "aGk=", "messageType": "BINARY"})
	alice.expect2("message alice bob: aGk=")
	bob.try(-11033, "publish", map[string]any{"channelName": "carol", "channelType": "USER", "message": "hi"})
	for _, test := range []struct {
		code int
		args map[string]any
	}{
		{-10008, map[string]any{"channelName": "_room", "message": "x"}},
		{-10008, map[string]any{"channelName": 7, "message": "x"}},
		{-11009, map[string]any{"channelName": "room", "message": 7}},
		{-11009, map[string]any{"channelName": "room", "message": "%", "messageType": "BINARY"}},
		{-11010, map[string]any{"channelName": "room", "message": strings.Repeat("x", maxMessage+1)}},
		{-11029, map[string]any{"channelName": "room", "message": "x", "customType": strings.Repeat("x", 33)}},
		{-11030, map[string]any{"channelName": "room", "message": "x", "customType": 1}},
		{-10019, map[string]any{"channelName": "room", "message": "x", "channelType": "GROUP"}},
		{-10022, map[string]any{"channelName": "room", "message": "x", "channelType": "STREAM"}},
		{-10006, map[string]any{"channelName": "é", "message": "x", "channelType": "USER"}},
	} {
		bob.try(test.code, "publish", test.args)
	}
	bob.try(-11002, "unsubscribe", room)
	bob.try(0, "presence.setState", map[string]any{"channelName": "room", "channelType": "MESSAGE", "state": map[string]string{"mood": "calm"}})
	bob.try(0, "subscribe", map[string]any{"channelName": "room", "options": map[string]bool{"withMessage": false}})
	alice.expect2("presence REMOTE_JOIN room bob")
	bob.try(0, "presence.setState", map[string]any{"channelName": "room", "channelType": "MESSAGE", "state": map[string]string{"mood": "glad"}})
	alice.expect2("presence REMOTE_STATE_CHANGED room bob")
	h.advance(time.Second)

	var who struct {
		Total int        `json:"totalOccupancy"`
		Users []occupant `json:"occupants"`
	}
	if err := alice.Call(t.Context(), "presence.whoNow", map[string]any{"channelName": "room", "channelType": "MESSAGE", "options": map[string]bool{"includedState": true}}, &who); err != nil {
		t.Fatal(err)
	}
	if who.Total != 2 || len(who.Users) != 2 || who.Users[1].States["mood"] != "glad" {
		t.Errorf("got %+v", who)
	}
	var state struct {
		Count int `json:"statesCount"`
	}
	at := map[string]any{"userId": "bob", "channelName": "room", "channelType": "MESSAGE"}
	if err := alice.Call(t.Context(), "presence.getState", at, &state); err != nil || state.Count != 1 {
		t.Errorf("%v, %+v", err, state)
	}
	bob.try(0, "presence.removeState", map[string]any{"channelName": "room", "channelType": "MESSAGE"})
	alice.expect2("presence REMOTE_STATE_CHANGED room bob")
	var where struct {
		Total int `json:"totalChannel"`
	}
	if err := alice.Call(t.Context(), "presence.whereNow", map[string]any{"userId": "bob"}, &where); err != nil || where.Total != 1 {
		t.Errorf("%v, %+v", err, where)
	}
	alice.try(-13011, "presence.getState", map[string]any{"userId": "carol", "channelName": "room", "channelType": "MESSAGE"})
	alice.try(-13007, "presence.setState", map[string]any{"channelName": "room", "channelType": "MESSAGE", "state": map[string]any{"a": 1}})
	alice.try(-13006, "presence.setState", map[string]any{"channelName": "room", "channelType": "MESSAGE", "state": map[string]any{"": "x"}})
	many := map[string]string{}
	for i := range 33 {
		many[fmt.Sprint(i)] = "x"
	}
	alice.try(-13005, "presence.setState", map[string]any{"channelName": "room", "channelType": "MESSAGE", "state": many})
	alice.try(0, "presence.getOnlineUsers", map[string]any{"channelName": "nowhere", "channelType": "MESSAGE"})
	alice.try(0, "presence.getUserChannels", map[string]any{"userId": "carol"})
	bob.try(0, "unsubscribe", room)
	alice.expect2("presence REMOTE_LEAVE room bob")
	for _, op := range []string{"storage.setChannelMetadata", "lock.setLock", "history.getMessages", "stream.join"} {
		alice.try(-10022, op, nil)
	}
	alice.try(-10022, "renewToken", map[string]any{"token": "x", "channelName": "stream"})
}

func TestRTM2_limits(t *testing.T) {
	h := newHouse(t, func(s *Settings) { s.CallRate = 0 })
	c := h.login2("alice", h.Token("alice", 12*time.Hour))
	for i := range maxSubscribed + 1 {
		code := 0
		if i == maxSubscribed {
			code = -11005
		}
		c.try(code, "subscribe", map[string]any{"channelName": fmt.Sprint("room", i)})
	}
	c.try(0, "subscribe", map[string]any{"channelName": "room0"})
	c.try(-11020, "subscribe", map[string]any{"channelName": "room0"})
	for range publishLimit {
		c.try(0, "publish", map[string]any{"channelName": "room", "message": "x"})
	}
	c.try(-10021, "publish", map[string]any{"channelName": "room", "message": "x"})
	h.set(func(s *Settings) { s.CallRate = 20 })
	for range 20 {
		c.try(0, "presence.whereNow", map[string]any{"userId": "alice"})
	}
	c.try(-10021, "presence.whereNow", map[string]any{"userId": "alice"})
}

// TestRTM2_timeouts: what is not answered in time gets the documented code.
func TestRTM2_timeouts(t *testing.T) {
	h := newHouse(t)
	c := h.login2("alice", h.Token("alice", time.Hour))
	h.fault(c, LinkFault{Kind: Stall})
	answer := make(chan error, 1)
	for _, test := range []struct {
		op   string
		args map[string]any
		code int
	}{
		{"renewToken", map[string]any{"token": "x"}, -10026},
		{"publish", map[string]any{"channelName": "room", "message": "hi"}, -11026},
		{"subscribe", map[string]any{"channelName": "room"}, -11019},
		{"presence.whereNow", map[string]any{"userId": "bob"}, -10025},
	} {
		go func() { answer <- c.Call(t.Context(), test.op, test.args, nil) }()
		h.until(func() bool { return h.waiting(c) })
		h.advance(timeout2)
		c.want(test.op, <-answer, test.code)
	}
}

// TestRTM2_loginWithoutALink is tried again until the link is there.
func TestRTM2_loginWithoutALink(t *testing.T) {
	h := newHouse(t)
	c := h.connect("2.x")
	h.fault(c, LinkFault{Kind: Drop})
	answer := make(chan error, 1)
	token := h.Token("alice", time.Hour)
	go func() { answer <- c.Login(t.Context(), "alice", token) }()
	h.until(func() bool { return h.waiting(c) })
	h.advance(12 * time.Second)
	c.want("login", <-answer, -10011)
	h.fault(c, LinkFault{Kind: Restore})
	h.advance(2 * time.Second)
	c.expect2("CONNECTING LOGIN/LOGIN", "DISCONNECTED LOGIN/LOGIN_TIMEOUT", "CONNECTING AUTO_RECONNECT/AUTO_RECONNECT", "CONNECTED RECONNECTED/RECONNECT_SUCCESS resumed")
	c.try(0, "publish", map[string]any{"channelName": "room", "message": "hi"})
}

func TestRTM2_callThatWaitedIsNotCarriedOutForWhoWasReplaced(t *testing.T) {
	h := newHouse(t)
	first := h.login2("alice", h.Token("alice", time.Hour))
	h.fault(first, LinkFault{Kind: Drop})
	subscribe := first.start(h, "subscribe", map[string]any{"channelName": "room"})
	h.login2("alice", h.Token("alice", time.Hour))
	h.fault(first, LinkFault{Kind: Restore}) // before the client noticed
	first.want("subscribe", <-subscribe, -11019)
	first.expect2("FAILED SERVER_REJECT/SAME_UID_LOGIN")
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	if n := len(h.p.world2.channels); n != 0 {
		t.Errorf("%d channels are left", n)
	}
}
