package rtmtest

import (
	"time"

	"github.com/rtmauth/rtmauth"
)

// unreachableAfter is when a user whose link is down counts as UNREACHABLE.
const unreachableAfter = 6 * time.Second

func (r *rtm1) linkDown() {
	if !r.loggedIn() {
		return
	}
	set := &r.s.p.settings
	r.away = r.s.p.clock.Now()
	if r.st == connected {
		r.interrupt = r.s.p.after(time.Duration(set.InterruptAfter), r.interrupted)
	}
	if r.present {
		r.unreachable = r.s.p.after(unreachableAfter, func() { r.tellWatchers("UNREACHABLE") })
		r.leave = r.s.p.after(time.Duration(set.PresenceRemoval), func() {
			r.s.note(Event{Type: UserOffline, Reason: "away", Source: srcPresence, Detail: "The link was down too long: the user has left the online list and the channels."})
			r.disappear()
		})
	}
}

// interrupted is when the client notices that its link is down.
func (r *rtm1) interrupted() {
	r.become(reconnecting, byInterrupted, srcInterrupted)
	if r.hasEnded() && !r.abortsAtEnd() {
		r.tellExpired(src006Lost)
	}
}

// hasEnded reports whether the session's token is past its end.
func (r *rtm1) hasEnded() bool { return r.s.hasEnded() }

func (s *session) hasEnded() bool {
	return s.life.ended(s.p.clock.Now())
}

// abortsAtEnd reports which of the two documented rules holds for the token.
func (r *rtm1) abortsAtEnd() bool {
	switch r.s.p.settings.ConnectedExpiry {
	case Stay:
		return false
	case Abort:
		return true
	default:
		return r.s.life.version == rtmauth.Version007
	}
}

func (r *rtm1) linkUp() {
	switch {
	case !r.loggedIn():
	case r.thrownOut != nil:
		r.throwOut(*r.thrownOut)
	case r.st == reconnecting:
		r.resume()
	case r.hasEnded() && r.abortsAtEnd():
		r.interrupt.stop()
		r.expire()
	default: // nobody noticed
		r.interrupt.stop()
		r.comeBack()
	}
}

// resume is a reconnection that has reached the service.
func (r *rtm1) resume() {
	if r.hasEnded() {
		if r.s.p.settings.ReloginAfterExpiry {
			r.tellExpired(srcRelogin)
			r.end(aborted, byExpiry, srcRelogin)
		} else if r.abortsAtEnd() {
			r.tellExpired(src007Lost)
		} else {
			r.tellExpired(src006Lost)
		}
		return
	}
	r.become(connected, byLoginOK, srcBack)
	r.comeBack()
	r.s.release()
}

// comeBack brings back what was interrupted.
func (r *rtm1) comeBack() {
	r.leave.stop()
	if !r.present {
		r.appear()
	} else if !r.unreachable.pending() {
		r.tellWatchers("ONLINE")
	}
	r.unreachable.stop()
	r.deliverGap()
	r.tellWatched()
	r.s.makeUp()
}

func (r *rtm1) willExpire() {
	switch {
	case r.hasEnded():
	case !r.abortsAtEnd():
		if r.st == connected {
			r.s.note(Event{Type: TokenWillExpire, Reason: "not_told", Source: srcWillExpireNo, Detail: "The token ends soon; the client is not told."})
		}
	case r.st != connected || !r.s.up:
		r.s.unannounced = true
	default:
		r.s.note(Event{Type: TokenWillExpire, Source: srcWillExpire})
		r.s.emit("TokenPrivilegeWillExpire", "")
	}
}

// ended is when the token reaches its end.
func (r *rtm1) ended() {
	switch {
	case r.st == connected && r.s.up && r.abortsAtEnd():
		r.expire()
	case r.st == connected && !r.abortsAtEnd():
		r.s.note(Event{Type: TokenExpired, Reason: "stays", Source: src006Stays, Detail: "The token has ended; the client stays connected and is not told."})
	case r.st == reconnecting && !r.abortsAtEnd():
		r.tellExpired(src006Lost)
	}
}

// expire throws a connected user out whose token has ended.
func (r *rtm1) expire() {
	if r.s.p.chance() {
		r.end(aborted, byExpiry, src007Ends)
		r.tellExpired(src007Ends)
		return
	}
	r.tellExpired(src007Ends)
	r.end(aborted, byExpiry, src007Ends)
}

// tellExpired sends TokenExpired, once for each token.
func (r *rtm1) tellExpired(source string) {
	if r.told {
		return
	}
	r.told = true
	r.s.note(Event{Type: TokenExpired, Source: source})
	r.s.emit("TokenExpired", "")
}

// abort throws the user out, who learns of it once the link is up.
func (r *rtm1) abort(why abortion) {
	if !r.loggedIn() {
		return
	}
	if r.s.up {
		r.throwOut(why)
		return
	}
	r.thrownOut = &why
	if w := r.world(); w.users[r.s.user] == r {
		delete(w.users, r.s.user)
	}
	r.leave.stop()
	r.unreachable.stop()
	r.disappear()
}

func (r *rtm1) throwOut(why abortion) {
	if why == remoteLogin {
		r.end(aborted, byRemote, srcRemote)
	} else {
		r.end(aborted, byBan, srcBannedByServer)
	}
}
