package server

import (
	"io"
	"sync"
)

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
