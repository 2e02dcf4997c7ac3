package rtmtest

import (
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

// The cases are numbered as in the list that the local service was specified
// with; docs/local-rtm.md has the rules behind them.

const day = 24 * time.Hour

// raw006 makes a 006 RTM token whose login privilege ends at a Unix time.
func (h *house) raw006(user string, privilege uint32) string {
	h.t.Helper()
	token, err := h.signer.Sign006(user, "", rtmauth.Privilege{ID: rtmauth.PrivilegeLogin006, Expire: privilege})
	if err != nil {
		h.t.Fatal(err)
	}
	return token
}

// raw007 makes a 007 RTM token of any expire.
func (h *house) raw007(user string, expire uint32) string {
	h.t.Helper()
	signer, err := rtmauth.NewSigner(h.AppID, certificate(h.t, h.Certificate), rtmauth.WithClock(h.Clock().Now), rtmauth.UnsafeAnyLife())
	if err != nil {
		h.t.Fatal(err)
	}
	token, err := signer.Sign(time.Duration(expire)*time.Second, rtmauth.Service{
		Type: rtmauth.ServiceRTM, User: user, Privileges: []rtmauth.Privilege{{ID: rtmauth.PrivilegeLogin, Expire: expire}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return token
}

func TestAcceptance_01_privilegeTimeOf006HasNoEffect(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.want("login", c.Login(t.Context(), "alice", h.raw006("alice", 100000)), 0)
	h.set(func(s *Settings) { s.HonourPrivilege006 = true })
	c = h.client()
	c.want("login where it has", c.Login(t.Context(), "bob", h.raw006("bob", 100000)), 6)
	c.expect("ConnectionStateChanged CONNECTING LOGIN", "ConnectionStateChanged DISCONNECTED LOGIN_FAILURE")
}

func TestAcceptance_02_unixTimeAsExpireOf007IsCutTo24Hours(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.raw007("alice", uint32(h.Clock().Now().Unix())+3600))
	ends := h.p.Sessions("alice")[0].ExpiresAt
	if got := ends.Sub(h.Clock().Now()); got > day || got < day-time.Second {
		t.Errorf("the token ends in %v", got)
	}
	h.advance(day)
	c.expect("TokenPrivilegeWillExpire", "TokenExpired", "ConnectionStateChanged ABORTED TOKEN_EXPIRED")
}

func TestAcceptance_03_expire0Of007(t *testing.T) {
	h := newHouse(t)
	c := h.client()
	c.want("login", c.Login(t.Context(), "alice", h.raw007("alice", 0)), 6)
	h.set(func(s *Settings) { s.ZeroExpire007 = Duration(day) })
	c.want("login where it stands for 24 h", c.Login(t.Context(), "alice", h.raw007("alice", 0)), 0)
}

func TestAcceptance_04_tokensWithoutRTMAreRefused(t *testing.T) {
	h := newHouse(t)
	rtc007, err := h.signer.RTC("alice", "7", rtmauth.RolePublisher, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	rtc006, err := h.signer.Sign006("alice", "", rtmauth.Privilege{ID: rtmauth.PrivilegeJoin, Expire: 0})
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"007": rtc007, "006": rtc006} {
		t.Run(name, func(t *testing.T) {
			c := h.client()
			err := c.Login(t.Context(), "alice", token)
			c.want("login", err, 5)
			if !strings.Contains(err.Error(), "RTM") {
				t.Errorf("does not say what is missing: %v", err)
			}
			h.advance(time.Second)
		})
	}
}

func TestAcceptance_05_006CrossesItsEnd(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	h.advance(25 * time.Hour)
	c.quiet()
	h.fault(c, LinkFault{Kind: Drop, For: 10 * time.Second})
	h.advance(10 * time.Second)
	c.expect("ConnectionStateChanged RECONNECTING INTERRUPTED", "TokenExpired")
	h.advance(time.Hour)
	c.quiet()
	c.want("renew with the old token", c.RenewToken(t.Context(), h.raw007("alice", 0)), 5)
	c.want("renew", c.RenewToken(t.Context(), h.Token006("alice")), 0)
	c.expect("ConnectionStateChanged CONNECTED LOGIN_SUCCESS")
}

func TestAcceptance_05_006EndsWhileReconnecting(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	h.advance(day - 5*time.Second)
	h.fault(c, LinkFault{Kind: Drop})
	h.advance(4 * time.Second)
	c.expect("ConnectionStateChanged RECONNECTING INTERRUPTED")
	h.advance(2 * time.Second)
	c.expect("TokenExpired")
}

func TestAcceptance_06_007CrossesItsEnd(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token("alice", time.Hour))
	h.advance(time.Hour - 31*time.Second)
	c.quiet()
	h.advance(time.Second)
	c.expect("TokenPrivilegeWillExpire")
	h.advance(29 * time.Second)
	c.quiet()
	h.advance(time.Second)
	c.expect("TokenExpired", "ConnectionStateChanged ABORTED TOKEN_EXPIRED")
	c.try(102, "sendMessageToPeer", map[string]any{"peer": "bob", "message": map[string]string{"messageType": "TEXT", "text": "hi"}})
	c.want("renew", c.RenewToken(t.Context(), h.Token("alice", time.Hour)), 102)
	c.want("login without logout", c.Login(t.Context(), "alice", h.Token("alice", time.Hour)), 8)
	c.want("logout", c.Logout(t.Context()), 0)
	c.want("login", c.Login(t.Context(), "alice", h.Token("alice", time.Hour)), 0)
	c.expect("ConnectionStateChanged DISCONNECTED LOGOUT", "ConnectionStateChanged CONNECTING LOGIN", "ConnectionStateChanged CONNECTED LOGIN_SUCCESS")
}

func TestAcceptance_06_007EndsWhileTheLinkIsDown(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token("alice", time.Hour))
	h.advance(time.Hour - 20*time.Second)
	c.expect("TokenPrivilegeWillExpire")
	h.fault(c, LinkFault{Kind: Drop, For: time.Minute})
	h.advance(59 * time.Second)
	c.expect("ConnectionStateChanged RECONNECTING INTERRUPTED")
	h.advance(time.Second)
	c.expect("TokenExpired")
	c.want("renew", c.RenewToken(t.Context(), h.Token("alice", time.Hour)), 0)
	c.expect("ConnectionStateChanged CONNECTED LOGIN_SUCCESS")
}

func TestAcceptance_08_sameUserTwice(t *testing.T) {
	h := newHouse(t)
	first := h.login("alice", h.Token006("alice"))
	second := h.login("alice", h.Token006("alice"))
	first.expect("ConnectionStateChanged ABORTED REMOTE_LOGIN")
	h.advance(time.Hour)
	first.quiet()
	second.quiet()
	if first.State() != aborted || second.State() != connected {
		t.Errorf("%s, %s", first.State(), second.State())
	}
}

func TestAcceptance_08_whileTheLinkIsDown(t *testing.T) {
	h := newHouse(t)
	first := h.login("alice", h.Token006("alice"))
	h.fault(first, LinkFault{Kind: Drop, For: 10 * time.Second})
	h.login("alice", h.Token006("alice"))
	h.advance(9 * time.Second)
	first.expect("ConnectionStateChanged RECONNECTING INTERRUPTED")
	h.advance(time.Second)
	first.expect("ConnectionStateChanged ABORTED REMOTE_LOGIN")
}

func TestAcceptance_09_twoCertificates(t *testing.T) {
	h := newHouse(t)
	text := strings.Repeat("5", 32)
	second := certificate(t, text)
	if err := h.p.AddCertificate(second); err != nil {
		t.Fatal(err)
	}
	signer, err := rtmauth.NewSigner(h.AppID, second, rtmauth.WithClock(h.Clock().Now))
	if err != nil {
		t.Fatal(err)
	}
	mint := func(user string) string {
		token, err := signer.RTM(user, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	alice, bob := h.login("alice", h.Token("alice", time.Hour)), h.login("bob", mint("bob"))
	if !h.p.DeleteCertificate(second.Fingerprint()) || h.p.DeleteCertificate(second.Fingerprint()) {
		t.Fatal("the second certificate was not deleted once")
	}
	alice.want("renew with the first", alice.RenewToken(t.Context(), h.Token("alice", time.Hour)), 0)
	bob.want("renew with the deleted", bob.RenewToken(t.Context(), mint("bob")), 6)
	c := h.client()
	c.want("login with the deleted", c.Login(t.Context(), "carol", mint("carol")), 5)
	bob.quiet() // who is in stays
}

func TestAcceptance_10_bothModes(t *testing.T) {
	h := newHouse(t, func(s *Settings) { s.CertMode = Both })
	h.login("alice", "")
	h.login("bob", h.Token("bob", time.Hour))
	c := h.client()
	c.want("App ID as the token", c.Login(t.Context(), "carol", h.AppID), 0)
	c = h.client()
	c.want("bad token", c.Login(t.Context(), "dave", h.Token("eve", time.Hour)), 5)
	h.set(func(s *Settings) { s.CertMode = TokenOnly })
	for _, token := range []string{"", h.AppID} {
		c = h.client()
		c.want("without a token", c.Login(t.Context(), "frank"+token[:min(1, len(token))], token), 5)
	}
	h.set(func(s *Settings) { s.CertMode = AppIDOnly })
	c = h.client()
	c.want("any token where none counts", c.Login(t.Context(), "grace", "nonsense"), 0)
}

func TestAcceptance_11_userIDs(t *testing.T) {
	h := newHouse(t, func(s *Settings) { s.LoginRate = 0 })
	token := h.Token("alice", time.Hour)
	long := strings.Repeat("x", 64)
	for _, test := range []struct {
		user  any
		token string
		code  int
	}{
		{"Alice", token, 5},
		{"alice", token, 0},
		{long, h.Token(long, time.Hour), 0},
		{long + "x", token, 3},
		{"é", token, 3},
		{"null", token, 3},
		{"", token, 3},
		{nil, token, 3},
		{1, token, 3},
		{[]string{"alice"}, token, 3},
		{" a!#$%&()+-:;<=.>?@[]^_{}|~,", h.Token(" a!#$%&()+-:;<=.>?@[]^_{}|~,", time.Hour), 0},
	} {
		c := h.client()
		c.try(test.code, "login", map[string]any{"uid": test.user, "token": test.token})
	}
}

func TestAcceptance_12_loginTooOftenTwiceAndNever(t *testing.T) {
	h := newHouse(t)
	bad := h.Token("bob", time.Hour)
	for i, code := range []int{5, 5, 10} {
		c := h.client()
		err := c.Login(t.Context(), "alice", bad)
		c.want("login "+string(rune('1'+i)), err, code)
	}
	h.advance(time.Second)
	c := h.login("alice", h.Token("alice", time.Hour))
	c.want("login when connected", c.Login(t.Context(), "alice", h.Token("alice", time.Hour)), 8)
	c = h.client()
	c.want("renew before login", c.RenewToken(t.Context(), h.Token("alice", time.Hour)), 102)
	c.want("logout before login", c.Logout(t.Context()), 102)
}

func TestAcceptance_13_codes5And6AreSwapped(t *testing.T) {
	h := newHouse(t)
	invalid := h.Token("bob", time.Hour)
	expired := h.Token("alice", time.Second)
	h.advance(time.Second)
	c := h.client()
	c.want("login, invalid", c.Login(t.Context(), "alice", invalid), 5)
	c.want("login, expired", c.Login(t.Context(), "alice", expired), 6)
	h.advance(time.Second)
	c = h.login("alice", h.Token("alice", time.Hour))
	c.want("renew, invalid", c.RenewToken(t.Context(), invalid), 6)
	c.want("renew, expired", c.RenewToken(t.Context(), expired), 5)
	c.want("renew, too often", c.RenewToken(t.Context(), expired), 4)
	c.want("renew, empty", c.RenewToken(t.Context(), ""), 2)
	c.quiet() // a refused renewal leaves the session
}

func TestAcceptance_14_linkLoss(t *testing.T) {
	h := newHouse(t)
	alice, bob := h.login("alice", h.Token006("alice")), h.login("bob", h.Token006("bob"))
	room := map[string]any{"channel": "room"}
	bob.try(0, "joinChannel", room)
	bob.expect("MemberCountUpdated(room) 1")
	alice.try(0, "joinChannel", room)
	alice.expect("MemberCountUpdated(room) 2")
	h.advance(time.Minute)
	bob.expect("MemberJoined(room) alice", "MemberCountUpdated(room) 2")

	h.fault(alice, LinkFault{Kind: Drop, For: 3 * time.Second})
	h.advance(time.Minute)
	alice.quiet()
	bob.quiet()

	h.fault(alice, LinkFault{Kind: Drop, For: 10 * time.Second})
	h.advance(time.Minute)
	alice.expect("ConnectionStateChanged RECONNECTING INTERRUPTED", "ConnectionStateChanged CONNECTED LOGIN_SUCCESS")
	bob.quiet()

	h.fault(alice, LinkFault{Kind: Drop, For: 31 * time.Second})
	h.advance(30 * time.Second)
	bob.expect("MemberLeft(room) alice", "MemberCountUpdated(room) 1")
	h.advance(time.Minute)
	alice.expect("ConnectionStateChanged RECONNECTING INTERRUPTED", "ConnectionStateChanged CONNECTED LOGIN_SUCCESS")
	bob.expect("MemberJoined(room) alice", "MemberCountUpdated(room) 2")
}
