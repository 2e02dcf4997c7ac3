package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// logTo is a log as text, written to w.
func logTo(w io.Writer) (*slog.Logger, *logWriter) {
	format := new(atomic.Value)
	format.Store("text")
	out := &lineWriter{w: w}
	lines := newLogWriter(out, newLogHandler(out, slog.LevelError, format), func() time.Time { return time.Unix(1_700_000_000, 0) })
	return slog.New(newLogHandler(lines, slog.LevelInfo, format)), lines
}

// TestLog shows that nothing is lost, and the order kept, up to the end.
func TestLog(t *testing.T) {
	var out bytes.Buffer
	log, lines := logTo(&out)
	for i := range logQueue {
		log.Info("line", "n", i)
	}
	lines.Close(30 * time.Second)
	rest := out.String()
	for i := range logQueue {
		var line string
		if line, rest, _ = strings.Cut(rest, "\n"); !strings.HasSuffix(line, fmt.Sprintf("msg=line n=%d", i)) {
			t.Fatalf("line %d is %q", i, line)
		}
	}
	if rest != "" || lines.lost.Load() != 0 {
		t.Errorf("lost %d, and more than was logged: %q", lines.lost.Load(), rest)
	}
}

// TestLog_blocked logs to a pipe that nobody reads, and then reads it.
func TestLog_blocked(t *testing.T) {
	r, w := io.Pipe()
	log, lines := logTo(w)
	const n = 3 * logQueue
	for i := range n { // would never end
		log.Info("line", "n", i)
	}
	lost := lines.lost.Load()
	if lost < n-logQueue-1 || lost > n-logQueue {
		t.Errorf("lost %d of %d lines; %d fit", lost, n, logQueue)
	}
	read := make(chan string)
	go func() {
		b, _ := io.ReadAll(r)
		read <- string(b)
	}()
	lines.Close(30 * time.Second)
	_ = w.Close()
	text := <-read
	if got := int64(strings.Count(text, "msg=line ")); got != n-lost {
		t.Errorf("%d lines, want %d", got, n-lost)
	}
	if want := fmt.Sprintf(`time=%s level=WARN msg="lines of this log were lost: they could not be written in time" lines=%d`+"\n",
		time.Unix(1_700_000_000, 0).Format("2006-01-02T15:04:05.000Z07:00"), lost); !strings.HasSuffix(text, want) || strings.Count(text, "lost") != 1 {
		t.Errorf("the log does not end with %q:\n%.300s", want, text[max(0, len(text)-300):])
	}
}

// TestLog_blockedEnd ends while nobody reads.
func TestLog_blockedEnd(t *testing.T) {
	_, w := io.Pipe()
	log, lines := logTo(w)
	log.Info("line")
	done := make(chan struct{})
	go func() { lines.Close(10 * time.Millisecond); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the end waits for a reader")
	}
}

// disk has room for some bytes more.
type disk struct {
	mu   sync.Mutex
	b    bytes.Buffer
	room int
}

func (d *disk) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(len(b), d.room)
	d.room -= n
	d.b.Write(b[:n])
	if n < len(b) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (d *disk) leave(room int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = room
}

func (d *disk) free() { d.leave(10_000) }

func (d *disk) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.String()
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not seen: %s", what)
		}
	}
}

// TestLineWriter fills a disk in the middle of a line, before it and after it, and
// frees it again: only the lines that failed may be missing or broken.
func TestLineWriter(t *testing.T) {
	for room, want := range map[int]string{
		0: "third\n",
		3: "fir\nthird\n",
		5: "first\nthird\n", // without its end
		6: "first\nthird\n",
		9: "first\nsec\nthird\n",
	} {
		d := &disk{room: room}
		w := &lineWriter{w: d}
		for i, line := range []string{"first\n", "second\n", "third\n"} {
			if i == 2 {
				d.free()
			}
			if n, err := w.Write([]byte(line)); (err == nil) != (n == len(line)) {
				t.Errorf("room for %d, line %d: wrote %d, %v", room, i, n, err)
			}
		}
		if got := d.String(); got != want {
			t.Errorf("room for %d: got %q, want %q", room, got, want)
		}
	}
}

// TestLog_fullDisk tells, once, of the lines that a full disk took.
func TestLog_fullDisk(t *testing.T) {
	d := &disk{}
	log, lines := logTo(d)
	for range 3 {
		log.Info("line")
	}
	until(t, "three lost lines", func() bool { return lines.lost.Load() == 3 })
	d.free()
	log.Info("again")
	until(t, "what was lost", func() bool { return strings.HasSuffix(d.String(), " lines=3\n") })
	log.Info("more")
	lines.Close(30 * time.Second)
	if got := d.String(); strings.Count(got, "msg=again\n") != 1 || strings.Count(got, " lines=3\n") != 1 || !strings.HasSuffix(got, "msg=more\n") {
		t.Errorf("got %q", got)
	}
}

// TestLogs_tornTogether has both logs on one disk, which fills in the middle of a
// line of each: the lines after them can be read, and none is empty.
func TestLogs_tornTogether(t *testing.T) {
	d := &disk{room: 10}
	s := small(t, d)
	until(t, "two lost warnings", func() bool { return s.lines.lost.Load() == 2 })
	d.free()
	if err := s.audit.Record(record()); err != nil {
		t.Fatal(err)
	}
	d.leave(10)
	if err := s.audit.Record(record()); err == nil {
		t.Fatal("half a line counts as written")
	}
	d.free()
	if err := s.audit.Record(record()); err != nil {
		t.Fatal(err)
	}
	s.lines.Close(10 * time.Second)
	lines := strings.Split(strings.TrimSuffix(d.String(), "\n"), "\n")
	torn, records := 0, 0
	for _, line := range lines {
		switch {
		case len(line) == 10:
			torn++
		case !json.Valid([]byte(line)):
			t.Errorf("neither whole nor cut by the disk: %q", line)
		case strings.Contains(line, `"msg":"audit"`):
			records++
		}
	}
	if torn != 2 || records != 2 {
		t.Errorf("%d lines were cut and %d records are whole, want 2 and 2:\n%q", torn, records, lines)
	}
}
