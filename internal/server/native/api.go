// Package native is rtmauth's own HTTP API: POST /v1/tokens and
// POST /v1/tokens/verify, its OpenAPI 3.1 description and a page that shows it.
//
// The description is generated with huma from the Go types below; requests are
// decoded and answers written by this package alone, so that a request is
// decoded once, strictly, and no error repeats what was submitted.
package native

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/server/problem"
)

// Minter knows who sent a request and what they may have. Its errors are
// explained by Explain.
type Minter interface {
	// Mint makes the token of q for whoever sent r. It does not read r's body.
	Mint(r *http.Request, q policy.Request) (issue.Token, error)
	// Verify judges a token for whoever sent r, if they are trusted with that.
	Verify(r *http.Request, v issue.ToVerify) (issue.Verdict, error)
	// Refused is told, before the answer, of a request that asks for nothing
	// that could be decided about, and why in a word.
	Refused(r *http.Request, code string)
}

// TokensRequest is the body of POST /v1/tokens, for the description.
type TokensRequest struct {
	User     string           `json:"user" doc:"The user ID that the token is for: 1 to 64 characters that RTM takes. For RTM, RTM2 and Chat it is who logs in." minLength:"1" maxLength:"64" example:"alice"`
	Services []ServiceRequest `json:"services,omitempty" doc:"What the token is for. Default: rtm." minItems:"1" maxItems:"8" nullable:"false"`
	Life     string           `json:"life,omitempty" doc:"How long the token lives, such as 30m or 1h30m, at most 24h. Default: what the caller's rule permits. A 006 token for RTM lives 24 h whatever is asked." example:"1h"`
	Version  string           `json:"version,omitempty" doc:"The token format." enum:"006,007" default:"007"`
	Project  string           `json:"project,omitempty" doc:"A project's name or App ID, where the caller may choose."`
}

// ServiceRequest is one service that a token is to hold.
type ServiceRequest struct {
	Type        string              `json:"type" doc:"The service." enum:"rtm,rtc,rtm2,chat,chat_app,fpa"`
	Channel     string              `json:"channel,omitempty" doc:"rtc: the channel." maxLength:"64"`
	UID         string              `json:"uid,omitempty" doc:"rtc: a numeric uid or an account, as text. Default: the user." maxLength:"64"`
	Role        string              `json:"role,omitempty" doc:"rtc: what the user may do." enum:"publisher,subscriber" default:"subscriber"`
	Permissions []PermissionRequest `json:"permissions,omitempty" doc:"rtm2: what the user may do with which resources." maxItems:"64" nullable:"false"`
}

// PermissionRequest is one entry of an RTM2 permission list.
type PermissionRequest struct {
	Resource string   `json:"resource" doc:"The kind of resource." enum:"message_channels,stream_channels,group_channels,server_groups,users"`
	Access   string   `json:"access" doc:"What may be done." enum:"read,write"`
	Names    []string `json:"names" doc:"The resources." minItems:"1" maxItems:"256" nullable:"false"`
}

// TokensAnswer is the answer of POST /v1/tokens. Times are Unix seconds, those
// that end in _in are seconds from the answer.
type TokensAnswer struct {
	Token     string `json:"token" doc:"The token. Nobody but its user should see it."`
	Version   string `json:"version" doc:"Its format." enum:"006,007"`
	AppID     string `json:"app_id" doc:"The App ID that it is for."`
	User      string `json:"user" doc:"The user that it is for."`
	IssuedAt  int64  `json:"issued_at" doc:"When it was issued, in Unix seconds."`
	ExpiresAt int64  `json:"expires_at" doc:"When it ends, in Unix seconds. For 006 24 h after it was issued, whatever life was asked for."`
	ExpiresIn int64  `json:"expires_in" doc:"Seconds until it ends."`
	RenewAt   int64  `json:"renew_at" doc:"When to fetch the next one, in Unix seconds, with jitter already in it."`
	RenewIn   int64  `json:"renew_in" doc:"Seconds until then: use this where the client's clock may be wrong."`
}

// VerifyRequest is the body of POST /v1/tokens/verify, for the description.
type VerifyRequest struct {
	Token   string `json:"token" doc:"The token." maxLength:"8192"`
	User    string `json:"user" doc:"Whose it is said to be." maxLength:"64" example:"alice"`
	Service string `json:"service,omitempty" doc:"What it should be good for." enum:"rtm,rtm2,rtc" default:"rtm"`
	Channel string `json:"channel,omitempty" doc:"rtc: the channel." maxLength:"64"`
}

// VerifyAnswer is the answer of POST /v1/tokens/verify.
type VerifyAnswer struct {
	Valid     bool   `json:"valid" doc:"Whether the token is good now for that user."`
	Reason    string `json:"reason,omitempty" doc:"Why it is not." enum:"malformed,version,app_id,signature,user,channel,service_missing,privilege_missing,expired,not_yet_valid"`
	ExpiresAt int64  `json:"expires_at,omitempty" doc:"When it ends, in Unix seconds, if it is valid."`
	Project   string `json:"project,omitempty" doc:"The project that it is of."`
	SignedBy  string `json:"signed_by,omitempty" doc:"The certificate that signed it." enum:"primary,secondary"`
}

// FetchRequest is the body of POST /fetch_rtm_token, which package compat
// serves, for the description.
type FetchRequest struct {
	UID string   `json:"uid" doc:"The user ID that the token is for: 1 to 64 characters that RTM takes." minLength:"1" maxLength:"64" example:"alice"`
	_   struct{} `additionalProperties:"true"` // others are ignored, as in the original
}

// FetchAnswer is every answer of POST /fetch_rtm_token.
type FetchAnswer struct {
	Token string `json:"token" doc:"The token; empty where there is none. Nobody but its user should see it."`
	Code  string `json:"code" doc:"The HTTP status, as text." example:"200"`
	Error string `json:"error,omitempty" doc:"What was wrong and what to do, for people. Holds nothing that was submitted."`
}

// API serves the native API. Make one with New.
type API struct {
	minter        Minter
	log           *slog.Logger
	openAPI, page []byte
}

// New makes an API whose tokens come from m. log may be nil.
func New(m Minter, version string, log *slog.Logger) (*API, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	doc, page, err := describe(version)
	if err != nil {
		return nil, err
	}
	return &API{minter: m, log: log, openAPI: doc, page: page}, nil
}

// Routes are the paths of what the API serves, for a mux, without methods: a
// wrong method is answered with a problem. Those that Private names are for
// callers only; who mounts them alone puts authentication before.
func (a *API) Routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/v1/tokens":        only(http.MethodPost, a.tokens, a.refuse),
		"/v1/tokens/verify": only(http.MethodPost, a.verify, a.refuse),
		"/openapi.json":     only(http.MethodGet, a.static("application/json", &a.openAPI), write),
		"/v1/docs":          only(http.MethodGet, a.static("text/html; charset=utf-8", &a.page), write),
		"/v1/":              func(w http.ResponseWriter, _ *http.Request) { problem.Write(w, notFound()) },
	}
}

// Private reports whether a route is for callers that are known.
func Private(path string) bool { return path == "/v1/tokens" || path == "/v1/tokens/verify" }

// Mount registers the routes.
func (a *API) Mount(mux *http.ServeMux) {
	for path, handler := range a.Routes() {
		mux.HandleFunc(path, handler)
	}
}

func notFound() *problem.Problem {
	return &problem.Problem{Status: http.StatusNotFound, Code: "not_found", Detail: "There is nothing at this path; /openapi.json lists what there is."}
}

func only(method string, h http.HandlerFunc, refuse func(http.ResponseWriter, *http.Request, *problem.Problem)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method || method == http.MethodGet && r.Method == http.MethodHead {
			h(w, r)
			return
		}
		w.Header().Set("Allow", method)
		refuse(w, r, &problem.Problem{Status: http.StatusMethodNotAllowed, Code: "method", Detail: "This path takes " + method + "."})
	}
}

// refuse turns down a request that never came to be decided about.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, p *problem.Problem) {
	a.minter.Refused(r, p.Code)
	problem.Write(w, p)
}

// write refuses where nobody is to be told.
func write(w http.ResponseWriter, _ *http.Request, p *problem.Problem) { problem.Write(w, p) }

func (a *API) tokens(w http.ResponseWriter, r *http.Request) {
	data, p := readObject(w, r)
	if p != nil {
		a.refuse(w, r, p)
		return
	}
	q, p := decodeTokens(data)
	if p != nil {
		a.refuse(w, r, p)
		return
	}
	t, err := a.minter.Mint(r, q)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	renew := int64(t.RenewIn / time.Second)
	expires := int64(t.ExpiresAt.Sub(t.IssuedAt) / time.Second)
	a.answer(w, r, http.StatusCreated, TokensAnswer{
		Token: t.Text, Version: string(t.Version), AppID: t.AppID, User: t.User,
		IssuedAt: t.IssuedAt.Unix(), ExpiresAt: t.ExpiresAt.Unix(), ExpiresIn: expires, RenewAt: t.IssuedAt.Unix() + renew, RenewIn: renew,
	})
}

func (a *API) verify(w http.ResponseWriter, r *http.Request) {
	data, p := readObject(w, r)
	if p != nil {
		a.refuse(w, r, p)
		return
	}
	var v issue.ToVerify
	if p := object("The body", data, map[string]any{"token": &v.Token, "user": &v.User, "service": &v.Service, "channel": &v.Channel}); p != nil {
		a.refuse(w, r, p)
		return
	}
	verdict, err := a.minter.Verify(r, v)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	out := VerifyAnswer{Valid: verdict.Valid, Reason: string(verdict.Reason), Project: verdict.Project, SignedBy: verdict.SignedBy}
	if verdict.Valid {
		out.ExpiresAt = verdict.Token.ExpiresAt().Unix()
	}
	a.answer(w, r, http.StatusOK, out)
}

func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := Explain(err)
	if p.Status >= http.StatusInternalServerError {
		level := slog.LevelError
		if p.Status == http.StatusServiceUnavailable {
			level = slog.LevelDebug // whoever is not to be had says so once; requests say it as often as they come
		}
		a.log.Log(r.Context(), level, "request failed", "path", r.URL.Path, "code", p.Code, "error", err, "request_id", w.Header().Get("X-Request-Id"))
	}
	problem.Write(w, p)
}

func (a *API) answer(w http.ResponseWriter, r *http.Request, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	h := w.Header()
	h["Content-Type"] = contentJSON
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = noSniff
	h.Set("Content-Length", strconv.Itoa(len(b)+1))
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // the client is gone: nobody to tell
}

// Header values that every answer shares; never written to.
var (
	contentJSON = []string{"application/json"}
	noStore     = []string{"no-store"}
	noSniff     = []string{"nosniff"}
)

func (a *API) static(contentType string, body *[]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Content-Length", strconv.Itoa(len(*body)))
		if r.Method != http.MethodHead {
			_, _ = w.Write(*body)
		}
	}
}
