package dev

import (
	"encoding/json"
	"net/http"

	"github.com/rtmauth/rtmauth/internal/localguard"
	"github.com/rtmauth/rtmauth/internal/server/compat"
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

// checkOrigin refuses foreign pages before next does anything, answers
// preflights that next does not, and lets admitted pages read the answer.
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

// get makes a handler of GET and HEAD that also answers preflights.
func (s *system) get(h http.HandlerFunc) http.Handler {
	return method(h, http.MethodGet, http.MethodHead)
}

func method(h http.HandlerFunc, first, second string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case first, second:
			h(w, r)
		case http.MethodOptions:
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Allow", first+", OPTIONS")
			writeError(w, http.StatusMethodNotAllowed, "This path takes "+first+".")
		}
	})
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
