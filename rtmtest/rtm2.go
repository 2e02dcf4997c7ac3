package rtmtest

import (
	"maps"
	"slices"
	"time"
)

// The link states of RTM 2.x; CONNECTING, CONNECTED and DISCONNECTED are named
// as in 1.x.
const (
	idle      = "IDLE"
	suspended = "SUSPENDED"
	failed    = "FAILED"
)

// world2 is who is there in RTM 2.x. The documentation does not say that users
// of 1.x and 2.x meet; here they do not.
type world2 struct {
	users    map[string]*rtm2 // logged in, also while they are away
	channels map[string]*channel2
}

func newWorld2() world2 { return world2{make(map[string]*rtm2), make(map[string]*channel2)} }

// rtm2 is the state machine of RTM 2.x.
type rtm2 struct {
	s          *session
	st, reason string // reason is a reasonCode
	told       string // the state that the older event, status, has told
	present    bool   // others see the user
	thrownOut  *abortion
	login      *call // while it is not answered
	token      string
	failures   int // of reconnecting, since the link was lost

	heartbeat, retry, suspend, leave *alarm

	presenceTimeout time.Duration // as the client asked for; 0: the setting
	subscribed      map[string]*subscription
	states          map[string]map[string]string // by channel
	limits          windows
}

func newRTM2(s *session) *rtm2 {
	return &rtm2{s: s, st: idle, told: disconnected, subscribed: make(map[string]*subscription), states: make(map[string]map[string]string)}
}

func (r *rtm2) state() (state, reason string) { return r.st, r.reason }

func (r *rtm2) loggedIn() bool { return r.st != idle && r.st != failed }

// established is false also for a user who is thrown out, but does not know yet.
func (r *rtm2) established() bool { return r.st == connected && r.thrownOut == nil }

func (r *rtm2) world() *world2 { return &r.s.p.world2 }

func (r *rtm2) now() int64 { return r.s.p.clock.Now().UnixMilli() }

func (r *rtm2) channels() []string {
	return append([]string{}, slices.Sorted(maps.Keys(r.subscribed))...)
}

// stamp is the result of calls that have no other.
type stamp struct {
	At int64 `json:"timestamp"` // milliseconds
}

// linkState is the event of this name.
type linkState struct {
	Current    string   `json:"currentState"`
	Previous   string   `json:"previousState"`
	Service    string   `json:"serviceType"`
	Operation  string   `json:"operation"`
	Reason     string   `json:"reason"`
	ReasonCode string   `json:"reasonCode"`
	Affected   []string `json:"affectedChannels"`
	Unrestored []string `json:"unrestoredChannels"`
	Resumed    bool     `json:"isResumed"`
	At         int64    `json:"timestamp"`
}

// become changes the state, tells the client in the words of both generations
// of the event, and records why.
func (r *rtm2) become(state, operation, reasonCode, source string, change ...func(*linkState)) {
	e := linkState{
		Current: state, Previous: r.st, Service: "MESSAGE", Operation: operation, Reason: reason2(reasonCode), ReasonCode: reasonCode,
		Affected: []string{}, Unrestored: []string{}, At: r.now(),
	}
	for _, f := range change {
		f(&e)
	}
	r.st, r.reason = state, reasonCode
	r.s.emit("linkState", "", e)
	r.s.note(Event{Type: StateChanged, State: state, Reason: reasonCode, Source: source})
	if old, why := status2(state, reasonCode); old != r.told && !(old == connecting && r.told == reconnecting) {
		r.told = old
		r.s.emit("status", "", struct {
			State  string `json:"state"`
			Reason string `json:"reason"`
		}{old, why})
	}
}

// status2 is a link state in the words of the event that linkState replaced.
// Which goes with which is not documented.
func status2(state, reasonCode string) (old, why string) {
	switch state {
	case connecting:
		if reasonCode == "AUTO_RECONNECT" {
			return reconnecting, "INTERRUPTED"
		}
		return connecting, "CONNECTING"
	case connected:
		return connected, "LOGIN_SUCCESS"
	case failed:
		switch reasonCode {
		case "SAME_UID_LOGIN", "TOKEN_EXPIRED":
			return failed, reasonCode
		}
		return failed, "REJECTED_BY_SERVER"
	case idle:
		return disconnected, "LOGOUT"
	default:
		if reasonCode == "LOGIN_TIMEOUT" {
			return disconnected, "LOST"
		}
		return reconnecting, "INTERRUPTED"
	}
}

// call carries out a call of the app.
func (r *rtm2) call(c *call) {
	switch c.op {
	case "login":
		r.doLogin(c)
		return
	case "logout":
		r.doLogout(c)
		return
	}
	switch r.st {
	case idle:
		r.refuse(c, -10002, "The client is not logged in.", src2NotLogin)
		return
	case failed:
		r.refuse(c, -10011, "The link has FAILED ("+r.reason+"): log in again.", src2Failed)
		return
	}
	switch {
	case c.op == "renewToken":
		r.doRenew(c)
	case unsupported2(c.op):
		r.refuse(c, -10022, "The local service does not have storage, locks, history and stream channels.", src2Unsupported)
	case r.st == connecting && r.login != nil:
		r.refuse(c, -10002, "The login is not answered yet.", src2NotLogin)
	case r.st != connected:
		r.refuse(c, -10025, "The link is down.", src2NotConnected)
	case c.op == "publish":
		r.publish(c)
	case !r.admit("call", r.s.p.settings.CallRate, time.Second):
		r.refuse(c, -10021, "Too many calls in a second.", src2Limits)
	case c.op == "subscribe":
		r.subscribe(c)
	case c.op == "unsubscribe":
		r.unsubscribe(c)
	default:
		r.presenceCall(c)
	}
}

// refuse answers a call with a code and records it.
func (r *rtm2) refuse(c *call, code int, message, source string) {
	r.refuseAs(c, CallRefused, "", code, message, source)
}

func (r *rtm2) refuseAs(c *call, kind EventType, reason string, code int, message, source string) {
	e := error2(c.op, code, message)
	if reason == "" {
		reason = e.Name
	}
	r.s.note(Event{Type: kind, Reason: reason, Code: code, Source: source, Detail: c.op + ": " + message})
	c.fail(e)
}

// network runs a call that needs the service.
func (r *rtm2) network(c *call, run func()) {
	r.s.network(c, timeout2, run, func() {
		r.refuse(c, late2(c.op), "The service did not answer in "+timeout2.String()+".", src2Timeout)
	})
}

// admit applies a limit on how often; n 0 is none.
func (r *rtm2) admit(key string, n int, per time.Duration) bool {
	return !r.s.p.settings.Limits || r.limits.admit(key, n, per, r.s.p.clock.Now())
}

// doLogout ends the login whatever its state.
func (r *rtm2) doLogout(c *call) {
	if r.st == idle {
		r.refuse(c, -10002, "The client is not logged in.", src2NotLogin)
		return
	}
	r.cancelLogin("logout")
	r.s.note(Event{Type: LoggedOut, Source: src2Logout})
	r.end()
	r.become(idle, "LOGOUT", "LOGOUT", src2Logout)
	r.s.giveUp()
	c.ok(stamp{r.now()})
}

// end takes the user out of everything.
func (r *rtm2) end() {
	r.s.disarm()
	r.s.life = life{}
	r.stopAlarms()
	r.leaveWorld("REMOTE_LEAVE")
	r.thrownOut = nil
	r.token = ""
	r.subscribed = make(map[string]*subscription)
	r.states = make(map[string]map[string]string)
}

func (r *rtm2) stopAlarms() {
	for _, a := range []*alarm{r.heartbeat, r.retry, r.suspend, r.leave} {
		a.stop()
	}
	r.failures = 0
}

// leaveWorld removes the user from the channels and from the list of users.
func (r *rtm2) leaveWorld(event string) {
	r.disappear(event)
	if w := r.world(); w.users[r.s.user] == r {
		delete(w.users, r.s.user)
	}
}

func (r *rtm2) forget() {
	r.stopAlarms()
	r.leaveWorld("REMOTE_TIMEOUT")
}

// fail is FAILED, from which only a login leads.
func (r *rtm2) fail(reasonCode, source string) {
	r.end()
	r.become(failed, "SERVER_REJECT", reasonCode, source)
	r.s.giveUp()
}
