package reload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rtmauth/rtmauth/internal/atomicfile"
	"github.com/rtmauth/rtmauth/internal/fleet"
)

// Expiries knows, for every certificate that has signed here, when the last of
// its tokens ends. It is kept in the state directory, so that an operator can
// tell after a restart when an old certificate may go, and shared through Redis
// where there is one, so that every replica can tell of all.
type Expiries struct {
	file string // "" keeps nothing

	mu      sync.Mutex
	entries map[expiryKey]*atomic.Int64 // Unix seconds
	saved   map[expiryKey]int64
}

type expiryKey struct{ Project, Fingerprint string }

// Expiry is one certificate's.
type Expiry struct {
	Project     string `json:"project"`
	Fingerprint string `json:"fingerprint"`
	LastExpiry  int64  `json:"last_expiry"` // Unix seconds
}

const expiriesFile = "certificate-expiry.json"

// OpenExpiries reads what was kept in dir; "" keeps nothing.
func OpenExpiries(dir string) (*Expiries, error) {
	e := &Expiries{entries: map[expiryKey]*atomic.Int64{}, saved: map[expiryKey]int64{}}
	if dir == "" {
		return e, nil
	}
	e.file = filepath.Join(dir, expiriesFile)
	b, err := os.ReadFile(e.file)
	if errors.Is(err, os.ErrNotExist) {
		return e, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Expiry
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("%s is damaged: move it away and start again; until certificates sign anew it is then not known when the last token of each ends", e.file)
	}
	for _, x := range list {
		e.at(x.Project, x.Fingerprint).Store(x.LastExpiry)
		e.saved[expiryKey{x.Project, x.Fingerprint}] = x.LastExpiry
	}
	return e, nil
}

func (e *Expiries) at(project, fingerprint string) *atomic.Int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	k := expiryKey{project, fingerprint}
	if e.entries[k] == nil {
		e.entries[k] = new(atomic.Int64)
	}
	return e.entries[k]
}

// note raises the last expiry.
func note(at *atomic.Int64, ends time.Time) {
	for end := ends.Unix(); ; {
		old := at.Load()
		if end <= old || at.CompareAndSwap(old, end) {
			return
		}
	}
}

// List returns all that is known.
func (e *Expiries) List() []Expiry {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]Expiry, 0, len(e.entries))
	for k, v := range e.entries {
		if at := v.Load(); at > 0 {
			out = append(out, Expiry{k.Project, k.Fingerprint, at})
		}
	}
	return out
}

// forgetAfter is how long after its last token's end a certificate is forgotten.
const forgetAfter = 7 * 24 * time.Hour

// Share raises what the replicas know by what is known here, and the other way
// round. A certificate that is forgotten there is not remembered anew.
func (e *Expiries) Share(ctx context.Context, f *fleet.Fleet, now time.Time) error {
	mine := map[string]int64{}
	for _, x := range e.List() {
		mine[x.Fingerprint+" "+x.Project] = x.LastExpiry
	}
	all, err := f.Raise(ctx, "certificate-expiry", now.Add(-forgetAfter).Unix(), mine)
	if err != nil {
		return err
	}
	for name, end := range all {
		fingerprint, project, _ := strings.Cut(name, " ")
		note(e.at(project, fingerprint), time.Unix(end, 0))
	}
	return nil
}

// Save writes what changed. Certificates whose last token ended a week ago are
// forgotten.
func (e *Expiries) Save(now time.Time) error {
	if e.file == "" {
		return nil
	}
	list := e.List()
	changed := false
	keep := list[:0]
	e.mu.Lock()
	for _, x := range list {
		k := expiryKey{x.Project, x.Fingerprint}
		changed = changed || e.saved[k] != x.LastExpiry
		if now.Sub(time.Unix(x.LastExpiry, 0)) < forgetAfter {
			keep = append(keep, x)
		}
	}
	e.mu.Unlock()
	if !changed {
		return nil
	}
	b, err := json.Marshal(keep)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(e.file, b); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range keep {
		e.saved[expiryKey{x.Project, x.Fingerprint}] = x.LastExpiry
	}
	return nil
}
