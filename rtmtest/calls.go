package rtmtest

import (
	"encoding/json"
	"time"
)

// A call is one call of an app, until it is answered. Its methods are called
// with the project's mutex held.
type call struct {
	s    *session
	id   int64
	op   string
	args map[string]json.RawMessage

	early    bool   // needs the link only, not a user who is logged in
	run      func() // what is to be done once the service can be reached
	late     func() // what is to be done if it cannot in time
	timeout  *alarm
	answered bool
}

// ok answers a call.
func (c *call) ok(v any) {
	if !c.answered {
		c.answered = true
		c.s.p.observe(c.s.sdk, "method", c.op)
		c.s.send(frame{data: encode(result{ID: c.id, OK: v})})
	}
}

// fail refuses a call.
func (c *call) fail(e *Error) {
	if !c.answered {
		c.answered = true
		c.s.p.observe(c.s.sdk, "code", e.Name)
		c.s.send(frame{data: encode(result{ID: c.id, Error: e})})
	}
}

// receive carries out what a client asks.
func (s *session) receive(a *attachment, r request) {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if s.gone || s.client != a {
		return
	}
	s.model.call(&call{s: s, id: r.ID, op: r.Op, args: args(r.Args)})
}

// network does what needs the service: run as soon as it can be reached, or
// late when limit has passed first.
func (s *session) network(c *call, limit time.Duration, run, late func()) {
	c.run, c.late = run, late
	delay := max(s.slow, s.p.faults.slow)
	if s.p.random != nil {
		delay += time.Duration(s.p.random.IntN(50)) * time.Millisecond
	}
	if delay == 0 && s.reaches(c) {
		run()
		return
	}
	c.timeout = s.p.after(limit, func() {
		s.unhold(c)
		late()
	})
	if delay > 0 {
		s.p.after(delay, func() { s.submit(c) })
		return
	}
	s.submit(c)
}

// submit runs a call or holds it until it can run.
func (s *session) submit(c *call) {
	switch {
	case c.answered || s.gone || c.timeout.gone:
	case s.reaches(c):
		c.timeout.stop()
		c.run()
	case len(s.held) >= maxHeld:
		c.timeout.stop()
		c.late()
	default:
		s.held = append(s.held, c)
	}
}

// reaches reports whether a call gets through to the service and its answer
// back.
func (s *session) reaches(c *call) bool {
	return s.up && !s.stalled && !s.p.faults.stalled && (c.early || s.model.established())
}

// release runs the held calls that can run now, in their order.
func (s *session) release() {
	held := s.held
	s.held = nil
	for i, c := range held {
		if s.gone {
			return
		}
		if s.reaches(c) {
			c.timeout.stop()
			c.run()
		} else {
			s.held = append(s.held, held[i])
		}
	}
}

// giveUp ends all held calls as if their time had passed.
func (s *session) giveUp() {
	held := s.held
	s.held = nil
	for _, c := range held {
		c.timeout.stop()
		c.late()
	}
}

func (s *session) unhold(c *call) {
	for i, other := range s.held {
		if other == c {
			s.held = append(s.held[:i], s.held[i+1:]...)
			return
		}
	}
}
