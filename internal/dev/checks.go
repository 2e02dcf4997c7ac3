package dev

import (
	"crypto/rand"
	"encoding/json"
	"net/http"

	"github.com/rtmauth/rtmauth/internal/localguard"
	"github.com/rtmauth/rtmauth/internal/server/compat"
	"github.com/rtmauth/rtmauth/internal/server/problem"
)

// setDate sends the Date of the turned clock, by which clients correct theirs.
func (s *system) setDate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}

// checkHost refuses every request under a foreign name, whatever its path: a
// page that has its own name point at this machine could read the answers.
func (s *system) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refusal, ok := s.guard.CheckHost(r); !ok {
			refuse(w, refusal)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkOrigin refuses foreign pages before next does anything, and lets admitted
// pages read the answer.
func (s *system) checkOrigin(methods string, refuse func(http.ResponseWriter, localguard.Refusal), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.guard.SetCORS(w.Header(), r, methods)
		if refusal, ok := s.guard.Check(r); !ok {
			refuse(w, refusal)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuse answers what the guard refuses.
func refuse(w http.ResponseWriter, refusal localguard.Refusal) {
	writeError(w, http.StatusForbidden, refusal.Sentence())
}

// refuseTutorial is refuse in the shape of the guide's contract.
func refuseTutorial(w http.ResponseWriter, refusal localguard.Refusal) {
	compat.WriteTutorialError(w, &compat.Error{Status: http.StatusForbidden, Message: refusal.Sentence()})
}

// refuseProblem is refuse in the shape of the native API.
func refuseProblem(w http.ResponseWriter, refusal localguard.Refusal) {
	problem.Write(w, &problem.Problem{Status: http.StatusForbidden, Code: "origin", Detail: refusal.Sentence()})
}

// setRequestID names the answer, so that problems carry the name too.
func setRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", rand.Text())
		next.ServeHTTP(w, r)
	})
}

// preflight answers OPTIONS.
func preflight(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// get is a handler of GET and HEAD, post one of POST; both answer preflights.
func get(h http.HandlerFunc) http.Handler  { return only(h, http.MethodGet, http.MethodHead) }
func post(h http.HandlerFunc) http.Handler { return only(h, http.MethodPost, http.MethodPost) }

func only(h http.HandlerFunc, method, alike string) http.Handler {
	return preflight(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method && r.Method != alike {
			w.Header().Set("Allow", method+", OPTIONS")
			writeError(w, http.StatusMethodNotAllowed, "This path takes "+method+".")
			return
		}
		h(w, r)
	}))
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil { // the values are ours and marshal
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client is gone: nobody to tell
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, struct {
		Error string `json:"error"`
	}{message})
}
