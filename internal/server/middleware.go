package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller/jwt"
	"github.com/rtmauth/rtmauth/internal/caller/webhook"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/ratelimit"
	"github.com/rtmauth/rtmauth/internal/server/native"
	"github.com/rtmauth/rtmauth/internal/server/problem"
)

// handler is the public listener's: the routes, and around all of them, from
// the outside in, the middlewares. Authentication is not in the list: routes()
// puts it before each private route, in that route's shape of errors.
func (s *Server) handler() http.Handler {
	var h http.Handler = s.routes()
	for _, wrap := range []func(http.Handler) http.Handler{ // the last is the outermost
		s.cors,
		s.recover,
		s.identify,
	} {
		h = wrap(h)
	}
	return h
}

// identify begins a request: its snapshot, its ID, where it came from; and
// counts it when it is answered.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := &request{snapshot: s.reloader.Current(), began: s.now(), trace: traceID(r.Header), route: "none"}
		proxied := false
		q.client, proxied = clientAddress(r, q.snapshot.Config.Proxies)
		if proxied {
			q.id = givenID(r.Header)
		}
		if q.id == "" {
			q.id = requestID()
		}
		w.Header()["X-Request-Id"] = []string{q.id}
		if s.draining.Load() && r.ProtoMajor == 1 {
			w.Header()["Connection"] = closeConnection // the client opens its next one elsewhere
		}
		s.metrics.Began()
		a, code := remember(w), http.StatusInternalServerError // of an answer that is broken off
		defer func() { s.metrics.Answered(q.route, r.Method, code, s.now().Sub(q.began)) }()
		next.ServeHTTP(a, with(r, q))
		code = a.code()
	})
}

var closeConnection = []string{"close"}

// answer remembers the status, for the metrics.
type answer struct {
	http.ResponseWriter
	status int
}

// remember makes an answer of w, unless it is one.
func remember(w http.ResponseWriter) *answer {
	if a, ok := w.(*answer); ok {
		return a
	}
	return &answer{ResponseWriter: w}
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

// recover answers a fault of the program with a bare 500. The value of the panic
// is not logged: it may hold anything. It is around every listener's handler,
// and within identify, which counts the 500.
func (s *Server) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := remember(w)
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			s.metrics.Panicked()
			id, route := a.Header().Get("X-Request-Id"), r.Pattern
			if q := of(r); q != nil {
				id, route = q.id, q.route
			}
			s.log.ErrorContext(r.Context(), "fault while answering", slog.String("request_id", id), slog.String("route", route), slog.String("stack", frames(debug.Stack())))
			if a.status == 0 {
				problem.Write(a, nil)
			}
		}()
		next.ServeHTTP(a, r)
	})
}

// frames keeps the functions and lines of a stack, without the arguments.
func frames(stack []byte) string {
	var out []string
	for line := range strings.SplitSeq(string(stack), "\n") {
		if strings.HasPrefix(line, "\t") {
			at, _, _ := strings.Cut(strings.TrimSpace(line), " +0x")
			out = append(out, at)
		}
	}
	return strings.Join(out, "; ")
}

// cors lets the pages of listed origins read answers, errors too, and answers
// preflights, which carry no credential. An origin is named only if it is
// listed; nothing is ever echoed.
func (s *Server) cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		snapshot := of(r).snapshot
		h := w.Header()
		if len(snapshot.Origins) > 0 {
			h["Vary"] = varyOrigin
			if origins := r.Header["Origin"]; len(origins) == 1 && snapshot.Origins[origins[0]] {
				h["Access-Control-Allow-Origin"] = origins[:1:1]
				h["Access-Control-Expose-Headers"] = exposed
				if snapshot.Config.CORS.Credentials {
					h["Access-Control-Allow-Credentials"] = allowed
				}
				if r.Method == http.MethodOptions {
					h["Access-Control-Allow-Methods"] = methods
					h["Access-Control-Allow-Headers"] = []string{pageHeaders(snapshot.Config.Webhooks)}
					h["Access-Control-Max-Age"] = maxAge
				}
			}
		}
		if r.Method == http.MethodOptions {
			of(r).route = "preflight"
			w.WriteHeader(http.StatusOK)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// pageHeaders are those that a page may send: the ones that every caller may
// need, and those that a webhook knows users by.
func pageHeaders(webhooks []webhook.Config) string {
	names := []string{"Authorization", "Content-Type", "X-Api-Key", "X-Request-Id", "X-Requested-With", "Traceparent", "Tracestate"}
	for _, w := range webhooks {
		for _, name := range w.Headers {
			name = http.CanonicalHeaderKey(name)
			if name != "Cookie" && !slices.Contains(names, name) { // the browser's own, which no page may set
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, ", ")
}

// Header values that answers share; never written to.
var (
	varyOrigin = []string{"Origin"}
	exposed    = []string{"Date, Retry-After, X-Request-Id"}
	allowed    = []string{"true"}
	methods    = []string{"GET, POST, OPTIONS"}
	maxAge     = []string{"600"}
)

// refusal writes a problem in a route's shape.
type refusal func(w http.ResponseWriter, p *problem.Problem)

// private lets only callers through who are known and do not ask too often. It
// reads headers and the connection; the body is not read for a stranger.
func (s *Server) private(route string, refuse refusal, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := of(r)
		q.route = route
		if err := q.snapshot.Limits.Address(r.Context(), q.client); err != nil {
			refuse(w, tooMany(err)) // no line in the audit log: a flood must not fill the disk
			return
		}
		who, outcome, err := q.snapshot.Chain.Authenticate(r.Context(), r)
		s.metrics.Authenticated(string(outcome.Kind), outcome.Code)
		if err != nil {
			p := native.Explain(err)
			if p.Status >= http.StatusInternalServerError {
				p.Status = http.StatusServiceUnavailable // whoever cannot be judged is not refused
				level := slog.LevelWarn
				if p.Code == jwt.KeyPending {
					level = slog.LevelDebug // whoever likes can cause it, as often as they like
				}
				s.log.Log(r.Context(), level, "a caller could not be judged", "request_id", q.id, "code", p.Code, "error", p.Err)
			}
			s.recordRefusal(q, string(outcome.Kind), p)
			refuse(w, p)
			return
		}
		q.caller, q.known = who, true
		if err := q.snapshot.Limits.Caller(r.Context(), who.Name, who.Subject); err != nil {
			p := tooMany(err)
			s.recordRefusal(q, string(who.Kind), p)
			refuse(w, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// tooMany answers whoever reached a limit.
func tooMany(err error) *problem.Problem {
	p := &problem.Problem{Status: http.StatusTooManyRequests, Code: "rate_limited", Detail: "Too many requests; wait for Retry-After.", Err: err}
	var e *ratelimit.Exceeded
	if errors.As(err, &e) {
		p.Detail, p.RetryAfter = fmt.Sprintf("Too many requests: limit %q is reached. Wait for Retry-After.", e.Limit), e.RetryAfter
	}
	return p
}

func (s *Server) recordRefusal(q *request, kind string, p *problem.Problem) {
	rec := issue.Record{
		Time: q.began, RequestID: q.id, TraceID: q.trace, Route: q.route, Client: q.client,
		Caller: q.caller.Name, CallerKind: kind, Subject: q.caller.Subject, Outcome: issue.Unauthenticated, Code: p.Code,
	}
	switch p.Status {
	case http.StatusServiceUnavailable:
		rec.Outcome = issue.Unavailable
	case http.StatusTooManyRequests:
		rec.Outcome = issue.Limited
	case http.StatusBadRequest:
		rec.Outcome = issue.Invalid
	}
	_ = s.audit.Record(&rec) // nothing is given away: the answer stays a refusal; the audit log counts its own failures
}

// route names a public route for the metrics.
func route(pattern string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		of(r).route = pattern
		next.ServeHTTP(w, r)
	})
}

// now is the service's clock.
func (s *Server) now() time.Time { return s.clock() }
