package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

const (
	connecting = "ConnectionStateChanged CONNECTING LOGIN"
	connected  = "ConnectionStateChanged CONNECTED LOGIN_SUCCESS"
	// interrupted is what a client hears when its link has been down for 4 s.
	interrupted = "ConnectionStateChanged RECONNECTING INTERRUPTED"
)

// login makes a client named like its user and logs in; it returns "ok" or
// the code and name of the error.
func (a *app) login(name, appID, user, token string) string {
	a.t.Helper()
	return js[string](a, "(name, appId, uid, token) => outcome(make(name, appId).login({ uid, token }))", name, appID, user, token)
}

// mustLogin logs in with a token that dev mints.
func (a *app) mustLogin(name, user string) {
	a.t.Helper()
	if got := a.login(name, a.d.AppID, user, a.d.token(user)); got != "ok" {
		a.t.Fatalf("login of %s: %s", user, got)
	}
}

// renew renews with a token that dev mints now.
func (a *app) renew(name, user string) string {
	a.t.Helper()
	return js[string](a, "(name, token) => outcome(clients.get(name).renewToken(token))", name, a.d.token(user))
}

func TestAcceptance_05_006OutlivesItsTokenUntilTheLinkIsCut(t *testing.T) {
	a := startApp(t, nil)
	a.mustLogin("alice", "alice")
	a.d.advance("24h1m")
	a.hears("alice", connecting, connected)

	a.d.control("/sessions/"+a.d.session("alice")+"/drop", map[string]any{"for": "10s"})
	a.d.advance("5s")
	a.awaits("alice", connecting, connected, interrupted, "TokenExpired")
	a.d.advance("1h")
	a.hears("alice", connecting, connected, interrupted, "TokenExpired")

	if got := a.renew("alice", "alice"); got != "ok" {
		t.Fatalf("renewToken: %s", got)
	}
	a.awaits("alice", connecting, connected, interrupted, "TokenExpired", connected)
}

func TestAcceptance_06_007EndsTheSession(t *testing.T) {
	const aborted = "ConnectionStateChanged ABORTED TOKEN_EXPIRED"
	a := startApp(t, nil, "--token-version", "007")
	a.mustLogin("alice", "alice") // a token of one hour
	a.mustLogin("bob", "bob")
	a.d.advance("59m15s")
	a.hears("alice", connecting, connected)
	a.d.advance("20s")
	a.awaits("alice", connecting, connected, "TokenPrivilegeWillExpire")
	a.awaits("bob", connecting, connected, "TokenPrivilegeWillExpire")
	if got := a.renew("bob", "bob"); got != "ok" {
		t.Fatalf("renewToken: %s", got)
	}
	a.d.advance("1m")
	a.awaits("alice", connecting, connected, "TokenPrivilegeWillExpire", "TokenExpired", aborted)
	a.hears("bob", connecting, connected, "TokenPrivilegeWillExpire")

	if got := a.login2("alice"); !strings.HasPrefix(got, "8 ") {
		t.Errorf("login while ABORTED: got %s, want code 8", got)
	}
	js[string](a, "(name) => outcome(clients.get(name).logout())", "alice")
	a.awaitsLast("alice", "ConnectionStateChanged DISCONNECTED LOGOUT")
	if got := a.login2("alice"); got != "ok" {
		t.Errorf("login after logout: got %s", got)
	}
}

// login2 logs a client in again.
func (a *app) login2(user string) string {
	a.t.Helper()
	return js[string](a, "(uid, token) => outcome(clients.get(uid).login({ uid, token }))", user, a.d.token(user))
}

func TestRTM1_loginRefused(t *testing.T) {
	const otherAppID = "ffffffffffffffffffffffffffffffff"
	a := startApp(t, nil)
	certificate, err := rtmauth.ParseCertificate(a.d.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rtmauth.ParseCertificate(strings.Repeat("0123456789abcdef", 2))
	if err != nil {
		t.Fatal(err)
	}
	mint := func(appID string, c rtmauth.Certificate, user string) string {
		t.Helper()
		signer, err := rtmauth.NewSigner(appID, c)
		if err != nil {
			t.Fatal(err)
		}
		token, err := signer.RTM006(user, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for _, tt := range []struct {
		name, appID, user, token string
		want                     string
	}{
		{"right", a.d.AppID, "u1", mint(a.d.AppID, certificate, "u1"), "ok"},
		{"wrong user", a.d.AppID, "u2", mint(a.d.AppID, certificate, "u1"), "5 LOGIN_ERR_INVALID_TOKEN"},
		{"wrong App ID", a.d.AppID, "u3", mint(otherAppID, certificate, "u3"), "5 LOGIN_ERR_INVALID_TOKEN"},
		{"wrong signature", a.d.AppID, "u4", mint(a.d.AppID, other, "u4"), "5 LOGIN_ERR_INVALID_TOKEN"},
		{"unreadable", a.d.AppID, "u5", "007nonsense", "5 LOGIN_ERR_INVALID_TOKEN"},
		{"no token", a.d.AppID, "u6", "", "5 LOGIN_ERR_INVALID_TOKEN"},
		{"unknown App ID", otherAppID, "u7", mint(otherAppID, certificate, "u7"), "4 LOGIN_ERR_INVALID_APP_ID"},
		{"user ID of bad characters", a.d.AppID, "é", "", "3 LOGIN_ERR_INVALID_ARGUMENT"},
	} {
		if got := a.login(tt.name, tt.appID, tt.user, tt.token); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := js[string](a, "(appId) => outcome(make('number', appId).login({ uid: 7 }))", a.d.AppID); got != "3 LOGIN_ERR_INVALID_ARGUMENT" {
		t.Errorf("number as user ID: got %s", got)
	}
	a.hears("wrong user", connecting, "ConnectionStateChanged DISCONNECTED LOGIN_FAILURE")

	for _, version := range []string{"006", "007"} {
		token := mint(a.d.AppID, certificate, "carol")
		if version == "007" {
			signer, err := rtmauth.NewSigner(a.d.AppID, certificate)
			if err != nil {
				t.Fatal(err)
			}
			if token, err = signer.RTM("carol", time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		a.d.advance("25h")
		if got := a.login("late "+version, a.d.AppID, "carol", token); got != "6 LOGIN_ERR_TOKEN_EXPIRED" {
			t.Errorf("expired %s: got %s", version, got)
		}
	}
}

func TestAcceptance_08_sameUserTwice(t *testing.T) {
	a := startApp(t, nil)
	a.mustLogin("first", "alice")
	a.mustLogin("second", "alice")
	a.awaits("first", connecting, connected, "ConnectionStateChanged ABORTED REMOTE_LOGIN")
	a.hears("second", connecting, connected)
}

func TestRTM1_devRestarted(t *testing.T) {
	t.Run("with another certificate", func(t *testing.T) {
		a := startApp(t, nil)
		a.mustLogin("alice", "alice")
		a.d.kill()
		js[[]string](a, "until", "alice: "+interrupted)
		a.d.restart()
		a.awaits("alice", connecting, connected, interrupted, "TokenExpired")
		if got := a.renew("alice", "alice"); got != "ok" {
			t.Fatalf("renewToken: %s", got)
		}
		a.awaits("alice", connecting, connected, interrupted, "TokenExpired", connected)
	})
	t.Run("with the same certificate", func(t *testing.T) {
		a := startApp(t, []string{"APP_ID=" + strings.Repeat("a1", 16), "APP_CERTIFICATE=" + strings.Repeat("b2", 16)})
		a.mustLogin("alice", "alice")
		a.mustLogin("bob", "bob")
		for _, user := range []string{"alice", "bob"} {
			js[any](a, "join", user, "room")
		}
		a.d.kill()
		a.d.restart()
		// Both are in the channel again, in the new process: who sends is heard.
		a.d.awaitEvent("joined", "alice")
		a.d.awaitEvent("joined", "bob")
		if got := js[string](a, "() => outcome(clients.get('bob@room').sendMessage({ text: 'still here' }))"); got != "ok" {
			t.Fatalf("send: %s", got)
		}
		js[any](a, "until", "alice@room: ChannelMessage still here bob")
	})
}

func TestRTM1_messages(t *testing.T) {
	a := startApp(t, nil)
	a.mustLogin("alice", "alice")
	a.mustLogin("bob", "bob")
	if got := js[string](a, "() => outcome(clients.get('alice').sendMessageToPeer({ text: 'hi' }, 'bob'))"); got != `ok {"hasPeerReceived":true}` {
		t.Errorf("to bob: %s", got)
	}
	a.awaits("bob", connecting, connected, "MessageFromPeer hi alice")
	if got := js[string](a, "() => outcome(clients.get('alice').sendMessageToPeer({ text: 'hi' }, 'carol'))"); got != `ok {"hasPeerReceived":false}` {
		t.Errorf("to nobody: %s", got)
	}
	js[any](a, "join", "alice", "room")
	js[any](a, "join", "bob", "room")
	js[any](a, "until", "alice@room: MemberJoined bob")
	if got := js[string](a, "() => outcome(clients.get('bob@room').getMembers().then((all) => all.sort()))"); got != `ok ["alice","bob"]` {
		t.Errorf("members: %s", got)
	}
	js[any](a, "() => clients.get('bob@room').sendMessage({ text: 'all' })")
	js[any](a, "until", "alice@room: ChannelMessage all bob")
	js[any](a, "() => clients.get('bob@room').leave()")
	js[any](a, "until", "alice@room: MemberLeft bob")
}
