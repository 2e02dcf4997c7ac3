package dev

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// The limits of a connection. A request is small and its answer quick, but for
// the control plane's waiting ones.
const (
	headerTime  = 10 * time.Second
	readTime    = 30 * time.Second
	writeTime   = 2 * time.Minute
	idleTime    = 2 * time.Minute
	headerBytes = 64 << 10 // browsers send every cookie of "localhost", whichever port set it

	drainTime  = 5 * time.Second        // for requests at hand
	silentTime = 200 * time.Millisecond // for connections on which nothing was asked yet
)

// server is an http.Server that ends promptly.
type server struct {
	http.Server

	mu     sync.Mutex
	silent map[net.Conn]bool // accepted, and nothing came yet
}

func newServer(ctx context.Context, handler http.Handler, log *slog.Logger) *server {
	s := &server{silent: make(map[net.Conn]bool)}
	s.Server = http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ConnState: func(c net.Conn, state http.ConnState) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if state == http.StateNew {
				s.silent[c] = true
			} else {
				delete(s.silent, c)
			}
		},
	}
	return s
}

// drain lets the requests at hand finish, for at most drainTime. Browsers keep
// connections open on which they may ask something one day; Shutdown would wait
// five seconds for those.
func (s *server) drain(ctx context.Context, served <-chan error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	defer time.AfterFunc(silentTime, s.closeSilent).Stop()
	if err := s.Shutdown(ctx); err != nil {
		_ = s.Close() // what has not finished by now is cut off: the user wants an end
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

func (s *server) closeSilent() {
	s.mu.Lock()
	silent := s.silent
	s.silent = make(map[net.Conn]bool)
	s.mu.Unlock()
	for c := range silent { // unlocked: closing calls ConnState
		_ = c.Close()
	}
}
