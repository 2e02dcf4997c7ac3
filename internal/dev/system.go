package dev

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/localguard"
	"github.com/rtmauth/rtmauth/internal/server/compat"
	"github.com/rtmauth/rtmauth/internal/server/native"
	"github.com/rtmauth/rtmauth/rtmtest"
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

	rtm    *rtmtest.Service
	now    func() time.Time // the clock of the local RTM service, which can be turned
	minter *minter
	native *native.API
}

func newSystem(o *Options, p *project, guard *localguard.Guard, refusals *notices, files *files, log *slog.Logger) (*system, error) {
	version, err := o.tokenVersion()
	if err != nil {
		return nil, err
	}
	s := &system{project: p, version: version, guard: guard, refusals: refusals, files: files, log: log, release: o.Version}
	token, err := o.controlToken()
	if err != nil {
		return nil, err
	}
	s.rtm, err = rtmtest.NewService(rtmtest.Options{
		Projects:     []rtmtest.ProjectOptions{{AppID: p.AppID, Certificates: p.Certificates()}},
		AllowHost:    guard.AllowHost,
		AllowOrigin:  func(string) bool { return true }, // judged before it is reached, see routes
		ControlToken: token,
	})
	if err != nil {
		return nil, err
	}
	s.now = s.rtm.Project(p.AppID).Clock().Now
	if s.minter, err = newMinter(p, version, s.now); err == nil {
		s.native, err = native.New(s.minter, o.Version, log)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the sessions of the local RTM service and the requests that wait
// on it. It may be called more than once.
func (s *system) Close() { _ = s.rtm.Close() }

// Handler is every route behind the checks that hold for all of them, listed from
// the innermost.
func (s *system) Handler() http.Handler {
	var h http.Handler = s.routes()
	for _, wrap := range []func(http.Handler) http.Handler{s.checkHost, s.setDate} {
		h = wrap(h)
	}
	return h
}

func (s *system) routes() *http.ServeMux {
	mux := http.NewServeMux()
	var pages []web.Option
	if s.files.sdk != "" {
		pages = append(pages, web.AllowOwnSDK())
	}
	mux.Handle("/", web.Handler(pages...))

	tutorial := s.checkOrigin("POST, OPTIONS", refuseTutorial, &compat.Tutorial{Minter: s.minter, Log: s.log})
	mux.Handle("/fetch_rtm_token", tutorial)
	mux.Handle("/fetch_rtm_token/{$}", tutorial)
	for path, handler := range s.native.Routes() {
		mux.Handle(path, s.checkOrigin("GET, POST, OPTIONS", refuseProblem, preflight(setRequestID(handler))))
	}

	mux.Handle("/local/rtm", s.checkOrigin("GET", refuse, s.rtm)) // a handshake is a GET, which a browser lets any page make
	mux.Handle("/local/control/", s.noteControl(s.rtm))           // it has a stricter rule of its own

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
