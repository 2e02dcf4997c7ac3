package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// Bounds on the audit log.
const (
	auditQueue    = 4096
	auditBatch    = 256 << 10       // bytes written at once
	auditPatience = 2 * time.Second // how long a request waits for its line
)

// auditLog writes one JSON line per decision. One goroutine writes, so that a
// pipe that nobody reads blocks it and not the requests: they wait for their
// line at most auditPatience, and then do what audit.on_failure says. Lines that
// wait together are written together.
type auditLog struct {
	queue    chan *line
	reopened chan *auditTarget
	quit     chan struct{}
	settings atomic.Pointer[auditSettings]
	done     chan struct{}

	lost    atomic.Int64
	refused atomic.Int64
	failing atomic.Bool
	lines   sync.Pool
}

type auditSettings struct {
	refuse   bool
	hashKey  config.Text
	patience time.Duration
}

// auditTarget is where lines go.
type auditTarget struct {
	w     io.Writer
	close func() error
}

type line struct {
	text    []byte
	written chan error // buffered
}

var errAuditSlow = errors.New("the audit log did not take the line in time")

// newAuditLog begins to write to w, which stays the caller's.
func newAuditLog(w io.Writer) *auditLog {
	a := &auditLog{queue: make(chan *line, auditQueue), reopened: make(chan *auditTarget), quit: make(chan struct{}), done: make(chan struct{})}
	a.lines.New = func() any { return &line{written: make(chan error, 1)} }
	a.settings.Store(&auditSettings{refuse: true, patience: auditPatience})
	go a.write(&auditTarget{w: w, close: func() error { return nil }})
	return a
}

// prepare makes the target of a configuration ready; commit goes over to it.
func (a *auditLog) prepare(r *config.Resolved, fallback io.Writer) (commit func(), err error) {
	target := &auditTarget{w: fallback, close: func() error { return nil }}
	if r.Audit.File != "" {
		f, err := os.OpenFile(r.Abs(r.Audit.File), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fmt.Errorf("audit.file: %w", err)
		}
		target.w, target.close = f, f.Close
	}
	settings := &auditSettings{refuse: r.Audit.OnFailure == "refuse", hashKey: r.HashUsers, patience: auditPatience}
	return func() {
		a.settings.Store(settings)
		select {
		case a.reopened <- target:
		case <-time.After(auditPatience): // the writer is blocked on the old target, which stays
			_ = target.close()
			a.failing.Store(true)
		}
	}, nil
}

// auditLine is a record as it is written.
type auditLine struct {
	Time        string   `json:"time"`
	Message     string   `json:"msg"`
	RequestID   string   `json:"request_id,omitempty"`
	TraceID     string   `json:"trace_id,omitempty"`
	Route       string   `json:"route,omitempty"`
	Client      string   `json:"client,omitempty"`
	Caller      string   `json:"caller,omitempty"`
	CallerKind  string   `json:"caller_kind,omitempty"`
	Subject     string   `json:"subject,omitempty"`
	User        string   `json:"user,omitempty"`
	UserHash    string   `json:"user_hash,omitempty"`
	Services    []string `json:"services,omitempty"`
	Project     string   `json:"project,omitempty"`
	Rule        string   `json:"rule,omitempty"`
	Outcome     string   `json:"outcome"`
	Code        string   `json:"code,omitempty"`
	Fingerprint string   `json:"token,omitempty"`
	ExpiresAt   int64    `json:"expires_at,omitempty"`
}

func (s *auditSettings) encode(r *issue.Record) ([]byte, error) {
	out := auditLine{
		Time: r.Time.UTC().Format(time.RFC3339Nano), Message: "audit", RequestID: r.RequestID, TraceID: r.TraceID, Route: r.Route, Client: r.Client,
		Caller: r.Caller, CallerKind: r.CallerKind, Subject: r.Subject, User: r.User, Project: r.Project, Rule: r.Rule,
		Outcome: string(r.Outcome), Code: r.Code, Fingerprint: r.Fingerprint,
	}
	r.EachService(func(service string) { out.Services = append(out.Services, service) })
	if !r.ExpiresAt.IsZero() {
		out.ExpiresAt = r.ExpiresAt.Unix()
	}
	if len(out.User) > 64 { // RTM takes none of more; it is in no token
		out.User = out.User[:64]
	}
	if !s.hashKey.IsZero() {
		if out.User != "" {
			out.User, out.UserHash = "", s.hash(r.User)
		}
		if kind := policy.Kind(r.CallerKind); r.Subject != "" && (kind == policy.KindJWT || kind == policy.KindWebhook) {
			out.Subject = s.hash(r.Subject) // a user, too
		}
	}
	b, err := json.Marshal(out)
	return append(b, '\n'), err
}

func (s *auditSettings) hash(user string) string {
	mac := hmac.New(sha256.New, s.hashKey.Reveal())
	mac.Write([]byte(user))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Record implements issue.Auditor.
func (a *auditLog) Record(r *issue.Record) error {
	s := a.settings.Load()
	text, err := s.encode(r)
	if err != nil {
		return a.failed(s, err)
	}
	l := a.lines.Get().(*line)
	l.text = text
	if !s.refuse {
		select {
		case a.queue <- l:
			return nil
		default:
			return a.failed(s, errAuditSlow)
		}
	}
	timer := time.NewTimer(s.patience)
	defer timer.Stop()
	select {
	case a.queue <- l:
	case <-timer.C:
		return a.failed(s, errAuditSlow)
	}
	select {
	case err = <-l.written:
		a.lines.Put(l)
	case <-timer.C:
		err = errAuditSlow // the line may be written yet: a decision that nobody got
	}
	if err != nil {
		return a.failed(s, err)
	}
	return nil
}

func (a *auditLog) failed(s *auditSettings, err error) error {
	a.failing.Store(true)
	if !s.refuse {
		a.lost.Add(1)
		return nil
	}
	a.refused.Add(1)
	return err
}

// write is the goroutine that writes.
func (a *auditLog) write(target *auditTarget) {
	defer close(a.done)
	var batch []*line
	var text []byte
	for {
		batch, text = batch[:0], text[:0]
		select {
		case next := <-a.reopened:
			_ = target.close()
			target = next
			continue
		case l := <-a.queue:
			batch, text = append(batch, l), append(text, l.text...)
		case <-a.quit:
			if len(a.queue) == 0 {
				_ = target.close()
				return
			}
			continue
		}
	collect:
		for len(text) < auditBatch {
			select {
			case l := <-a.queue:
				batch, text = append(batch, l), append(text, l.text...)
			default:
				break collect
			}
		}
		_, err := target.w.Write(text)
		a.failing.Store(err != nil)
		if err != nil && !a.settings.Load().refuse {
			a.lost.Add(int64(len(batch)))
		}
		for _, l := range batch {
			l.written <- err
		}
	}
}

// Close writes what waits, and ends. A Record that comes later fails as one that
// nobody wrote in time.
func (a *auditLog) Close(patience time.Duration) error {
	close(a.quit)
	select {
	case <-a.done:
		return nil
	case <-time.After(patience):
		return errAuditSlow
	}
}
