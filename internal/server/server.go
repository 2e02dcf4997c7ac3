// Package server is `rtmauth serve`: the public listener with the native API and
// the contracts of other servers, the listener for operations, and their life
// from start to drain.
//
// Everything configured is in one reload.Snapshot; a request takes the snapshot
// that runs when it begins and keeps it.
package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/metrics"
	"github.com/rtmauth/rtmauth/internal/reload"
	"github.com/rtmauth/rtmauth/internal/server/native"
)

// Options are what a Server works with. Load is required.
type Options struct {
	Load    func() (*config.Resolved, error) // called at start and for every reload
	Version string
	Now     func() time.Time // nil: time.Now
	Stderr  io.Writer        // the service's log, and the audit log without a file of its own; nil: nowhere
}

// Server is a service that was configured. Start opens its listeners.
type Server struct {
	clock    func() time.Time
	log      *slog.Logger
	lines    *logWriter // of log
	metrics  *metrics.Metrics
	audit    *auditLog
	reloader *reload.Reloader
	api      *native.API
	version  string
	draining atomic.Bool
	ready    atomic.Bool

	started   chan struct{} // closed when listeners is complete
	listeners []*listener   // the public one first
	stopWatch context.CancelFunc
	watched   chan struct{}
}

// New loads the configuration and builds everything but the listeners.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Stderr == nil {
		o.Stderr = io.Discard
	}
	s := &Server{clock: o.Now, version: o.Version, started: make(chan struct{}), watched: make(chan struct{})}
	level := new(slog.LevelVar)
	format := new(atomic.Value)
	format.Store("json")
	first := true
	load := func() (*config.Resolved, error) {
		r, err := o.Load()
		if err == nil && first { // log cannot be changed by a reload
			first = false
			_ = level.UnmarshalText([]byte(r.Log.Level))
			format.Store(r.Log.Format)
		}
		return r, err
	}
	stderr := toLines(o.Stderr) // both logs may write to it
	s.lines = newLogWriter(stderr, newLogHandler(stderr, level, format), o.Now)
	s.log = slog.New(newLogHandler(s.lines, level, format))
	s.audit = newAuditLog(stderr, auditPatience, s.log)
	s.metrics = metrics.New(o.Version, s.state)
	var err error
	if s.api, err = native.New(minter{s}, o.Version, s.log); err == nil {
		s.reloader, err = reload.Open(reload.Options{
			Load: load, Audit: s.audit, Now: o.Now, Log: s.log, Result: s.metrics.Reloaded,
			Prepare: func(r *config.Resolved) (func(), error) { return s.audit.prepare(r, stderr) },
		})
	}
	if err != nil {
		_ = s.audit.Close(auditPatience)
		s.lines.Close(logPatience)
		return nil, err
	}
	if s.reloader.Current().Config.Anonymous {
		s.log.Warn("insecure_anonymous is set: requests without a credential are answered")
	}
	return s, nil
}

// Reload loads the configuration again; with an error the running one goes on.
func (s *Server) Reload() error { return s.reloader.Reload() }

// Handler is the public listener's handler, for tests and benchmarks.
func (s *Server) Handler() http.Handler { return s.handler() }

// AdminHandler is the admin listener's handler.
func (s *Server) AdminHandler() http.Handler { return s.admin() }

// state is what metrics look up.
func (s *Server) state() metrics.State {
	snapshot := s.reloader.Current()
	out := metrics.State{
		Anonymous: snapshot.Config.Anonymous, Ready: s.ready.Load() && !s.draining.Load(), Draining: s.draining.Load(), LogLost: s.lines.lost.Load(),
		Audit: metrics.Audit{Lost: s.audit.lost.Load(), Refused: s.audit.refused.Load(), Failing: s.audit.failing.Load()},
	}
	for _, l := range snapshot.Limits.Status() {
		out.Limits = append(out.Limits, metrics.Limit{Name: l.Name, Keys: l.Keys, Allowed: l.Allowed, Refused: l.Refused})
	}
	out.Degraded = snapshot.Limits.Degraded()
	if snapshot.Deny != nil {
		st := snapshot.Deny.Status()
		out.Deny = &metrics.DenyList{Store: st.Store, Entries: st.Entries, Available: st.Available, AsOf: st.AsOf}
	}
	if snapshot.Fleet != nil {
		st := snapshot.Fleet.Status()
		out.Redis = &metrics.Redis{Up: st.Up, Answered: st.Answered, Skew: st.Skew}
	}
	for _, src := range snapshot.Sources() {
		st := src.Status()
		out.Issuers = append(out.Issuers, metrics.Issuer{Name: st.Issuer, Keys: st.Keys, Fetched: st.Fetched, Remote: st.Remote, Failures: st.Failures, Skew: st.Skew})
	}
	ends := map[[2]string]time.Time{}
	for _, e := range s.reloader.Expiries() {
		ends[[2]string{e.Project, e.Fingerprint}] = time.Unix(e.LastExpiry, 0)
	}
	for _, p := range snapshot.Ring.Projects() {
		for i, c := range p.Certificates() {
			k := [2]string{p.Name(), c.Fingerprint()}
			out.Projects = append(out.Projects, metrics.Certificate{Project: k[0], Slot: slots[i], Fingerprint: k[1], LastExpiry: ends[k]})
			delete(ends, k)
		}
	}
	for k, at := range ends {
		out.Projects = append(out.Projects, metrics.Certificate{Project: k[0], Slot: "former", Fingerprint: k[1], LastExpiry: at})
	}
	return out
}

var slots = [...]string{"primary", "secondary"}

// listener is a socket and the server on it.
type listener struct {
	name string
	net.Listener
	server *http.Server
	errs   chan error
}

// Started is closed once connections are taken.
func (s *Server) Started() <-chan struct{} { return s.started }

// Addr is the address of a listener by name (public, admin, probes), once
// Started is closed; "" for one that is off.
func (s *Server) Addr(name string) string {
	for _, l := range s.listeners {
		if l.name == name {
			return l.Addr().String()
		}
	}
	return ""
}

// TLS reports whether the public listener speaks it.
func (s *Server) TLS() bool { return s.reloader.Current().TLS != nil }

// listen opens a socket and serves on it.
func (s *Server) listen(ctx context.Context, name, addr string, h http.Handler) error {
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("%s listener: %w", name, err)
	}
	c := s.reloader.Current().Config
	l := &listener{
		name: name, Listener: socket, errs: make(chan error, 1),
		server: &http.Server{
			Handler: s.recover(h), ReadHeaderTimeout: c.Timeouts.Header, ReadTimeout: c.Timeouts.Read, WriteTimeout: c.Timeouts.Write, IdleTimeout: c.Timeouts.Idle,
			MaxHeaderBytes: maxHeaders, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		},
	}
	if name == "public" {
		s.listeners = slices.Insert(s.listeners, 0, l)
	} else {
		s.listeners = append(s.listeners, l)
	}
	go func() { l.errs <- s.serve(l) }()
	s.log.Info("listening", "listener", name, "address", l.Addr().String(), "tls", name == "public" && c.TLS.Cert != "")
	return nil
}

// maxHeaders bounds a request's headers: a JWT of 8 KiB and cookies fit.
const maxHeaders = 32 << 10
