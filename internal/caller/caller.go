// Package caller says who is asking. Each way to know a caller is a package of
// its own (apikey, jwt, webhook, mtls) behind one small interface; Chain tries
// them.
//
// Nothing that a client sends makes a request skip authentication: an
// Authenticator either vouches, or says that the request has no credential of
// its kind, and only a request that has none of any kind may be anonymous,
// where that is configured. A credential that is present and wrong ends the
// matter: no other authenticator is asked.
package caller

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth/internal/policy"
)

// Authenticator recognises callers by one kind of credential. Its methods may
// be called concurrently.
type Authenticator interface {
	// Authenticate reads the request's headers and connection, never its body.
	// Its error is ErrNoCredential, a *Refused or an *Unavailable; any other
	// counts as unavailable. The Caller is zero with every error.
	Authenticate(ctx context.Context, r *http.Request) (policy.Caller, error)
	// Kind is what the authenticator recognises callers by; a metric's label.
	Kind() policy.Kind
}

// ErrNoCredential says that the request has no credential of this kind.
var ErrNoCredential = errors.New("the request has no credential of this kind")

// Refused says that the caller is wrong: retrying the same will not help.
type Refused struct {
	Code      string // stable, for metrics and problems: "api_key_unknown", "jwt_expired" …
	Public    string // what was wrong, as far as that is safe to say, and what to do
	Forbidden bool   // known, but not welcome: 403 instead of 401
	Cause     error  // for the log
}

func (e *Refused) Error() string { return e.Public }
func (e *Refused) Unwrap() error { return e.Cause }

// Unavailable says that the caller cannot be judged now: neither right nor
// wrong. Answered with 503 and Retry-After, so that clients do not log users out.
type Unavailable struct {
	Code       string
	Public     string
	RetryAfter time.Duration // 0: the server's choice; the server spreads it
	Cause      error         // for the log
}

func (e *Unavailable) Error() string { return e.Public }
func (e *Unavailable) Unwrap() error { return e.Cause }

// Chain asks its authenticators in order. The zero Chain refuses everybody.
type Chain struct {
	Authenticators []Authenticator
	// InsecureAnonymous lets requests without any credential through, as caller
	// "anonymous". Wrong credentials stay wrong.
	InsecureAnonymous bool
}

// Outcome is told to Chain's observer for every request: "ok", "no_credential",
// "anonymous", or the code of what was wrong.
type Outcome struct {
	Kind policy.Kind
	Code string
}

// AnonymousName is the caller name of anonymous requests, for policy rules.
const AnonymousName = "anonymous"

// Authenticate returns the caller of the first authenticator that finds a
// credential of its kind.
func (c *Chain) Authenticate(ctx context.Context, r *http.Request) (policy.Caller, Outcome, error) {
	for _, a := range c.Authenticators {
		who, err := a.Authenticate(ctx, r)
		if errors.Is(err, ErrNoCredential) {
			continue
		}
		out := Outcome{Kind: a.Kind(), Code: "ok"}
		if err != nil {
			out.Code = codeOf(err)
			return policy.Caller{}, out, err
		}
		return who, out, nil
	}
	for _, name := range credentialHeaders {
		if len(r.Header[name]) > 0 {
			return policy.Caller{}, Outcome{Kind: "none", Code: "credential_unknown"}, &Refused{
				Code:   "credential_unknown",
				Public: "the credential in " + name + " is of no kind that this service accepts",
			}
		}
	}
	if c.InsecureAnonymous {
		return policy.Caller{Name: AnonymousName, Kind: policy.KindAnonymous, Subject: AnonymousName}, Outcome{policy.KindAnonymous, "anonymous"}, nil
	}
	return policy.Caller{}, Outcome{Kind: "none", Code: "no_credential"}, &Refused{
		Code:   "no_credential",
		Public: "the request names no caller: send \"Authorization: Bearer …\" with an API key or a JWT",
	}
}

var credentialHeaders = [...]string{"Authorization", "X-Api-Key"}

func codeOf(err error) string {
	var refused *Refused
	var unavailable *Unavailable
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case errors.As(err, &unavailable):
		return unavailable.Code
	}
	return "unavailable"
}

// Bearer returns the credential of "Authorization: Bearer …", or of X-API-Key.
// Without either it is ErrNoCredential; with several, or both, or another
// scheme, a *Refused: which of two credentials counts is nobody's guess.
func Bearer(h http.Header) (string, error) {
	auth, key := h["Authorization"], h["X-Api-Key"]
	switch {
	case len(auth)+len(key) == 0:
		return "", ErrNoCredential
	case len(auth)+len(key) > 1:
		return "", &Refused{Code: "credential_twice", Public: "the request has more than one credential; send one, in Authorization"}
	case len(key) == 1:
		return key[0], nil
	}
	scheme, rest, ok := strings.Cut(auth[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", &Refused{Code: "credential_scheme", Public: "Authorization must be \"Bearer\" and one API key or JWT"}
	}
	rest = strings.TrimSpace(rest)
	if rest == "" || strings.ContainsAny(rest, " ,\t") {
		return "", &Refused{Code: "credential_scheme", Public: "Authorization must be \"Bearer\" and one API key or JWT"}
	}
	return rest, nil
}
