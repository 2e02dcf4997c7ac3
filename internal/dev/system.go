package dev

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/keyring"
	"github.com/rtmauth/rtmauth/internal/localguard"
	"github.com/rtmauth/rtmauth/internal/server/compat"
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

	now  func() time.Time // the clock that can be turned
	keys *keyring.Project // mints by that clock
}

func newSystem(o *Options, p *project, guard *localguard.Guard, refusals *notices, files *files, log *slog.Logger) (*system, error) {
	version, err := o.tokenVersion()
	if err != nil {
		return nil, err
	}
	s := &system{project: p, version: version, guard: guard, refusals: refusals, files: files, log: log, release: o.Version, now: time.Now}
	s.keys, err = keyring.NewProject(keyring.ProjectConfig{Name: "main", AppID: p.AppID, Primary: p.Primary, Secondary: p.Secondary}, rtmauth.WithClock(s.now))
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Close ends the sessions of the local RTM service and the requests that wait
// on it. It may be called more than once.
func (s *system) Close() {}

// MintRTM makes a token for whoever asks: that is what dev is for.
func (s *system) MintRTM(_ *http.Request, user string, life time.Duration) (string, error) {
	if s.version == rtmauth.Version007 {
		return s.keys.Signer().RTM(user, life)
	}
	return s.keys.Signer().RTM006(user, life)
}

// Handler is every route behind the checks that hold for all of them, the first
// outermost.
func (s *system) Handler() http.Handler {
	var h http.Handler = s.routes()
	for _, wrap := range []func(http.Handler) http.Handler{s.checkHost, s.setDate} {
		h = wrap(h)
	}
	return h
}

func (s *system) routes() *http.ServeMux {
	mux := http.NewServeMux()
	tutorial := s.checkOrigin("POST, OPTIONS", refuseTutorial, &compat.Tutorial{Minter: s, Log: s.log})
	mux.Handle("/fetch_rtm_token", tutorial)
	mux.Handle("/fetch_rtm_token/{$}", tutorial)

	mux.Handle("/healthz", s.get(s.healthz))
	mux.Handle("/local/info", s.checkOrigin("GET, OPTIONS", refuse, s.get(s.info)))

	mux.Handle("/", web.Handler())
	if s.files.page != nil {
		mux.Handle("/page/", s.files.pageHandler("/page"))
	}
	if s.files.sdk != "" {
		mux.Handle("/sdk/user.js", s.files.sdkHandler())
	}
	return mux
}
