// Package denylist holds the users who get no token, whatever policy says: those
// whom an operator wants out now, before any rule or account is changed.
//
// Requests ask memory alone. Behind it is either a file of this process, or
// Redis, of which every replica keeps a copy that is at most a second behind. A
// copy that could not be compared with Redis for too long is not trusted: nobody
// can then say who is denied, and requests are answered with 503.
//
// A token that is out already stays good until it ends: RTM has no way to call
// one back.
package denylist

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/periodic"
)

// Bounds.
const (
	MaxEntries = 100_000 // 30 MB in memory; who needs more should close accounts
	MaxReason  = 200     // bytes
	MaxChange  = 1000    // entries of one Add or Remove

	// PollInterval is how often a replica asks Redis whether the list changed.
	PollInterval = time.Second
	// purgeInterval is how often, at most, entries that ended are taken out of
	// the store; they count no more from the moment they end.
	purgeInterval = time.Hour
	loadTimeout   = 5 * time.Second
)

// Where a list can be kept, in configuration, metrics and words.
const (
	InState = "state_dir"
	InRedis = "redis"
)

// Entry is one user who gets no token.
type Entry struct {
	User   string `json:"user"`
	AppID  string `json:"app_id,omitempty"` // of one project; "": of every project
	Until  int64  `json:"until,omitempty"`  // Unix seconds from which it counts no more; 0: until it is removed
	Reason string `json:"reason,omitempty"` // for operators, never shown to the user
	Added  int64  `json:"added_at"`         // Unix seconds
}

// Validate refuses what could never match a request, or was meant otherwise. The
// error is an *rtmauth.ArgumentError.
func (e Entry) Validate(now time.Time) error {
	if err := rtmauth.ValidateUserID(e.User); err != nil {
		return err
	}
	if e.Until != 0 && e.Until <= now.Unix() {
		return &rtmauth.ArgumentError{Argument: "until", Rule: "must be in the future, in Unix seconds, or absent: until the user is removed"}
	}
	if len(e.Reason) > MaxReason || !utf8.ValidString(e.Reason) || strings.ContainsFunc(e.Reason, unseen) {
		return &rtmauth.ArgumentError{Argument: "reason", Rule: fmt.Sprintf("must be at most %d bytes of text on one line", MaxReason)}
	}
	return nil
}

// unseen are characters that would make a terminal show something else than what
// is written: controls, line breaks, and those that turn the direction.
func unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

func (e Entry) ended(now time.Time) bool { return e.Until != 0 && e.Until <= now.Unix() }

// ErrUnavailable says that nobody knows at present who is denied.
var ErrUnavailable = errors.New("the deny list is not to be had now")

// errGone says that a store which had entries has none, and nobody took them off.
var errGone = errors.New("the deny list in Redis is gone")

// ErrFull says that the list holds MaxEntries.
var ErrFull = fmt.Errorf("the deny list holds %d users, its most", MaxEntries)

// key names an entry.
type key struct{ appID, user string }

func (e Entry) key() key { return key{e.AppID, e.User} }

// String is its name in both stores; an App ID holds no "/".
func (k key) String() string { return k.appID + "/" + k.user }

// store keeps entries where they outlive the process.
type store interface {
	// load returns all entries and their version; nil if that is still known. held
	// is how many count that are in memory: errGone says that the store lost all.
	load(ctx context.Context, known string, held int) (map[key]Entry, string, error)
	// change adds and removes, all or nothing. What ended is removed only while
	// the store has it as it is given. A store that others write to says ErrFull
	// where there is no room.
	change(ctx context.Context, add []Entry, remove []key, ended []Entry, held int) error
	close() error
}

// List is what requests ask. Make one with OpenFile or OpenRedis; its methods
// may be called concurrently.
type List struct {
	kind     string // InState or InRedis
	store    store
	now      func() time.Time
	log      *slog.Logger
	maxStale time.Duration // 0: the store is this process's own
	most     int           // MaxEntries, but in tests

	changing sync.Mutex // one conversation with the store at a time
	version  string
	purged   time.Time

	mu      sync.RWMutex
	entries map[key]Entry
	asOf    time.Time // when memory and store were last the same; zero: never
	loaded  chan struct{}

	loop    periodic.Loop
	failing bool // the loop's
}

// Check reports whether a user gets no token of a project, and until when (zero:
// for no set time). ErrUnavailable means that this cannot be said.
func (l *List) Check(appID, user string) (until time.Time, listed bool, err error) {
	now := l.now()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !l.available(now) {
		return time.Time{}, false, ErrUnavailable
	}
	if len(l.entries) == 0 {
		return time.Time{}, false, nil
	}
	for _, k := range [...]key{{"", user}, {appID, user}} {
		e, ok := l.entries[k]
		if !ok || e.ended(now) {
			continue
		}
		if e.Until == 0 {
			return time.Time{}, true, nil
		}
		listed = true
		if at := time.Unix(e.Until, 0); at.After(until) {
			until = at
		}
	}
	return until, listed, nil
}

func (l *List) available(now time.Time) bool {
	return !l.asOf.IsZero() && (l.maxStale == 0 || now.Sub(l.asOf) <= l.maxStale)
}

// Add puts entries on the list; one that is there is replaced. It counts here
// when Add returns, and at other replicas within PollInterval. At most MaxChange
// at once; Validate is the caller's to call. With ErrFull nothing was changed;
// with another error it may have been, by a Redis whose answer did not come.
func (l *List) Add(ctx context.Context, add ...Entry) error {
	l.changing.Lock()
	defer l.changing.Unlock()
	return l.change(ctx, add, nil)
}

// Remove takes a user off the list: the entry of one project, or with appID ""
// that of every project. It reports whether there was one; with an error, which
// is as Add's, false.
func (l *List) Remove(ctx context.Context, appID, user string) (bool, error) {
	l.changing.Lock()
	defer l.changing.Unlock()
	if err := l.refresh(ctx); err != nil { // it may have been added elsewhere just now
		return false, err
	}
	k := key{appID, user}
	l.mu.RLock()
	e, ok := l.entries[k]
	l.mu.RUnlock()
	if !ok {
		return false, nil
	}
	if err := l.change(ctx, nil, []key{k}); err != nil {
		return false, err
	}
	return !e.ended(l.now()), nil
}

// Has reports whether there is an entry of a user for one project, or with appID
// "" for every project, that has not ended. It asks the store first.
func (l *List) Has(ctx context.Context, appID, user string) (bool, error) {
	if err := l.Refresh(ctx); err != nil {
		return false, err
	}
	now := l.now()
	l.mu.RLock()
	defer l.mu.RUnlock()
	e, ok := l.entries[key{appID, user}]
	return ok && !e.ended(now), nil
}

// change has l.changing.
func (l *List) change(ctx context.Context, add []Entry, remove []key) error {
	if len(add) > MaxChange || len(remove) > MaxChange {
		return fmt.Errorf("at most %d entries at once", MaxChange)
	}
	now := l.now()
	var ended []Entry
	if now.Sub(l.purged) >= purgeInterval {
		l.mu.RLock()
		for _, e := range l.entries {
			if e.ended(now) && len(ended) < MaxChange {
				ended = append(ended, e)
			}
		}
		l.mu.RUnlock()
	}
	if !l.roomFor(add, len(ended)) {
		return ErrFull
	}
	err := l.store.change(ctx, add, remove, ended, l.size(now))
	if errors.Is(err, errGone) {
		if err = l.restore(ctx, now); err == nil {
			err = l.store.change(ctx, add, remove, nil, 0)
		}
	}
	if err != nil {
		return err
	}
	if len(ended) < MaxChange {
		l.purged = now
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range ended {
		delete(l.entries, e.key())
	}
	for _, e := range add {
		l.entries[e.key()] = e
	}
	for _, k := range remove {
		delete(l.entries, k)
	}
	return nil
}

// size is how many entries in memory have not ended. The loop asks every second:
// it makes no list of them.
func (l *List) size(now time.Time) int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	n := 0
	for _, e := range l.entries {
		if !e.ended(now) {
			n++
		}
	}
	return n
}

// counting are the entries in memory that have not ended.
func (l *List) counting(now time.Time) []Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := make([]Entry, 0, len(l.entries))
	for _, e := range l.entries {
		if !e.ended(now) {
			out = append(out, e)
		}
	}
	return out
}

// restore writes the copy at hand into a store that lost everything.
func (l *List) restore(ctx context.Context, now time.Time) error {
	held := l.counting(now)
	if err := l.store.change(ctx, held, nil, nil, 0); err != nil {
		return err
	}
	l.log.Warn("Redis had lost the deny list; it was written back from this replica's copy", "entries", len(held))
	return nil
}

func (l *List) roomFor(add []Entry, ended int) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	n := len(l.entries) - ended
	for _, e := range add {
		if _, there := l.entries[e.key()]; !there {
			n++
		}
	}
	return n <= l.most
}

// Entries returns those that count now, by user. It asks the store first, and
// fails where that does not answer.
func (l *List) Entries(ctx context.Context) ([]Entry, error) {
	if err := l.Refresh(ctx); err != nil {
		return nil, err
	}
	out := l.counting(l.now())
	slices.SortFunc(out, func(a, b Entry) int {
		return cmp.Or(strings.Compare(a.User, b.User), strings.Compare(a.AppID, b.AppID))
	})
	return out, nil
}

// Status is what is known of the list.
type Status struct {
	Store     string // InState or InRedis
	Entries   int    // that have not ended
	Available bool   // false: requests are answered with 503
	AsOf      time.Time
}

// Status is what is known of the list.
func (l *List) Status() Status {
	now := l.now()
	entries := l.size(now)
	l.mu.RLock()
	defer l.mu.RUnlock()
	return Status{Store: l.kind, Entries: entries, Available: l.available(now), AsOf: l.asOf}
}

// Refresh compares memory with the store, at once.
func (l *List) Refresh(ctx context.Context) error {
	l.changing.Lock()
	defer l.changing.Unlock()
	return l.refresh(ctx)
}

// Loaded is closed once the list was read for the first time.
func (l *List) Loaded() <-chan struct{} { return l.loaded }

// refresh has l.changing.
func (l *List) refresh(ctx context.Context) error {
	asOf := l.now()
	entries, version, err := l.store.load(ctx, l.version, l.size(asOf))
	if errors.Is(err, errGone) {
		if err = l.restore(ctx, asOf); err == nil {
			entries, version, err = l.store.load(ctx, "", 0)
		}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asOf.IsZero() {
		close(l.loaded)
	}
	l.asOf = asOf
	if entries != nil {
		l.entries, l.version = entries, version
	}
	return nil
}

// look is the loop's Refresh: nobody else sees its error.
func (l *List) look(ctx context.Context) {
	err := l.Refresh(ctx)
	if ctx.Err() != nil {
		return
	}
	was := l.failing
	l.failing = err != nil
	switch {
	case err != nil && !was:
		l.log.Error("the deny list cannot be read; the copy at hand, if any, counts for max_stale, then requests are answered with 503", "max_stale", l.maxStale.String(), "error", err)
	case err == nil && was:
		l.log.Info("the deny list can be read again", "entries", l.Status().Entries)
	}
}

// Start begins to follow the changes that other replicas make, until Close.
func (l *List) Start() {
	if l.maxStale == 0 {
		return // nobody else writes to the file
	}
	l.loop.Start(PollInterval, l.look)
}

// Close ends what Start began and closes the file. A Redis connection stays its
// owner's.
func (l *List) Close() error {
	l.loop.Close()
	return l.store.close()
}
