package rtmtest

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed" // the description of the control plane
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/rtmauth/rtmauth/internal/localguard"
	"github.com/rtmauth/rtmauth/internal/strictjson"
)

// controlPath is where the control plane begins.
const controlPath = "/local/control/"

// maxControlBody bounds a request to the control plane.
const maxControlBody = 64 << 10

// A problem is an answer that is not a success.
type problem struct {
	status  int
	message string
}

func bad(message string) *problem { return &problem{http.StatusBadRequest, message} }

// sentence makes an error the text of an answer.
func sentence(err error) string {
	text := strings.TrimPrefix(err.Error(), "rtmtest: ")
	text = strings.TrimPrefix(text, "rtmauth: ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// A route is one operation of the control plane. Paths begin after
// /local/control/ and, but for those of the service itself, also work after
// /local/control/projects/{app_id}/.
type route struct {
	method, path string
	service      bool // not of a project
	handle       func(*control) (status int, answer any, p *problem)
}

// control is one request.
type control struct {
	s *Service
	p *Project
	r *http.Request
	w http.ResponseWriter
}

// routes lists the control plane. openapi.json describes it, which a test
// checks.
func routes() []route {
	return []route{
		{"GET", "openapi.json", true, nil},
		{"GET", "clock", false, getClock},
		{"POST", "clock/advance", false, advanceClock},
		{"POST", "clock/set", false, setClock},
		{"POST", "clock/freeze", false, freezeClock},
		{"POST", "clock/resume", false, resumeClock},
		{"GET", "sessions", false, listSessions},
		{"POST", "sessions/{id}/drop", false, faultSession},
		{"POST", "sessions/{id}/stall", false, faultSession},
		{"POST", "sessions/{id}/slow", false, faultSession},
		{"POST", "sessions/{id}/restore", false, faultSession},
		{"POST", "sessions/{id}/kick", false, kickSession},
		{"POST", "sessions/{id}/expire", false, expireSession},
		{"POST", "links/drop", false, faultAll},
		{"POST", "links/stall", false, faultAll},
		{"POST", "links/slow", false, faultAll},
		{"POST", "links/restore", false, faultAll},
		{"POST", "logins/answer", false, answerLogin},
		{"GET", "events", false, listEvents},
		{"GET", "bans", false, listBans},
		{"POST", "bans", false, addBan},
		{"DELETE", "bans", false, removeBan},
		{"GET", "certificates", false, listCertificates},
		{"POST", "certificates", false, addCertificate},
		{"DELETE", "certificates/{fingerprint}", false, deleteCertificate},
		{"GET", "settings", false, getSettings},
		{"PATCH", "settings", false, changeSettings},
		{"POST", "reset", false, resetProject},
		{"GET", "projects", true, listProjects},
		{"POST", "projects", true, addProject},
		{"DELETE", "projects/{app_id}", true, removeProject},
	}
}

//go:embed openapi.json
var openapi []byte

// newControl is the handler of the control plane, behind its checks.
func (s *Service) newControl() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range routes() {
		if rt.handle == nil {
			mux.HandleFunc(rt.method+" "+controlPath+rt.path, func(w http.ResponseWriter, _ *http.Request) {
				writeBody(w, http.StatusOK, openapi)
			})
			continue
		}
		h := func(w http.ResponseWriter, r *http.Request) {
			c := &control{s: s, p: s.Project(""), r: r, w: w}
			if id := r.PathValue("app_id"); id != "" && !rt.service {
				if c.p = s.Project(id); c.p == nil {
					writeError(w, http.StatusNotFound, "There is no project of this App ID.")
					return
				}
			}
			status, answer, p := rt.handle(c)
			if p != nil {
				writeError(w, p.status, p.message)
				return
			}
			writeJSON(w, status, answer)
		}
		mux.HandleFunc(rt.method+" "+controlPath+rt.path, h)
		if !rt.service {
			mux.HandleFunc(rt.method+" "+controlPath+"projects/{app_id}/"+rt.path, h)
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		status, message := http.StatusNotFound, "The control plane has no such path. It is described in /local/control/openapi.json."
		if allow := allowed(mux, r); allow != "" {
			w.Header().Set("Allow", allow)
			status, message = http.StatusMethodNotAllowed, "This path takes "+allow+"."
		}
		writeError(w, status, message)
	})
	return mux
}

// allowed lists the methods that a path has.
func allowed(mux *http.ServeMux, r *http.Request) string {
	var methods []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := mux.Handler(probe); pattern != "/" && pattern != "" {
			methods = append(methods, m)
		}
	}
	return strings.Join(methods, ", ")
}

// serveControl keeps strangers out: pages of other origins always, and other
// machines where there is a control token.
func (s *Service) serveControl(w http.ResponseWriter, r *http.Request) {
	if message := s.refuseControl(r); message != "" {
		writeError(w, http.StatusForbidden, message)
		return
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Add("Vary", "Origin")
		if r.Method == http.MethodOptions {
			w.Header().Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE")
			w.Header().Set("Access-Control-Allow-Headers", "Content-Type, Authorization")
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	if !s.admitControl(r) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		writeError(w, http.StatusUnauthorized, "From other machines the control plane needs its token: Authorization: Bearer …")
		return
	}
	s.control.ServeHTTP(w, r)
}

func (s *Service) refuseControl(r *http.Request) string {
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return "The control plane does not answer requests that another site makes."
	}
	for _, origin := range r.Header.Values("Origin") {
		if !localguard.IsLoopbackOrigin(origin) && origin != "http://"+r.Host && origin != "https://"+r.Host {
			return "The control plane answers pages of this machine only; the Origin header names another."
		}
	}
	return ""
}

// admitControl reports whether a request may control the service: with the
// token, or from this machine under a name of this machine.
func (s *Service) admitControl(r *http.Request) bool {
	want := s.options.ControlToken
	if want == "" {
		return true
	}
	if got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
		return subtle.ConstantTimeCompare(a[:], b[:]) == 1
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() && localguard.IsLoopbackHost(r.Host)
}

// body reads the JSON of a request into dst. No body is like {}. A page of
// another origin could send a body without a content type, so none is asked
// for: the origin was checked.
func (c *control) body(dst any) *problem {
	data, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxControlBody))
	if err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return &problem{http.StatusRequestEntityTooLarge, "The body is too long."}
		}
		return bad("The body could not be read to its end.")
	}
	if len(strings.TrimSpace(string(data))) == 0 {
		return nil
	}
	var raw json.RawMessage
	if err := strictjson.Decode(data, &raw); err != nil {
		return bad("Bad request: " + err.Error() + ".")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	var kind *json.UnmarshalTypeError
	switch err := d.Decode(dst); {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return bad(fmt.Sprintf("Bad request: %q is of the wrong type.", kind.Field))
	default:
		return bad("Bad request: " + strings.TrimPrefix(err.Error(), "json: ") + ".")
	}
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	writeBody(w, status, append(encode(value), '\n'))
}

func writeBody(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone: nobody to tell
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, struct {
		Error string `json:"error"`
	}{message})
}
