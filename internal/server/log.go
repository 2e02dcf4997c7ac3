package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
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
