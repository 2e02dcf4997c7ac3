package rtmtest

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/rtmauth/rtmauth"
)

// SessionInfo is a session as the control plane shows it. Of the token it holds
// what it is, never its text.
type SessionInfo struct {
	ID           string     `json:"id"`
	User         string     `json:"user"`
	AppID        string     `json:"app_id"`
	SDK          string     `json:"sdk"`
	State        string     `json:"state"`
	Reason       string     `json:"reason"`
	Link         string     `json:"link"` // "up" or "down"
	TokenVersion string     `json:"token_version,omitempty"`
	Token        string     `json:"token_fingerprint,omitempty"`
	IssuedAt     *time.Time `json:"issued_at,omitempty"`
	ExpiresAt    *time.Time `json:"expires_at,omitempty"`
	Channels     []string   `json:"channels"`
}

// Sessions lists the sessions, oldest first: of one user, or of all with "".
func (p *Project) Sessions(user string) []SessionInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []SessionInfo{}
	for _, s := range p.inOrder() {
		if user == "" || s.user == user {
			list = append(list, s.info())
		}
	}
	return list
}

func (s *session) info() SessionInfo {
	i := SessionInfo{ID: s.id, User: s.user, AppID: s.p.appID, SDK: string(s.sdk), Link: "down", Channels: s.model.channels()}
	i.State, i.Reason = s.model.state()
	if s.up {
		i.Link = "up"
	}
	if l := s.life; l.ends() {
		issued, end := l.issued.UTC(), l.end.UTC()
		i.TokenVersion, i.Token, i.IssuedAt, i.ExpiresAt = string(l.version), l.fingerprint, &issued, &end
	}
	return i
}

// inOrder is the sessions, oldest first. mu must be held.
func (p *Project) inOrder() []*session {
	list := make([]*session, 0, len(p.sessions))
	for _, s := range p.sessions {
		list = append(list, s)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].number < list[j].number })
	return list
}

// Kick throws a session out: 1.x ABORTED with BANNED_BY_SERVER, 2.x FAILED with
// KICKED_OUT_BY_SERVER. Its user may log in again.
func (p *Project) Kick(id string) error {
	return p.withSession(id, func(s *session) {
		s.note(Event{Type: Kicked, Source: srcOurControl})
		s.model.abort(kicked)
	})
}

// ErrNoToken is returned for a session that has no token to expire.
var ErrNoToken = errors.New("the session has no token that could end: it is not logged in, or logged in without one")

// Expire makes the token of one session end after d, whoever minted it, without
// turning the clock.
func (p *Project) Expire(id string, d time.Duration) error {
	if d < 0 || d > maxTurn {
		return ErrTurn
	}
	err := ErrNoToken
	if missing := p.withSession(id, func(s *session) {
		if !s.life.ends() {
			return
		}
		err = nil
		l := s.life
		l.end, l.grace = s.p.clock.Now().Add(d), 0
		s.note(Event{Type: ExpirySet, Source: srcOurControl, Detail: "The token ends in " + d.String() + "."})
		s.arm(l)
	}); missing != nil {
		return missing
	}
	return err
}

// maxBanned bounds the list of banned users.
const maxBanned = 10_000

// Ban refuses a user's logins and throws out its sessions. The error is an
// [rtmauth.ArgumentError].
func (p *Project) Ban(user string) error {
	if err := rtmauth.ValidateUserID(user); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.banned[user] && len(p.banned) >= maxBanned {
		return fmt.Errorf("at most %d users can be banned", maxBanned)
	}
	p.banned[user] = true
	p.note(Event{Type: Banned, User: user, Source: srcOurControl})
	for _, s := range p.inOrder() {
		if s.user == user {
			s.model.abort(bannedUser)
		}
	}
	return nil
}

// Unban lifts a ban. It reports false if there was none.
func (p *Project) Unban(user string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.banned[user] {
		return false
	}
	delete(p.banned, user)
	p.note(Event{Type: Unbanned, User: user, Source: srcOurControl})
	return true
}

// BannedUsers lists the banned users.
func (p *Project) BannedUsers() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []string{}
	for user := range p.banned {
		list = append(list, user)
	}
	slices.Sort(list)
	return list
}

// maxLoginFaults bounds the answers that can be asked for.
const maxLoginFaults = 1000

// AnswerLogin makes the next login of a user, or of any user with "", fail with
// a code: 1 to 10 for RTM 1.x, a documented negative one for 2.x.
func (p *Project) AnswerLogin(user string, code int) error {
	if (code < 1 || code > 10) && loginReason2(code) == "" {
		return errors.New("the code must be one of LoginError, 1 to 10, or a negative code of a 2.x login")
	}
	if user != "" {
		if err := rtmauth.ValidateUserID(user); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults.logins) >= maxLoginFaults {
		return fmt.Errorf("at most %d answers can be asked for", maxLoginFaults)
	}
	p.faults.logins = append(p.faults.logins, loginFault{user, code})
	p.note(Event{Type: FaultSet, User: user, Reason: "login", Code: code, Source: srcOurControl, Detail: "The next login is refused."})
	return nil
}

// Certificates are the fingerprints of the project's certificates, the primary
// first.
func (p *Project) Certificates() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []string{}
	for _, c := range p.certificates {
		list = append(list, c.Fingerprint())
	}
	return list
}

// AddCertificate makes a certificate the project's secondary, or its primary if
// it has none. A project has at most two.
func (p *Project) AddCertificate(c rtmauth.Certificate) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.certificates) >= 2 {
		return errors.New("the project has two certificates; delete one first")
	}
	if err := p.setCertificates(append(slices.Clone(p.certificates), c)); err != nil {
		return err
	}
	p.note(Event{Type: CertificateMade, Source: srcOurControl, Detail: "Certificate " + c.Fingerprint() + "."})
	return nil
}

// DeleteCertificate removes a certificate by its fingerprint. Its tokens no
// longer log in or renew; those who are logged in stay. It reports false if
// there is none.
func (p *Project) DeleteCertificate(fingerprint string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.certificates, func(c rtmauth.Certificate) bool { return c.Fingerprint() == fingerprint })
	if i < 0 {
		return false
	}
	rest := slices.Delete(slices.Clone(p.certificates), i, i+1)
	if err := p.setCertificates(rest); err != nil {
		return false
	}
	p.note(Event{Type: CertificateGone, Source: srcDeleted, Detail: "Certificate " + fingerprint + "."})
	return true
}

// Settings are the project's settings.
func (p *Project) Settings() Settings {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.settings
}

// Change changes settings: f is given the present ones. What runs already, such
// as the end of a session's token, stays as it was.
func (p *Project) Change(f func(*Settings)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := p.settings
	next.WillExpireLeads = slices.Clone(next.WillExpireLeads)
	f(&next)
	if err := next.Validate(); err != nil {
		return err
	}
	seed := p.settings.Seed
	p.settings = next
	if next.Seed != seed {
		p.seed()
	}
	p.note(Event{Type: SettingsChanged, Source: srcOurControl})
	return nil
}

// Reset ends all sessions and forgets bans, faults and the events so far. The
// clock shows [time.Now] again and runs. Settings and certificates stay.
func (p *Project) Reset() {
	p.mu.Lock()
	for _, s := range p.inOrder() {
		s.remove()
	}
	p.faults.restore.stop()
	p.faults = faults{}
	clear(p.banned)
	p.logins = windows{}
	p.world1, p.world2 = newWorld1(), newWorld2()
	p.seed()
	p.history.events, p.history.next = nil, 0
	p.mu.Unlock()
	p.clock.reset()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(Event{Type: ProjectReset, Source: srcOurControl})
}
