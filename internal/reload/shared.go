package reload

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/denylist"
	"github.com/rtmauth/rtmauth/internal/fleet"
	"github.com/rtmauth/rtmauth/internal/ratelimit"
)

// listPatience is how long a start or a reload waits for a deny list to come.
const listPatience = 5 * time.Second

// shared makes, or takes over from old, what replicas can have in common.
func (b *builder) shared(s *Snapshot, r *config.Resolved, old *Snapshot) error {
	if old == nil {
		old = &Snapshot{}
	}
	var err error
	if !r.Redis.IsZero() {
		if s.Fleet = old.Fleet; s.Fleet == nil || !s.Fleet.Config().Equal(r.Redis) {
			if s.Fleet, err = fleet.Open(r.Redis, fleet.Options{Now: b.now, Log: b.log}); err != nil {
				return err
			}
		}
	}
	if s.Deny, err = b.denyList(s, r, old); err != nil {
		return err
	}
	if len(r.Limits) == 0 {
		return nil
	}
	o := ratelimit.Options{Now: b.now, Fleet: s.Fleet, Old: old.Limits, Log: b.log}
	s.Limits, err = ratelimit.New(r.Limits, o)
	return err
}

func (b *builder) denyList(s *Snapshot, r *config.Resolved, old *Snapshot) (*denylist.List, error) {
	switch r.DenyStore() {
	case denylist.InState:
		if old.Deny != nil { // state_dir cannot be changed by a reload
			return old.Deny, nil
		}
		return denylist.OpenFile(r.Abs(r.State), b.now)
	case denylist.InRedis:
		if old.Deny != nil && old.Fleet == s.Fleet && old.Config.Deny == r.Deny {
			return old.Deny, nil
		}
		list, err := denylist.OpenRedis(s.Fleet, r.Deny.MaxStale, b.now, b.log)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(context.Background(), listPatience)
		defer cancel()
		// At a start Redis may be away: requests get 503 until it comes.
		err = list.Refresh(ctx)
		switch {
		case old.Deny == nil:
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("the deny list by the new configuration: %w", err)
		case list.Status().Entries == 0 && old.Deny.Status().Entries > 0:
			return nil, Refused{"the deny list of the new redis, or under its new prefix, is empty and the running one is not: add its users there first, or restart"}
		}
		return list, nil
	}
	return nil, nil //nolint:nilnil // there is no deny list, and that is no error
}

// warnOfLeftDenyList tells of a list in the state directory that does not count
// because Redis has another.
func (r *Reloader) warnOfLeftDenyList(c *config.Resolved) {
	if c.DenyStore() != denylist.InRedis || c.State == "" {
		return
	}
	path := filepath.Join(c.Abs(c.State), denylist.FileName)
	if _, err := os.Stat(path); err == nil {
		r.o.Log.Warn("the deny list in this file does not count: redis has its own; see \"Deny list\" in docs/operations.md, then delete it", "file", path)
	}
}
