package rtmtest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/rtmauth/rtmauth"
)

// doLogin judges a login in the order of the table in docs/local-rtm.md, which
// is our choice. Since 2.2.0 a login may be called in any state: an earlier one
// that is not answered is cancelled.
func (r *rtm2) doLogin(c *call) {
	r.cancelLogin("login")
	user, isText := text(c.args["userId"])
	valid := isText && rtmauth.ValidateUserID(user) == nil
	if valid && !r.loggedIn() {
		r.s.user = user
	}
	p := r.s.p
	tooOften := valid && !p.logins.admit("2"+user, p.settings.LoginRate, time.Second, p.clock.Now())
	if r.st != connected {
		reason := "LOGIN"
		if r.st != idle {
			reason = "RELOGIN"
		}
		r.stopAlarms()
		r.become(connecting, "LOGIN", reason, src2Login)
	}
	token, isToken := text(c.args["token"])
	switch {
	case !r.s.known:
		r.failLogin(c, "app_id", -10003, "The local service has no project of this App ID. Use the one that it shows.", src2AppID)
		return
	case !valid:
		r.failLogin(c, "user_id", -10006, "The user ID must be a string of 1 to 64 bytes of the documented characters, and not the text null.", src2UserID)
		return
	case tooOften:
		r.failLogin(c, "too_often", -10021, fmt.Sprintf("More than %d logins of this user within a second of the service's clock.", p.settings.LoginRate), src2LoginOften)
		return
	case !isToken && !absent(c.args["token"]):
		r.failLogin(c, "token", -10005, "The token must be a string.", src2BadToken)
		return
	}
	var seconds float64
	if json.Unmarshal(c.args["presenceTimeout"], &seconds) == nil && seconds >= 5 && seconds <= 300 {
		r.presenceTimeout = time.Duration(seconds * float64(time.Second))
	}
	r.login, c.early = c, true
	r.s.network(c, time.Duration(p.settings.LoginTimeout), func() { r.decideLogin(c, user, token) }, func() {
		r.login = nil
		r.refuseAs(c, LoginRefused, "timeout", -10011, "The service did not answer in time.", src2Timeout)
		if r.st == connecting {
			r.token = token
			r.become(disconnected, "LOGIN", "LOGIN_TIMEOUT", src2Transient)
			r.beginRetries()
		}
	})
}

// cancelLogin ends a login that is not answered.
func (r *rtm2) cancelLogin(by string) {
	if c := r.login; c != nil {
		r.login = nil
		r.s.unhold(c)
		c.timeout.stop()
		r.refuseAs(c, LoginRefused, by, -10023, "Another call of "+by+" came before the login was answered.", src2Cancelled)
	}
}

// failLogin refuses a login. Who is connected stays so.
func (r *rtm2) failLogin(c *call, reason string, code int, message, source string) {
	r.login = nil
	if r.st != connected {
		r.fail(loginReason2(code), source)
	}
	r.refuseAs(c, LoginRefused, reason, code, message, source)
}

// loginCode2 is the code of a login or a renewal with such a token.
func loginCode2(f finding) (code int, source string) {
	switch f {
	case findExpired:
		return -10009, src2Expired
	case findAppID:
		return -10016, src2Inconsistent
	case findNotAuthorized:
		return -10015, src2NotAuthorized
	case findBanned:
		return -10012, src2Banned
	default:
		return -10005, src2BadToken
	}
}

func (r *rtm2) decideLogin(c *call, user, token string) {
	p := r.s.p
	if code := p.faults.takeLogin(user); code < 0 {
		r.failLogin(c, "fault", code, "This answer was asked for on the control plane.", srcFault)
		return
	} else if code > 0 { // of 1.x
		r.failLogin(c, "fault", -10012, "This answer was asked for on the control plane.", srcFault)
		return
	}
	l, f := p.judge(user, token)
	if f != found {
		code, source := loginCode2(f)
		r.failLogin(c, string(f), code, f.say(), source)
		return
	}
	r.login = nil
	if user != r.s.user { // of a client that is connected as another user
		r.leaveWorld("REMOTE_LEAVE")
		r.s.user = user
	}
	w := r.world()
	other := w.users[user]
	w.users[user] = r
	if other != nil && other != r {
		other.abort(remoteLogin)
	}
	r.token, r.thrownOut = token, nil
	r.s.note(Event{Type: LoginAccepted, Source: src2Login, Detail: l.describe()})
	if r.st != connected {
		r.become(connected, "LOGIN", "LOGIN_SUCCESS", src2Login)
	}
	c.ok(stamp{r.now()})
	r.s.arm(l)
	r.appear()
}

// doRenew judges a new token. A refused one leaves the session as it was.
func (r *rtm2) doRenew(c *call) {
	token, isText := text(c.args["token"])
	channel, _ := text(c.args["channelName"])
	switch n := r.s.p.settings.RenewRate; {
	case channel != "":
		r.refuseAs(c, RenewRefused, "stream", -10022, "The local service does not have stream channels.", src2Unsupported)
		return
	case r.login != nil:
		r.refuseAs(c, RenewRefused, "state", -10002, "The login is not answered yet.", src2NotLogin)
		return
	case !isText || token == "":
		r.refuseAs(c, RenewRefused, "token", -10005, "The token must be a string that is not empty.", src2BadToken)
		return
	case n > 0 && !r.limits.admit("renew", n, time.Second, r.s.p.clock.Now()):
		r.refuseAs(c, RenewRefused, "too_often", -10021, fmt.Sprintf("More than %d renewals within a second of the service's clock.", n), src2Limits)
		return
	}
	c.early = true
	r.s.network(c, timeout2, func() { r.decideRenew(c, token) }, func() {
		r.refuseAs(c, RenewRefused, "timeout", -10026, "The service could not be reached in 10 s.", src2RenewLate)
	})
}

func (r *rtm2) decideRenew(c *call, token string) {
	p := r.s.p
	var l life
	if p.settings.CertMode != AppIDOnly {
		var f finding
		if l, f = p.checkToken(token, r.s.user, p.clock.Now()); f != found {
			code, source := loginCode2(f)
			r.refuseAs(c, RenewRefused, string(f), code, f.say(), source)
			return
		}
	}
	r.s.note(Event{Type: RenewAccepted, Source: src2Renew, Detail: l.describe()})
	r.token = token
	c.ok(stamp{r.now()})
	r.s.arm(l)
}
