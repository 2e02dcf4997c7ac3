package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller/jwt"
	"github.com/rtmauth/rtmauth/internal/reload"
)

// firstKeys is how long a start waits for the keys of issuers that it has none
// of. After it JWTs are answered with 503 until the keys come.
const firstKeys = 2 * time.Second

// closePatience is how long the end waits for what is kept to be written: Redis
// has up to fleet.MaxTimeout of it.
const closePatience = 10 * time.Second

// Start opens the listeners and serves. It returns once connections are taken.
// Those for operations come first, so that probes are answered meanwhile.
func (s *Server) Start(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		for _, l := range s.listeners {
			_ = l.server.Close()
		}
		return err
	}
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stopWatch = stop
	go func() {
		defer close(s.watched)
		s.reloader.Watch(watch)
	}()
	if list := s.reloader.Current().Deny; list == nil || list.Status().Available {
		s.ready.Store(true)
	} else {
		go s.becomeReady(watch)
	}
	close(s.started)
	return nil
}

// becomeReady makes /readyz 200 once requests can be decided about: a replica that
// never reached its deny list must not take the place of one that has.
func (s *Server) becomeReady(ctx context.Context) {
	for loaded := false; !loaded; {
		list := s.reloader.Current().Deny
		if list == nil {
			break
		}
		select {
		case <-list.Loaded():
			loaded = true
		case <-ctx.Done():
			return
		case <-time.After(reload.PollInterval): // a reload may have brought another list
		}
	}
	s.ready.Store(true)
}

func (s *Server) open(ctx context.Context) error {
	c := s.reloader.Current().Config
	if c.Admin.Listen != "" {
		if err := s.listen(ctx, "admin", c.Admin.Listen, s.admin()); err != nil {
			return err
		}
	}
	if c.Probes.Listen != "" {
		if err := s.listen(ctx, "probes", c.Probes.Listen, s.probes()); err != nil {
			return err
		}
	}
	s.awaitKeys(ctx)
	return s.listen(ctx, "public", c.Listen, s.handler())
}

func (s *Server) serve(l *listener) error {
	if l.name != "public" || s.reloader.Current().TLS == nil {
		return l.server.Serve(l)
	}
	l.server.TLSConfig = &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		// The certificate of the running configuration, so that a renewed one
		// counts from the next handshake on.
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			if c := s.reloader.Current().TLS; c != nil {
				return c, nil
			}
			return nil, errors.New("no certificate")
		},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return nil, errors.New("no certificate") // GetConfigForClient comes first
		},
	}
	return l.server.ServeTLS(l, "", "")
}

// awaitKeys gives issuers without kept keys a moment, so that the first request
// after a start is not refused for nothing.
func (s *Server) awaitKeys(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, firstKeys)
	defer cancel()
	for _, src := range s.reloader.Current().Sources() {
		if !ready(ctx, src) {
			s.log.Warn("an issuer's keys are not here yet; its JWTs are answered with 503 until they are", "issuer", src.Status().Issuer)
		}
	}
}

func ready(ctx context.Context, src *jwt.Source) bool {
	select {
	case <-src.Ready():
		return true
	case <-ctx.Done():
		return false
	}
}

// Run starts, serves until ctx ends, then drains: /readyz turns 503 while new
// connections are still served for timeouts.drain_delay, then requests under
// way have timeouts.shutdown. reloads asks for a reload with each value. Run
// returns nil after a drain that left nothing undone.
func (s *Server) Run(ctx context.Context, reloads <-chan struct{}) error {
	defer s.lines.Close(logPatience)
	if err := s.Start(ctx); err != nil {
		_ = s.reloader.Close(closePatience)
		_ = s.audit.Close(auditPatience)
		return err
	}
	failed := make(chan error, len(s.listeners))
	for _, l := range s.listeners {
		go func() {
			if err := <-l.errs; !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("%s listener: %w", l.name, err)
			}
		}()
	}
	for {
		select {
		case <-reloads:
			go func() { _ = s.Reload() }() // it logs and counts, and may hang as long as a file does
		case err := <-failed:
			return errors.Join(err, s.drain(0, nil))
		case <-ctx.Done():
			return s.drain(s.reloader.Current().Config.Timeouts.Drain, failed)
		}
	}
}

// drain ends the service. A listener that failed ends the delay.
func (s *Server) drain(delay time.Duration, failed <-chan error) error {
	s.draining.Store(true)
	s.log.Info("draining: not ready, still serving", "delay", delay.String())
	var errs []error
	select {
	case <-time.After(delay):
	case err := <-failed:
		errs = append(errs, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.reloader.Current().Config.Timeouts.Shutdown)
	defer cancel()
	for _, l := range s.listeners { // the public one first, the probes last
		if err := l.server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s listener: requests were cut off: %w", l.name, err), l.server.Close())
		}
	}
	s.stopWatch()
	<-s.watched
	errs = append(errs, s.reloader.Close(closePatience), s.audit.Close(auditPatience))
	s.log.Info("ended")
	return errors.Join(errs...)
}
