package rtmtest

import (
	"fmt"
	"time"

	"github.com/rtmauth/rtmauth"
)

const badUserID = "The user ID must be a string of 1 to 64 bytes of the documented characters, and not the text null. Numbers must be turned into strings."

// doLogin judges a login in the order of the table in docs/local-rtm.md, which
// is our choice: the documentation names none.
func (r *rtm1) doLogin(c *call) {
	user, isText := text(c.args["uid"])
	valid := isText && rtmauth.ValidateUserID(user) == nil
	if valid && r.st == disconnected {
		r.s.user = user
	}
	switch {
	case !r.s.known:
		r.failLogin(c, 4, "app_id", "Illegal App ID: the local service has no project of this App ID. Use the one that it shows.", srcAppID)
		return
	case !valid && r.st != disconnected: // a mistaken login does not end the one that is there
		r.refuseAs(c, LoginRefused, "user_id", 3, badUserID, srcUserID)
		return
	case !valid:
		r.failLogin(c, 3, "user_id", badUserID, srcUserID)
		return
	case r.st == connecting || r.loggedIn() || r.st == aborted && r.s.p.settings.AbortedNeedsLogout:
		r.refuseAs(c, LoginRefused, "already", 8, "The client is "+r.st+": it is logged in or logging in, or it must log out first.", srcAlready)
		return
	}
	r.s.user = user
	now := r.s.p.clock.Now()
	if n := r.s.p.settings.LoginRate; !r.s.p.logins.admit("1"+user, n, time.Second, now) {
		r.failLogin(c, 10, "too_often", fmt.Sprintf("More than %d logins of this user within a second of the service's clock.", n), srcLoginOften)
		return
	}
	token, isText := text(c.args["token"])
	if !isText && !absent(c.args["token"]) {
		r.failLogin(c, 3, "token", "The token must be a string.", srcUserID)
		return
	}
	r.become(connecting, byLogin, srcLoginOK)
	r.login, c.early = c, true
	r.s.network(c, time.Duration(r.s.p.settings.LoginTimeout), func() { r.decideLogin(c, user, token) }, func() {
		r.login = nil
		r.end(disconnected, byTimeout, srcTimeout)
		r.refuseAs(c, LoginRefused, "timeout", 9, "The service did not answer in time.", srcTimeout)
	})
}

// failLogin refuses a login and tells the client that it is DISCONNECTED again.
func (r *rtm1) failLogin(c *call, code int, reason, message, source string) {
	r.login = nil
	r.end(disconnected, byLoginFailed, srcLoginFailed)
	r.refuseAs(c, LoginRefused, reason, code, message, source)
}

// decideLogin is the server's part.
func (r *rtm1) decideLogin(c *call, user, token string) {
	p := r.s.p
	if code := p.faults.takeLogin(user); code != 0 {
		r.failLogin(c, code, "fault", "This answer was asked for on the control plane.", srcFault)
		return
	}
	l, f := p.judge(user, token)
	if f != found {
		code, source := loginCode1(f)
		r.failLogin(c, code, string(f), f.say(), source)
		return
	}
	r.acceptLogin(c, user, l)
}

// loginCode1 is the code of a login with such a token.
func loginCode1(f finding) (code int, source string) {
	switch f {
	case findExpired:
		return 6, srcExpiredToken
	case findNotAuthorized:
		return 5, srcNotAuthorized
	case findMissing:
		return 5, srcNoToken
	case findBanned:
		return 2, srcBanned
	default:
		return 5, srcBadToken
	}
}

func (r *rtm1) acceptLogin(c *call, user string, l life) {
	w := r.world()
	other := w.users[user]
	w.users[user] = r
	if other != nil && other != r {
		other.abort(remoteLogin)
	}
	r.login = nil
	r.s.note(Event{Type: LoginAccepted, Source: acceptSource(l), Detail: l.describe()})
	r.become(connected, byLoginOK, srcLoginOK)
	c.ok(empty{})
	r.s.arm(l)
	r.appear()
}

func acceptSource(l life) string {
	if !l.ends() {
		return srcCertMode
	}
	return srcLoginOK
}

// describe says what a token is, without its text.
func (l life) describe() string {
	if !l.ends() {
		return "Without a token."
	}
	return fmt.Sprintf("Token %s (%s), ends %s.", l.fingerprint, l.version, l.end.UTC().Format(time.RFC3339))
}

// doRenew judges a new token. A refused one leaves the session as it was.
func (r *rtm1) doRenew(c *call) {
	token, isText := text(c.args["token"])
	if !isText || token == "" {
		r.refuseAs(c, RenewRefused, "token", 2, "The token must be a string that is not empty.", srcRenewArg)
		return
	}
	if n := r.s.p.settings.RenewRate; n > 0 && !r.limits.admit("renew", n, time.Second, r.s.p.clock.Now()) {
		r.refuseAs(c, RenewRefused, "too_often", 4, fmt.Sprintf("More than %d renewals within a second of the service's clock.", n), srcRenewOften)
		return
	}
	c.early = true
	r.s.network(c, errors1(c.op).timeout, func() { r.decideRenew(c, token) }, func() {
		r.refuseAs(c, RenewRefused, "timeout", 1, "The service could not be reached in 10 s.", srcRenewLate)
	})
}

func (r *rtm1) decideRenew(c *call, token string) {
	if !r.loggedIn() || r.thrownOut != nil {
		r.refuseAs(c, RenewRefused, "state", notLoggedIn1, "The client is not logged in.", srcRenewState)
		return
	}
	p := r.s.p
	var l life
	if p.settings.CertMode != AppIDOnly {
		var f finding
		if l, f = p.checkToken(token, r.s.user, p.clock.Now()); f != found {
			code, source := 6, srcRenewInvalid
			if f == findExpired {
				code, source = 5, srcRenewExpired
			}
			r.refuseAs(c, RenewRefused, string(f), code, f.say(), source)
			return
		}
	}
	r.s.note(Event{Type: RenewAccepted, Source: srcRenewOK, Detail: l.describe()})
	r.told = false
	c.ok(empty{})
	r.s.arm(l)
	if r.st == reconnecting && r.s.up {
		r.resume()
	}
}
