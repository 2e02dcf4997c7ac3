package native

import (
	"errors"
	"net/http"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/caller"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/server/problem"
)

// Explain says what to answer for an error of a Minter: 401 or 403 for a caller
// who is wrong, 503 for one who cannot be judged now (nor can the user, or the
// decision be recorded), 403 for a denial, 400 for a request that no project
// could sign, and a bare 500 for everything else. It
// fits every contract; only the body's shape is theirs.
func Explain(err error) *problem.Problem {
	var p *problem.Problem
	var refused *caller.Refused
	var unavailable *caller.Unavailable
	var denial *policy.Denial
	var argument *rtmauth.ArgumentError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &refused):
		status := http.StatusUnauthorized
		if refused.Forbidden {
			status = http.StatusForbidden
		}
		return &problem.Problem{Status: status, Code: refused.Code, Detail: sentence(refused.Public), Err: err}
	case errors.As(err, &unavailable):
		return &problem.Problem{Status: http.StatusServiceUnavailable, Code: unavailable.Code, Detail: sentence(unavailable.Public), RetryAfter: unavailable.RetryAfter, Err: err}
	case errors.As(err, &denial):
		return &problem.Problem{Status: http.StatusForbidden, Code: "denied_" + string(denial.Code), Detail: sentence(denial.Text), Err: err}
	case errors.As(err, &argument):
		return &problem.Problem{Status: http.StatusBadRequest, Code: "invalid_request", Detail: sentence("the " + argument.Argument + " " + argument.Rule), Err: err}
	case errors.Is(err, issue.ErrDenyList):
		return &problem.Problem{Status: http.StatusServiceUnavailable, Code: "deny_list_unavailable", Detail: "The service cannot know now who is denied and makes no token without.", RetryAfter: 5 * time.Second, Err: err}
	case errors.Is(err, issue.ErrAudit):
		return &problem.Problem{Status: http.StatusServiceUnavailable, Code: "audit_unavailable", Detail: "The service cannot record its decisions now and makes no token without.", RetryAfter: 5 * time.Second, Err: err}
	}
	return &problem.Problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "The service has a fault; its log says which, under this request ID.", Err: err}
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	if c := s[0]; 'a' <= c && c <= 'z' {
		s = string(c-'a'+'A') + s[1:]
	}
	return s + "."
}
