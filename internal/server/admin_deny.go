package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/denylist"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/reload"
	"github.com/rtmauth/rtmauth/internal/server/problem"
	"github.com/rtmauth/rtmauth/internal/strictjson"
)

// DenyEntry is one user of the deny list, in GET and POST /admin/v1/deny. What
// is got can be posted again.
type DenyEntry struct {
	User    string `json:"user"`
	Project string `json:"project,omitempty"`  // name or App ID; "": every project
	Until   int64  `json:"until,omitempty"`    // Unix seconds; 0: until it is removed
	Reason  string `json:"reason,omitempty"`   // for operators alone
	AddedAt int64  `json:"added_at,omitempty"` // Unix seconds; where posted without: now
}

// DenyEntries is the body of GET and POST /admin/v1/deny.
type DenyEntries struct {
	Entries []DenyEntry `json:"entries"`
}

// maxDenyBody holds denylist.MaxChange entries of the longest kind, in which JSON
// may write six bytes for one.
const maxDenyBody = 2 << 20

// denyList finds the list of the running configuration; a problem where there is
// none.
func denyList(s *reload.Snapshot) (*denylist.List, *problem.Problem) {
	if s.Deny == nil {
		return nil, &problem.Problem{Status: http.StatusConflict, Code: "deny_list_off", Detail: "There is no deny list: the configuration has neither state_dir nor redis to keep it in."}
	}
	return s.Deny, nil
}

// GET /admin/v1/deny[?user=U]
func (s *Server) adminDenyList(w http.ResponseWriter, r *http.Request) {
	snapshot := s.reloader.Current()
	list, p := denyList(snapshot)
	if p != nil {
		problem.Write(w, p)
		return
	}
	query := r.URL.Query()
	for name, values := range query {
		if name != "user" || len(values) != 1 {
			problem.Write(w, &problem.Problem{Status: http.StatusBadRequest, Code: "invalid_request", Detail: "The query may have user, once."})
			return
		}
	}
	entries, err := list.Entries(r.Context())
	if err != nil {
		s.denyFailed(w, r, err)
		return
	}
	out := DenyEntries{Entries: []DenyEntry{}}
	for _, e := range entries {
		if !query.Has("user") || e.User == query.Get("user") {
			out.Entries = append(out.Entries, denyEntry(snapshot, e))
		}
	}
	writeJSON(w, http.StatusOK, out)
}

// POST /admin/v1/deny {"entries":[{"user":"mallory","project":"main","until":1700000000,"reason":"spam"}]}
func (s *Server) adminDenyAdd(w http.ResponseWriter, r *http.Request) {
	snapshot := s.reloader.Current()
	list, p := denyList(snapshot)
	var in DenyEntries
	if p == nil {
		p = readAdmin(w, r, &in)
	}
	if n := len(in.Entries); p == nil && (n == 0 || n > denylist.MaxChange) {
		p = &problem.Problem{Status: http.StatusBadRequest, Code: "invalid_request", Detail: fmt.Sprintf("Send 1 to %d entries at once.", denylist.MaxChange)}
	}
	if p != nil {
		problem.Write(w, p)
		return
	}
	now := s.now()
	entries := make([]denylist.Entry, len(in.Entries))
	for i, d := range in.Entries {
		e := denylist.Entry{User: d.User, Until: d.Until, Reason: d.Reason, Added: d.AddedAt}
		if e.Added <= 0 || e.Added > now.Unix() {
			e.Added = now.Unix()
		}
		var err error
		if e.AppID, err = appIDOf(snapshot, d.Project); err == nil {
			err = e.Validate(now)
		}
		var wrong *rtmauth.ArgumentError
		if errors.As(err, &wrong) {
			problem.Write(w, &problem.Problem{Status: http.StatusBadRequest, Code: "invalid_request", Detail: fmt.Sprintf("Entry %d: the %s %s. Nothing was added.", i+1, wrong.Argument, wrong.Rule)})
			return
		}
		entries[i] = e
	}
	out := DenyEntries{Entries: make([]DenyEntry, len(entries))}
	for i, e := range entries {
		out.Entries[i] = denyEntry(snapshot, e)
	}
	if p := s.recordDeny(w, r, issue.Listed, out.Entries...); p != nil {
		problem.Write(w, p)
		return
	}
	if err := list.Add(r.Context(), entries...); err != nil {
		s.denyFailed(w, r, err, out.Entries...)
		return
	}
	writeJSON(w, http.StatusCreated, out)
}

// POST /admin/v1/deny/remove {"user":"mallory","project":"main"}
func (s *Server) adminDenyRemove(w http.ResponseWriter, r *http.Request) {
	snapshot := s.reloader.Current()
	list, p := denyList(snapshot)
	var in struct {
		User    string `json:"user"`
		Project string `json:"project"`
	}
	if p == nil {
		p = readAdmin(w, r, &in)
	}
	if p != nil {
		problem.Write(w, p)
		return
	}
	appID, err := appIDOf(snapshot, in.Project)
	if err != nil { // a project that is not configured any more
		appID = in.Project
	}
	listed, err := list.Has(r.Context(), appID, in.User)
	switch {
	case err != nil:
		s.denyFailed(w, r, err)
		return
	case !listed:
		problem.Write(w, &problem.Problem{Status: http.StatusNotFound, Code: "not_listed", Detail: "The user is not on the deny list for that project; an entry of every project has no project."})
		return
	}
	entry := denyEntry(snapshot, denylist.Entry{User: in.User, AppID: appID})
	if p := s.recordDeny(w, r, issue.Unlisted, entry); p != nil {
		problem.Write(w, p)
		return
	}
	if _, err := list.Remove(r.Context(), appID, in.User); err != nil {
		s.denyFailed(w, r, err, entry)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"removed": true})
}

// appIDOf is the App ID of a project by its name or App ID; "" of every project.
func appIDOf(s *reload.Snapshot, project string) (string, error) {
	if project == "" {
		return "", nil
	}
	for _, p := range s.Ring.Projects() {
		if project == p.Name() || project == p.AppID() {
			return p.AppID(), nil
		}
	}
	return "", &rtmauth.ArgumentError{Argument: "project", Rule: "must be the name or App ID of one that is configured, or absent: every project"}
}

func denyEntry(s *reload.Snapshot, e denylist.Entry) DenyEntry {
	d := DenyEntry{User: e.User, Project: e.AppID, Until: e.Until, Reason: e.Reason, AddedAt: e.Added}
	if p := s.Ring.ByAppID(e.AppID); p != nil {
		d.Project = p.Name()
	}
	return d
}

// denyFailed answers for a list that could not be read, or changed. The entries
// that were to be changed are recorded once more: it is not known whether they were.
func (s *Server) denyFailed(w http.ResponseWriter, r *http.Request, err error, entries ...DenyEntry) {
	_ = s.recordDeny(w, r, issue.Failed, entries...) // the audit log counts its own failures
	if errors.Is(err, denylist.ErrFull) {
		problem.Write(w, &problem.Problem{Status: http.StatusConflict, Code: "deny_list_full", Detail: fmt.Sprintf("The deny list holds %d users, its most; nothing was added. Remove some, or close accounts instead.", denylist.MaxEntries)})
		return
	}
	s.log.ErrorContext(r.Context(), "the deny list could not be read or changed", "request_id", w.Header().Get("X-Request-Id"), "error", err)
	problem.Write(w, &problem.Problem{Status: http.StatusServiceUnavailable, Code: "deny_list_unavailable", Detail: "The deny list could not be read, or it is not known whether it was changed: list it when it can be read again. The service's log says why."})
}

// recordDeny writes changes into the audit log, before they are made; with a
// problem they are not to be. Lines are written together, as those of requests are.
func (s *Server) recordDeny(w http.ResponseWriter, r *http.Request, outcome issue.Outcome, entries ...DenyEntry) *problem.Problem {
	client, _ := clientAddress(r, nil)
	var wg sync.WaitGroup
	var failed atomic.Bool
	for _, e := range entries {
		rec := &issue.Record{
			Time: s.now(), RequestID: w.Header().Get("X-Request-Id"), Route: r.Pattern, Client: client, Caller: "admin", User: e.User, Project: e.Project, Outcome: outcome,
		}
		if e.Until != 0 {
			rec.ExpiresAt = time.Unix(e.Until, 0)
		}
		wg.Go(func() {
			if s.audit.Record(rec) != nil {
				failed.Store(true)
			}
		})
	}
	wg.Wait()
	if failed.Load() {
		return &problem.Problem{Status: http.StatusServiceUnavailable, Code: "audit_unavailable", Detail: "The audit log cannot be written, and nothing is changed without (audit.on_failure: refuse)."}
	}
	return nil
}

// readAdmin decodes the body of a request with the admin key, strictly.
func readAdmin(w http.ResponseWriter, r *http.Request, dst any) *problem.Problem {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDenyBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return &problem.Problem{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Detail: fmt.Sprintf("The body is longer than %d KiB.", maxDenyBody>>10)}
	case err != nil:
		return &problem.Problem{Status: http.StatusBadRequest, Code: "unreadable", Detail: "The body could not be read to its end.", Err: err}
	}
	var wrong *strictjson.Error
	if err := strictjson.Decode(data, dst); errors.As(err, &wrong) {
		return &problem.Problem{Status: http.StatusBadRequest, Code: "invalid_request", Detail: "The body is not as expected: " + wrong.Rule + "."}
	}
	known := json.NewDecoder(bytes.NewReader(data))
	known.DisallowUnknownFields()
	if err := known.Decode(dst); err != nil {
		return &problem.Problem{Status: http.StatusBadRequest, Code: "invalid_request", Detail: "The body has a key that is not known here."}
	}
	return nil
}
