package server

import (
	"errors"
	"net/http"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/server/compat"
	"github.com/rtmauth/rtmauth/internal/server/native"
	"github.com/rtmauth/rtmauth/internal/server/problem"
)

// paths are handlers by the exact path that leads to them.
type paths map[string]http.Handler

// ServeHTTP answers 404 for all else, an unclean or escaped spelling too:
// http.ServeMux would redirect from one, and repeat the path in doing so.
func (p paths) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h, ok := p[r.URL.Path]; ok && r.URL.RawPath == "" {
		h.ServeHTTP(w, r)
		return
	}
	notFound(w, r)
}

// routes are the public listener's.
func (s *Server) routes() http.Handler {
	p := paths{}
	for path, h := range s.api.Routes() {
		switch {
		case native.Private(path):
			p[path] = s.private(path, problem.Write, h)
		case path == "/v1/": // unknown paths below it are as all others here
		default:
			p[path] = route(path, h)
		}
	}
	m := minter{s}
	tutorial := &compat.Tutorial{Minter: m, Log: s.log}
	fetch := s.private("/fetch_rtm_token", refuseTutorial, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" {
			m.Refused(r, "invalid_request")
			refuseTutorial(w, &problem.Problem{Status: http.StatusBadRequest, Detail: "Bad request. The user ID goes into the body; a query is refused."})
			return
		}
		tutorial.ServeHTTP(w, r)
	}))
	p["/fetch_rtm_token"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !of(r).snapshot.Config.Fetch.Enabled {
			notFound(w, r)
			return
		}
		fetch.ServeHTTP(w, r)
	})
	return p
}

func notFound(w http.ResponseWriter, _ *http.Request) {
	problem.Write(w, &problem.Problem{Status: http.StatusNotFound, Code: "not_found", Detail: "There is nothing at this path; /openapi.json lists what there is."})
}

// refuseTutorial writes a problem in the shape of Agora's guide.
func refuseTutorial(w http.ResponseWriter, p *problem.Problem) {
	problem.Headers(w.Header(), p)
	compat.WriteTutorialError(w, &compat.Error{Status: p.Status, Message: p.Detail, Err: p.Err})
}

// minter issues for the caller that private has found.
type minter struct{ s *Server }

func (m minter) asked(r *http.Request, q policy.Request) (issue.Asked, *issue.Service, error) {
	info := of(r)
	if info == nil || !info.known {
		return issue.Asked{}, nil, errors.New("a request without a caller came to the minter") // a fault of routes()
	}
	return issue.Asked{Caller: info.caller, Request: q, RequestID: info.id, TraceID: info.trace, Route: info.route, Client: info.client}, info.snapshot.Issue, nil
}

// Mint implements native.Minter.
func (m minter) Mint(r *http.Request, q policy.Request) (issue.Token, error) {
	asked, service, err := m.asked(r, q)
	if err != nil {
		return issue.Token{}, err
	}
	token, err := service.Issue(asked)
	if err != nil {
		m.denied(q, err)
		return issue.Token{}, err
	}
	for _, s := range q.Services {
		m.s.metrics.Issued(s.Type, string(token.Version))
	}
	return token, nil
}

func (m minter) denied(q policy.Request, err error) {
	service := "none"
	if len(q.Services) > 0 {
		for _, known := range policy.Services() {
			if q.Services[0].Type == known {
				service = known
			}
		}
	}
	var denial *policy.Denial
	var argument *rtmauth.ArgumentError
	switch {
	case errors.As(err, &denial):
		m.s.metrics.Denied(service, string(denial.Code))
	case errors.As(err, &argument):
		m.s.metrics.Denied(service, "invalid")
	case errors.Is(err, issue.ErrDenyList):
		m.s.metrics.Denied(service, "deny_list_unavailable")
	case errors.Is(err, issue.ErrAudit):
		m.s.metrics.Denied(service, "audit")
	default:
		m.s.metrics.Denied(service, "fault")
	}
}

// Verify implements native.Minter.
func (m minter) Verify(r *http.Request, v issue.ToVerify) (issue.Verdict, error) {
	asked, service, err := m.asked(r, policy.Request{})
	if err != nil {
		return issue.Verdict{}, err
	}
	return service.Verify(asked, v)
}

// Refused implements native.Minter and compat.RTMMinter. What was submitted has
// an unknown shape: the record says who, where and why.
func (m minter) Refused(r *http.Request, code string) {
	q := of(r)
	m.s.metrics.Denied("none", "invalid")
	m.s.recordRefusal(q, string(q.caller.Kind), &problem.Problem{Status: http.StatusBadRequest, Code: code})
}

// rtmOnly is what every contract for RTM alone asks for; not written to.
var rtmOnly = []policy.Service{{Type: policy.RTM}}

// MintRTM implements compat.RTMMinter. The life is the contract's own and no
// wish of the caller, so it is cut to what the rule permits.
func (m minter) MintRTM(r *http.Request, user string, life time.Duration) (string, error) {
	token, err := m.Mint(r, policy.Request{
		User: user, Services: rtmOnly, Life: life, CutLife: true, Version: rtmauth.Version(of(r).snapshot.Config.Fetch.Version),
	})
	if err != nil {
		var argument *rtmauth.ArgumentError
		if errors.As(err, &argument) {
			return "", err
		}
		p := native.Explain(err)
		return "", &compat.Error{Status: p.Status, Message: p.Detail, RetryAfter: retryAfter(p), Err: p.Err}
	}
	return token.Text, nil
}

func retryAfter(p *problem.Problem) time.Duration {
	if p.Status != http.StatusServiceUnavailable {
		return 0
	}
	return time.Duration(problem.Spread(p.RetryAfter)) * time.Second
}

var (
	_ native.Minter    = minter{}
	_ compat.RTMMinter = minter{}
)
