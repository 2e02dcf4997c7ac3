package reload

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/caller"
	"github.com/rtmauth/rtmauth/internal/caller/apikey"
	"github.com/rtmauth/rtmauth/internal/caller/jwt"
	"github.com/rtmauth/rtmauth/internal/caller/mtls"
	"github.com/rtmauth/rtmauth/internal/caller/webhook"
	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/denylist"
	"github.com/rtmauth/rtmauth/internal/fleet"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/keyring"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/ratelimit"
)

// Snapshot is everything that a request needs of the configuration: built
// whole, then swapped in, and never changed. A request uses one snapshot from
// beginning to end.
type Snapshot struct {
	Config     *config.Resolved
	Chain      *caller.Chain
	JWT        *jwt.Authenticator // nil without issuers
	Ring       *keyring.Ring
	Policy     *policy.Policy
	Issue      *issue.Service
	Origins    map[string]bool
	TLS        *tls.Config        // nil without tls
	Fleet      *fleet.Fleet       // nil without redis
	Deny       *denylist.List     // nil without a place to keep it
	Limits     *ratelimit.Limiter // nil without limits
	Loaded     time.Time
	Generation int // 1, 2, …

	sources []*jwt.Source
}

// Sources are the issuers' keys, for metrics.
func (s *Snapshot) Sources() []*jwt.Source { return s.sources }

// builder makes snapshots.
type builder struct {
	now      func() time.Time
	log      *slog.Logger
	audit    issue.Auditor
	expiries *Expiries
}

// build makes a snapshot. It takes over from old, which may be nil, what did not
// change of the sources of keys, Redis, the deny list and the limits' buckets,
// and starts nothing: start does. With an error nothing is left open.
func (b *builder) build(r *config.Resolved, old *Snapshot) (_ *Snapshot, err error) {
	s := &Snapshot{Config: r, Policy: r.Rules, Loaded: b.now(), Generation: 1, Origins: map[string]bool{}}
	if old != nil {
		s.Generation = old.Generation + 1
	}
	defer func() {
		if err != nil {
			s.retire(old)
		}
	}()
	if r.State != "" {
		if err := os.MkdirAll(r.Abs(r.State), 0o700); err != nil {
			return nil, fmt.Errorf("state_dir: %w", err)
		}
	}
	for _, origin := range r.CORS.Origins {
		s.Origins[origin] = true
	}
	if err := b.projects(s, r); err != nil {
		return nil, err
	}
	if err := b.callers(s, r, old); err != nil {
		return nil, err
	}
	if err := b.shared(s, r, old); err != nil {
		return nil, err
	}
	o := issue.Options{Ring: s.Ring, Policy: s.Policy, Now: b.now, Audit: b.audit, Signed: b.signed(s.Ring)}
	if s.Deny != nil {
		o.Deny = s.Deny
	}
	if s.Issue, err = issue.New(o); err != nil {
		return nil, err
	}
	return s, nil
}

func (b *builder) projects(s *Snapshot, r *config.Resolved) error {
	var projects []*keyring.Project
	for _, pc := range r.Projects {
		p, err := keyring.NewProject(pc, rtmauth.WithClock(b.now))
		if err != nil {
			return err
		}
		projects = append(projects, p)
	}
	var err error
	s.Ring, err = keyring.New(projects...)
	return err
}

// signed notes when the last token of each signing certificate ends.
func (b *builder) signed(ring *keyring.Ring) func(*keyring.Project, time.Time) {
	at := map[*keyring.Project]*atomic.Int64{}
	for _, p := range ring.Projects() {
		at[p] = b.expiries.at(p.Name(), p.Certificates()[0].Fingerprint())
	}
	return func(p *keyring.Project, ends time.Time) { note(at[p], ends) }
}

func (b *builder) callers(s *Snapshot, r *config.Resolved, old *Snapshot) error {
	s.Chain = &caller.Chain{InsecureAnonymous: r.Anonymous}
	add := func(a caller.Authenticator) { s.Chain.Authenticators = append(s.Chain.Authenticators, a) }
	if len(r.APIKeys) > 0 {
		a, err := apikey.New(r.APIKeys, b.now)
		if err != nil {
			return err
		}
		add(a)
	}
	if len(r.JWT) > 0 {
		var err error
		if s.JWT, err = b.issuers(s, r, old); err != nil {
			return err
		}
		add(s.JWT)
	}
	var certificates *mtls.Authenticator
	if len(r.MTLS) > 0 {
		var err error
		if certificates, err = mtls.New(r.MTLS, b.now); err != nil {
			return err
		}
		add(certificates)
	}
	for _, w := range r.Webhooks {
		a, err := webhook.New(w, nil, b.now)
		if err != nil {
			return err
		}
		add(a)
	}
	if len(s.Chain.Authenticators) == 0 && !r.Anonymous {
		return errors.New("there is no way to know a caller")
	}
	return b.tls(s, r, certificates)
}

func (b *builder) issuers(s *Snapshot, r *config.Resolved, old *Snapshot) (*jwt.Authenticator, error) {
	made := map[string]*jwt.Source{}
	var issuers []jwt.Issuer
	for _, j := range r.JWT {
		cfg := j.Source()
		if made[cfg.Issuer] == nil {
			src, err := b.source(cfg, r, old)
			if err != nil {
				return nil, fmt.Errorf("issuer %s: %w", cfg.Issuer, err)
			}
			made[cfg.Issuer] = src
			s.sources = append(s.sources, src)
		}
		j.Issuer.Source = made[cfg.Issuer]
		issuers = append(issuers, j.Issuer)
	}
	return jwt.New(issuers, b.now)
}

func (b *builder) source(cfg jwt.SourceConfig, r *config.Resolved, old *Snapshot) (*jwt.Source, error) {
	if old != nil && old.Config.State == r.State {
		for _, src := range old.sources {
			if src.Same(cfg) {
				return src, nil
			}
		}
	}
	return jwt.NewSource(cfg, jwt.SourceOptions{StateDir: r.Abs(r.State), Now: b.now, Log: b.log})
}

func (b *builder) tls(s *Snapshot, r *config.Resolved, clients *mtls.Authenticator) error {
	if r.TLS.Cert == "" {
		return nil
	}
	pair, err := tls.X509KeyPair(r.TLSCert, r.TLSKey.Reveal())
	if err != nil {
		return errors.New("tls: cert and key are not PEM files of one pair")
	}
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if clients != nil {
		// Verified by clients, with each request: see package mtls.
		s.TLS.ClientAuth, s.TLS.ClientCAs = tls.RequestClientCert, clients.Roots()
	}
	return nil
}

// start begins what a snapshot needs; it is in use from now on.
func (s *Snapshot) start() {
	for _, src := range s.sources {
		src.Start()
	}
	if s.Fleet != nil {
		s.Fleet.Start()
	}
	if s.Deny != nil {
		s.Deny.Start()
	}
}

// retire ends what the snapshot has and the next one, which may be nil, has not.
func (s *Snapshot) retire(next *Snapshot) {
	if next == nil {
		next = &Snapshot{}
	}
	for _, src := range s.sources {
		if !slices.Contains(next.sources, src) {
			src.Close()
		}
	}
	if s.Deny != nil && s.Deny != next.Deny {
		_ = s.Deny.Close() // every change is on disk already
	}
	if s.Fleet != nil && s.Fleet != next.Fleet {
		s.Fleet.Close()
	}
}
