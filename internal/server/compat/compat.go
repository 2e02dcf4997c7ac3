// Package compat answers in the shapes of other token servers, so that clients
// which were written for them work unchanged: one file per contract. It knows
// HTTP and shapes only; who may have what is decided by whoever makes the
// tokens, behind the small interfaces that the contracts ask for.
//
// Where the original is dangerous ours differs on purpose, and the contract's
// file says how. CORS is not in here: it is the same for all routes of a server.
package compat

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/rtmauth/rtmauth"
)

// MaxBody is the longest request body in bytes; a longer one is answered 413.
const MaxBody = 16 << 10

// Error is an answer to give in place of a token. An error of a minter that is
// neither this nor an *rtmauth.ArgumentError is answered as a bare 500.
type Error struct {
	Status     int           // HTTP status
	Code       string        // what was wrong, for a minter's Refused; of a minter's own errors it is not read
	Message    string        // for the client: what was wrong and what to do; no submitted value, no secret
	RetryAfter time.Duration // for 429 and 503: when to come again; 0 is not sent
	Err        error         // for the log; may be nil
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// asError gives the answer for an error of a minter, and whether its cause is
// news for the log.
func asError(err error) (answer *Error, log bool) {
	if errors.As(err, &answer) {
		return answer, answer.Status >= 500 && answer.Status != http.StatusServiceUnavailable // of that the one who is not to be had says so, once
	}
	var argument *rtmauth.ArgumentError
	if errors.As(err, &argument) {
		return &Error{Status: http.StatusBadRequest, Message: "The " + argument.Argument + " " + argument.Rule + ".", Err: err}, false
	}
	return &Error{Status: http.StatusInternalServerError, Message: "The server could not make a token; its log says why.", Err: err}, true
}

// readBody reads a request's body whatever its Content-Type says: `curl -d`
// sends JSON as a form.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *Error) {
	var data []byte
	var err error
	if n := r.ContentLength; n >= 0 && n <= MaxBody { // net/http gives no more than n bytes
		data = make([]byte, n)
		_, err = io.ReadFull(r.Body, data)
	} else {
		data, err = io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	}
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, &Error{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Message: "The body is longer than " + strconv.Itoa(MaxBody) + " bytes."}
	case err != nil:
		return nil, &Error{Status: http.StatusBadRequest, Code: "unreadable", Message: "The body could not be read to its end.", Err: err}
	}
	return data, nil
}

// Header values that answers share; never written to.
var (
	contentJSON = []string{"application/json"}
	noStore     = []string{"no-store"}
	noSniff     = []string{"nosniff"}
)

func setRetryAfter(h http.Header, e *Error) {
	if e.RetryAfter > 0 {
		seconds := (e.RetryAfter + time.Second - 1) / time.Second
		h.Set("Retry-After", strconv.FormatInt(int64(seconds), 10))
	}
}
