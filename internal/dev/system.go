package dev

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/localguard"
	"github.com/rtmauth/rtmauth/internal/server/compat"
	"github.com/rtmauth/rtmauth/internal/server/native"
	"github.com/rtmauth/rtmauth/web"
)

// system is the parts of dev, joined by one clock.
type system struct {
	project  *project
	version  rtmauth.Version // of /fetch_rtm_token
	guard    *localguard.Guard
	refusals *notices
	files    *files
	log      *slog.Logger
	release  string

	now    func() time.Time // the clock that can be turned
	minter *minter
	native *native.API
}

func newSystem(o *Options, p *project, guard *localguard.Guard, refusals *notices, files *files, log *slog.Logger) (*system, error) {
	version, err := o.tokenVersion()
	if err != nil {
		return nil, err
	}
	s := &system{project: p, version: version, guard: guard, refusals: refusals, files: files, log: log, release: o.Version, now: time.Now}
	if s.minter, err = newMinter(p, version, s.now); err != nil {
		return nil, err
	}
	if s.native, err = native.New(s.minter, o.Version, log); err != nil {
		return nil, err
	}
	return s, nil
}

// Close ends the sessions of the local RTM service and the requests that wait
// on it. It may be called more than once.
func (s *system) Close() {}

// Handler is every route behind the checks that hold for all of them, the first
// innermost.
func (s *system) Handler() http.Handler {
	var h http.Handler = s.routes()
	for _, wrap := range []func(http.Handler) http.Handler{s.checkHost, s.setDate} {
		h = wrap(h)
	}
	return h
}

func (s *system) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/", web.Handler())

	tutorial := s.checkOrigin("POST, OPTIONS", refuseTutorial, &compat.Tutorial{Minter: s.minter, Log: s.log})
	mux.Handle("/fetch_rtm_token", tutorial)
	mux.Handle("/fetch_rtm_token/{$}", tutorial)
	for path, handler := range s.native.Routes() {
		mux.Handle(path, s.checkOrigin("GET, POST, OPTIONS", refuseProblem, preflight(setRequestID(handler))))
	}

	mux.Handle("/healthz", get(healthz))
	mux.Handle("/local/info", s.checkOrigin("GET, OPTIONS", refuse, get(s.info)))
	mux.Handle("/local/inspect", s.checkOrigin("POST, OPTIONS", refuse, post(s.inspect)))
	mux.Handle("/local/explain", s.checkOrigin("POST, OPTIONS", refuse, post(s.explain)))

	if s.files.page != nil {
		mux.Handle("/page/", s.files.pageHandler("/page"))
	}
	if s.files.sdk != "" {
		mux.Handle("/sdk/user.js", s.files.sdkHandler())
	}
	return mux
}
