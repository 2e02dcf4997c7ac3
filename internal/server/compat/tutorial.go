package compat

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/rtmauth/rtmauth/internal/strictjson"
)

// RTMMinter makes a token for logging in to RTM as user, for whoever sent r; it
// checks the user ID. The token's version is its own affair.
type RTMMinter interface {
	MintRTM(r *http.Request, user string, life time.Duration) (token string, err error)
	// Refused is told, before the answer, of a request from which no user could
	// be read, and why in a word.
	Refused(r *http.Request, code string)
}

// TutorialLife is the life that Agora's guide asks for. A 006 token lives 24
// hours all the same.
const TutorialLife = time.Hour

// Tutorial is the token server of Agora's RTM guide, on every method of
// /fetch_rtm_token:
//
//	POST {"uid":"alice"}   200 {"token":"006…","code":"200"}
//	OPTIONS                200
//	another method         404
//
// On purpose it differs from the original where that mints or says the wrong
// thing: an error never puts text into "token" (it is "", "code" is the status as
// a string and "error" says what to do); a user ID that RTM does not take (the
// empty one too) is 400, as is a body in which the user is ambiguous; a body
// over MaxBody is 413; and no request sees the token of another.
type Tutorial struct {
	Minter RTMMinter
	Log    *slog.Logger // for errors that are not the client's
}

type tutorialAnswer struct {
	Token string `json:"token"`
	Code  string `json:"code"`
	Error string `json:"error,omitempty"`
}

// ServeHTTP answers one request.
func (t *Tutorial) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodOptions:
		w.WriteHeader(http.StatusOK)
		return
	case http.MethodPost:
	default:
		t.refuse(w, r, &Error{Status: http.StatusNotFound, Code: "method", Message: "Unsupported method. Please check: tokens are fetched with POST."})
		return
	}
	user, refused := readUser(w, r)
	if refused != nil {
		t.refuse(w, r, refused)
		return
	}
	token, err := t.Minter.MintRTM(r, user, TutorialLife)
	if err != nil {
		answer, log := asError(err)
		if log && t.Log != nil {
			t.Log.ErrorContext(r.Context(), "no token made", "path", r.URL.Path, "status", answer.Status, "error", answer.Err)
		}
		WriteTutorialError(w, answer)
		return
	}
	writeTutorial(w, http.StatusOK, tutorialAnswer{Token: token, Code: "200"})
}

func (t *Tutorial) refuse(w http.ResponseWriter, r *http.Request, e *Error) {
	t.Minter.Refused(r, e.Code)
	WriteTutorialError(w, e)
}

// readUser reads the user out of the request's body.
func readUser(w http.ResponseWriter, r *http.Request) (string, *Error) {
	data, unread := readBody(w, r)
	if unread != nil {
		return "", unread
	}
	if user, ok := strictjson.PlainString(data, "uid"); ok {
		return user, nil
	}
	var request struct {
		UID *string `json:"uid"`
	}
	if err := strictjson.Decode(data, &request); err != nil {
		return "", badRequest(explain(err))
	}
	if request.UID == nil {
		return "", badRequest(`"uid" is missing`)
	}
	return *request.UID, nil
}

func badRequest(why string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "invalid_request", Message: `Bad request. Send {"uid":"the user ID"}: ` + why + "."}
}

// explain says what is wrong with a body and names no key of it but "uid".
func explain(err error) string {
	var wrong *strictjson.Error
	switch {
	case !errors.As(err, &wrong):
		return "the body is not as expected"
	case wrong.Key == "":
		return "the body " + wrong.Rule
	case wrong.Key == "uid":
		return `"uid" ` + wrong.Rule
	}
	return "a key " + wrong.Rule
}

// WriteTutorialError answers in the tutorial's shape; servers use it for what
// they refuse before the handler is reached.
func WriteTutorialError(w http.ResponseWriter, e *Error) {
	setRetryAfter(w.Header(), e)
	writeTutorial(w, e.Status, tutorialAnswer{Code: strconv.Itoa(e.Status), Error: e.Message})
}

// encode is the JSON of the answer. A token has nothing to escape, and is written
// as it is.
func (a *tutorialAnswer) encode() ([]byte, error) {
	if a.Error != "" || !base64Only(a.Token) || !base64Only(a.Code) {
		return json.Marshal(a)
	}
	body := make([]byte, 0, len(a.Token)+len(a.Code)+32)
	body = append(body, `{"token":"`...)
	body = append(body, a.Token...)
	body = append(body, `","code":"`...)
	body = append(body, a.Code...)
	return append(body, `"}`...), nil
}

// base64Bytes has true at each byte of base64.
var base64Bytes = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") {
		set[c] = true
	}
	return set
}()

func base64Only(s string) bool {
	for i := range len(s) {
		if !base64Bytes[s[i]] {
			return false
		}
	}
	return true
}

func writeTutorial(w http.ResponseWriter, status int, answer tutorialAnswer) {
	body, err := answer.encode()
	if err != nil { // strings always marshal
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h["Content-Type"], h["Cache-Control"], h["X-Content-Type-Options"] = contentJSON, noStore, noSniff
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone: nobody to tell
}
