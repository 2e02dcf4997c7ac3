package rtmtest

import (
	"encoding/json"
	"strconv"
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
	delayed  bool   // by a slow link
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
		c.s.p.observe(c.s.sdk, "code", strconv.Itoa(e.Code)+" "+e.Name)
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
	if len(s.held) >= maxHeld {
		late()
		return
	}
	c.timeout = s.p.after(limit, func() {
		s.unhold(c)
		if !c.answered {
			late()
		}
	})
	s.held = append(s.held, c)
	if delay > 0 {
		c.delayed = true
		s.p.after(delay, func() {
			c.delayed = false
			s.release()
		})
	}
}

// reaches reports whether a call gets through to the service and its answer
// back.
func (s *session) reaches(c *call) bool {
	return !c.delayed && s.up && !s.stalled && !s.p.faults.stalled && (c.early || s.model.established())
}

// release runs the held calls that can run now, in their order. One that has
// run may have changed which others can.
func (s *session) release() {
	for i := 0; i < len(s.held); {
		c := s.held[i]
		if !c.answered && !s.reaches(c) {
			i++
			continue
		}
		s.unhold(c)
		c.timeout.stop()
		if !c.answered {
			c.run()
		}
		i = 0
	}
}

// giveUp ends all held calls as if their time had passed.
func (s *session) giveUp() {
	held := s.held
	s.held = nil
	for _, c := range held {
		c.timeout.stop()
		if !c.answered {
			c.late()
		}
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
