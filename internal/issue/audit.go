package issue

import (
	"errors"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// Outcome is how a decision came out.
type Outcome string

// The outcomes.
const (
	Issued          Outcome = "issued"
	Denied          Outcome = "denied"          // by policy, or the deny list
	Invalid         Outcome = "invalid"         // no project could sign it, or nothing was asked that can be read
	Unauthenticated Outcome = "unauthenticated" // the caller is wrong
	Unavailable     Outcome = "unavailable"     // caller or user could not be judged
	Limited         Outcome = "limited"         // the caller asks too often
	Failed          Outcome = "failed"          // a fault of this service
	Verified        Outcome = "verified"        // somebody's token was judged
	Listed          Outcome = "listed"          // a user was put on the deny list
	Unlisted        Outcome = "unlisted"        // a user was taken off it
)

// Record is one decision, for the audit log. It holds no token, certificate,
// key or JWT; User is what the caller asked for and may be personal data.
type Record struct {
	Time        time.Time
	RequestID   string
	TraceID     string
	Route       string
	Client      string
	Caller      string
	CallerKind  string
	Subject     string
	User        string
	Project     string
	Rule        string
	Outcome     Outcome
	Code        string // why not issued
	Fingerprint string // of the token
	ExpiresAt   time.Time

	services []policy.Service
}

// Services are those asked for; not to be changed.
func (r *Record) Services() []policy.Service { return r.services }

// Auditor keeps records. Record returns an error only if the decision must not
// be acted upon; it does not keep r.
type Auditor interface {
	Record(r *Record) error
}

func (r *Record) fail(err error) {
	var denial *policy.Denial
	var argument *rtmauth.ArgumentError
	switch {
	case errors.As(err, &denial):
		r.Outcome, r.Code = Denied, string(denial.Code)
	case errors.As(err, &argument):
		r.Outcome, r.Code = Invalid, argument.Argument
		r.User = "" // of unknown shape
	case errors.Is(err, ErrDenyList):
		r.Outcome, r.Code = Unavailable, "deny_list_unavailable"
	default:
		r.Outcome, r.Code = Failed, "fault"
	}
}
