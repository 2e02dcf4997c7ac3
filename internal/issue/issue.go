// Package issue is the use case: a caller who is known asks for a token; policy
// decides, the deny list has a veto, the project's certificate signs, the audit
// log records, and only then is the token handed over. It knows no HTTP.
package issue

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/keyring"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// Bounds on one request.
const (
	MaxServices    = 8
	MaxPermissions = 64  // entries of an RTM2 list
	MaxNames       = 256 // names in all entries of a list
)

// renewJitter is the part of the renewal time that is drawn at random and taken
// off, so that clients that logged in together do not renew together.
const renewJitter = 0.1

// Options are what a Service works with. Ring and Policy are required.
type Options struct {
	Ring   *keyring.Ring
	Policy *policy.Policy
	Now    func() time.Time                               // nil: time.Now. The ring's signers must go by the same clock.
	Random func() float64                                 // [0,1), for renewal jitter; nil: math/rand/v2
	Deny   DenyList                                       // nil: none
	Audit  Auditor                                        // nil: none
	Signed func(project *keyring.Project, ends time.Time) // told of every token made; nil: nobody
}

// DenyList knows the users who get no token whatever policy says.
type DenyList interface {
	// Check reports whether a user gets no token of a project, and until when
	// (zero: for no set time). An error means that this cannot be said.
	Check(appID, user string) (until time.Time, listed bool, err error)
}

// Service issues and verifies tokens. It is immutable and safe for concurrent use.
type Service struct{ o Options }

// New makes a Service.
func New(o Options) (*Service, error) {
	if o.Ring == nil || o.Policy == nil {
		return nil, errors.New("issue: needs projects and a policy")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return &Service{o}, nil
}

// Asked is a request with what the audit log says of where it came from.
type Asked struct {
	Caller    policy.Caller
	Request   policy.Request
	RequestID string
	TraceID   string
	Route     string
	Client    string // address
}

// Token is a token that may be handed over.
type Token struct {
	Text      string
	Version   rtmauth.Version
	AppID     string
	Project   string
	User      string
	IssuedAt  time.Time // to a second, as in the token
	ExpiresAt time.Time // for 006 24 h after IssuedAt, whatever life was asked
	RenewIn   time.Duration
	Rule      string
}

// ErrAudit says that the decision could not be recorded and that audit.on_failure
// is "refuse".
var ErrAudit = errors.New("the audit log cannot be written")

// ErrDenyList says that nobody knows at present who is denied.
var ErrDenyList = errors.New("the deny list cannot be asked")

// Issue decides, signs and records. Its errors: *rtmauth.ArgumentError for a
// request that no project could sign, *policy.Denial, ErrDenyList, ErrAudit;
// others are faults. With an error there is no token.
func (s *Service) Issue(a Asked) (Token, error) {
	now := s.o.Now()
	rec := Record{
		Time: now, RequestID: a.RequestID, TraceID: a.TraceID, Route: a.Route, Client: a.Client,
		Caller: a.Caller.Name, CallerKind: string(a.Caller.Kind), Subject: a.Caller.Subject, User: a.Request.User, services: a.Request.Services,
	}
	token, err := s.issue(a, now, &rec)
	if err != nil {
		rec.fail(err)
	} else {
		rec.Outcome = Issued
	}
	if s.o.Audit != nil {
		if auditErr := s.o.Audit.Record(&rec); auditErr != nil {
			return Token{}, fmt.Errorf("%w: %w", ErrAudit, auditErr)
		}
	}
	return token, err
}

func (s *Service) issue(a Asked, now time.Time, rec *Record) (Token, error) {
	if err := Check(a.Request); err != nil {
		return Token{}, err
	}
	grant, denial := s.o.Policy.Decide(a.Caller, a.Request, now)
	if denial != nil {
		rec.Rule = denial.Rule
		return Token{}, denial
	}
	rec.Rule, rec.Project = grant.Rule, grant.Project
	project := s.o.Ring.ByName(grant.Project)
	if project == nil {
		return Token{}, fmt.Errorf("rule %q grants project %q, which is not there", grant.Rule, grant.Project)
	}
	if err := s.denied(project.AppID(), a.Caller, grant); err != nil {
		return Token{}, err
	}
	text, err := sign(project.Signer(), grant)
	// The signer reads the clock itself. If a second passed meanwhile, what we
	// report would be a second off what the token says: decide and sign again.
	for range 3 {
		after := s.o.Now()
		if err != nil || after.Unix() == now.Unix() {
			break
		}
		now = after
		if grant, denial = s.o.Policy.Decide(a.Caller, a.Request, now); denial != nil {
			return Token{}, denial
		}
		text, err = sign(project.Signer(), grant)
	}
	if err != nil {
		return Token{}, err
	}
	if s.o.Signed != nil {
		s.o.Signed(project, grant.Ends)
	}
	issued := now.Truncate(time.Second)
	renew := grant.Renew - time.Duration(float64(grant.Renew)*renewJitter*s.o.Random())
	renew = max(time.Second, renew.Truncate(time.Second)) // 0 would have clients ask without end
	t := Token{
		Text: text, Version: grant.Version, AppID: project.AppID(), Project: grant.Project, User: grant.User, Rule: grant.Rule,
		IssuedAt: issued, ExpiresAt: issued.Add(grant.Ends.Sub(now)), RenewIn: renew,
	}
	rec.Fingerprint, rec.ExpiresAt = rtmauth.Fingerprint(text), t.ExpiresAt
	return t, nil
}

// denied asks the deny list about every user that the token would name, and
// about the user who asks: a rule may give them other names than their own. It
// comes after policy: before it, any caller could find out who is on the list.
func (s *Service) denied(appID string, c policy.Caller, g policy.Grant) error {
	if s.o.Deny == nil {
		return nil
	}
	if err := s.listed(appID, g.User); err != nil {
		return err
	}
	if signedIn := c.Kind == policy.KindJWT || c.Kind == policy.KindWebhook; signedIn && c.Subject != g.User {
		if err := s.listed(appID, c.Subject); err != nil {
			return err
		}
	}
	for _, service := range g.Services {
		if service.UID != "" && service.UID != g.User {
			if err := s.listed(appID, service.UID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) listed(appID, user string) error {
	until, listed, err := s.o.Deny.Check(appID, user)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDenyList, err)
	case !listed:
		return nil
	case until.IsZero():
		return &policy.Denial{Code: policy.DeniedListed, Text: "the user is on this service's deny list"}
	}
	return &policy.Denial{Code: policy.DeniedListed, Text: "the user is on this service's deny list until " + until.UTC().Format(time.RFC3339)}
}

// Check refuses what no project could sign, before policy is asked: user IDs,
// channels and uids of a shape that Agora's services do not take, too many
// services, a life that is negative or over rtmauth.MaxLife. The error is an
// *rtmauth.ArgumentError and holds no value of the request.
func Check(q policy.Request) error {
	if err := rtmauth.ValidateUserID(q.User); err != nil {
		return err
	}
	if len(q.Services) == 0 || len(q.Services) > MaxServices {
		return argument("services", "must be 1 to %d", MaxServices)
	}
	if q.Life < 0 || q.Life > rtmauth.MaxLife && !q.CutLife || q.Life > 0 && q.Life < time.Second {
		return argument("life", "must be between 1s and %s", rtmauth.MaxLife)
	}
	if q.Version != "" && q.Version != rtmauth.Version006 && q.Version != rtmauth.Version007 {
		return argument("version", "must be 006 or 007")
	}
	if q.Version == rtmauth.Version006 && (len(q.Services) != 1 || q.Services[0].Type != policy.RTM && q.Services[0].Type != policy.RTC) {
		return argument("services", "must be one, rtm or rtc, in a 006 token")
	}
	var seen [16]string
	for i, s := range q.Services {
		if slices.Contains(seen[:i], s.Type) {
			return argument("services", "must not hold a type twice")
		}
		seen[i] = s.Type
		if err := checkService(s); err != nil {
			return err
		}
	}
	return nil
}

func checkService(s policy.Service) error {
	if !slices.Contains(policy.Services(), s.Type) {
		return argument("service", "must be one of %s", texts(policy.Services()))
	}
	if s.Type != policy.RTC && (s.Channel != "" || s.UID != "" || s.Role != "") {
		return argument("service", "must not have a channel, uid or role, unless it is rtc")
	}
	if s.Type != policy.RTM2 && len(s.Permissions) > 0 {
		return argument("service", "must not have permissions, unless it is rtm2")
	}
	switch s.Type {
	case policy.RTC:
		if err := rtmauth.ValidateChannel(s.Channel); err != nil {
			return err
		}
		if s.Role != "" && s.Role != policy.Publisher && s.Role != policy.Subscriber {
			return argument("role", "must be publisher or subscriber")
		}
		if s.UID != "" {
			if _, err := rtcUser(s.UID); err != nil {
				return err
			}
		}
	case policy.RTM2:
		return checkPermissions(s.Permissions)
	}
	return nil
}

func checkPermissions(list []policy.Permission) error {
	names := 0
	for _, p := range list {
		if !slices.Contains(policy.RTM2Resources(), p.Resource) {
			return argument("resource", "must be one of %s", texts(policy.RTM2Resources()))
		}
		if !slices.Contains(policy.RTM2Accesses(), p.Access) {
			return argument("access", "must be one of %s", texts(policy.RTM2Accesses()))
		}
		names += len(p.Names)
		for _, name := range p.Names {
			if name == "" || len(name) > 64 {
				return argument("names", "must be of 1 to 64 bytes each")
			}
		}
	}
	if len(list) > MaxPermissions || names > MaxNames {
		return argument("permissions", "must be at most %d with %d names", MaxPermissions, MaxNames)
	}
	return nil
}

// rtcUser is the text that an RTC token holds for a uid: digits are a numeric
// uid, of which 0 is anybody; all else is an account.
func rtcUser(uid string) (string, error) {
	for _, c := range uid {
		if c < '0' || c > '9' {
			return uid, rtmauth.ValidateUserID(uid)
		}
	}
	n, err := strconv.ParseUint(uid, 10, 32)
	if err != nil || strconv.FormatUint(n, 10) != uid {
		return "", argument("uid", "must be a number of at most 4294967295 without leading zeros, or an account")
	}
	return rtmauth.UID(uint32(n)), nil
}

func argument(name, rule string, args ...any) error {
	return &rtmauth.ArgumentError{Argument: name, Rule: fmt.Sprintf(rule, args...)}
}

func texts(list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}
