package rtmtest

import (
	"time"
)

// The connection states and reasons of RTM 1.x.
const (
	disconnected = "DISCONNECTED"
	connecting   = "CONNECTING"
	connected    = "CONNECTED"
	reconnecting = "RECONNECTING"
	aborted      = "ABORTED"

	byLogin       = "LOGIN"
	byLoginOK     = "LOGIN_SUCCESS"
	byLoginFailed = "LOGIN_FAILURE"
	byTimeout     = "LOGIN_TIMEOUT"
	byInterrupted = "INTERRUPTED"
	byLogout      = "LOGOUT"
	byBan         = "BANNED_BY_SERVER"
	byRemote      = "REMOTE_LOGIN"
	byExpiry      = "TOKEN_EXPIRED"
)

// world1 is who is there in RTM 1.x, and where.
type world1 struct {
	users    map[string]*rtm1              // logged in, also while they are away
	watchers map[string]map[*rtm1]struct{} // subscribers to a user's status
	channels map[string]*channel1
}

func newWorld1() world1 {
	return world1{make(map[string]*rtm1), make(map[string]map[*rtm1]struct{}), make(map[string]*channel1)}
}

// rtm1 is the state machine of RTM 1.x.
type rtm1 struct {
	s          *session
	st, reason string
	present    bool      // in the online list and in the channels
	away       time.Time // when the link went down
	told       bool      // TokenExpired was sent since the last accepted token
	thrownOut  *abortion // while the link was down
	login      *call     // while CONNECTING

	interrupt, unreachable, leave *alarm

	joined   map[string]int    // channels that the app is in, also while it is away, and the member count that it was told last
	watched  map[string]string // users and the status that was told of each
	gap      []gapMessage      // messages from users while the link is down
	gapBytes int               // of their text
	limits   windows
	attributes
}

func newRTM1(s *session) *rtm1 {
	return &rtm1{s: s, st: disconnected, joined: make(map[string]int), watched: make(map[string]string)}
}

func (r *rtm1) state() (state, reason string) { return r.st, r.reason }

func (r *rtm1) loggedIn() bool { return r.st == connected || r.st == reconnecting }

// established is false also for a user who is thrown out, but does not know yet.
func (r *rtm1) established() bool { return r.st == connected && r.thrownOut == nil }

func (r *rtm1) world() *world1 { return &r.s.p.world1 }

// become changes the state, tells the client and records why.
func (r *rtm1) become(state, reason, source string) {
	r.st, r.reason = state, reason
	if state != connecting { // which the client tells its app by itself
		r.s.emit("ConnectionStateChanged", "", state, reason)
	}
	r.s.note(Event{Type: StateChanged, State: state, Reason: reason, Source: source})
}

// call carries out a call of the app: first what the SDK checks by itself, then
// what needs the service.
func (r *rtm1) call(c *call) {
	do := r.method(c.op)
	switch {
	case do == nil:
		r.s.note(Event{Type: CallRefused, Reason: "unknown_operation", Code: -1, Source: srcUnknownOp})
		c.fail(&Error{Code: -1, Name: "UNKNOWN_OPERATION", Message: "The local service does not have this operation."})
	case !r.loggedIn() && c.op != "login" && c.op != "logout":
		r.refuse(c, notLoggedIn1, "The client is not logged in.", srcNotLogged)
	default:
		do(c)
	}
}

// method is what carries out an operation, nil if there is none.
func (r *rtm1) method(op string) func(*call) {
	switch op {
	case "login":
		return r.doLogin
	case "logout":
		return r.doLogout
	case "renewToken":
		return r.doRenew
	case "sendMessageToPeer":
		return r.sendToPeer
	case "queryPeersOnlineStatus":
		return r.queryPeers
	case "subscribePeersOnlineStatus":
		return r.watchPeers
	case "unsubscribePeersOnlineStatus":
		return r.unwatchPeers
	case "queryPeersBySubscriptionOption":
		return r.watchedPeers
	case "joinChannel":
		return r.joinChannel
	case "leaveChannel":
		return r.leaveChannel
	case "sendChannelMessage":
		return r.sendToChannel
	case "getMembers":
		return r.getMembers
	case "getChannelMemberCount":
		return r.countMembers
	default:
		return r.attributeMethod(op)
	}
}

// refuse answers a call with a code and records it.
func (r *rtm1) refuse(c *call, code int, message, source string) {
	r.refuseAs(c, CallRefused, "", code, message, source)
}

func (r *rtm1) refuseAs(c *call, kind EventType, reason string, code int, message, source string) {
	e := error1(c.op, code, message)
	if reason == "" {
		reason = e.Name
	}
	r.s.note(Event{Type: kind, Reason: reason, Code: code, Source: source, Detail: c.op + ": " + message})
	c.fail(e)
}

// network runs a call that needs the service, with the documented code if it
// cannot be reached in time.
func (r *rtm1) network(c *call, run func()) {
	f := errors1(c.op)
	r.s.network(c, f.timeout, run, func() {
		r.refuse(c, f.late, "The service did not answer in "+f.timeout.String()+".", srcCallRule)
	})
}

// admit applies a documented limit on how often.
func (r *rtm1) admit(key string, n int, per time.Duration) bool {
	return !r.s.p.settings.Limits || r.limits.admit(key, n, per, r.s.p.clock.Now())
}

// doLogout ends the login whatever its state.
func (r *rtm1) doLogout(c *call) {
	if r.st == disconnected {
		r.refuse(c, notLoggedIn1, "The client is not logged in.", srcNotLogged)
		return
	}
	if r.login != nil {
		r.refuseAs(r.login, LoginRefused, "logout", 1, "The client was logged out before the login was answered.", srcLogout)
		r.login = nil
	}
	r.s.note(Event{Type: LoggedOut, Source: srcLogout})
	r.end(disconnected, byLogout, srcLogout)
	c.ok(empty{})
}

// end takes the user out of everything and changes to a state in which nobody
// is logged in.
func (r *rtm1) end(state, reason, source string) {
	r.s.disarm()
	r.s.life = life{}
	r.interrupt.stop()
	r.leaveWorld()
	r.told, r.thrownOut = false, nil
	r.joined, r.watched = make(map[string]int), make(map[string]string)
	r.gap, r.gapBytes = nil, 0
	r.become(state, reason, source)
	r.s.giveUp()
}

// leaveWorld removes the user from the online list and the channels, and stops
// watching others.
func (r *rtm1) leaveWorld() {
	w := r.world()
	for peer := range r.watched {
		w.unwatch(r, peer)
	}
	r.disappear()
	if w.users[r.s.user] == r {
		delete(w.users, r.s.user)
	}
	r.clearUserAttributes()
}

func (r *rtm1) forget() {
	r.interrupt.stop()
	r.leaveWorld()
}
