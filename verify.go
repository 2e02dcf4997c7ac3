package rtmauth

import (
	"crypto/subtle"
	"slices"
	"time"

	"github.com/rtmauth/rtmauth/internal/wire"
)

// A Verifier verifies the tokens of one project. It is safe for concurrent
// use.
type Verifier struct {
	appID        string
	certificates []Certificate
}

// NewVerifier returns a Verifier for a project with its primary certificate
// and, if it has one, its secondary. Agora accepts tokens of both as long as
// both exist. The error is an *ArgumentError.
func NewVerifier(appID string, certificates ...Certificate) (*Verifier, error) {
	if err := ValidateAppID(appID); err != nil {
		return nil, err
	}
	if n := len(certificates); n < 1 || n > 2 {
		return nil, &ArgumentError{"App certificates", "must be one or two"}
	}
	for _, c := range certificates {
		if c.IsZero() {
			return nil, &ArgumentError{"App certificate", "must be given"}
		}
	}
	return &Verifier{appID, slices.Clone(certificates)}, nil
}

// AppID is the App ID of the project.
func (v *Verifier) AppID() string { return v.appID }

// Want says what a token must be good for. At and Service are required. An
// empty User or Channel is compared like any other: it never means that any
// will do.
type Want struct {
	// At is the time at which the token must be valid: usually time.Now().
	At time.Time

	// Service is the service that the token must have. 006 has RTM and RTC.
	Service ServiceType

	// User is the user ID or account. For a numeric RTC user ID it is [UID] of
	// it. RTC, Streaming and FCDN tokens for "" are for any user. For Chat and
	// APaaS, "" asks for a token for the app. FPA has no user.
	User string

	// Channel is the channel of RTC, Streaming and FCDN, the room of APaaS.
	// RTM tokens are not bound to channels.
	Channel string

	// Privilege is the privilege that the token must grant. 0 stands for the
	// one that lets User in: login, join, the first of Streaming and FCDN, and
	// for Chat and APaaS the one that fits User and Channel. In a
	// 006 token, PrivilegeLogin of RTM is PrivilegeLogin006.
	Privilege PrivilegeID

	// Leeway is how far the issue time may lie after At, for tokens from
	// machines whose clocks are ahead. What Agora tolerates, and whether it
	// checks at all, is not documented. It does not lengthen a token's life.
	Leeway time.Duration

	// InsecureIgnoreExpiry accepts tokens at any time: expired ones, and ones
	// of the future.
	InsecureIgnoreExpiry bool
}

// check returns an *ArgumentError if want asks for what cannot be checked, and
// else fills in the privilege.
func (w *Want) check() error {
	has := w.Service.trait()
	switch {
	case has == nil:
		return &ArgumentError{"Want.Service", "must be one of the known services"}
	case w.At.IsZero():
		return &ArgumentError{"Want.At", "must be given"}
	case w.User != "" && !has.user:
		return &ArgumentError{"Want.User", "must be empty: the service has no user"}
	case w.Channel != "" && !has.channel:
		return &ArgumentError{"Want.Channel", "must be empty: tokens of the service are not bound to channels"}
	case w.Leeway < 0:
		return &ArgumentError{"Want.Leeway", "must not be negative"}
	}
	switch {
	case w.Privilege != 0:
	case w.Service == ServiceChat && w.User == "":
		w.Privilege = PrivilegeChatApp
	case w.Service == ServiceAPaaS && w.User == "":
		w.Privilege = PrivilegeAPaaSApp
	case w.Service == ServiceAPaaS && w.Channel == "":
		w.Privilege = PrivilegeAPaaSUser
	default:
		w.Privilege = 1
	}
	return nil
}

// A Verified is a token whose signature is right and that granted what was
// wanted at the time that was asked about. Only [Verifier.Verify] makes one.
type Verified struct {
	content
	service  Service
	end      time.Time
	signedBy int
}

// SignedBy is the certificate that signed the token: 0 for the first one given
// to [NewVerifier], the primary, 1 for the secondary.
func (v *Verified) SignedBy() int { return v.signedBy }

// Service is the service that granted what was wanted, with its user and
// channel, which a 006 token itself does not hold. The result is the caller's.
func (v *Verified) Service() Service { return own([]Service{v.service})[0] }

// ExpiresAt is the first moment at which the token no longer grants what was
// wanted:
//   - 006 for RTM: the token's ts. Agora documents that it lies 24 hours after
//     the issue time and that the time of the login privilege has no effect.
//   - 006 for RTC: the earlier of ts and the privilege's time.
//   - 007: the earliest of the token's expire, the privilege's and [MaxLife].
//     That the privilege's counts where it is the smaller is our choice, not
//     documented for RTM; so is that 0 stands for no time of its own there,
//     and that an expire of 0 ends the token at once (Agora's English pages
//     say so, the Chinese ones say 24 hours).
func (v *Verified) ExpiresAt() time.Time { return v.end }

// Verify reads a token and checks that it is for the project and signed with
// one of its certificates, and that it grants what is wanted. A token that
// does not is refused with a *RefusedError, a Want that cannot be checked with
// an *ArgumentError; with every error the result is nil.
//
// It does not know whether a user was banned, whether a certificate is still
// enabled at Agora, or whether the same token was used before.
func (v *Verifier) Verify(token string, want Want) (*Verified, error) {
	if err := want.check(); err != nil {
		return nil, err
	}
	t := new(Verified)
	p, unreadable := t.parse(token)
	if unreadable != nil {
		reason := ReasonMalformed
		if unreadable.Field == "version" {
			reason = ReasonVersion
		}
		return nil, &RefusedError{reason, unreadable}
	}
	var reason Reason
	switch {
	case t.appID != v.appID:
		reason = ReasonAppID
	case t.version == Version006:
		reason = v.verify006(t, p, &want)
	default:
		reason = v.verify007(t, p, &want)
	}
	if reason != "" {
		return nil, &RefusedError{Reason: reason}
	}
	return t, nil
}

func (v *Verifier) verify007(t *Verified, p proof, want *Want) Reason {
	fits := false
	for i, c := range v.certificates {
		if !fits && p.fits(sign007(c, t.issued, t.body.salt, p.covers)) {
			fits, t.signedBy = true, i
		}
	}
	if !fits {
		return ReasonSignature
	}
	// A token may hold several services of one type: the one that grants for
	// longest counts, and if none does, the reason of the one that came nearest.
	nearest := ReasonServiceMissing
	for i := range t.services {
		s := &t.services[i]
		if s.Type != want.Service {
			continue
		}
		end, reason := t.grants(s, want)
		switch {
		case reason == "" && (nearest != "" || end.After(t.end)):
			nearest, t.service, t.end = "", *s, end
		case reason.nearness() > nearest.nearness():
			nearest = reason
		}
	}
	return nearest
}

// nearness orders the reasons of a service by how near it came to granting
// what is wanted.
func (r Reason) nearness() int {
	return slices.Index([]Reason{ReasonServiceMissing, ReasonUser, ReasonChannel, ReasonPrivilegeMissing, ReasonExpired, ReasonNotYetValid, ""}, r)
}

// grants checks a service of the right type and returns the end of what is
// wanted, or the reason why it is not granted.
func (t *Verified) grants(s *Service, want *Want) (time.Time, Reason) {
	anyUser := s.User == "" && s.Type.trait().anyUser
	switch {
	case s.User != want.User && !anyUser:
		return time.Time{}, ReasonUser
	case s.Channel != want.Channel:
		return time.Time{}, ReasonChannel
	}
	id := want.Privilege
	if t.version == Version006 && id == PrivilegeLogin && s.Type == ServiceRTM {
		id = PrivilegeLogin006
	}
	for _, p := range s.Privileges {
		if p.ID == id {
			end := t.endWith(s.Type, p)
			return end, t.inTime(want, end)
		}
	}
	return time.Time{}, ReasonPrivilegeMissing
}

// endWith is the end of a privilege: see [Verified.ExpiresAt].
func (t *Verified) endWith(service ServiceType, p Privilege) time.Time {
	end := t.content.ExpiresAt()
	if p.Expire == 0 || t.version == Version006 && service == ServiceRTM {
		return end
	}
	own := time.Unix(int64(p.Expire), 0)
	if t.version == Version007 {
		own = t.endOf(p.Expire)
	}
	if own.Before(end) {
		return own
	}
	return end
}

func (t *Verified) inTime(want *Want, end time.Time) Reason {
	switch {
	case want.InsecureIgnoreExpiry:
		return ""
	case !want.At.Before(end):
		return ReasonExpired
	case t.IssuedAt().After(want.At.Add(want.Leeway)):
		return ReasonNotYetValid
	}
	return ""
}

// emptyCRC is the CRC-32 of "".
const emptyCRC = 0

func (v *Verifier) verify006(t *Verified, p proof, want *Want) Reason {
	// Channel and user as the signature covers them: RTM has the user ID in
	// the place of the channel.
	channel, user := want.Channel, want.User
	switch want.Service {
	case ServiceRTC:
		if t.userCRC != wire.CRC(user) {
			if t.userCRC != emptyCRC {
				return ReasonUser
			}
			user = "" // signed for any user
		}
		if t.channelCRC != wire.CRC(channel) {
			return ReasonChannel
		}
	case ServiceRTM:
		channel, user = want.User, ""
		if t.channelCRC != wire.CRC(channel) || t.userCRC != emptyCRC {
			return ReasonUser
		}
	default:
		return ReasonServiceMissing // of which 006 has no form
	}
	var buf [ordinary]byte
	covered := append(covered006(buf[:0], t.appID, channel, user), p.covers...)
	fits := false
	for i, c := range v.certificates {
		if !fits && p.fits(sign006(c, covered)) {
			fits, t.signedBy = true, i
		}
	}
	if !fits {
		return ReasonSignature
	}
	t.service = Service{
		Type: want.Service, Channel: want.Channel, User: want.User,
		Privileges: privileges006(t.privileges, want.Service),
	}
	if want.Service == ServiceRTC {
		t.service.User = user
	}
	if len(t.service.Privileges) == 0 {
		return ReasonServiceMissing
	}
	var reason Reason
	t.end, reason = t.grants(&t.service, want)
	return reason
}

// fits compares signatures in constant time.
func (p proof) fits(signature [sumLen]byte) bool {
	return subtle.ConstantTimeCompare(signature[:], []byte(p.signature)) == 1
}
