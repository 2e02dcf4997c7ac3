package reload

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller/jwt"
	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/fleet"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// Judge judges one credential as a service of the configuration would, without
// being one: nothing is kept, no schedule runs.
type Judge struct{ s *Snapshot }

// NewJudge builds the callers of a configuration.
func NewJudge(r *config.Resolved, now func() time.Time) (*Judge, error) {
	none := *r.Config
	none.State = "" // nothing is kept
	apart := *r
	apart.Config, apart.Redis = &none, fleet.Config{}
	expiries, err := OpenExpiries("")
	if err != nil {
		return nil, err
	}
	s, err := (&builder{now: now, expiries: expiries}).build(&apart, nil)
	if err != nil {
		return nil, err
	}
	return &Judge{s}, nil
}

// Close ends the judge.
func (j *Judge) Close() { j.s.retire(nil) }

// Facts are what a JWT says of itself; false for what is no JWT.
func (j *Judge) Facts(credential string) (jwt.Unverified, bool) {
	if strings.Count(credential, ".") != 2 {
		return jwt.Unverified{}, false
	}
	u, err := jwt.Peek(credential)
	return u, err == nil
}

// Issuers are those that are configured.
func (j *Judge) Issuers() []string {
	var out []string
	for _, is := range j.s.Config.JWT {
		out = append(out, is.Issuer.Issuer)
	}
	return out
}

// Wanted is what the configuration wants of an issuer's JWTs, in words.
func (j *Judge) Wanted(issuer string) string {
	var out []string
	for _, is := range j.s.Config.JWT {
		if is.Issuer.Issuer != issuer {
			continue
		}
		if len(is.Issuer.Audience) > 0 {
			out = append(out, fmt.Sprintf("%q for caller %s", is.Issuer.Audience, is.Issuer.Name))
		}
		for claim, values := range is.Issuer.Require {
			out = append(out, fmt.Sprintf("claim %s %q for caller %s", claim, values, is.Issuer.Name))
		}
	}
	if len(out) == 0 {
		return "nothing: the issuer is not configured"
	}
	return strings.Join(out, "; ")
}

// FetchKeys fetches the keys of all issuers and returns what failed.
func (j *Judge) FetchKeys(ctx context.Context) []error {
	var out []error
	for _, src := range j.s.sources {
		if err := src.Refresh(ctx); err != nil {
			out = append(out, fmt.Errorf("issuer %s: %w", src.Status().Issuer, err))
		}
	}
	return out
}

// Caller says whose the credential is.
func (j *Judge) Caller(ctx context.Context, credential string) (policy.Caller, error) {
	r := &http.Request{Header: http.Header{"Authorization": {"Bearer " + credential}}}
	who, _, err := j.s.Chain.Authenticate(ctx, r)
	return who, err
}
