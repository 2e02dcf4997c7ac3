package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/issue"
)

func auditTo(t *testing.T, w io.Writer, onFailure string) *auditLog {
	t.Helper()
	a := newAuditLog(w, 100*time.Millisecond, slog.New(slog.DiscardHandler))
	a.settings.Store(&auditSettings{refuse: onFailure == "refuse"})
	return a
}

func record() *issue.Record {
	return &issue.Record{Time: time.Unix(1_700_000_000, 0), RequestID: "r", User: "alice", Outcome: issue.Issued}
}

type failing struct{ err error }

func (f *failing) Write([]byte) (int, error) { return 0, f.err }

func TestAudit_fullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	var w io.Writer = full
	if err != nil { // not on this system
		w = &failing{errors.New("no space left on device")}
	} else {
		defer func() { _ = full.Close() }()
	}
	refuse := auditTo(t, w, "refuse")
	if err := refuse.Record(record()); err == nil {
		t.Error("refuse: a decision that was not written may be acted upon")
	}
	if refuse.refused.Load() != 1 || !refuse.failing.Load() || refuse.lost.Load() != 0 {
		t.Errorf("refuse: refused %d, lost %d, failing %v", refuse.refused.Load(), refuse.lost.Load(), refuse.failing.Load())
	}
	goOn := auditTo(t, w, "continue")
	for range 10 {
		if err := goOn.Record(record()); err != nil {
			t.Errorf("continue: %v", err)
		}
	}
	if err := goOn.Close(time.Second); err != nil {
		t.Error(err)
	}
	if goOn.lost.Load() != 10 || !goOn.failing.Load() {
		t.Errorf("continue: lost %d, failing %v", goOn.lost.Load(), goOn.failing.Load())
	}
	_ = refuse.Close(time.Second)
}

func TestAudit_blockedPipe(t *testing.T) {
	for _, mode := range []string{"refuse", "continue"} {
		r, w := io.Pipe() // nobody reads
		a := auditTo(t, w, mode)
		began := time.Now()
		var wg sync.WaitGroup
		var mu sync.Mutex
		refused := 0
		for range 50 {
			wg.Go(func() {
				if a.Record(record()) != nil {
					mu.Lock()
					refused++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: a blocked pipe held requests for %v", mode, took)
		}
		if want := map[string]int{"refuse": 50, "continue": 0}[mode]; refused != want {
			t.Errorf("%s: %d of 50 refused, want %d", mode, refused, want)
		}
		if mode == "continue" {
			// What waits is the queue and the batch at hand, whose lines have
			// more than 64 bytes each.
			for range auditQueue + auditBatch/64 {
				_ = a.Record(record())
			}
			if a.lost.Load() == 0 || !a.failing.Load() {
				t.Errorf("continue: lines beyond the queue are not counted: lost %d", a.lost.Load())
			}
		}
		// When somebody reads again, it goes on by itself.
		go func() { _, _ = io.Copy(io.Discard, r) }()
		for deadline := time.Now().Add(30 * time.Second); a.Record(record()) != nil || a.failing.Load(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: it does not recover", mode)
			}
		}
		if err := a.Close(30 * time.Second); err != nil {
			t.Error(err)
		}
	}
}

func TestAudit_reopens(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "audit.jsonl")
	var first bytes.Buffer
	a := newAuditLog(&first, auditPatience, slog.New(slog.DiscardHandler))
	if err := a.Record(record()); err != nil {
		t.Fatal(err)
	}
	r := &config.Resolved{Config: &config.Config{Audit: config.Audit{File: path, OnFailure: "refuse"}}}
	for i := range 2 { // the second after a rotation of the file
		commit, err := a.prepare(r, &first)
		if err != nil {
			t.Fatal(err)
		}
		commit()
		if err := a.Record(record()); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil || strings.Count(string(b), "\n") != 1 {
			t.Errorf("round %d: %d lines in the file, %v", i, strings.Count(string(b), "\n"), err)
		}
		if info, err := os.Stat(path); err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v", info.Mode())
		}
		if err := os.Rename(path, path+".1"); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Count(first.String(), "\n") != 1 {
		t.Errorf("%d lines before the file", strings.Count(first.String(), "\n"))
	}
	r.Audit.File = filepath.Join(dir, "nowhere", "audit.jsonl")
	if _, err := a.prepare(r, &first); err == nil {
		t.Error("a file that cannot be opened was taken")
	}
	for range 2 { // a second one does no harm
		if err := a.Close(10 * time.Second); err != nil {
			t.Error(err)
		}
	}
	if err := a.Record(record()); err == nil {
		t.Error("a record after the end was taken for written")
	}
}

// TestAudit_movesWhileBlocked takes the log from a pipe that nobody reads to
// another target and then to a file. The file counts, and it alone, as soon as
// the pipe lets go; often enough that it is no matter of luck.
func TestAudit_movesWhileBlocked(t *testing.T) {
	for range 6 {
		pipe, w := io.Pipe()
		a := newAuditLog(w, 20*time.Millisecond, slog.New(slog.DiscardHandler))
		if err := a.Record(record()); err == nil {
			t.Fatal("the pipe is not blocked")
		}
		closed := false
		a.hand(newTarget(w, func() error { closed = true; return nil }))
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		commit, err := a.prepare(&config.Resolved{Config: &config.Config{Audit: config.Audit{File: path, OnFailure: "refuse"}}}, w)
		if err != nil {
			t.Fatal(err)
		}
		commit()
		if !closed {
			t.Error("a target that is not used any more stays open")
		}
		if !a.failing.Load() {
			t.Error("the log counts as written")
		}
		if err := a.Record(record()); err == nil { // waits for the file
			t.Error("a line that was not written counts as written")
		}
		go func() { _, _ = pipe.Read(make([]byte, 1024)) }() // the one line that the writer has; no more
		until(t, "lines are written", func() bool { return a.Record(record()) == nil })
		if err := a.Close(10 * time.Second); err != nil {
			t.Error(err)
		}
		if b, err := os.ReadFile(path); err != nil || strings.Count(string(b), "\n") < 2 {
			t.Errorf("the file has %q, %v", b, err)
		}
	}
}

// TestAudit_torn fills a disk in the middle of a line. When there is room again,
// every later line can be read.
func TestAudit_torn(t *testing.T) {
	d := &disk{room: 20}
	a := auditTo(t, d, "refuse")
	if err := a.Record(record()); err == nil {
		t.Fatal("half a line counts as written")
	}
	d.free()
	if err := a.Record(record()); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(10 * time.Second); err != nil {
		t.Error(err)
	}
	lines := strings.Split(d.String(), "\n")
	if len(lines) != 3 || !json.Valid([]byte(lines[1])) {
		t.Errorf("got %q", lines)
	}
}

func TestAudit_concurrent(t *testing.T) {
	var out bytes.Buffer
	a := newAuditLog(&out, auditPatience, slog.New(slog.DiscardHandler))
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 200 {
				if err := a.Record(record()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := a.Close(30 * time.Second); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), `{"time":"2023-11-14T22:13:20Z","msg":"audit","request_id":"r","user":"alice","outcome":"issued"}`+"\n"); n != 3200 {
		t.Errorf("%d whole lines, want 3200", n)
	}
}
