package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strconv"
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
	auditPatience = 2 * time.Second // how long a request waits for its line, and the end for all
)

// auditLog writes one JSON line per decision. One goroutine writes, so that a
// pipe that nobody reads blocks it and not the requests: they wait for their
// line at most auditPatience, and then do what audit.on_failure says. Lines that
// wait together are written together.
type auditLog struct {
	queue    chan *line
	next     chan *auditTarget // buffered: a writer that is blocked finds the last one
	quit     chan struct{}
	end      sync.Once
	settings atomic.Pointer[auditSettings]
	patience time.Duration
	done     chan struct{}

	log     *slog.Logger
	lost    atomic.Int64
	refused atomic.Int64
	failing atomic.Bool
	lines   sync.Pool
}

type auditSettings struct {
	refuse  bool
	hashKey config.Text
}

// auditTarget is where lines go.
type auditTarget struct {
	w     *lineWriter
	close func() error
	taken chan struct{} // closed once the writer has gone over to it
}

func newTarget(w io.Writer, closing func() error) *auditTarget {
	return &auditTarget{w: toLines(w), close: closing, taken: make(chan struct{})}
}

type line struct {
	text     []byte
	written  chan error // buffered
	patience *time.Timer
}

var errAuditSlow = errors.New("the audit log did not take the line in time")

// newAuditLog begins to write to w, which stays the caller's.
func newAuditLog(w io.Writer, patience time.Duration, log *slog.Logger) *auditLog {
	a := &auditLog{log: log, queue: make(chan *line, auditQueue), next: make(chan *auditTarget, 1), quit: make(chan struct{}), patience: patience, done: make(chan struct{})}
	a.lines.New = func() any {
		l := &line{written: make(chan error, 1), patience: time.NewTimer(time.Hour)}
		l.patience.Stop()
		return l
	}
	a.settings.Store(&auditSettings{refuse: true})
	go a.write(newTarget(w, func() error { return nil }))
	return a
}

// prepare makes the target of a configuration ready; commit goes over to it.
func (a *auditLog) prepare(r *config.Resolved, fallback io.Writer) (commit func(), err error) {
	target := newTarget(fallback, func() error { return nil })
	if r.Audit.File != "" {
		f, err := os.OpenFile(r.Abs(r.Audit.File), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fmt.Errorf("audit.file: %w", err)
		}
		target = newTarget(f, f.Close)
	}
	settings := &auditSettings{refuse: r.Audit.OnFailure == "refuse", hashKey: r.HashUsers}
	return func() {
		a.settings.Store(settings)
		a.hand(target)
		select {
		case <-target.taken: // nothing goes to the old one from here on
		case <-time.After(a.patience): // the writer is blocked on the old one, and goes over when it can
			a.note(errAuditSlow)
		}
	}, nil
}

// hand gives the writer its next target, in place of one that it did not take.
func (a *auditLog) hand(target *auditTarget) {
	for {
		select {
		case a.next <- target:
			return
		case old := <-a.next:
			_ = old.close()
		}
	}
}

// encode appends a record's line to b. It is written out rather than left to
// encoding/json because it is a good part of what a request costs.
func (s *auditSettings) encode(b []byte, r *issue.Record) []byte {
	user, hash, subject := r.User, "", r.Subject
	if len(user) > maxAuditUser {
		user = user[:maxAuditUser]
	}
	if !s.hashKey.IsZero() {
		if user != "" {
			user, hash = "", s.hash(r.User)
		}
		if kind := policy.Kind(r.CallerKind); subject != "" && (kind == policy.KindJWT || kind == policy.KindWebhook) {
			subject = s.hash(subject) // a user, too
		}
	}
	b = append(b, `{"time":"`...)
	b = r.Time.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","msg":"audit"`...)
	b = appendField(b, "request_id", r.RequestID)
	b = appendField(b, "trace_id", r.TraceID)
	b = appendField(b, "route", r.Route)
	b = appendField(b, "client", r.Client)
	b = appendField(b, "caller", r.Caller)
	b = appendField(b, "caller_kind", r.CallerKind)
	b = appendField(b, "subject", subject)
	b = appendField(b, "user", user)
	b = appendField(b, "user_hash", hash)
	if services := r.Services(); len(services) > 0 {
		b = append(b, `,"services":[`...)
		for i, service := range services {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(b, service.Type)
		}
		b = append(b, ']')
	}
	b = appendField(b, "project", r.Project)
	b = appendField(b, "rule", r.Rule)
	b = appendField(b, "outcome", string(r.Outcome))
	b = appendField(b, "code", r.Code)
	b = appendField(b, "token", r.Fingerprint)
	if !r.ExpiresAt.IsZero() {
		b = append(b, `,"expires_at":`...)
		b = strconv.AppendInt(b, r.ExpiresAt.Unix(), 10)
	}
	return append(b, "}\n"...)
}

// maxAuditUser is the longest user ID that RTM takes; more is in no token.
const maxAuditUser = 64

func appendField(b []byte, key, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, key...)
	b = append(b, '"', ':')
	return appendText(b, value)
}

// appendText appends a JSON string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s) // also makes it UTF-8
			if err != nil {
				quoted = []byte(`""`)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func (s *auditSettings) hash(user string) string {
	mac := hmac.New(sha256.New, s.hashKey.Reveal())
	mac.Write([]byte(user))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Record implements issue.Auditor.
func (a *auditLog) Record(r *issue.Record) error {
	s := a.settings.Load()
	l := a.lines.Get().(*line)
	l.text = s.encode(l.text[:0], r)
	if !s.refuse {
		select {
		case a.queue <- l:
			return nil
		default:
			return a.failed(s, errAuditSlow)
		}
	}
	l.patience.Reset(a.patience)
	defer l.patience.Stop()
	select {
	case a.queue <- l:
	case <-l.patience.C:
		return a.failed(s, errAuditSlow)
	}
	var err error
	select {
	case err = <-l.written:
		a.lines.Put(l)
	case <-l.patience.C:
		err = errAuditSlow // the line may be written yet: a decision that nobody got
	}
	if err != nil {
		return a.failed(s, err)
	}
	return nil
}

// note remembers whether the last write failed, and says when that changes.
func (a *auditLog) note(err error) {
	failing := err != nil
	if a.failing.Load() == failing || a.failing.Swap(failing) == failing {
		return
	}
	if failing {
		a.log.Error("the audit log cannot be written; see \"RtmauthAuditFailing\" in docs/operations.md", "error", err)
	} else {
		a.log.Info("the audit log can be written again")
	}
}

func (a *auditLog) failed(s *auditSettings, err error) error {
	a.note(err)
	if !s.refuse {
		a.lost.Add(1)
		return nil
	}
	a.refused.Add(1)
	return err
}

// write is the goroutine that writes what waits in the queue.
func (a *auditLog) write(target *auditTarget) {
	defer close(a.done)
	goOver := func(next *auditTarget) {
		_ = target.close()
		target = next
		close(next.taken)
	}
	var batch []*line
	var text []byte
	for {
		batch, text = batch[:0], text[:0]
		select {
		case next := <-a.next: // before the lines that wait
			goOver(next)
		default:
		}
		select {
		case next := <-a.next:
			goOver(next)
			continue
		case l := <-a.queue:
			batch, text = append(batch, l), append(text, l.text...)
			runtime.Gosched() // requests that are ready to run add theirs: one write for all
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
		if err != nil || len(a.queue) == 0 { // a queue that is full is as bad as a disk that is
			a.note(err)
		}
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
	a.end.Do(func() { close(a.quit) })
	select {
	case <-a.done:
		return nil
	case <-time.After(patience):
		return errAuditSlow
	}
}
