// Package problem is the one writer of errors: RFC 9457 problem details with
// stable types. Nothing that a client submitted is repeated in one.
package problem

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// URN begins every problem's type; its code follows.
const URN = "urn:rtmauth:problem:"

// Problem is an answer in place of what was asked for. The zero Problem is
// written as a bare 500.
type Problem struct {
	Status     int
	Code       string        // stable, lower_snake_case
	Detail     string        // what was wrong and what to do
	RetryAfter time.Duration // for 429 and 503; spread when written, so that clients do not come back together
	Err        error         // for the log, never written
}

func (p *Problem) Error() string { return p.Detail }
func (p *Problem) Unwrap() error { return p.Err }

// Body is a problem as it is written.
type Body struct {
	Type      string `json:"type" doc:"urn:rtmauth:problem: and the code" example:"urn:rtmauth:problem:denied_user"`
	Title     string `json:"title" doc:"The status in words"`
	Status    int    `json:"status" doc:"The HTTP status"`
	Code      string `json:"code" doc:"What was wrong, stable over versions" example:"denied_user"`
	Detail    string `json:"detail" doc:"What was wrong and what to do, for people. Holds nothing that was submitted."`
	RequestID string `json:"request_id,omitempty" doc:"The request's X-Request-Id, as in the service's logs"`
}

// Write writes p. The request ID is that of the answer's X-Request-Id header.
func Write(w http.ResponseWriter, p *Problem) {
	if p == nil || p.Status == 0 {
		p = &Problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "The service has a fault; its log says which, under this request ID."}
	}
	h := w.Header()
	body, err := json.Marshal(Body{
		Type: URN + p.Code, Title: http.StatusText(p.Status), Status: p.Status, Code: p.Code, Detail: p.Detail, RequestID: h.Get("X-Request-Id"),
	})
	if err != nil { // strings and a number always marshal
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	Headers(h, p)
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // the client is gone: nobody to tell
}

// Headers sets what belongs to a problem whatever shape its body has:
// WWW-Authenticate with 401 (RFC 9110 §15.5.2) and Retry-After.
func Headers(h http.Header, p *Problem) {
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="rtmauth"`)
	}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		h.Set("Retry-After", strconv.Itoa(Spread(p.RetryAfter)))
	}
}

// maxSpread bounds how much longer than asked a client is sent away.
const maxSpread = 30 // seconds

// Spread is a wait in whole seconds between base and twice base, at least 1 and
// at most maxSpread more than base, at
// random: a crowd that was sent away together does not come back together.
func Spread(base time.Duration) int {
	seconds := max(1, int((base+time.Second-1)/time.Second))
	return seconds + rand.IntN(min(seconds, maxSpread)+1) //nolint:gosec // spreads clients out; no secret
}
