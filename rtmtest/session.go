package rtmtest

import (
	"context"
	"crypto/subtle"
	"errors"
	"strconv"
	"time"

	"github.com/coder/websocket"
)

const (
	// maxSessions bounds a project.
	maxSessions = 50_000
	// keptDetached is how long a session is kept whose WebSocket was lost.
	keptDetached = 10 * time.Minute
	// maxHeld is how many calls of one session wait for the link.
	maxHeld = 256
)

// A model is the documented state machine of one generation of the SDK. Its
// methods are called with the project's mutex held.
type model interface {
	call(*call)           // an app's call
	linkDown()            // nothing gets through any more
	linkUp()              // it does again
	willExpire()          // the token ends soon
	ended()               // the token has ended
	abort(why abortion)   // the service throws the user out
	state() (s, r string) // of the connection, and why
	loggedIn() bool       // logged in, or trying to come back
	established() bool    // calls that need the service can be carried out
	channels() []string
	forget() // the session ends without a word
}

// abortion is why the service throws a user out.
type abortion int

const (
	remoteLogin abortion = iota // the same user logged in elsewhere
	kicked
	bannedUser
)

// A session is one client of a project and what the SDK in it would know.
type session struct {
	p       *Project
	number  uint64 // age
	id, key string
	sdk     sdk
	known   bool // the client named this project's App ID
	model   model
	out     *outbox
	seq     uint64 // of the last event
	client  *attachment
	gone    bool
	retire  *alarm

	user string
	life life
	// The alarms of the token's life.
	announcements []*alarm
	end           *alarm
	unannounced   bool // the end was to be announced while the link was down

	cut     bool // the link was cut on request
	stalled bool // calls get no answer
	slow    time.Duration
	restore *alarm // of cut, stalled and slow
	up      bool   // what the model was told of the link
	held    []*call
}

// An attachment is a client's connection to its session.
type attachment struct {
	session   *session
	transport transport
	replaced  bool          // by a later one, under the project's mutex
	wake      chan struct{} // holds a value when there may be something to write
	closing   chan struct{}
}

// attach makes the session of a hello, or finds it.
func (p *Project) attach(a *attachment, h helloArgs, known bool) (welcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return welcome{}, errors.New("the project is gone")
	}
	a.wake, a.closing = make(chan struct{}, 1), make(chan struct{})
	s := p.sessions[h.Session]
	resumed := s != nil && s.sdk == h.SDK && subtle.ConstantTimeCompare([]byte(s.key), []byte(h.Key)) == 1 &&
		s.out.resume(a, h.Seq, s.seq)
	if !resumed {
		if len(p.sessions) >= maxSessions {
			return welcome{}, errors.New("too many sessions")
		}
		p.made++
		s = &session{p: p, number: p.made, id: "s" + strconv.FormatUint(p.made, 10), key: randomHex(16), sdk: h.SDK, known: known, out: newOutbox(a)}
		if h.SDK == sdk1 {
			s.model = newRTM1(s)
		} else {
			s.model = newRTM2(s)
		}
		p.sessions[s.id] = s
	}
	if old := s.client; old != nil {
		old.replaced = true
		close(old.closing)
	}
	a.session, s.client = s, a
	s.retire.stop()
	s.checkLink("The client's WebSocket is attached.")
	state, _ := s.model.state()
	return welcome{Session: s.id, Key: s.key, Now: p.clock.Now().Format(time.RFC3339Nano), Resumed: resumed, State: state, Seq: s.seq}, nil
}

// detach is called when a client's connection is gone.
func (s *session) detach(a *attachment) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if s.client != a || s.gone {
		return
	}
	s.client = nil
	s.checkLink("The client's WebSocket is lost.")
	if !s.model.loggedIn() {
		s.remove()
		return
	}
	s.retire = s.p.after(keptDetached, s.remove)
}

// remove forgets the session. mu must be held.
func (s *session) remove() {
	if s.gone {
		return
	}
	s.forget()
	delete(s.p.sessions, s.id)
}

// forget ends the session and its connection without a word.
func (s *session) forget() {
	if s.gone {
		return
	}
	s.gone = true
	s.model.forget()
	s.disarm()
	s.retire.stop()
	s.restore.stop()
	for _, c := range s.held {
		c.timeout.stop()
	}
	s.held = nil
	if s.client != nil {
		close(s.client.closing)
		s.client = nil
	}
}

// read carries out what the client asks until the connection ends.
func (a *attachment) read(ctx context.Context) (websocket.StatusCode, string) {
	for {
		data, err := a.transport.Read(ctx)
		if err != nil {
			if a.isReplaced() {
				return 4001, "another connection has taken the session over"
			}
			if errors.Is(err, errNotText) {
				return websocket.StatusPolicyViolation, errNotText.Error()
			}
			return websocket.StatusGoingAway, ""
		}
		r, err := parseRequest(data)
		if err != nil {
			return websocket.StatusPolicyViolation, err.Error()
		}
		a.session.receive(a, r)
	}
}

func (a *attachment) isReplaced() bool {
	a.session.p.mu.Lock()
	defer a.session.p.mu.Unlock()
	return a.replaced
}

// write sends what is in the outbox until the connection ends.
func (a *attachment) write(ctx context.Context) {
	out := a.session.out
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.closing:
			a.writeAll(ctx, out.take(a)) // what was said before the session ended
			return
		case <-a.wake:
		}
		if !a.writeAll(ctx, out.take(a)) {
			return
		}
	}
}

func (a *attachment) writeAll(ctx context.Context, frames []frame) bool {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	for i, f := range frames {
		if err := a.transport.Write(ctx, f.data); err != nil {
			a.session.out.giveBack(frames[i:])
			return false
		}
	}
	return true
}

// send puts a frame into the outbox. mu must be held.
func (s *session) send(f frame) {
	if s.gone || s.out.put(f) {
		return
	}
	// The client reads too slowly: it has lost the session, and learns so when it
	// comes back.
	if s.client != nil {
		close(s.client.closing)
		s.client = nil
	}
	s.checkLink("The client read too slowly.")
	s.retire.stop()
	s.retire = s.p.after(0, s.remove)
}

// emit sends an event. mu must be held.
func (s *session) emit(name, channel string, args ...any) {
	if args == nil {
		args = []any{}
	}
	s.seq++
	s.p.observe(s.sdk, "event", name)
	s.send(frame{s.seq, encode(event{s.seq, name, channel, args})})
}

// note records an event of this session. mu must be held.
func (s *session) note(e Event) {
	if e.User == "" {
		e.User = s.user
	}
	e.Session, e.SDK = s.id, string(s.sdk)
	s.p.note(e)
}

// arm sets the alarms for the end of the session's token. mu must be held.
func (s *session) arm(l life) {
	s.disarm()
	s.life = l
	if !l.ends() {
		return
	}
	left := l.end.Sub(s.p.clock.Now())
	s.announce(left)
	s.end = s.p.after(left+l.grace, s.model.ended)
}

// announce sets the alarms that tell of the end, which is left away. Of those
// whose time has passed one is made up for at once: nothing documents what
// tokens get that are born with less left.
func (s *session) announce(left time.Duration) {
	if left <= 0 {
		return
	}
	late := false
	for _, lead := range s.p.settings.WillExpireLeads {
		if time.Duration(lead) >= left {
			late = true
			continue
		}
		s.announcements = append(s.announcements, s.p.after(left-time.Duration(lead), s.model.willExpire))
	}
	if late {
		s.model.willExpire()
	}
}

// makeUp announces the end if its time passed while nobody could hear it. mu
// must be held.
func (s *session) makeUp() {
	if s.unannounced {
		s.unannounced = false
		s.model.willExpire()
	}
}

// disarm stops the alarms of the token. mu must be held.
func (s *session) disarm() {
	for _, a := range s.announcements {
		a.stop()
	}
	s.announcements, s.unannounced = nil, false
	s.end.stop()
}
