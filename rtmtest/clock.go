package rtmtest

import (
	"container/heap"
	"errors"
	"sync"
	"time"
)

// maxTurn is the longest way that a clock is turned at once. Tokens live for a
// day: whoever asks for more than ten years has mistaken a unit.
const maxTurn = 10 * 365 * 24 * time.Hour

// maxSleep bounds one wait of the base clock, so that timers are not late by
// the time for which the machine was suspended.
const maxSleep = 30 * time.Second

// ErrTurn is why a clock was not turned.
var ErrTurn = errors.New("a clock is turned forward by at most ten years at once, and set to a time at most ten years from its own")

// A Clock is time as one project sees it. It runs with [time.Now] from
// wherever it was turned to, and inside a [testing/synctest] bubble with the
// time of the bubble. All rules of the service that depend on time, rate limits
// included, follow it, and nothing else does.
//
// It is safe for concurrent use. Functions given to [Clock.AfterFunc] must not
// turn the clock.
type Clock struct {
	settle func()     // waits for what is being decided, which may set timers; nil: nothing
	turn   sync.Mutex // held while timers fire: they fire one at a time, in order

	mu     sync.Mutex
	offset time.Duration
	held   bool      // time stands at heldAt: while frozen, and while timers are fired on the way
	heldAt time.Time // meaningful while held
	frozen bool
	timers timers
	added  uint64
	base   *time.Timer // wakes the clock for the earliest timer
	armed  *Timer      // the timer for which base was set; nil: base must be set anew
	closed bool
}

// NewClock returns a clock that shows [time.Now].
func NewClock() *Clock { return new(Clock) }

// Now is the time that the clock shows, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// now must be called with mu held.
func (c *Clock) now() time.Time {
	if c.held {
		return c.heldAt
	}
	return c.baseNow().Add(c.offset)
}

// baseNow is wall time: tokens made elsewhere are dated by it.
func (c *Clock) baseNow() time.Time { return time.Now().Round(0).UTC() }

// Offset is by how much the clock is ahead of [time.Now].
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now().Sub(c.baseNow())
}

// Frozen reports whether the clock stands still.
func (c *Clock) Frozen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frozen
}

// A Timer is one call that [Clock.AfterFunc] promised.
type Timer struct {
	clock *Clock
	at    time.Time
	order uint64
	index int // in the heap; -1 when not in it
	f     func()
}

// AfterFunc calls f once the clock shows d more than now, in a goroutine of the
// clock's or of whoever turns it. Timers that are due together are called in the
// order in which they were made, never two at once.
func (c *Clock) AfterFunc(d time.Duration, f func()) *Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.added++
	t := &Timer{clock: c, at: c.now().Add(max(d, 0)), order: c.added, index: -1, f: f}
	if !c.closed {
		heap.Push(&c.timers, t)
		c.arm()
	}
	return t
}

// Stop keeps the timer from firing. It reports false if it has fired, is firing
// or was stopped before; it does not wait for a call that has begun.
func (t *Timer) Stop() bool {
	c := t.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.index < 0 {
		return false
	}
	heap.Remove(&c.timers, t.index)
	c.arm()
	return true
}

// Advance turns the clock forward by d. Every timer that comes due fires on the
// way, in order, while the clock shows the time for which it was set; those that
// they make fire too if they come due. Advance returns when all have returned.
// The clock then runs on from there, or stands if it was frozen. The error is
// [ErrTurn].
func (c *Clock) Advance(d time.Duration) error {
	if d < 0 || d > maxTurn {
		return ErrTurn
	}
	c.wait()
	c.turn.Lock()
	defer c.turn.Unlock()
	c.mu.Lock()
	to := c.now().Add(d)
	c.mu.Unlock()
	c.walk(to)
	return nil
}

// Set turns the clock to a time. Forward it is [Clock.Advance]. Backward no
// timer fires: they wait until their time comes again. The error is [ErrTurn].
func (c *Clock) Set(to time.Time) error {
	to = to.Round(0).UTC()
	c.wait()
	c.turn.Lock()
	defer c.turn.Unlock()
	c.mu.Lock()
	now := c.now()
	if d := to.Sub(now); d < -maxTurn || d > maxTurn {
		c.mu.Unlock()
		return ErrTurn
	}
	if to.Before(now) {
		c.show(to)
		c.mu.Unlock()
		return nil
	}
	c.mu.Unlock()
	c.walk(to)
	return nil
}

// wait keeps a turn of the clock from overtaking the decision whose answer its
// caller has just heard.
func (c *Clock) wait() {
	if c.settle != nil {
		c.settle()
	}
}

// walk fires what comes due until to. turn must be held, mu not.
func (c *Clock) walk(to time.Time) {
	for {
		c.mu.Lock()
		if len(c.timers) == 0 || c.timers[0].at.After(to) || c.closed {
			c.show(to)
			c.mu.Unlock()
			return
		}
		t := heap.Pop(&c.timers).(*Timer)
		at := t.at
		if now := c.now(); at.Before(now) {
			at = now // it was late already
		}
		c.held, c.heldAt = true, at
		c.armed = nil
		c.mu.Unlock()
		t.f()
	}
}

// show makes the clock run, or stand, from a time. mu must be held.
func (c *Clock) show(at time.Time) {
	c.offset = at.Sub(c.baseNow())
	c.held, c.heldAt = c.frozen, at
	c.armed = nil
	c.arm()
}

// Freeze makes the clock stand. It can still be turned.
func (c *Clock) Freeze() {
	c.turn.Lock()
	defer c.turn.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.now()
	c.frozen = true
	c.show(at)
}

// Resume makes the clock run from where it stands.
func (c *Clock) Resume() {
	c.turn.Lock()
	defer c.turn.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.now()
	c.frozen = false
	c.show(at)
}

// reset makes the clock run with time.Now again. No timer fires on the way.
func (c *Clock) reset() {
	c.turn.Lock()
	defer c.turn.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = false
	c.show(c.baseNow())
}

// arm sets the base timer for the earliest timer. mu must be held.
func (c *Clock) arm() {
	if c.armed != nil && len(c.timers) > 0 && c.armed == c.timers[0] {
		return
	}
	c.armed = nil
	if c.base != nil {
		c.base.Stop()
		c.base = nil
	}
	if len(c.timers) == 0 || c.closed {
		return
	}
	wait := c.timers[0].at.Sub(c.now())
	if c.held && wait > 0 {
		return // nothing comes due by itself; whoever is walking arms again
	}
	c.armed = c.timers[0]
	c.base = time.AfterFunc(min(max(wait, 0), maxSleep), c.wake)
}

// wake fires what has come due by itself.
func (c *Clock) wake() {
	c.turn.Lock()
	defer c.turn.Unlock()
	for {
		c.mu.Lock()
		c.armed = nil
		if len(c.timers) == 0 || c.timers[0].at.After(c.now()) || c.closed {
			c.arm()
			c.mu.Unlock()
			return
		}
		t := heap.Pop(&c.timers).(*Timer)
		c.mu.Unlock()
		t.f()
	}
}

// close stops all timers for good and waits for one that is firing.
func (c *Clock) close() {
	c.mu.Lock()
	c.closed = true
	for _, t := range c.timers {
		t.index = -1
	}
	c.timers = nil
	c.arm()
	c.mu.Unlock()
	c.turn.Lock() // a timer that was firing has returned
	defer c.turn.Unlock()
}

// timers is a heap by time, then by age.
type timers []*Timer

func (h timers) Len() int { return len(h) }
func (h timers) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].order < h[j].order
}

func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timers) Push(x any) {
	t := x.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *timers) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
