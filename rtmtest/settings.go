package rtmtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// CertMode is what a project accepts at login: tokens, bare App IDs, or both.
type CertMode string

// The modes of a project, as Agora's console makes them.
const (
	TokenOnly CertMode = "token_only"  // a token is needed
	Both      CertMode = "both"        // a certificate was enabled later: with or without a token
	AppIDOnly CertMode = "app_id_only" // no certificate: tokens are not looked at
)

// ConnectedExpiry is what happens to a connected session when its token ends.
type ConnectedExpiry string

// What can happen.
const (
	ByToken ConnectedExpiry = "by_token" // 006 stays, 007 is aborted
	Stay    ConnectedExpiry = "stay"
	Abort   ConnectedExpiry = "abort"
)

// Duration is a time.Duration that is text in JSON: "30s", "24h".
type Duration time.Duration

// MarshalText writes it as [time.Duration.String] does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalJSON reads a text that [time.ParseDuration] reads.
func (d *Duration) UnmarshalJSON(data []byte) error {
	s, ok := text(data)
	v, err := time.ParseDuration(s)
	if !ok || err != nil {
		return errDuration
	}
	*d = Duration(v)
	return nil
}

var errDuration = errors.New(`a duration is written like "30s" or "24h"`)

// Settings are where the documentation leaves a choice, contradicts itself or
// names a number. Start from [DefaultSettings]: it is what the documentation
// says, or the reading that this package has chosen.
type Settings struct {
	CertMode CertMode `json:"cert_mode"`

	// Max007 is the longest life of a 007 token; longer ones are cut to it.
	Max007 Duration `json:"max_007"`
	// ZeroExpire007 is the life of a 007 token with expire 0: English pages say
	// that it ends at once, Chinese ones that it lives 24h.
	ZeroExpire007 Duration `json:"zero_expire_007"`
	// HonourPrivilege006 makes the time of the login privilege of a 006 token
	// count. The documentation says that it has no effect; users have seen one.
	HonourPrivilege006 bool `json:"honour_privilege_006"`
	// RefuseFar006 refuses 006 tokens that end more than 24 h from now, which no
	// official builder makes.
	RefuseFar006 bool `json:"refuse_far_006"`
	// ClockSkew is for how long after its end a token is still accepted, and a
	// session goes on with it.
	ClockSkew Duration `json:"clock_skew"`

	ConnectedExpiry ConnectedExpiry `json:"connected_expiry"`
	// ReloginAfterExpiry makes a 1.x session whose token ended while the link was
	// down fail for good, as one page says, where others say that renewToken
	// brings it back.
	ReloginAfterExpiry bool `json:"relogin_after_expiry"`
	// AbortedNeedsLogout makes a 1.x login from ABORTED fail with code 8, as the
	// error's text says; pages on tokens do not mention it.
	AbortedNeedsLogout bool `json:"aborted_needs_logout"`
	// WillExpireLeads are how long before its end a token's end is announced: 30s
	// by the typings; RTM 2.x before 2.2.3 did so at 30s, 20s and 10s.
	WillExpireLeads []Duration `json:"will_expire_leads"`

	LoginTimeout    Duration `json:"login_timeout"`    // a 1.x login without an answer: 12s on the Web, 6s in older native SDKs
	InterruptAfter  Duration `json:"interrupt_after"`  // a 1.x client that hears nothing for so long is RECONNECTING
	PresenceRemoval Duration `json:"presence_removal"` // a 1.x user who is away for so long has left
	PresenceTimeout Duration `json:"presence_timeout"` // the same of 2.x, after the 15s of the server's heartbeat

	LoginRate int  `json:"login_rate"` // logins of one user a second; 0: any
	RenewRate int  `json:"renew_rate"` // renewals of one session a second; 0: any
	CallRate  int  `json:"call_rate"`  // 2.x calls of one session a second; 0: any
	Limits    bool `json:"limits"`     // the other limits on how often, how many and how long

	// Seed, if not 0, varies what clients must not depend on: the order of
	// events where none is documented, the order of members, and small delays of
	// answers. Equal seeds and equal calls vary equally.
	Seed uint64 `json:"seed"`
}

// DefaultSettings are the documented ones.
func DefaultSettings() Settings {
	return Settings{
		CertMode:           TokenOnly,
		Max007:             Duration(24 * time.Hour),
		ConnectedExpiry:    ByToken,
		AbortedNeedsLogout: true,
		WillExpireLeads:    []Duration{Duration(30 * time.Second)},
		LoginTimeout:       Duration(12 * time.Second),
		InterruptAfter:     Duration(4 * time.Second),
		PresenceRemoval:    Duration(30 * time.Second),
		PresenceTimeout:    Duration(300 * time.Second),
		LoginRate:          2,
		RenewRate:          2,
		CallRate:           20,
		Limits:             true,
	}
}

// settings is Settings without its methods, for JSON.
type settings Settings

// UnmarshalJSON reads the settings that are given over those that were there.
func (s *Settings) UnmarshalJSON(data []byte) error {
	v := settings(*s)
	v.WillExpireLeads = nil
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return err
	}
	if v.WillExpireLeads == nil {
		v.WillExpireLeads = s.WillExpireLeads
	}
	*s = Settings(v)
	return nil
}

// Validate reports the first setting that cannot be used.
func (s Settings) Validate() error {
	switch s.CertMode {
	case TokenOnly, Both, AppIDOnly:
	default:
		return fmt.Errorf("cert_mode must be %s, %s or %s", TokenOnly, Both, AppIDOnly)
	}
	switch s.ConnectedExpiry {
	case ByToken, Stay, Abort:
	default:
		return fmt.Errorf("connected_expiry must be %s, %s or %s", ByToken, Stay, Abort)
	}
	for _, d := range []struct {
		name     string
		value    Duration
		positive bool
	}{
		{"max_007", s.Max007, true},
		{"zero_expire_007", s.ZeroExpire007, false},
		{"clock_skew", s.ClockSkew, false},
		{"login_timeout", s.LoginTimeout, true},
		{"interrupt_after", s.InterruptAfter, true},
		{"presence_removal", s.PresenceRemoval, true},
		{"presence_timeout", s.PresenceTimeout, true},
	} {
		if d.value < 0 || d.value == 0 && d.positive || time.Duration(d.value) > maxTurn {
			return fmt.Errorf("%s must be a duration from 0 to ten years, like 30s", d.name)
		}
	}
	if len(s.WillExpireLeads) > 10 || slices.ContainsFunc(s.WillExpireLeads, func(d Duration) bool { return d <= 0 || time.Duration(d) > maxTurn }) {
		return errors.New("will_expire_leads must be at most ten durations, like 30s")
	}
	for _, n := range []int{s.LoginRate, s.RenewRate, s.CallRate} {
		if n < 0 || n > 1000 {
			return errors.New("login_rate, renew_rate and call_rate must be from 0 (any) to 1000")
		}
	}
	return nil
}
