package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds on the service's log.
const (
	logQueue    = 1024
	logPatience = time.Second // how long the end waits for lines to be written
)

// logWriter takes the lines of the service's log. One goroutine writes them, so
// that a pipe that nobody reads blocks it and neither a request nor the end:
// lines that find the queue full are lost and counted. How many is said once
// lines can be written again.
type logWriter struct {
	queue chan []byte
	quit  chan struct{}
	done  chan struct{}
	lost  atomic.Int64
}

// newLogWriter begins to write to w, which stays the caller's. tell writes to w
// too, and says what was lost.
func newLogWriter(w io.Writer, tell slog.Handler, now func() time.Time) *logWriter {
	l := &logWriter{queue: make(chan []byte, logQueue), quit: make(chan struct{}), done: make(chan struct{})}
	go l.write(w, tell, now)
	return l
}

// Write takes one line. It never waits and never fails.
func (l *logWriter) Write(line []byte) (int, error) {
	select {
	case l.queue <- bytes.Clone(line):
	default:
		l.lost.Add(1)
	}
	return len(line), nil
}

func (l *logWriter) write(w io.Writer, tell slog.Handler, now func() time.Time) {
	defer close(l.done)
	told := int64(0)
	for {
		select {
		case line := <-l.queue:
			if _, err := w.Write(line); err != nil {
				l.lost.Add(1)
				continue
			}
		case <-l.quit:
			if len(l.queue) == 0 {
				return
			}
			continue
		}
		// What was lost came after all that waited.
		if lost := l.lost.Load(); lost > told && len(l.queue) == 0 {
			r := slog.NewRecord(now(), slog.LevelWarn, "lines of this log were lost: they could not be written in time", 0)
			r.AddAttrs(slog.Int64("lines", lost-told))
			if tell.Handle(context.Background(), r) == nil {
				told = lost
			}
		}
	}
}

// Close writes what waits, for at most patience. It is called once; lines that
// come later are not written.
func (l *logWriter) Close(patience time.Duration) {
	close(l.quit)
	select {
	case <-l.done:
	case <-time.After(patience):
	}
}

// lineWriter writes whole lines to what several write to. After a line of which
// only a part got out, on a full disk, it begins a new one, so that readers lose
// that line and not the next with it.
type lineWriter struct {
	mu   sync.Mutex
	w    io.Writer
	torn bool
}

// toLines makes a lineWriter of w, unless it is one.
func toLines(w io.Writer) *lineWriter {
	if l, ok := w.(*lineWriter); ok {
		return l
	}
	return &lineWriter{w: w}
}

func (l *lineWriter) Write(lines []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.torn {
		if _, err := l.w.Write([]byte{'\n'}); err != nil {
			return 0, err
		}
		l.torn = false
	}
	n, err := l.w.Write(lines)
	if n > 0 {
		l.torn = lines[n-1] != '\n'
	}
	return n, err
}

// newLogHandler writes JSON or text, whichever the configuration says once it is
// there.
func newLogHandler(w io.Writer, level slog.Leveler, format *atomic.Value) slog.Handler {
	o := &slog.HandlerOptions{Level: level}
	return &switchHandler{format: format, json: slog.NewJSONHandler(w, o), text: slog.NewTextHandler(w, o)}
}

type switchHandler struct {
	format     *atomic.Value
	json, text slog.Handler
}

func (h *switchHandler) current() slog.Handler {
	if h.format.Load() == "text" {
		return h.text
	}
	return h.json
}

func (h *switchHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return h.current().Enabled(ctx, l)
}

func (h *switchHandler) Handle(ctx context.Context, r slog.Record) error {
	return h.current().Handle(ctx, r)
}

func (h *switchHandler) WithAttrs(a []slog.Attr) slog.Handler {
	return &switchHandler{h.format, h.json.WithAttrs(a), h.text.WithAttrs(a)}
}

func (h *switchHandler) WithGroup(name string) slog.Handler {
	return &switchHandler{h.format, h.json.WithGroup(name), h.text.WithGroup(name)}
}
