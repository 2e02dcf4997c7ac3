package rtmtest

import (
	"context"
	"slices"
	"time"
)

// An EventType says what an [Event] is about.
type EventType string

// What the service records.
const (
	LoginAccepted   EventType = "login_accepted"
	LoginRefused    EventType = "login_refused"
	RenewAccepted   EventType = "renew_accepted"
	RenewRefused    EventType = "renew_refused"
	StateChanged    EventType = "state" // of a connection, in State and Reason
	TokenWillExpire EventType = "token_will_expire"
	TokenExpired    EventType = "token_expired"
	LinkDown        EventType = "link_down"
	LinkUp          EventType = "link_up"
	LoggedOut       EventType = "logout"
	Kicked          EventType = "kicked"
	Banned          EventType = "banned"
	Unbanned        EventType = "unbanned"
	ExpirySet       EventType = "expire" // a session's token was told to end soon
	ClockTurned     EventType = "clock"
	Joined          EventType = "joined"
	Left            EventType = "left"
	MessageSent     EventType = "message"
	CallRefused     EventType = "call_refused"
	UserOnline      EventType = "online"
	UserOffline     EventType = "offline"
	CertificateGone EventType = "certificate_deleted"
	CertificateMade EventType = "certificate_added"
	SettingsChanged EventType = "settings"
	FaultSet        EventType = "fault"
	ProjectReset    EventType = "reset"
)

// An Event is one decision of the service, or one thing that happened to a
// session. It holds no token and no certificate, and of messages only who sent
// them where.
type Event struct {
	Seq     uint64    `json:"seq"` // from 1, without gaps, in the order of events
	At      time.Time `json:"at"`  // on the project's clock
	Type    EventType `json:"type"`
	User    string    `json:"user,omitempty"`
	Session string    `json:"session,omitempty"`
	SDK     string    `json:"sdk,omitempty"` // "1.x" or "2.x"
	State   string    `json:"state,omitempty"`
	Reason  string    `json:"reason,omitempty"` // of a state; else a word: "signature", "user", "expired", …
	Code    int       `json:"code,omitempty"`   // the SDK's error code of a refusal
	Source  string    `json:"source"`           // the rule and who says so: documented, or our choice
	Detail  string    `json:"detail,omitempty"` // in plain words
}

// keptEvents is how many events a project remembers.
const keptEvents = 8192

// A Filter selects events. The zero Filter selects all.
type Filter struct {
	Since uint64      // only later ones
	Types []EventType // only these; empty: all
	User  string      // only this user's; empty: all
}

func (f *Filter) admits(e *Event) bool {
	return e.Seq > f.Since && (f.User == "" || e.User == f.User) && (len(f.Types) == 0 || slices.Contains(f.Types, e.Type))
}

// history is the events of a project, guarded by the project's mutex.
type history struct {
	events []Event // a ring once it is full: events[next] is the oldest
	next   int
	seq    uint64
	grown  chan struct{} // closed at the next event; nil while nobody waits
}

func (h *history) add(e Event) {
	h.seq++
	e.Seq = h.seq
	if len(h.events) < keptEvents {
		h.events = append(h.events, e)
	} else {
		h.events[h.next] = e
		h.next = (h.next + 1) % keptEvents
	}
	if h.grown != nil {
		close(h.grown)
		h.grown = nil
	}
}

// find returns what f admits, oldest first.
func (h *history) find(f Filter) []Event {
	found := []Event{}
	n := len(h.events)
	// Sequence numbers have no gaps: what f.Since excludes is skipped at once.
	skip := 0
	if n > 0 {
		if oldest := h.seq - uint64(n) + 1; f.Since >= oldest {
			skip = int(min(f.Since-oldest+1, uint64(n))) //nolint:gosec // at most n
		}
	}
	for i := skip; i < n; i++ {
		if e := &h.events[(h.next+i)%n]; f.admits(e) {
			found = append(found, *e)
		}
	}
	return found
}

// missed is how many events after since are no longer remembered.
func (h *history) missed(since uint64) uint64 {
	if forgotten := h.seq - uint64(len(h.events)); since < forgotten {
		return forgotten - since
	}
	return 0
}

// Events returns the events that f selects, oldest first, and the sequence
// number to go on from. The project remembers the latest 8,192 since its last
// reset.
func (p *Project) Events(f Filter) (events []Event, next uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.history.find(f), p.history.seq
}

// Await is [Project.Events], but waits for an event if there is none yet. When
// ctx ends it returns no events and next as it is then; and at once where
// f.Since is a number that the project has not reached, as of before a restart.
func (p *Project) Await(ctx context.Context, f Filter) (events []Event, next uint64) {
	events, next, _ = p.await(ctx, f)
	return events, next
}

// await is Await, and tells how many events after f.Since are no longer
// remembered, whether f would admit them or not.
func (p *Project) await(ctx context.Context, f Filter) (events []Event, next, missed uint64) {
	for {
		p.mu.Lock()
		missed += p.history.missed(f.Since)
		events, next = p.history.find(f), p.history.seq
		if len(events) > 0 || p.closed || ctx.Err() != nil || f.Since > next {
			p.mu.Unlock()
			return events, next, missed
		}
		if p.history.grown == nil {
			p.history.grown = make(chan struct{})
		}
		grown := p.history.grown
		p.mu.Unlock()
		f.Since = next
		select {
		case <-grown:
		case <-ctx.Done():
			return events, next, missed
		}
	}
}
