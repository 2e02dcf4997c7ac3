package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

// The cases of the local service's acceptance list that need RTM 1.x, through
// the drop-in in Chromium. Package rtmtest has them against the service
// itself; cases 5, 6 and 8 are in rtm1_test.go, those of RTM 2.x in rtm2_test.go.

const (
	ok           = "ok"
	invalidToken = "5 LOGIN_ERR_INVALID_TOKEN"
	tokenExpired = "6 LOGIN_ERR_TOKEN_EXPIRED"
)

// caseApp is an app whose dev has two certificates, and a signer for each.
type caseApp struct {
	*app
	t                  *testing.T
	primary, secondary *rtmauth.Signer
}

func startCase(t *testing.T) *caseApp {
	t.Helper()
	appID, one, two := strings.Repeat("a1", 16), strings.Repeat("b2", 16), strings.Repeat("c3", 16)
	env := []string{"APP_ID=" + appID, "APP_CERTIFICATE=" + one, "APP_CERTIFICATE_SECONDARY=" + two}
	c := &caseApp{app: startApp(t, env), t: t}
	c.primary, c.secondary = c.signer(one), c.signer(two)
	return c
}

// signer signs on the clock of dev.
func (c *caseApp) signer(certificate string) *rtmauth.Signer {
	c.t.Helper()
	parsed, err := rtmauth.ParseCertificate(certificate)
	if err != nil {
		c.t.Fatal(err)
	}
	signer, err := rtmauth.NewSigner(c.d.AppID, parsed, rtmauth.WithClock(c.d.now), rtmauth.UnsafeAnyLife())
	if err != nil {
		c.t.Fatal(err)
	}
	return signer
}

// now is the clock of the local service.
func (d *devServer) now() time.Time {
	d.t.Helper()
	text, _ := d.do(http.MethodGet, "/local/control/clock", nil)["now"].(string)
	now, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		d.t.Fatal(err)
	}
	return now
}

// set changes settings of the local service.
func (c *caseApp) set(settings string) {
	c.t.Helper()
	c.d.do(http.MethodPatch, "/local/control/settings", []byte(settings))
}

// logsIn asserts what becomes of a login.
func (c *caseApp) logsIn(user, token, want string) {
	c.t.Helper()
	if got := c.login(user, c.d.AppID, user, token); got != want {
		c.t.Errorf("login of %s: got %s, want %s", user, got, want)
	}
}

// renews asserts what becomes of a renewal.
func (c *caseApp) renews(user, token, want string) {
	c.t.Helper()
	if got := js[string](c.app, "(name, token) => outcome(clients.get(name).renewToken(token))", user, token); got != want {
		c.t.Errorf("renewal of %s: got %s, want %s", user, got, want)
	}
}

// mint is for the result of a signer.
func (c *caseApp) mint(token string, err error) string {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	return token
}

func TestAcceptance_01_privilegeTimeOf006(t *testing.T) {
	c := startCase(t)
	first, second := c.mint(c.primary.RTM006("u1", time.Hour)), c.mint(c.primary.RTM006("u2", time.Hour))
	c.d.advance("2h")
	c.logsIn("u1", first, ok)
	c.set(`{"honour_privilege_006": true}`)
	c.logsIn("u2", second, tokenExpired)
}

func TestAcceptance_02_unixTimeAsExpireOf007(t *testing.T) {
	c := startCase(t)
	c.logsIn("u1", c.mint(c.primary.RTM("u1", time.Duration(c.d.now().Unix()+3600)*time.Second)), ok)
	c.d.advance("23h59m")
	c.hears("u1", connecting, connected)
	c.d.advance("2m")
	c.awaits("u1", connecting, connected, "TokenPrivilegeWillExpire", "TokenExpired", "ConnectionStateChanged ABORTED TOKEN_EXPIRED")
}

func TestAcceptance_03_expire0Of007(t *testing.T) {
	c := startCase(t)
	c.logsIn("u1", c.mint(c.primary.RTM("u1", 0)), tokenExpired)
	c.set(`{"zero_expire_007": "24h"}`)
	c.logsIn("u2", c.mint(c.primary.RTM("u2", 0)), ok)
}

func TestAcceptance_04_tokensWithoutRTM(t *testing.T) {
	c := startCase(t)
	c.logsIn("u1", c.mint(c.primary.RTC("room", "u1", rtmauth.RolePublisher, time.Hour)), invalidToken)
	c.logsIn("u2", c.mint(c.primary.Sign006("u2", "")), invalidToken)
}

func TestAcceptance_09_certificateDeleted(t *testing.T) {
	c := startCase(t)
	c.logsIn("u1", c.mint(c.primary.RTM("u1", time.Hour)), ok)
	c.logsIn("u2", c.mint(c.secondary.RTM("u2", time.Hour)), ok)
	deleted, err := rtmauth.ParseCertificate(strings.Repeat("c3", 16))
	if err != nil {
		t.Fatal(err)
	}
	c.d.do(http.MethodDelete, "/local/control/certificates/"+deleted.Fingerprint(), nil)
	c.logsIn("u3", c.mint(c.secondary.RTM("u3", time.Hour)), invalidToken)
	c.renews("u2", c.mint(c.secondary.RTM("u2", time.Hour)), "6 RENEW_TOKEN_ERR_INVALID_TOKEN")
	c.renews("u2", c.mint(c.primary.RTM("u2", time.Hour)), ok)
	c.hears("u2", connecting, connected)
}

func TestAcceptance_10_bothModes(t *testing.T) {
	c := startCase(t)
	c.set(`{"cert_mode": "both"}`)
	c.logsIn("u1", c.mint(c.primary.RTM("u1", time.Hour)), ok)
	c.logsIn("u2", "", ok)
	c.set(`{"cert_mode": "token_only"}`)
	c.logsIn("u3", "", invalidToken)
}

func TestAcceptance_11_userIDs(t *testing.T) {
	const invalid = "3 LOGIN_ERR_INVALID_ARGUMENT"
	c := startCase(t)
	c.logsIn("Alice", c.mint(c.primary.RTM("alice", time.Hour)), invalidToken)
	long := strings.Repeat("x", 64)
	c.logsIn(long, c.mint(c.primary.RTM(long, time.Hour)), ok)
	for _, user := range []string{long + "x", "é", "null", ""} {
		c.logsIn(user, "", invalid)
	}
	if got := js[string](c.app, "(appId) => outcome(make('number', appId).login({ uid: 1 }))", c.d.AppID); got != invalid {
		t.Errorf("number as user ID: got %s", got)
	}
}

func TestAcceptance_12_tooOftenTwiceAndNever(t *testing.T) {
	c := startCase(t)
	c.d.control("/clock/freeze", map[string]any{})
	token := c.mint(c.primary.RTM("u1", time.Hour))
	js[string](c.app, "(appId) => { make('u2', appId) }", c.d.AppID)
	c.renews("u2", token, "102 RENEW_TOKEN_ERR_USER_NOT_LOGGED_IN")
	c.logsIn("u1", "bad", invalidToken)
	c.logsIn("u1", token, ok)
	if got := js[string](c.app, "(token) => outcome(clients.get('u1').login({ uid: 'u1', token }))", token); got != "8 LOGIN_ERR_ALREADY_LOGIN" {
		t.Errorf("second login: got %s", got)
	}
	c.logsIn("u1", token, "10 LOGIN_ERR_TOO_OFTEN")
}

func TestAcceptance_13_codes5And6AreSwapped(t *testing.T) {
	c := startCase(t)
	expired := c.mint(c.primary.RTM("u1", time.Minute))
	c.d.advance("2m")
	c.logsIn("u1", expired, tokenExpired)
	c.logsIn("u1", "bad", invalidToken)
	c.d.advance("2s") // no more than two logins a second
	c.logsIn("u1", c.mint(c.primary.RTM("u1", time.Hour)), ok)
	c.renews("u1", expired, "5 RENEW_TOKEN_ERR_TOKEN_EXPIRED")
	c.renews("u1", "bad", "6 RENEW_TOKEN_ERR_INVALID_TOKEN")
}

func TestAcceptance_14_linkLoss(t *testing.T) {
	c := startCase(t)
	c.d.control("/clock/freeze", map[string]any{})
	for _, user := range []string{"away", "watcher"} {
		c.logsIn(user, c.mint(c.primary.RTM(user, time.Hour)), ok)
		js[any](c.app, "join", user, "room")
	}
	lose := func(atMost, advance string) {
		c.d.control("/sessions/"+c.d.session("away")+"/drop", map[string]any{"for": atMost})
		c.d.advance(advance)
	}
	// heard is what the watcher hears of members coming and going.
	heard := func() string {
		js[any](c.app, "lines", "watcher") // everything sent so far is here
		return js[string](c.app, "() => heard.filter((line) => /^watcher@room: Member(Joined|Left)/.test(line)).join()")
	}
	lose("3s", "4s")
	c.hears("away", connecting, connected)
	lose("10s", "11s")
	c.awaits("away", connecting, connected, interrupted, connected)
	if got := heard(); got != "" {
		t.Errorf("after 10 s the watcher heard %s", got)
	}
	lose("31s", "32s")
	c.awaits("away", connecting, connected, interrupted, connected, interrupted, connected)
	if got, want := heard(), "watcher@room: MemberLeft away,watcher@room: MemberJoined away"; got != want {
		t.Errorf("after 31 s the watcher heard %q, want %q", got, want)
	}
}
