package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

const (
	connecting2 = "linkState IDLE CONNECTING LOGIN LOGIN"
	connected2  = "linkState CONNECTING CONNECTED LOGIN LOGIN_SUCCESS"
)

// login2x makes a 2.x client and logs in; it returns "ok" or the code of the error.
func (a *app) login2x(name, appID, user, token string) string {
	a.t.Helper()
	got := js[string](a, "(name, appId, user, token) => outcome(make(name, appId, user).login({ token }))", name, appID, user, token)
	word, _, _ := strings.Cut(got, " ")
	return word
}

// mustLogin2x logs in with a token that dev mints.
func (a *app) mustLogin2x(name, user string) {
	a.t.Helper()
	if got := a.login2x(name, a.d.AppID, user, a.d.token(user)); got != "ok" {
		a.t.Fatalf("login of %s: %s", user, got)
	}
}

func TestAcceptance_07_2xTokenEnds(t *testing.T) {
	a := startApp2(t, nil, "--token-version", "007")
	a.mustLogin2x("alice", "alice") // a token of one hour
	a.mustLogin2x("bob", "bob")
	a.d.advance("59m15s")
	a.hears("alice", connecting2, connected2)
	a.d.advance("20s")
	heard := []string{connecting2, connected2, `tokenPrivilegeWillExpire ""`, "token WILL_EXPIRE"}
	a.awaits("alice", heard...)
	a.awaits("bob", heard...)
	if got := a.renew("bob", "bob"); !strings.HasPrefix(got, "ok") {
		t.Fatalf("renewToken: %s", got)
	}
	a.d.advance("1m")
	a.awaits("alice", append(heard, "linkState CONNECTED FAILED SERVER_REJECT TOKEN_EXPIRED")...)
	a.hears("bob", heard...)
	got := js[string](a, "(token) => outcome(clients.get('alice').login({ token }))", a.d.token("alice"))
	if !strings.HasPrefix(got, "ok") {
		t.Errorf("login from FAILED: %s", got)
	}
	a.awaitsLast("alice", connected2)
}

func TestAcceptance_08_2xSameUserTwice(t *testing.T) {
	a := startApp2(t, nil)
	a.mustLogin2x("first", "alice")
	a.mustLogin2x("second", "alice")
	a.awaits("first", connecting2, connected2, "linkState CONNECTED FAILED SERVER_REJECT SAME_UID_LOGIN")
	a.hears("second", connecting2, connected2)
}

func TestRTM2_loginRefused(t *testing.T) {
	const otherAppID = "ffffffffffffffffffffffffffffffff"
	a := startApp2(t, nil)
	signer := func(appID, certificate string) *rtmauth.Signer {
		t.Helper()
		c, err := rtmauth.ParseCertificate(certificate)
		if err != nil {
			t.Fatal(err)
		}
		s, err := rtmauth.NewSigner(appID, c, rtmauth.WithClock(a.d.now))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	mint := func(token string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	right := signer(a.d.AppID, a.d.Certificate)
	wrong := signer(a.d.AppID, strings.Repeat("0123456789abcdef", 2))
	expired := mint(right.RTM("u8", time.Minute))
	a.d.advance("2m")
	for _, tt := range []struct{ name, appID, user, token, want string }{
		{"right", a.d.AppID, "u1", mint(right.RTM("u1", time.Hour)), "ok"},
		{"wrong user", a.d.AppID, "u2", mint(right.RTM("u1", time.Hour)), "-10005"},
		{"wrong signature", a.d.AppID, "u3", mint(wrong.RTM("u3", time.Hour)), "-10005"},
		{"wrong App ID", a.d.AppID, "u4", mint(signer(otherAppID, a.d.Certificate).RTM("u4", time.Hour)), "-10016"},
		{"unknown App ID", otherAppID, "u5", "", "-10003"},
		{"no token", a.d.AppID, "u6", "", "-10005"},
		{"no RTM privilege", a.d.AppID, "u7", mint(right.RTC("room", "u7", rtmauth.RolePublisher, time.Hour)), "-10015"},
		{"expired", a.d.AppID, "u8", expired, "-10009"},
		{"user ID of bad characters", a.d.AppID, "é", "", "-10006"},
	} {
		if got := a.login2x(tt.name, tt.appID, tt.user, tt.token); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := js[[]string](a, "() => heard.filter((line) => line.startsWith('expired:'))"); len(got) != 2 ||
		got[1] != "expired: linkState CONNECTING FAILED SERVER_REJECT TOKEN_EXPIRED" {
		t.Errorf("the expired one heard %q", got)
	}
}

func TestAcceptance_15_2xLinkLoss(t *testing.T) {
	a := startApp2(t, nil)
	a.mustLogin2x("alice", "alice")
	a.d.control("/clock/freeze", map[string]any{})
	a.d.control("/sessions/"+a.d.session("alice")+"/drop", map[string]any{"for": "160s"})
	a.d.advance("140s")
	js[any](a, "until", "alice: linkState DISCONNECTED SUSPENDED AUTO_RECONNECT RECONNECT_TIMEOUT")
	a.d.advance("60s")
	a.awaitsLast("alice", "linkState CONNECTING CONNECTED RECONNECTED RECONNECT_SUCCESS")
	lines := js[[]string](a, "lines", "alice")
	if lines[2] != "linkState CONNECTED DISCONNECTED HEARTBEAT_TIMEOUT KEEP_ALIVE_TIMEOUT" ||
		lines[3] != "linkState DISCONNECTED CONNECTING AUTO_RECONNECT AUTO_RECONNECT" {
		t.Errorf("alice heard %q", lines)
	}
}

func TestRTM2_messages(t *testing.T) {
	a := startApp2(t, nil)
	a.mustLogin2x("alice", "alice")
	a.mustLogin2x("bob", "bob")
	call := func(name, what, want string) {
		t.Helper()
		got := js[string](a, "(name) => outcome(clients.get(name)."+what+")", name)
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s.%s: got %s, want %s", name, what, got, want)
		}
	}
	call("alice", "subscribe('room', { withPresence: true })", "ok")
	call("bob", "subscribe('room', { withPresence: true })", "ok")
	js[any](a, "until", "alice: presence REMOTE_JOIN room bob")
	js[any](a, "until", "bob: presence SNAPSHOT room alice,bob")
	call("bob", "publish('room', 'hi')", "ok")
	js[any](a, "until", "alice: message MESSAGE room bob hi")
	js[any](a, "until", "bob: message MESSAGE room bob hi")
	call("bob", "publish('alice', Uint8Array.of(0, 255), { channelType: 'USER' })", "ok")
	js[any](a, "until", "alice: message USER alice bob bytes 0,255")
	call("bob", "publish('nobody', 'hi', { channelType: 'USER' })", "-11033")
	call("alice", "presence.setState('room', 'MESSAGE', { mood: 'good' })", "ok")
	js[any](a, "until", "bob: presence REMOTE_STATE_CHANGED room alice")
	call("bob", "presence.getState('alice', 'room', 'MESSAGE').then(({ states }) => states.mood)", `ok "good"`)
	call("bob", "presence.whoNow('room', 'MESSAGE').then(({ totalOccupancy }) => totalOccupancy)", "ok 2")
	call("bob", "unsubscribe('room')", "ok")
	js[any](a, "until", "alice: presence REMOTE_LEAVE room bob")
	for _, what := range []string{
		"storage.getUserMetadata()", "lock.getLock('room', 'MESSAGE')", "history.getMessages('room', 'MESSAGE')",
		"createStreamChannel('stage').join()",
	} {
		call("alice", what, "-10022")
	}
	call("alice", "logout()", "ok")
	js[any](a, "until", "alice: linkState CONNECTED IDLE LOGOUT LOGOUT")
	call("alice", "publish('room', 'hi')", "-10002")
}

func TestRTM2_devRestarted(t *testing.T) {
	t.Run("with the same certificate", func(t *testing.T) {
		a := startApp2(t, []string{"APP_ID=" + strings.Repeat("a1", 16), "APP_CERTIFICATE=" + strings.Repeat("b2", 16)})
		a.mustLogin2x("alice", "alice")
		js[any](a, "() => outcome(clients.get('alice').subscribe('room'))")
		a.d.kill()
		a.d.restart()
		a.d.awaitEvent("login_accepted", "alice")
		a.mustLogin2x("bob", "bob")
		// Without a question in between: the subscription may come after bob's login.
		js[any](a, `async () => {
			const sending = setInterval(() => clients.get('bob').publish('room', 'still here'), 100);
			await until('alice: message MESSAGE room bob still here');
			clearInterval(sending);
		}`)
		if got := js[string](a, "() => heard.filter((line) => line.startsWith('alice: linkState')).slice(2).join()"); got != "" {
			t.Errorf("alice heard %s", got)
		}
	})
	t.Run("with another certificate", func(t *testing.T) {
		a := startApp2(t, nil)
		a.mustLogin2x("alice", "alice")
		a.d.kill()
		a.d.restart()
		js[any](a, "until", "alice: linkState CONNECTED FAILED SERVER_REJECT INVALID_TOKEN")
		if got := js[string](a, "(token) => outcome(clients.get('alice').login({ token }))", a.d.token("alice")); !strings.HasPrefix(got, "ok") {
			t.Errorf("login from FAILED: %s", got)
		}
	})
}

func TestKeeper_2x(t *testing.T) {
	a := startApp2(t, nil, "--token-version", "007")
	js[any](a, "(appId) => { make('alice', appId, 'alice') }", a.d.AppID)
	js[any](a, "keep", "alice", "alice")
	js[any](a, "until", "alice: keeper kept")
	js[any](a, "() => { heard.length = 0 }")
	a.d.advance("59m40s")
	js[any](a, "until", "alice: keeper kept") // renewed on tokenPrivilegeWillExpire
	js[any](a, "() => { tokenServer = false }")
	a.d.advance("59m40s")
	js[any](a, "until", "alice: keeper retrying No new token: the token server is down.")
	a.d.advance("5m")
	js[any](a, "until", "alice: linkState CONNECTED FAILED SERVER_REJECT TOKEN_EXPIRED")
	js[any](a, "() => { heard.length = 0; tokenServer = true }")
	js[any](a, "until", "alice: keeper kept")
	if got := a.d.state("alice"); got != "CONNECTED" {
		t.Errorf("the session is %s", got)
	}
}
