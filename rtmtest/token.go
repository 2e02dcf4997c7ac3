package rtmtest

import (
	"errors"
	"time"

	"github.com/rtmauth/rtmauth"
)

// life is what a session knows of its token. The zero life is that of a session
// without a token, which does not end.
type life struct {
	version     rtmauth.Version
	fingerprint string
	issued, end time.Time
	grace       time.Duration // for how long after its end the token still counts
}

func (l life) ends() bool { return !l.end.IsZero() }

// ended reports whether the token no longer counts.
func (l life) ended(now time.Time) bool { return l.ends() && !now.Before(l.end.Add(l.grace)) }

// A finding is the result of a check of a token.
type finding string

// What can be found, in the order of the checks. The documentation names no
// order.
const (
	found             finding = ""
	findMissing       finding = "token_missing"
	findUnreadable    finding = "malformed"
	findVersion       finding = "version"
	findAppID         finding = "app_id"
	findSignature     finding = "signature"
	findUser          finding = "user"
	findNotAuthorized finding = "service_missing"
	findFar           finding = "far_future"
	findExpired       finding = "expired"
	findBanned        finding = "banned"
)

// say is a finding in plain words, with what to do.
func (f finding) say() string {
	switch f {
	case findMissing:
		return "This project has an App certificate, so a token is needed and none was given. Pass the one that your token server makes for this user."
	case findUnreadable:
		return "What was given is not a readable token: it is cut, altered or something else."
	case findVersion:
		return "The token begins with neither 006 nor 007."
	case findAppID:
		return "The token was made for another App ID than the client's. Use one App ID in the token server and in the client."
	case findSignature:
		return "Signature verification failed: the token was not signed with an App certificate of this project, or was altered."
	case findUser:
		return "The token was made for another user ID. The user ID of the login must equal the token's to the letter."
	case findNotAuthorized:
		return "The token does not have the RTM service with its login privilege. It was perhaps made for RTC: use the RTM builder."
	case findFar:
		return "The token ends more than 24 hours from now, which no official builder makes."
	case findExpired:
		return "The token has expired. Fetch a new one."
	case findBanned:
		return "The user was banned on the control plane of the local service."
	}
	return ""
}

// judge is the server's part of a login. mu must be held.
func (p *Project) judge(user, token string) (life, finding) {
	var l life
	mode := p.settings.CertMode
	switch {
	case mode == AppIDOnly:
	case token == "" || token == p.appID:
		if mode == TokenOnly {
			return life{}, findMissing
		}
	default:
		var f finding
		if l, f = p.checkToken(token, user, p.clock.Now()); f != found {
			return life{}, f
		}
	}
	if p.banned[user] {
		return life{}, findBanned
	}
	return l, found
}

// checkToken judges a token for a user at a time. mu must be held.
func (p *Project) checkToken(token, user string, now time.Time) (life, finding) {
	t, err := rtmauth.Parse(token)
	if err != nil {
		if e := (*rtmauth.ParseError)(nil); errors.As(err, &e) && e.Field == "version" {
			return life{}, findVersion
		}
		return life{}, findUnreadable
	}
	if t.AppID() != p.appID {
		return life{}, findAppID
	}
	if p.verifier == nil {
		return life{}, findSignature
	}
	// Expiry is judged below, by the project's settings.
	v, err := p.verifier.Verify(token, rtmauth.Want{At: now, Service: rtmauth.ServiceRTM, User: user, InsecureIgnoreExpiry: true})
	if err != nil {
		var refused *rtmauth.RefusedError
		if !errors.As(err, &refused) {
			return life{}, findUnreadable
		}
		switch refused.Reason {
		case rtmauth.ReasonSignature:
			return life{}, findSignature
		case rtmauth.ReasonUser:
			return life{}, findUser
		case rtmauth.ReasonServiceMissing, rtmauth.ReasonPrivilegeMissing:
			return life{}, findNotAuthorized
		default:
			return life{}, findUnreadable
		}
	}
	l := life{version: v.Version(), fingerprint: rtmauth.Fingerprint(token), issued: v.IssuedAt(), end: p.settings.end(t, v.Service()), grace: time.Duration(p.settings.ClockSkew)}
	if t.Version() == rtmauth.Version006 && p.settings.RefuseFar006 && t.ExpiresAt().Sub(now) > rtmauth.MaxLife {
		return life{}, findFar
	}
	if l.ended(now) {
		return l, findExpired
	}
	return l, found
}

// end is the end of a token under the settings.
func (s *Settings) end(t *rtmauth.Unverified, rtm rtmauth.Service) time.Time {
	var own uint32 // of the login privilege
	for _, p := range rtm.Privileges {
		if p.ID == rtmauth.PrivilegeLogin || p.ID == rtmauth.PrivilegeLogin006 {
			own = p.Expire
		}
	}
	if t.Version() == rtmauth.Version006 {
		end := t.ExpiresAt()
		if at := time.Unix(int64(own), 0); s.HonourPrivilege006 && own > 0 && at.Before(end) {
			end = at
		}
		return end
	}
	of := func(seconds uint32) time.Duration {
		if seconds == 0 {
			return time.Duration(s.ZeroExpire007)
		}
		return min(time.Duration(seconds)*time.Second, time.Duration(s.Max007))
	}
	d := of(t.Expire())
	if own > 0 {
		d = min(d, of(own))
	}
	return t.IssuedAt().Add(d)
}
