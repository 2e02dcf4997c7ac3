// Package reload keeps the running configuration: it builds a new one whole,
// validates it, swaps one pointer and retires the old one. Whatever fails on the
// way leaves the old one running, says why, and moves a metric.
package reload

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/issue"
)

// PollInterval is how often files are looked at for changes. They are compared
// by content, so that a symlink that is swapped (a Kubernetes secret) counts,
// and a file that is merely touched does not.
const PollInterval = time.Second

// Options are what a Reloader works with. Load is required.
type Options struct {
	Load    func() (*config.Resolved, error)
	Audit   issue.Auditor
	Prepare func(*config.Resolved) (commit func(), err error) // makes ready what else depends on the configuration; commit is called once it is swapped in
	Result  func(ok bool, at time.Time)                       // told of every load
	Now     func() time.Time
	Log     *slog.Logger
}

// Reloader holds the running snapshot. Its methods may be called concurrently.
type Reloader struct {
	o        Options
	b        builder
	current  atomic.Pointer[Snapshot]
	expiries *Expiries

	// A file may be on a mount that hangs: whoever ends the service must not
	// wait for reading, so that has a lock of its own. It is taken first.
	reading sync.Mutex
	failed  string                       // why the last reload failed; "" if it did not
	tried   map[string][sha256.Size]byte // what the running configuration's files held then

	mu    sync.Mutex // the swap and the end
	ended bool

	keeping   sync.Mutex
	notShared string // why expiries were not shared last; "" if they were
}

var errEnded = errors.New("the service has ended")

// Open loads the configuration for the first time.
func Open(o Options) (*Reloader, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	r := &Reloader{o: o}
	resolved, err := o.Load()
	if err != nil {
		return nil, err
	}
	dir := resolved.Abs(resolved.State)
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("state_dir: %w", err)
		}
	}
	if r.expiries, err = OpenExpiries(dir); err != nil {
		return nil, err
	}
	r.b = builder{now: o.Now, log: o.Log, audit: o.Audit, expiries: r.expiries}
	if err := r.swap(resolved); err != nil {
		return nil, err
	}
	r.warnOfLeftDenyList(resolved)
	return r, nil
}

// Current is the running snapshot.
func (r *Reloader) Current() *Snapshot { return r.current.Load() }

// Expiries are when the last tokens of certificates end.
func (r *Reloader) Expiries() []Expiry { return r.expiries.List() }

// Reload loads the configuration again. With an error the running one goes on;
// a Refused, or what Load returns, says what is wrong with the new one.
func (r *Reloader) Reload() error {
	r.reading.Lock()
	defer r.reading.Unlock()
	r.failed = "" // whoever asks is told again
	return r.reload()
}

// reload has r.reading. A failure is logged unless it is that of the last one.
func (r *Reloader) reload() error {
	tried := r.fingerprints()
	resolved, err := r.o.Load()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return errEnded
	}
	if err == nil {
		err = r.swap(resolved)
	}
	if err != nil {
		r.result(false)
		if r.failed != err.Error() {
			r.o.Log.Error("reload failed; the running configuration goes on", "generation", r.Current().Generation, "error", err)
		}
		r.failed, r.tried = err.Error(), tried
		return err
	}
	r.failed, r.tried = "", nil
	s := r.Current()
	r.o.Log.Info("configuration reloaded", "generation", s.Generation)
	return nil
}

func (r *Reloader) swap(resolved *config.Resolved) error {
	old := r.Current()
	if old != nil {
		if err := refuseRestart(old.Config, resolved); err != nil {
			return err
		}
	}
	next, err := r.b.build(resolved, old)
	if err != nil {
		return err
	}
	commit, err := r.prepare(old, next)
	if err != nil {
		next.retire(old)
		return err
	}
	next.start()
	r.current.Store(next)
	commit()
	if old != nil {
		old.retire(next)
	}
	for _, w := range resolved.Warnings {
		r.o.Log.Warn(w)
	}
	r.result(true)
	return nil
}

// prepare does what can still fail before the swap.
func (r *Reloader) prepare(old, next *Snapshot) (commit func(), err error) {
	if old != nil && !next.Config.CertificateReplaced {
		if err := refuseCertificates(old.Ring, next.Ring); err != nil {
			return nil, err
		}
	}
	if r.o.Prepare == nil {
		return func() {}, nil
	}
	return r.o.Prepare(next.Config)
}

func (r *Reloader) result(ok bool) {
	if r.o.Result != nil {
		r.o.Result(ok, r.o.Now())
	}
}

// retryTicks is after how many looks a failed reload is tried again: the file
// that was missing may be there now, and it is in no list of ours.
const retryTicks = 10

// keepTicks is after how many looks what is kept is shared and saved.
const keepTicks = 5

// Watch reloads when a file changes, and saves what is kept, until ctx ends. It
// does not wait for a read under way then.
func (r *Reloader) Watch(ctx context.Context) {
	tick := time.NewTicker(PollInterval)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		looked := make(chan struct{})
		go func() {
			defer close(looked)
			r.look(ctx, n)
		}()
		select {
		case <-ctx.Done():
			return
		case <-looked:
		}
	}
}

// look is Watch's nth.
func (r *Reloader) look(ctx context.Context, n int) {
	if n%keepTicks == 0 && ctx.Err() == nil { // first: reading files may hang
		if err := r.keep(ctx); err != nil {
			r.o.Log.Error("certificates' last expiry was not kept", "error", err)
		}
	}
	r.reading.Lock()
	defer r.reading.Unlock()
	if r.changed(n) {
		_ = r.reload() // it logs and counts
	}
}

// changed reports whether to reload at the nth look: whether a file is not as it
// was when the running configuration, or the one that failed after it, was read.
// After a failure it is so now and then all the same: what was missing may be in
// no list of ours.
func (r *Reloader) changed(n int) bool {
	was := r.tried
	if was == nil {
		was = r.Current().Config.Files
	}
	return r.failed != "" && n%retryTicks == 0 || !maps.Equal(r.fingerprints(), was)
}

// fingerprints are of the files that the running configuration was read from, as
// they are now.
func (r *Reloader) fingerprints() map[string][sha256.Size]byte {
	now := make(map[string][sha256.Size]byte, len(r.Current().Config.Files))
	for path := range r.Current().Config.Files {
		now[path] = config.Fingerprint(path)
	}
	return now
}

// keep shares certificates' last expiry with the other replicas, and saves it.
func (r *Reloader) keep(ctx context.Context) error {
	r.keeping.Lock()
	defer r.keeping.Unlock()
	r.share(ctx)
	return r.expiries.Save(r.o.Now())
}

// share has r.keeping.
func (r *Reloader) share(ctx context.Context) {
	s := r.Current()
	if s.Fleet == nil {
		return
	}
	why := ""
	if err := r.expiries.Share(ctx, s.Fleet, r.o.Now()); err != nil && ctx.Err() == nil {
		why = err.Error()
	}
	if why != "" && r.notShared == "" {
		r.o.Log.Warn("certificates' last expiry was not shared with other replicas", "error", why)
	}
	r.notShared = why
}

// Close ends what the running snapshot started and saves what is kept; there is
// no reload any more. It takes no longer than patience: a file system that hangs
// does not keep the service from ending.
func (r *Reloader) Close(patience time.Duration) error {
	done := make(chan error, 1)
	go func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ended = true
		err := r.keep(context.Background()) // the last tokens of a replica that goes
		r.Current().retire(nil)
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return fmt.Errorf("certificates' last expiry was not kept: no answer within %s", patience)
	}
}
