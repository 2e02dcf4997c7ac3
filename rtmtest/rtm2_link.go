package rtmtest

import "time"

const (
	heartbeatTimeout = 10 * time.Second // without an answer to a heartbeat the link counts as lost
	firstRetry       = 2 * time.Second  // then twice as long each time
	suspendAfter     = 2 * time.Minute
	suspendedRetry   = 30 * time.Second
	serverHeartbeat  = 15 * time.Second // after which presenceTimeout begins
)

func (r *rtm2) linkDown() {
	if !r.loggedIn() {
		return
	}
	if r.st == connected {
		r.heartbeat = r.s.p.after(heartbeatTimeout, func() {
			r.become(disconnected, "HEARTBEAT_TIMEOUT", "KEEP_ALIVE_TIMEOUT", src2Lost, func(e *linkState) { e.Affected = r.channels() })
			r.beginRetries()
		})
	}
	if r.present {
		timeout := r.presenceTimeout
		if timeout == 0 {
			timeout = time.Duration(r.s.p.settings.PresenceTimeout)
		}
		r.leave = r.s.p.after(serverHeartbeat+timeout, func() {
			r.s.note(Event{Type: UserOffline, Reason: "away", Source: src2Presence, Detail: "The link was down too long: others were told REMOTE_TIMEOUT."})
			r.disappear("REMOTE_TIMEOUT")
		})
	}
}

// linkUp matters at once only to a client that has not noticed: others try
// again when their pause is over.
func (r *rtm2) linkUp() {
	if r.st != connected {
		return
	}
	r.heartbeat.stop()
	switch {
	case r.thrownOut != nil:
		r.throwOut(*r.thrownOut)
	case r.s.hasEnded() && r.failsAtEnd():
		r.fail("TOKEN_EXPIRED", src2End)
	default:
		r.leave.stop()
		r.appear()
		r.s.makeUp()
	}
}

// beginRetries is the back-off of a link that was lost.
func (r *rtm2) beginRetries() {
	r.failures = 0
	r.suspend = r.s.p.after(suspendAfter, func() {
		r.retry.stop()
		r.become(suspended, "AUTO_RECONNECT", "RECONNECT_TIMEOUT", src2Suspended)
		r.retry = r.s.p.after(suspendedRetry, r.tryAgain)
	})
	r.retry = r.s.p.after(firstRetry, r.tryAgain)
}

// tryAgain is one attempt to reconnect. That it fails at once when the link is
// down is our choice.
func (r *rtm2) tryAgain() {
	from := r.st
	r.become(connecting, "AUTO_RECONNECT", "AUTO_RECONNECT", src2Retry)
	if r.s.up {
		r.resume(from)
		return
	}
	r.failures++
	if from == suspended {
		r.become(suspended, "AUTO_RECONNECT", "RECONNECT_TIMEOUT", src2Suspended)
		r.retry = r.s.p.after(suspendedRetry, r.tryAgain)
		return
	}
	r.become(disconnected, "AUTO_RECONNECT", "CONNECTION_ERROR", src2Retry)
	r.retry = r.s.p.after(firstRetry<<min(r.failures, 10), r.tryAgain)
}

// resume is a reconnection that has reached the service.
func (r *rtm2) resume(from string) {
	if r.thrownOut != nil {
		r.throwOut(*r.thrownOut)
		return
	}
	w := r.world()
	if w.users[r.s.user] != r { // a login that was never answered, tried again
		l, f := r.s.p.judge(r.s.user, r.token)
		if f != found {
			code, source := loginCode2(f)
			r.fail(loginReason2(code), source)
			return
		}
		if other := w.users[r.s.user]; other != nil {
			w.users[r.s.user] = r
			other.abort(remoteLogin)
		}
		w.users[r.s.user] = r
		r.s.arm(l)
	}
	if r.s.hasEnded() && r.failsAtEnd() {
		r.fail("TOKEN_EXPIRED", src2End)
		return
	}
	r.stopAlarms()
	channels := r.channels()
	resumed := from == disconnected
	if !resumed {
		r.disappear("REMOTE_LEAVE")
		r.subscribed = make(map[string]*subscription)
		r.states = make(map[string]map[string]string)
	}
	r.become(connected, "RECONNECTED", "RECONNECT_SUCCESS", src2Back, func(e *linkState) {
		e.Resumed, e.Affected = resumed, channels
		if !resumed {
			e.Unrestored = channels
		}
	})
	r.appear()
	r.s.makeUp()
	r.s.release()
}

// failsAtEnd reports whether the link fails when the token ends. That it does
// so for 006 tokens too is our choice: pages on 2.x know one rule.
func (r *rtm2) failsAtEnd() bool { return r.s.p.settings.ConnectedExpiry != Stay }

func (r *rtm2) willExpire() {
	switch {
	case r.s.hasEnded() || !r.failsAtEnd():
		return
	case r.st != connected || !r.s.up:
		r.s.unannounced = true
		return
	}
	r.s.note(Event{Type: TokenWillExpire, Source: src2WillExpire})
	tell := []func(){
		func() { r.s.emit("tokenPrivilegeWillExpire", "", "") },
		func() {
			r.s.emit("token", "", struct {
				Type     string              `json:"eventType"`
				Reason   string              `json:"reason"`
				Affected map[string][]string `json:"affectedResources"`
				At       int64               `json:"timestamp"`
			}{"WILL_EXPIRE", "The token is about to expire", map[string][]string{"messageChannels": {}}, r.now()})
		},
	}
	if r.s.p.chance() {
		tell[0], tell[1] = tell[1], tell[0]
	}
	for _, f := range tell {
		f()
	}
}

// ended is when the token reaches its end. A client whose link is down learns
// of it when it is back.
func (r *rtm2) ended() {
	if r.st != connected {
		return
	}
	if !r.failsAtEnd() {
		r.s.note(Event{Type: TokenExpired, Reason: "stays", Source: srcOurControl, Detail: "By the setting connected_expiry."})
		return
	}
	if r.s.up {
		r.s.note(Event{Type: TokenExpired, Source: src2End})
		r.fail("TOKEN_EXPIRED", src2End)
	}
}

// abort throws the user out, who learns of it once the link is up.
func (r *rtm2) abort(why abortion) {
	if !r.loggedIn() || r.login != nil && r.st != connected {
		return
	}
	if r.s.up && r.st == connected {
		r.throwOut(why)
		return
	}
	r.thrownOut = &why
	r.leaveWorld("REMOTE_LEAVE")
	r.leave.stop()
}

func (r *rtm2) throwOut(why abortion) {
	if why == remoteLogin {
		r.fail("SAME_UID_LOGIN", src2Remote)
	} else {
		r.fail("KICKED_OUT_BY_SERVER", src2Kicked)
	}
}
