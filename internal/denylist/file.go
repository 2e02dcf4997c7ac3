package denylist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// FileName is the store's name in the state directory.
const FileName = "deny.db"

// lockPatience is how long to wait for a process that is just ending.
const lockPatience = time.Second

var bucket = []byte("deny") // never written to

// OpenFile opens the list that a process keeps for itself in dir, and makes it
// if it is not there. One process can have it open.
func OpenFile(dir string, now func() time.Time) (*List, error) {
	path := filepath.Join(dir, FileName)
	info, statErr := os.Stat(path)
	if statErr == nil && info.Size() == 0 {
		return nil, fmt.Errorf("%s is empty, and no deny list ever is: restore it, or move it away to begin with an empty one", path)
	}
	var db *bbolt.DB
	err := guarded(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockPatience})
		return err
	})
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return nil, fmt.Errorf("%s is in use by another process", path)
	case errors.Is(err, os.ErrPermission), errors.Is(err, os.ErrNotExist):
		return nil, err
	case err != nil && errors.Is(statErr, os.ErrNotExist):
		_ = os.Remove(path) // nothing is in it: the disk was full
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read as a deny list: %w; restore it, or move it away to begin with an empty one", path, err)
	}
	l := &List{kind: InState, most: MaxEntries, store: &fileStore{db}, now: now, log: slog.New(slog.DiscardHandler), loaded: make(chan struct{})}
	if err := l.Refresh(context.Background()); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// only is the version of the file: what is in memory is what is in it.
const only = "1"

// fileStore is a bbolt file: one bucket, entries as JSON. It is read once: nobody
// else can write to it while it is open.
type fileStore struct{ db *bbolt.DB }

func (s *fileStore) load(_ context.Context, known string, _ int) (map[key]Entry, string, error) {
	if known == only {
		return nil, only, nil
	}
	entries := map[key]Entry{}
	err := guarded(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucket)
			if b == nil {
				return nil
			}
			return b.ForEach(func(k, v []byte) error {
				e, err := decode(string(k), v)
				entries[e.key()] = e
				return err
			})
		})
	})
	return entries, only, err
}

func (s *fileStore) change(_ context.Context, add []Entry, remove []key, ended []Entry, _ int) error {
	for _, e := range ended {
		remove = append(remove, e.key())
	}
	return guarded(func() error {
		return s.db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(bucket)
			if err != nil {
				return err
			}
			for _, k := range remove {
				if err := b.Delete([]byte(k.String())); err != nil {
					return err
				}
			}
			for _, e := range add {
				text, err := json.Marshal(e)
				if err != nil {
					return err
				}
				if err := b.Put([]byte(e.key().String()), text); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func (s *fileStore) close() error { return s.db.Close() }

// guarded turns a panic of the store into an error. The file is mapped into
// memory: one that was cut short or damaged shows as a fault of the processor, or
// as a failed assertion, wherever it is first touched.
func guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			err = errDamaged
		}
	}()
	return do()
}

var errDamaged = errors.New("the file is damaged")

// decode reads an entry of a store.
func decode(k string, text []byte) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(text, &e); err != nil || e.key().String() != k {
		return Entry{}, errors.New("an entry of the deny list is damaged: who is denied cannot be known")
	}
	return e, nil
}
