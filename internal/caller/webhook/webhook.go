// Package webhook recognises users by asking the app's own server whose a
// request's cookies (or other headers) are. The address is fixed by the
// configuration; only the chosen headers are forwarded, and nothing else of the
// request.
//
// The server is asked with a GET and answers
//
//	200 {"user":"alice","attributes":{"team":"red"}}   who it is
//	401, 403                                           nobody, or not welcome
//
// Anything else, redirects too, means that the caller cannot be judged now.
package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller"
	"github.com/rtmauth/rtmauth/internal/caller/outbound"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/recent"
	"github.com/rtmauth/rtmauth/internal/strictjson"
)

// Bounds and defaults.
const (
	MaxCache       = time.Minute
	maxTimeout     = 30 * time.Second
	maxAnswer      = 64 << 10
	maxForwarded   = 16 << 10 // bytes of forwarded headers
	maxInFlight    = 256      // requests to the server at a time
	maxCached      = 16384
	wrongCacheLife = 2 * time.Second // a refusal is remembered shorter: users log in
)

// Config is one server.
type Config struct {
	Name    string // the caller's name for policy
	URL     string
	Headers []string // forwarded
	Timeout time.Duration
	Cache   time.Duration // 0: none
}

// Authenticator asks one server.
type Authenticator struct {
	cfg      Config
	client   *http.Client
	now      func() time.Time
	inFlight chan struct{}
	known    *recent.Map[[sha256.Size]byte, remembered] // by a digest of all that is forwarded
}

type remembered struct {
	who   policy.Caller
	err   *caller.Refused
	until time.Time
}

// New makes an Authenticator; transport nil is the network.
func New(cfg Config, transport http.RoundTripper, now func() time.Time) (*Authenticator, error) {
	if cfg.Name == "" {
		return nil, errors.New("needs a name")
	}
	if err := outbound.CheckURL(cfg.URL); err != nil {
		return nil, fmt.Errorf("url %w", err)
	}
	if len(cfg.Headers) == 0 {
		return nil, errors.New("headers: at least one must be forwarded")
	}
	cfg.Headers = slices.Clone(cfg.Headers)
	for i, h := range cfg.Headers {
		cfg.Headers[i] = http.CanonicalHeaderKey(h)
		switch cfg.Headers[i] {
		case "", "Host", "Content-Length", "Transfer-Encoding", "Connection", "Te", "Trailer", "Upgrade", "Expect":
			return nil, errors.New("headers: one of them belongs to the connection and cannot be forwarded")
		}
	}
	slices.Sort(cfg.Headers)
	cfg.Headers = slices.Compact(cfg.Headers)
	if cfg.Timeout <= 0 || cfg.Timeout > maxTimeout {
		return nil, fmt.Errorf("timeout must be greater than 0 and at most %s", maxTimeout)
	}
	if cfg.Cache < 0 || cfg.Cache > MaxCache {
		return nil, fmt.Errorf("cache must be between 0s and %s", MaxCache)
	}
	return &Authenticator{
		cfg: cfg, client: outbound.NewClient(cfg.Timeout, transport), now: now, inFlight: make(chan struct{}, maxInFlight),
		known: recent.New[[sha256.Size]byte, remembered](maxCached),
	}, nil
}

// Kind returns policy.KindWebhook.
func (*Authenticator) Kind() policy.Kind { return policy.KindWebhook }

// Authenticate implements caller.Authenticator. A request with none of the
// forwarded headers has no credential of this kind, nor has one with an API key
// or JWT beside them: a credential that is wrong must not be made good by
// another.
func (a *Authenticator) Authenticate(ctx context.Context, r *http.Request) (policy.Caller, error) {
	for _, name := range []string{"Authorization", "X-Api-Key"} {
		if len(r.Header[name]) > 0 && !slices.Contains(a.cfg.Headers, name) {
			return policy.Caller{}, caller.ErrNoCredential // judged by that, or refused for it
		}
	}
	id, size := a.digest(r.Header)
	switch {
	case size == 0:
		return policy.Caller{}, caller.ErrNoCredential
	case size > maxForwarded:
		return policy.Caller{}, &caller.Refused{Code: "webhook_too_long", Public: fmt.Sprintf("the request's session headers are longer than %d bytes", maxForwarded)}
	}
	if m, ok := a.recall(id); ok {
		if m.err != nil {
			return policy.Caller{}, m.err
		}
		return m.who, nil
	}
	select {
	case a.inFlight <- struct{}{}:
		defer func() { <-a.inFlight }()
	default:
		return policy.Caller{}, a.unavailable("webhook_busy", errors.New("too many questions under way"))
	}
	who, err := a.ask(ctx, r.Header)
	var refused *caller.Refused
	if err == nil || errors.As(err, &refused) {
		a.remember(id, who, refused)
	}
	return who, err
}

// digest names all that is forwarded: each header and value with its length
// before it, so that no two requests share a name.
func (a *Authenticator) digest(h http.Header) (id [sha256.Size]byte, size int) {
	var buf []byte
	frame := func(s string) {
		buf = binary.AppendUvarint(buf, uint64(len(s)))
		buf = append(buf, s...)
	}
	for _, name := range a.cfg.Headers {
		frame(name)
		buf = binary.AppendUvarint(buf, uint64(len(h[name])))
		for _, v := range h[name] {
			frame(v)
			size += len(v)
			if size > maxForwarded {
				return id, size
			}
		}
	}
	return sha256.Sum256(buf), size
}

func (a *Authenticator) ask(ctx context.Context, from http.Header) (policy.Caller, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.cfg.URL, nil)
	if err != nil {
		return policy.Caller{}, a.unavailable("webhook_unavailable", err)
	}
	for _, name := range a.cfg.Headers {
		if values := from[name]; len(values) > 0 {
			req.Header[name] = slices.Clone(values)
		}
	}
	req.Header.Set("Accept", "application/json")
	resp, err := a.client.Do(req)
	if err != nil {
		return policy.Caller{}, a.unavailable("webhook_unavailable", err)
	}
	defer func() { _ = resp.Body.Close() }()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized:
		return policy.Caller{}, &caller.Refused{Code: "webhook_unauthenticated", Public: "the session is not one of a user who is logged in"}
	case http.StatusForbidden:
		return policy.Caller{}, &caller.Refused{Code: "webhook_forbidden", Forbidden: true, Public: "the session's user may not use this service"}
	default:
		return policy.Caller{}, a.unavailable("webhook_unavailable", fmt.Errorf("answered %d", resp.StatusCode))
	}
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return policy.Caller{}, a.unavailable("webhook_answer", errors.New("the answer is not application/json"))
	}
	body, err := outbound.ReadBody(resp, maxAnswer)
	if err != nil {
		return policy.Caller{}, a.unavailable("webhook_answer", err)
	}
	var answer struct {
		User       string         `json:"user"`
		Attributes map[string]any `json:"attributes"`
	}
	if err := strictjson.Decode(body, &answer); err != nil || answer.User == "" {
		return policy.Caller{}, a.unavailable("webhook_answer", errors.Join(errors.New("the answer has no user"), err))
	}
	claims := answer.Attributes
	if claims == nil {
		claims = map[string]any{}
	}
	claims["sub"] = answer.User // what rules call {sub}; an attribute of that name does not count
	return policy.Caller{Name: a.cfg.Name, Kind: policy.KindWebhook, Subject: answer.User, Claims: claims}, nil
}

func (a *Authenticator) unavailable(code string, cause error) *caller.Unavailable {
	return &caller.Unavailable{Code: code, Public: "sessions cannot be judged now", RetryAfter: 2 * time.Second, Cause: fmt.Errorf("webhook %s: %w", a.cfg.Name, cause)}
}

func (a *Authenticator) recall(id [sha256.Size]byte) (remembered, bool) {
	if a.cfg.Cache == 0 {
		return remembered{}, false
	}
	m, ok := a.known.Get(id)
	return m, ok && a.now().Before(m.until)
}

func (a *Authenticator) remember(id [sha256.Size]byte, who policy.Caller, refused *caller.Refused) {
	if a.cfg.Cache == 0 {
		return
	}
	life := a.cfg.Cache
	if refused != nil {
		life = min(life, wrongCacheLife)
	}
	a.known.Put(id, remembered{who, refused, a.now().Add(life)})
}

var _ caller.Authenticator = (*Authenticator)(nil)
