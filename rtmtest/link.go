package rtmtest

import (
	"errors"
	"time"
)

// faults are what a project does to all its sessions on request.
type faults struct {
	refused bool // no link comes through
	stalled bool // calls get no answer
	slow    time.Duration
	restore *alarm
	logins  []loginFault
}

// loginFault is the answer to the next login.
type loginFault struct {
	user string // empty: any
	code int
}

// takeLogin returns the code with which to answer a login, 0 for none.
func (f *faults) takeLogin(user string) int {
	for i, l := range f.logins {
		if l.user == "" || l.user == user {
			f.logins = append(f.logins[:i:i], f.logins[i+1:]...)
			return l.code
		}
	}
	return 0
}

// checkLink tells the model if the link has come or gone. mu must be held.
func (s *session) checkLink(why string) {
	up := s.client != nil && !s.cut && !s.p.faults.refused
	if up == s.up {
		if up {
			s.release()
		}
		return
	}
	s.up = up
	if s.model.loggedIn() {
		kind := LinkDown
		if up {
			kind = LinkUp
		}
		s.note(Event{Type: kind, Source: srcOurControl, Detail: why})
	}
	if !up {
		s.model.linkDown()
		return
	}
	s.release() // a renewal that waits is heard before the session comes back
	if !s.gone && s.up {
		s.model.linkUp()
	}
	if !s.gone && s.up {
		s.release()
	}
}

// A LinkFault is what can be done to the link of a session or of all sessions.
type LinkFault struct {
	// Kind is "drop": the link is down, as without network; "stall": it is up,
	// but no call is answered; "slow": each call is answered By later;
	// "restore": none of them.
	Kind string
	By   time.Duration // of slow
	For  time.Duration // on the project's clock; 0: until restored
}

// The kinds of LinkFault.
const (
	Drop    = "drop"
	Stall   = "stall"
	Slow    = "slow"
	Restore = "restore"
)

var errFault = errors.New(`a link can be told to "drop", "stall", be "slow" by up to an hour, or "restore", each for up to ten years`)

func (f *LinkFault) validate() error {
	switch f.Kind {
	case Drop, Stall, Restore:
	case Slow:
		if f.By <= 0 || f.By > time.Hour {
			return errFault
		}
	default:
		return errFault
	}
	if f.For < 0 || f.For > maxTurn {
		return errFault
	}
	if f.Kind != Slow {
		f.By = 0
	}
	return nil
}

// ErrNoSession is returned for a session that the project does not have.
var ErrNoSession = errors.New("there is no such session")

// withSession calls f with the mutex held.
func (p *Project) withSession(id string, f func(*session)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[id]
	if s == nil || s.gone {
		return ErrNoSession
	}
	f(s)
	return nil
}

// Fault does something to the link of one session.
func (p *Project) Fault(id string, f LinkFault) error {
	if err := f.validate(); err != nil {
		return err
	}
	return p.withSession(id, func(s *session) {
		s.restore.stop()
		s.cut, s.stalled, s.slow = f.Kind == Drop, f.Kind == Stall, f.By
		s.note(Event{Type: FaultSet, Reason: f.Kind, Source: srcOurControl, Detail: f.describe()})
		why := "The link is back."
		if f.Kind == Drop {
			why = "The link was cut on request."
		}
		s.checkLink(why)
		if f.Kind != Restore && f.For > 0 {
			s.restore = p.after(f.For, func() {
				s.cut, s.stalled, s.slow = false, false, 0
				s.checkLink("The link is back.")
			})
		}
	})
}

// FaultAll does something to the links of all sessions, also of those to come:
// with Drop, no login gets through.
func (p *Project) FaultAll(f LinkFault) error {
	if err := f.validate(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.restore.stop()
	p.note(Event{Type: FaultSet, Reason: f.Kind, Source: srcOurControl, Detail: "All links: " + f.describe()})
	p.setFaults(f.Kind == Drop, f.Kind == Stall, f.By)
	if f.Kind != Restore && f.For > 0 {
		p.faults.restore = p.after(f.For, func() { p.setFaults(false, false, 0) })
	}
	return nil
}

func (p *Project) setFaults(refused, stalled bool, slow time.Duration) {
	p.faults.refused, p.faults.stalled, p.faults.slow = refused, stalled, slow
	for _, s := range p.inOrder() {
		if refused {
			s.checkLink("All links were cut on request.")
		} else {
			s.checkLink("The links are back.")
		}
	}
}

func (f *LinkFault) describe() string {
	text := map[string]string{
		Drop: "the link is cut", Stall: "calls get no answer", Slow: "calls are answered " + f.By.String() + " late", Restore: "nothing disturbs the link",
	}[f.Kind]
	if f.For > 0 && f.Kind != Restore {
		text += " for " + f.For.String()
	}
	return text + "."
}
