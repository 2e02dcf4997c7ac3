package issue

import (
	"errors"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// ToVerify is a token that a trusted caller holds and what it should grant.
type ToVerify struct {
	Token   string
	User    string // of RTM
	Service string // "": RTM
	Channel string // RTC
}

// Verdict is what is known of a token.
type Verdict struct {
	Valid    bool
	Reason   rtmauth.Reason    // of an invalid one
	Token    *rtmauth.Verified // of a valid one
	SignedBy string            // "primary" or "secondary", of a valid one
	Project  string
}

// MayVerify reports whether the caller may have tokens judged: those for whom a
// rule sets it.
func (s *Service) MayVerify(c policy.Caller) bool { return s.o.Policy.MayVerify(c) }

// Verify judges a token of any of the projects. Every judgement is recorded.
// Its errors: *policy.Denial for a caller who may not ask, ErrAudit.
func (s *Service) Verify(a Asked, v ToVerify) (Verdict, error) {
	rec := Record{
		Time: s.o.Now(), RequestID: a.RequestID, TraceID: a.TraceID, Route: a.Route, Client: a.Client,
		Caller: a.Caller.Name, CallerKind: string(a.Caller.Kind), Subject: a.Caller.Subject, User: v.User,
	}
	verdict, err := s.verify(a.Caller, v)
	switch {
	case err != nil:
		rec.fail(err)
	default:
		rec.Outcome, rec.Code, rec.Project, rec.Fingerprint = Verified, string(verdict.Reason), verdict.Project, rtmauth.Fingerprint(v.Token)
		if verdict.Valid {
			rec.ExpiresAt = verdict.Token.ExpiresAt()
		}
	}
	if s.o.Audit != nil {
		if auditErr := s.o.Audit.Record(&rec); auditErr != nil {
			return Verdict{}, errors.Join(ErrAudit, auditErr)
		}
	}
	return verdict, err
}

func (s *Service) verify(c policy.Caller, v ToVerify) (Verdict, error) {
	if !s.o.Policy.MayVerify(c) {
		return Verdict{}, &policy.Denial{Code: policy.DeniedVerify, Text: "no rule of the policy lets this caller verify tokens; see verify in a rule"}
	}
	if v.User == "" {
		return Verdict{}, argument("user ID", "must be given: a token is good for one user only")
	}
	want := rtmauth.Want{At: s.o.Now(), User: v.User, Channel: v.Channel}
	switch v.Service {
	case "", policy.RTM:
		want.Service = rtmauth.ServiceRTM
	case policy.RTM2:
		want.Service = rtmauth.ServiceRTM2
	case policy.RTC:
		want.Service = rtmauth.ServiceRTC
		var err error
		if want.User, err = rtcUser(v.User); err != nil {
			return Verdict{}, err
		}
	default:
		return Verdict{}, argument("service", "must be rtm, rtm2 or rtc")
	}
	project := s.o.Ring.Default()
	if parsed, err := rtmauth.Parse(v.Token); err == nil {
		if p := s.o.Ring.ByAppID(parsed.AppID()); p != nil {
			project = p
		}
	}
	verified, err := project.Verifier().Verify(v.Token, want)
	var refused *rtmauth.RefusedError
	var bad *rtmauth.ArgumentError
	switch {
	case errors.As(err, &bad):
		return Verdict{}, argument("channel", "must not be given, unless the service is rtc")
	case errors.As(err, &refused):
		return Verdict{Reason: refused.Reason, Project: project.Name()}, nil
	case err != nil:
		return Verdict{}, err
	}
	slot := "primary"
	if verified.SignedBy() == 1 {
		slot = "secondary"
	}
	return Verdict{Valid: true, Token: verified, SignedBy: slot, Project: project.Name()}, nil
}
