package rtmauth

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/rtmauth/rtmauth/internal/wire"
)

// MaxLife is the longest life of a token that Agora's services honour: 007
// tokens made for longer are cut to it, and it is the fixed life of 006.
const MaxLife = 24 * time.Hour

// A Signer makes the tokens of one project. It is safe for concurrent use.
//
// Its methods take a life: how long from now, dropping fractions of a second.
// A life under one second or over [MaxLife] is refused, because Agora silently
// cuts longer ones and because a Unix time passed for a duration is the
// commonest mistake; see [UnsafeAnyLife]. All errors are *ArgumentError.
type Signer struct {
	appID       string
	certificate Certificate
	now         func() time.Time
	salt        func() uint32
	anyLife     bool
}

// A SignerOption changes how a Signer works.
type SignerOption func(*Signer)

// WithClock makes a Signer take the time from now, which must be safe for
// concurrent use, instead of time.Now.
func WithClock(now func() time.Time) SignerOption { return func(s *Signer) { s.now = now } }

// WithSalt makes a Signer take salts from salt, which must be safe for
// concurrent use, instead of at random from 1 to 99,999,999. A salt makes
// tokens of one second differ. It is neither secret nor a nonce: official
// builders repeat theirs.
func WithSalt(salt func() uint32) SignerOption { return func(s *Signer) { s.salt = salt } }

// UnsafeAnyLife makes a Signer accept every life that the format can hold, 0
// to 2^32-1 seconds. What Agora's services make of them is documented only for
// lives over 24 hours, which they cut; tokens with a life of 0 are dead, and
// for RTC they are refused even so, because they would grant nothing.
func UnsafeAnyLife() SignerOption { return func(s *Signer) { s.anyLife = true } }

// NewSigner returns a Signer for a project. The error is an *ArgumentError.
func NewSigner(appID string, c Certificate, opts ...SignerOption) (*Signer, error) {
	if err := ValidateAppID(appID); err != nil {
		return nil, err
	}
	if c.IsZero() {
		return nil, &ArgumentError{"App certificate", "must be given"}
	}
	s := &Signer{appID: appID, certificate: c, now: time.Now, salt: randomSalt}
	for _, opt := range opts {
		opt(s)
	}
	if s.now == nil || s.salt == nil {
		return nil, &ArgumentError{"clock and salt", "must not be nil functions"}
	}
	return s, nil
}

// AppID is the App ID of the project.
func (s *Signer) AppID() string { return s.appID }

// randomSalt need not be unpredictable: see [WithSalt].
func randomSalt() uint32 {
	return 1 + rand.Uint32N(99_999_999) //nolint:gosec // a salt is no secret
}

// Sign makes a 007 token of services as they are given: user IDs, channels and
// privileges are not checked against any rule but what the format can hold,
// at most 64 KiB. It is for what the other methods do not make. Services and privileges are
// written in ascending order, as official builders write them.
func (s *Signer) Sign(life time.Duration, services ...Service) (string, error) {
	expire, err := s.seconds("life", life)
	if err != nil {
		return "", err
	}
	if len(services) == 0 || len(services) > math.MaxUint16 {
		return "", &ArgumentError{"services", "must be 1 to 65,535"}
	}
	checked := make([]Service, len(services))
	for i := range services {
		if checked[i], err = writable(services[i]); err != nil {
			return "", err
		}
	}
	return s.token007(expire, ordered(checked, serviceType)...)
}

// token007 makes a token of services that are in order and can be written.
func (s *Signer) token007(expire uint32, services ...Service) (string, error) {
	now, err := unix32(s.now())
	if err != nil {
		return "", err
	}
	b := body{appID: s.appID, issued: now, expire: expire, salt: s.salt(), services: services}

	var buf [2 + sumLen + ordinary]byte
	content := wire.AppendU16(buf[:0], sumLen)
	content = b.append(content[:2+sumLen])
	if len(content) > wire.MaxContent {
		return "", &ArgumentError{"services", "must fit into 64 KiB"}
	}
	signature := sign007(s.certificate, b.issued, b.salt, content[2+sumLen:])
	copy(content[2:], signature[:])
	return wire.Token007(content), nil
}

// Sign006 makes a 006 token of privileges as they are given, with absolute
// Unix times. For RTM, channel is the user ID and user is ""; for RTC, user is
// the account or [UID] of the numeric user ID. The token ends 24 hours from
// now. Nothing is checked but what the format can hold; it is for what
// [Signer.RTM006] and [Signer.RTC006] do not make.
func (s *Signer) Sign006(channel, user string, privileges ...Privilege) (string, error) {
	switch {
	case len(channel) > math.MaxUint16 || len(user) > math.MaxUint16:
		return "", &ArgumentError{"channel and user", "must be at most 65,535 bytes"}
	case len(privileges) > math.MaxUint16/privilegeLen-2:
		return "", &ArgumentError{"privileges", "must fit into 64 KiB"}
	case holdsTwice(privileges, privilegeID):
		return "", &ArgumentError{"privileges", "must not hold one twice"}
	}
	return s.token006(s.now(), channel, user, ordered(privileges, privilegeID)...)
}

// token006 makes a token of privileges that are in order and can be written.
func (s *Signer) token006(now time.Time, channel, user string, privileges ...Privilege) (string, error) {
	end, err := unix32(now.Add(MaxLife))
	if err != nil {
		return "", err
	}
	m := message{salt: s.salt(), ts: end, privileges: privileges}

	var buf [ordinary]byte
	covered := covered006(buf[:0], s.appID, channel, user)
	before := len(covered)
	covered = m.append(covered)
	signature := sign006(s.certificate, covered)

	var out [ordinary / 2]byte
	content := wire.AppendU16(out[:0], sumLen)
	content = append(content, signature[:]...)
	content = wire.AppendU32(content, wire.CRC(channel))
	content = wire.AppendU32(content, wire.CRC(user))
	content = wire.AppendLen(content, len(covered)-before)
	content = append(content, covered[before:]...)
	return wire.Token006(s.appID, content), nil
}

// seconds checks a life and returns it in seconds.
func (s *Signer) seconds(argument string, life time.Duration) (uint32, error) {
	switch {
	case life < 0:
		return 0, &ArgumentError{argument, "must not be negative"}
	case s.anyLife && life/time.Second > math.MaxUint32:
		return 0, &ArgumentError{argument, "must be less than 2^32 seconds"}
	case s.anyLife:
	case life < time.Second:
		return 0, &ArgumentError{argument, "must be at least one second"}
	case life > MaxLife:
		return 0, &ArgumentError{argument, "must be at most 24 hours: it is a duration, and Agora's services cut longer ones"}
	}
	return uint32(life / time.Second), nil //nolint:gosec // between the bounds above
}

// unix32 is a time as both formats hold it.
func unix32(t time.Time) (uint32, error) {
	seconds := t.Unix()
	if seconds < 0 || seconds > math.MaxUint32 {
		return 0, &ArgumentError{"clock", "must be between the years 1970 and 2106"}
	}
	return uint32(seconds), nil
}
