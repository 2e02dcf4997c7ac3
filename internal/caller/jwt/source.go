package jwt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rtmauth/rtmauth/internal/atomicfile"
	"github.com/rtmauth/rtmauth/internal/caller/outbound"
)

// SourceConfig says where an issuer's keys come from. At most one of JWKSURL,
// KeyFile and Secret is set; with none they are found by OpenID Connect
// discovery from Issuer.
type SourceConfig struct {
	Issuer  string
	JWKSURL string
	KeyFile []byte        // the file's text: a JWK set, or a PEM public key
	Secret  []byte        // HMAC
	Refresh time.Duration // how often remote keys are fetched; 0: DefaultRefresh
	MaxAge  time.Duration // how long fetched keys are good while the issuer cannot be reached; 0: DefaultMaxAge
}

// Defaults of SourceConfig.
const (
	DefaultRefresh = time.Minute
	DefaultMaxAge  = 24 * time.Hour
	fetchTimeout   = 10 * time.Second
	rediscover     = time.Hour
	maxDiscovery   = 64 << 10
)

// Source holds an issuer's keys and keeps them fresh. Remote keys are fetched
// on a schedule and never because of a request: nobody's JWT drives requests to
// the issuer, and no request waits for one. What was fetched is kept in the
// state directory, so that a process that starts during an outage serves too.
type Source struct {
	cfg    SourceConfig
	hmac   bool // the key is a shared secret
	client *http.Client
	file   string // of kept keys; "" keeps none
	now    func() time.Time
	log    *slog.Logger

	state atomic.Pointer[sourceState]
	skew  atomic.Int64 // local clock less the issuer's, by its Date header
	fails atomic.Int64 // since the last success

	mu         sync.Mutex // one fetch at a time
	jwksURL    string     // discovered
	discovered time.Time

	start sync.Once
	stop  context.CancelFunc
	done  chan struct{}
	ready chan struct{}
	once  sync.Once // closes ready
}

// sourceState is swapped as one: a key set and when it was last confirmed.
type sourceState struct {
	keys    *keys
	fetched time.Time // zero for local keys, which do not age
}

// SourceOptions are what a Source needs of its surroundings.
type SourceOptions struct {
	StateDir  string            // "" keeps no keys
	Transport http.RoundTripper // nil: the network
	Now       func() time.Time  // nil: time.Now
	Log       *slog.Logger      // nil: none
}

// NewSource reads local keys, or kept ones, and fetches nothing yet: Start does.
func NewSource(cfg SourceConfig, o SourceOptions) (*Source, error) {
	if cfg.Refresh == 0 {
		cfg.Refresh = DefaultRefresh
	}
	if cfg.MaxAge == 0 {
		cfg.MaxAge = DefaultMaxAge
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Source{cfg: cfg, now: o.Now, log: o.Log, done: make(chan struct{}), ready: make(chan struct{})}
	switch {
	case cfg.Secret != nil:
		k, err := parseSecret(cfg.Secret)
		if err != nil {
			return nil, err
		}
		s.cfg.Secret, s.hmac = nil, true // it is in the keys, where nothing prints it
		s.set(&sourceState{keys: k})
		return s, nil
	case cfg.KeyFile != nil:
		k, err := parseKeyFile(cfg.KeyFile)
		if err != nil {
			return nil, err
		}
		s.set(&sourceState{keys: k})
		return s, nil
	}
	if err := outbound.CheckURL(s.from()); err != nil {
		return nil, fmt.Errorf("the address of the issuer's keys %w", err)
	}
	s.client = outbound.NewClient(fetchTimeout, o.Transport)
	if o.StateDir != "" {
		sum := sha256.Sum256([]byte(s.from()))
		s.file = filepath.Join(o.StateDir, "jwks-"+hex.EncodeToString(sum[:8])+".json")
		if st, err := s.restore(); err == nil {
			s.set(st)
		}
	}
	return s, nil
}

func (s *Source) set(st *sourceState) {
	s.state.Store(st)
	s.once.Do(func() { close(s.ready) })
}

// from is the configured address that keys come from.
func (s *Source) from() string {
	if s.cfg.JWKSURL != "" {
		return s.cfg.JWKSURL
	}
	return strings.TrimSuffix(s.cfg.Issuer, "/") + "/.well-known/openid-configuration"
}

// Remote reports whether the keys are fetched.
func (s *Source) Remote() bool { return s.client != nil }

// Ready is closed once the source has keys.
func (s *Source) Ready() <-chan struct{} { return s.ready }

// Start begins to fetch on the schedule, at once and then every Refresh; a
// second Start does nothing. Close ends it.
func (s *Source) Start() {
	if !s.Remote() {
		return
	}
	s.start.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		s.stop = cancel
		go s.run(ctx)
	})
}

// Close ends the schedule and waits for it. A source that was not started is
// not to be started after Close.
func (s *Source) Close() {
	s.start.Do(func() { close(s.done) })
	if s.stop != nil {
		s.stop()
		<-s.done
	}
}

func (s *Source) run(ctx context.Context) {
	defer close(s.done)
	for {
		if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("issuer's keys were not fetched; those at hand go on", "issuer", s.cfg.Issuer, "error", err, "failures", s.fails.Load())
		}
		wait := s.cfg.Refresh
		if s.state.Load() == nil {
			wait = min(wait, time.Second) // nobody can be judged without keys
		}
		wait += time.Duration(rand.Int64N(int64(wait)/10 + 1)) //nolint:gosec // spreads replicas out; no secret
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// Refresh fetches the keys now. With an error the keys at hand stay.
func (s *Source) Refresh(ctx context.Context) error {
	if !s.Remote() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	text, err := s.fetchSet(ctx)
	if err == nil {
		err = s.accept(text)
	}
	if err != nil {
		s.fails.Add(1)
		s.discovered = time.Time{} // the set may have moved
		return err
	}
	s.fails.Store(0)
	return nil
}

func (s *Source) accept(text []byte) error {
	k, err := parseSet(text)
	if err != nil {
		return err
	}
	if old := s.state.Load(); old != nil && old.keys.hash == k.hash {
		k = old.keys // remembered JWTs stay good
	}
	st := &sourceState{keys: k, fetched: s.now()}
	s.set(st)
	if err := s.keep(text, st.fetched); err != nil {
		s.log.Warn("issuer's keys were not kept: a start during an outage will lack them", "issuer", s.cfg.Issuer, "error", err)
	}
	return nil
}

func (s *Source) fetchSet(ctx context.Context) ([]byte, error) {
	url := s.cfg.JWKSURL
	if url == "" {
		if s.jwksURL == "" || s.now().Sub(s.discovered) > rediscover {
			found, err := s.discover(ctx)
			if err != nil {
				return nil, fmt.Errorf("discovery: %w", err)
			}
			s.jwksURL, s.discovered = found, s.now()
		}
		url = s.jwksURL
	}
	return s.get(ctx, url, maxSetBytes)
}

func (s *Source) discover(ctx context.Context) (string, error) {
	text, err := s.get(ctx, s.from(), maxDiscovery)
	if err != nil {
		return "", err
	}
	var doc struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return "", errors.New("the answer is not a discovery document")
	}
	if doc.Issuer != s.cfg.Issuer { // OpenID Connect Discovery §4.3: must be identical
		return "", errors.New("the discovery document is of another issuer")
	}
	if err := outbound.CheckURL(doc.JWKSURI); err != nil {
		return "", fmt.Errorf("jwks_uri %w", err)
	}
	return doc.JWKSURI, nil
}

func (s *Source) get(ctx context.Context, url string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %d", resp.StatusCode)
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		s.skew.Store(int64(s.now().Sub(date)))
	}
	return outbound.ReadBody(resp, limit)
}

// kept is the file of a key set in the state directory.
type kept struct {
	From    string          `json:"from"`
	Fetched time.Time       `json:"fetched"`
	Keys    json.RawMessage `json:"keys"`
}

func (s *Source) keep(text []byte, at time.Time) error {
	if s.file == "" {
		return nil
	}
	b, err := json.Marshal(kept{From: s.from(), Fetched: at, Keys: text})
	if err != nil {
		return err
	}
	return atomicfile.Write(s.file, b)
}

func (s *Source) restore() (*sourceState, error) {
	b, err := os.ReadFile(s.file)
	if err != nil {
		return nil, err
	}
	var k kept
	if err := json.Unmarshal(b, &k); err != nil {
		return nil, err
	}
	if k.From != s.from() || k.Fetched.After(s.now().Add(time.Minute)) {
		return nil, errors.New("the kept keys are not this issuer's")
	}
	set, err := parseSet(k.Keys)
	if err != nil {
		return nil, err
	}
	return &sourceState{keys: set, fetched: k.Fetched}, nil
}

// current returns the keys, or nil when there are none or they are too old to
// be believed.
func (s *Source) current() *sourceState {
	st := s.state.Load()
	if st == nil || !st.fetched.IsZero() && s.now().Sub(st.fetched) > s.cfg.MaxAge {
		return nil
	}
	return st
}

// Bounds on how long a client waits for a key that the next fetch may bring. The
// least is for a fetch that is overdue, the most for a schedule of hours: the
// client may ask again in vain, but nobody is kept out for a day by one answer.
const (
	minKeyWait = 5 * time.Second
	maxKeyWait = time.Minute
)

// untilNext is about how long it is until the schedule's fetch after st.
func (s *Source) untilNext(st *sourceState) time.Duration {
	return min(max(st.fetched.Add(s.cfg.Refresh).Sub(s.now()), minKeyWait), maxKeyWait)
}

// Status is what operators see of a source.
type Status struct {
	Issuer   string
	Remote   bool
	Keys     int           // usable keys at hand; 0 also when they are too old
	Fetched  time.Time     // zero: never, or local
	Failures int64         // since the last success
	Skew     time.Duration // local clock less the issuer's, to a second
}

// Status reports the source's state.
func (s *Source) Status() Status {
	out := Status{Issuer: s.cfg.Issuer, Remote: s.Remote(), Failures: s.fails.Load(), Skew: time.Duration(s.skew.Load()).Round(time.Second)}
	if st := s.state.Load(); st != nil {
		out.Fetched = st.fetched
	}
	if st := s.current(); st != nil {
		out.Keys = st.keys.n
	}
	return out
}

// Same reports whether the other configuration would make the same source, so
// that a reload can keep this one and its keys.
func (s *Source) Same(cfg SourceConfig) bool {
	if cfg.Refresh == 0 {
		cfg.Refresh = DefaultRefresh
	}
	if cfg.MaxAge == 0 {
		cfg.MaxAge = DefaultMaxAge
	}
	return s.Remote() && cfg.Secret == nil && cfg.KeyFile == nil && s.cfg.Issuer == cfg.Issuer && s.cfg.JWKSURL == cfg.JWKSURL &&
		s.cfg.Refresh == cfg.Refresh && s.cfg.MaxAge == cfg.MaxAge
}
