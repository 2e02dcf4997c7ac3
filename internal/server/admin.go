package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/rtmauth/rtmauth/internal/caller"
	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/reload"
	"github.com/rtmauth/rtmauth/internal/server/problem"
)

// probes are what needs no key: they tell nothing that a token could be made of.
func (s *Server) probes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		switch {
		case s.draining.Load():
			plain(w, http.StatusServiceUnavailable, "draining")
		case !s.ready.Load():
			plain(w, http.StatusServiceUnavailable, "starting")
		default:
			plain(w, http.StatusOK, "ready")
		}
	})
	mux.Handle("GET /metrics", s.metrics.Handler())
	mux.HandleFunc("/", notFound)
	return mux
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

// admin is the listener for operations: the probes, and /admin/v1 with its key.
func (s *Server) admin() http.Handler {
	mux := s.probes()
	mux.Handle("/admin/v1/", s.withKey(http.HandlerFunc(notFound)))
	mux.Handle("POST /admin/v1/reload", s.withKey(http.HandlerFunc(s.adminReload)))
	mux.Handle("GET /admin/v1/status", s.withKey(http.HandlerFunc(s.adminStatus)))
	mux.Handle("GET /admin/v1/deny", s.withKey(http.HandlerFunc(s.adminDenyList)))
	mux.Handle("POST /admin/v1/deny", s.withKey(http.HandlerFunc(s.adminDenyAdd)))
	mux.Handle("POST /admin/v1/deny/remove", s.withKey(http.HandlerFunc(s.adminDenyRemove)))
	return mux
}

// withKey lets only requests with the admin key through. Without a configured
// key nobody is.
func (s *Server) withKey(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", requestID())
		key := s.reloader.Current().Config.AdminKey
		if key.IsZero() {
			problem.Write(w, &problem.Problem{Status: http.StatusForbidden, Code: "admin_off", Detail: "The admin API is off: the configuration has no admin.key."})
			return
		}
		given, err := caller.Bearer(r.Header)
		detail := "The admin key is not that of the configuration (admin.key)."
		if err != nil {
			detail = "Send \"Authorization: Bearer\" and the admin key."
		}
		a, b := sha256.Sum256([]byte(given)), sha256.Sum256(key.Reveal())
		if err != nil || subtle.ConstantTimeCompare(a[:], b[:]) != 1 {
			s.log.WarnContext(r.Context(), "admin request without the key", "path", r.URL.Path, "client", r.RemoteAddr)
			problem.Write(w, &problem.Problem{Status: http.StatusUnauthorized, Code: "admin_key", Detail: detail})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) adminReload(w http.ResponseWriter, _ *http.Request) {
	if err := s.Reload(); err != nil {
		var wrong config.Errors
		var refused reload.Refused
		detail := "The configuration could not be loaded; the running one goes on. The log says why."
		switch {
		case errors.As(err, &wrong):
			detail = "The configuration is wrong; the running one goes on.\n" + wrong.Error()
		case errors.As(err, &refused):
			detail = "The configuration may not replace the running one, which goes on.\n" + refused.Error()
		}
		problem.Write(w, &problem.Problem{Status: http.StatusUnprocessableEntity, Code: "config", Detail: detail})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"reloaded": true, "generation": s.reloader.Current().Generation})
}

// Status is the answer of GET /admin/v1/status. It holds no secret.
type Status struct {
	Version      string              `json:"version"`
	Generation   int                 `json:"generation"`
	Loaded       int64               `json:"loaded"` // Unix seconds
	Ready        bool                `json:"ready"`
	Draining     bool                `json:"draining"`
	Anonymous    bool                `json:"insecure_anonymous"`
	Certificates []StatusCertificate `json:"certificates"`
	Issuers      []StatusIssuer      `json:"issuers"`
	Limits       []StatusLimit       `json:"limits"`
	Degraded     bool                `json:"limits_degraded"` // each replica counts for itself
	DenyList     *StatusDenyList     `json:"deny_list,omitempty"`
	Redis        *StatusRedis        `json:"redis,omitempty"`
}

// StatusCertificate is an App certificate.
type StatusCertificate struct {
	Project     string `json:"project"`
	Slot        string `json:"slot"`
	Fingerprint string `json:"fingerprint"`
	LastExpiry  int64  `json:"last_expiry,omitempty"` // Unix seconds
}

// StatusIssuer is an issuer of JWTs.
type StatusIssuer struct {
	Issuer   string `json:"issuer"`
	Keys     int    `json:"keys"`
	Fetched  int64  `json:"fetched,omitempty"` // Unix seconds
	Failures int64  `json:"failures"`
}

// StatusLimit is a rate limit.
type StatusLimit struct {
	Limit   string `json:"limit"`
	Allowed int64  `json:"allowed"`
	Refused int64  `json:"refused"`
}

// StatusDenyList is the deny list.
type StatusDenyList struct {
	Store     string `json:"store"`
	Entries   int    `json:"entries"`
	Available bool   `json:"available"`
	AsOf      int64  `json:"as_of,omitempty"` // Unix seconds
}

// StatusRedis is what replicas share.
type StatusRedis struct {
	Up   bool    `json:"up"`
	Skew float64 `json:"clock_skew"` // seconds
}

func (s *Server) adminStatus(w http.ResponseWriter, _ *http.Request) {
	snapshot, state := s.reloader.Current(), s.state()
	out := Status{
		Version: s.version, Generation: snapshot.Generation, Loaded: snapshot.Loaded.Unix(), Ready: state.Ready,
		Draining: state.Draining, Anonymous: state.Anonymous, Certificates: []StatusCertificate{}, Issuers: []StatusIssuer{},
		Limits: []StatusLimit{}, Degraded: state.Degraded,
	}
	for _, l := range state.Limits {
		out.Limits = append(out.Limits, StatusLimit{Limit: l.Name, Allowed: l.Allowed, Refused: l.Refused})
	}
	if d := state.Deny; d != nil {
		out.DenyList = &StatusDenyList{Store: d.Store, Entries: d.Entries, Available: d.Available}
		if !d.AsOf.IsZero() {
			out.DenyList.AsOf = d.AsOf.Unix()
		}
	}
	if r := state.Redis; r != nil {
		out.Redis = &StatusRedis{Up: r.Up, Skew: r.Skew.Seconds()}
	}
	for _, c := range state.Projects {
		sc := StatusCertificate{Project: c.Project, Slot: c.Slot, Fingerprint: c.Fingerprint}
		if !c.LastExpiry.IsZero() {
			sc.LastExpiry = c.LastExpiry.Unix()
		}
		out.Certificates = append(out.Certificates, sc)
	}
	for _, i := range state.Issuers {
		si := StatusIssuer{Issuer: i.Name, Keys: i.Keys, Failures: i.Failures}
		if !i.Fetched.IsZero() {
			si.Fetched = i.Fetched.Unix()
		}
		out.Issuers = append(out.Issuers, si)
	}
	writeJSON(w, http.StatusOK, out)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		problem.Write(w, nil)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}
