// Package jwt recognises users by a JWT of a configured issuer (OpenID Connect
// ID tokens and access tokens among them).
//
// What is required of every JWT: a signature by one of the issuer's keys with
// an algorithm of the allow-list, iss, exp, and an audience or claims by which
// it is known to be meant for this application. An issuer signs tokens for many
// applications; without the last, any of them could log its users in here.
package jwt

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"github.com/rtmauth/rtmauth/internal/caller"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/recent"
)

// Bounds and defaults.
const (
	maxTokenBytes = 8 << 10
	MaxLeeway     = 5 * time.Minute
	DefaultLeeway = 30 * time.Second
	keyLag        = time.Minute // by which a key may be published after a JWT that it signed; clocks differ, and issuers' caches lag
)

// KeyPending is the code of an Unavailable that anybody can bring about, with a
// JWT of their own making: one in the name of an issuer, issued just now, by a
// key that nobody knows. It says nothing of this service's health.
const KeyPending = "jwt_key_pending"

// Algorithms that an allow-list can hold. "none" is not among them.
func Algorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"}
}

// Issuer is one accepted issuer. Several entries may share an issuer, for
// several audiences with callers' names of their own; they then share a Source.
type Issuer struct {
	Name       string   // the caller's name for policy
	Issuer     string   // iss, compared byte for byte
	Audience   []string // one of them must be in aud
	Require    map[string][]string
	Algorithms []string
	Leeway     time.Duration
	Source     *Source
}

// Authenticator accepts JWTs. It remembers those it verified until they end,
// at most cacheSize, and forgets them when their issuer's keys change.
type Authenticator struct {
	byIssuer map[string][]*candidate
	parser   *gojwt.Parser
	now      func() time.Time
	cache    *cache
}

type candidate struct {
	Issuer
	validator *gojwt.Validator
}

// New makes an Authenticator. It refuses what would accept too much: neither
// audience nor required claims, no algorithm, an unknown one, HMAC beside a
// public key or without a secret, a leeway over MaxLeeway.
func New(issuers []Issuer, now func() time.Time) (*Authenticator, error) {
	a := &Authenticator{byIssuer: map[string][]*candidate{}, now: now, cache: recent.New[[sha256.Size]byte, entry](cacheSize)}
	var algs []string
	for _, is := range issuers {
		if err := check(is); err != nil {
			return nil, fmt.Errorf("jwt %q: %w", is.Name, err)
		}
		if others := a.byIssuer[is.Issuer]; len(others) > 0 && others[0].Source != is.Source {
			return nil, fmt.Errorf("jwt %q: entries for one issuer must have the same source of keys", is.Name)
		}
		opts := []gojwt.ParserOption{gojwt.WithLeeway(is.Leeway), gojwt.WithTimeFunc(now), gojwt.WithExpirationRequired(), gojwt.WithIssuer(is.Issuer), gojwt.WithIssuedAt()}
		if len(is.Audience) > 0 {
			opts = append(opts, gojwt.WithAudience(is.Audience...))
		}
		a.byIssuer[is.Issuer] = append(a.byIssuer[is.Issuer], &candidate{is, gojwt.NewValidator(opts...)})
		algs = append(algs, is.Algorithms...)
	}
	a.parser = gojwt.NewParser(gojwt.WithValidMethods(algs), gojwt.WithoutClaimsValidation(), gojwt.WithStrictDecoding())
	return a, nil
}

func check(is Issuer) error {
	switch {
	case is.Name == "" || is.Issuer == "" || is.Source == nil:
		return errors.New("needs a name, an issuer and a source of keys")
	case len(is.Audience) == 0 && len(is.Require) == 0:
		return errors.New("needs audience, or require with a claim: an issuer's tokens for other applications would be accepted")
	case slices.Contains(is.Audience, ""):
		return errors.New("audience is empty")
	case len(is.Algorithms) == 0:
		return errors.New("needs algorithms")
	case is.Leeway < 0 || is.Leeway > MaxLeeway:
		return fmt.Errorf("leeway must be between 0 and %s", MaxLeeway)
	}
	for claim, values := range is.Require {
		if claim == "" || len(values) == 0 || slices.Contains(values, "") {
			return errors.New("require needs a claim's name and the values it may have")
		}
	}
	for _, alg := range is.Algorithms {
		if !slices.Contains(Algorithms(), alg) {
			return fmt.Errorf("algorithm %q is not accepted; use one of %s", alg, strings.Join(Algorithms(), ", "))
		}
		if hmac := strings.HasPrefix(alg, "HS"); hmac != is.Source.hmac {
			return fmt.Errorf("algorithm %q: HMAC goes with secret, and only with it; the others go with public keys", alg)
		}
	}
	return nil
}

// Kind returns policy.KindJWT.
func (*Authenticator) Kind() policy.Kind { return policy.KindJWT }

// Authenticate implements caller.Authenticator. What does not look like a JWT
// is no credential of this kind.
func (a *Authenticator) Authenticate(_ context.Context, r *http.Request) (policy.Caller, error) {
	text, err := caller.Bearer(r.Header)
	if err != nil {
		return policy.Caller{}, err
	}
	if strings.Count(text, ".") != 2 {
		return policy.Caller{}, caller.ErrNoCredential
	}
	return a.Judge(text)
}

// Judge decides about one JWT. Its errors are those of Authenticate.
func (a *Authenticator) Judge(text string) (policy.Caller, error) {
	if len(text) > maxTokenBytes {
		return policy.Caller{}, refuse("jwt_too_long", "the JWT is longer than %d bytes", maxTokenBytes)
	}
	id := sha256.Sum256([]byte(text))
	now := a.now()
	if e, ok := a.cache.Get(id); ok && now.Before(e.expires) {
		if st := e.source.current(); st != nil && st.keys == e.keys {
			return e.caller, nil
		}
	}
	e, err := a.verify(text)
	if err != nil {
		return policy.Caller{}, err
	}
	if now.Before(e.expires) {
		a.cache.Put(id, e)
	}
	return e.caller, nil
}

func (a *Authenticator) verify(text string) (entry, error) {
	var cands []*candidate
	var st *sourceState
	var keyErr error
	asked := false
	claims := gojwt.MapClaims{}
	token, err := a.parser.ParseWithClaims(text, claims, func(t *gojwt.Token) (any, error) {
		var key any
		asked = true
		cands, st, key, keyErr = a.keyFor(t, claims)
		return key, keyErr
	})
	if keyErr != nil {
		return entry{}, keyErr
	}
	if err != nil {
		return entry{}, explainParse(err, asked)
	}
	var why error
	for _, c := range cands {
		if why = c.accepts(token, claims, a.now()); why != nil {
			continue
		}
		exp, err := claims.GetExpirationTime()
		if err != nil || exp == nil {
			return entry{}, refuse("jwt_expiry", "the JWT has no expiry (exp)")
		}
		sub, _ := claims["sub"].(string)
		kid, _ := token.Header["kid"].(string)
		return entry{source: c.Source, keys: st.keys, expires: exp.Time, caller: policy.Caller{
			Name: c.Name, Kind: policy.KindJWT, Subject: sub, Issuer: c.Issuer.Issuer, KeyID: kid, Claims: claims,
		}}, nil
	}
	return entry{}, why
}

// keyFor finds the key by the JWT's own, unverified, iss and kid.
func (a *Authenticator) keyFor(t *gojwt.Token, claims gojwt.MapClaims) ([]*candidate, *sourceState, any, error) {
	if _, critical := t.Header["crit"]; critical { // RFC 7515 §4.1.11: refused unless all of it is understood, and none is
		return nil, nil, nil, refuse("jwt_crit", "the JWT's header demands extensions (crit), and this service knows none: have the issuer leave them out")
	}
	iss, _ := claims["iss"].(string)
	cands := a.byIssuer[iss]
	if len(cands) == 0 {
		return nil, nil, nil, refuse("jwt_issuer", "the JWT's issuer (iss) is not one that this service accepts")
	}
	src := cands[0].Source
	st := src.current()
	if st == nil {
		return nil, nil, nil, &caller.Unavailable{
			Code: "jwt_keys_unavailable", RetryAfter: 5 * time.Second,
			Public: fmt.Sprintf("the keys of issuer %s are not to be had now", iss),
		}
	}
	key, err := st.keys.key(t)
	switch {
	case err == nil:
		return cands, st, key, nil
	case errors.Is(err, errUnknownKey):
		// A token issued after the keys were fetched may be signed by a newer
		// key: that cannot be judged before the next fetch of the schedule.
		// Once a fetch later than iat and keyLag lacks the key, it is refused.
		at, err := claims.GetIssuedAt()
		if src.Remote() && err == nil && at != nil && at.After(st.fetched.Add(-keyLag)) && !at.After(a.now().Add(MaxLeeway)) {
			return nil, nil, nil, &caller.Unavailable{
				Code: KeyPending, RetryAfter: src.untilNext(st),
				Public: "the JWT is signed by a key that this service does not have yet",
			}
		}
		return nil, nil, nil, refuse("jwt_key_unknown", "the JWT is signed by a key (kid) that issuer %s does not publish", iss)
	case errors.Is(err, errNoKeyID):
		return nil, nil, nil, refuse("jwt_key_unknown", "the JWT names no key (kid), and issuer %s has several", iss)
	}
	return nil, nil, nil, refuse("jwt_algorithm", "the JWT's algorithm (alg) does not go with the key of issuer %s", iss)
}

// accepts judges a JWT whose signature was verified; what it says may therefore
// be told to the caller.
func (c *candidate) accepts(t *gojwt.Token, claims gojwt.MapClaims, now time.Time) error {
	if !slices.Contains(c.Algorithms, t.Method.Alg()) {
		return refuse("jwt_algorithm", "the JWT's algorithm (alg) is not one that is accepted of issuer %s: %s", c.Issuer.Issuer, strings.Join(c.Algorithms, ", "))
	}
	if err := c.validator.Validate(claims); err != nil {
		return c.explainClaims(err, claims, now)
	}
	who := policy.Caller{Claims: claims}
	for claim, values := range c.Require {
		if !who.HasClaim(claim, values) {
			return refuse("jwt_claim", "the JWT's claim %q is not as required: %s", claim, strings.Join(values, " or "))
		}
	}
	return nil
}

func (c *candidate) explainClaims(err error, claims gojwt.MapClaims, now time.Time) error {
	switch {
	case errors.Is(err, gojwt.ErrTokenExpired):
		exp, _ := claims.GetExpirationTime()
		if exp == nil {
			break
		}
		return refuse("jwt_expired", "the JWT expired at %s, %s ago (leeway %s): get a new one from the issuer",
			exp.UTC().Format(time.RFC3339), now.Sub(exp.Time).Round(time.Second), c.Leeway)
	case errors.Is(err, gojwt.ErrTokenNotValidYet), errors.Is(err, gojwt.ErrTokenUsedBeforeIssued):
		return refuse("jwt_not_yet_valid", "the JWT is not valid yet: this service's clock says %s", now.UTC().Format(time.RFC3339))
	case errors.Is(err, gojwt.ErrTokenInvalidAudience) || errors.Is(err, gojwt.ErrTokenRequiredClaimMissing) && claims["aud"] == nil && len(c.Audience) > 0 && claims["exp"] != nil:
		got, _ := claims.GetAudience()
		return refuse("jwt_audience", "the JWT is for audience %s; this service wants %s", clip(strings.Join(got, ", ")), strings.Join(c.Audience, " or "))
	case errors.Is(err, gojwt.ErrTokenRequiredClaimMissing):
		return refuse("jwt_expiry", "the JWT has no expiry (exp)")
	}
	return refuse("jwt_claim", "a time or the audience in the JWT is not of its standard type")
}

// explainParse says why a JWT was not verified; asked is whether its algorithm
// came as far as a key.
func explainParse(err error, asked bool) error {
	switch {
	case errors.Is(err, gojwt.ErrTokenSignatureInvalid) && !asked:
		return refuse("jwt_algorithm", "the JWT's algorithm (alg) is not one that this service accepts")
	case errors.Is(err, gojwt.ErrTokenSignatureInvalid):
		return refuse("jwt_signature", "the JWT's signature is wrong: it was changed, or signed by another key")
	case errors.Is(err, gojwt.ErrTokenUnverifiable):
		return refuse("jwt_algorithm", "the JWT's algorithm (alg) is not one that this service accepts")
	}
	return refuse("jwt_malformed", "the credential looks like a JWT and cannot be read as one")
}

func refuse(code, format string, args ...any) *caller.Refused {
	return &caller.Refused{Code: code, Public: fmt.Sprintf(format, args...)}
}

// clip bounds what is repeated of a verified JWT.
func clip(s string) string {
	if s == "" {
		return "none"
	}
	if len(s) > 120 {
		return strings.ToValidUTF8(s[:120], "") + "…"
	}
	return s
}

var _ caller.Authenticator = (*Authenticator)(nil)
