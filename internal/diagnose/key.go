package diagnose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/wire"
)

// A Key is an App certificate, right or wrong: as text it may be malformed, and
// that is one of the causes. It never prints itself. The zero Key is none.
type Key struct {
	text        *string // behind a pointer: fmt prints unexported fields without asking
	certificate rtmauth.Certificate
}

// KeyText takes a certificate as somebody has written it.
func KeyText(text string) Key { return Key{text: &text} }

// KeyOf takes a certificate that is well formed.
func KeyOf(c rtmauth.Certificate) Key { return Key{certificate: c} }

// KeysOf takes the certificates of a project.
func KeysOf(certificates []rtmauth.Certificate) []Key {
	keys := make([]Key, 0, len(certificates))
	for _, c := range certificates {
		keys = append(keys, KeyOf(c))
	}
	return keys
}

const redacted = "[App certificate]"

// String, GoString, Format, LogValue and MarshalText show nothing of the key.
func (Key) String() string { return redacted }

// GoString: see String.
func (Key) GoString() string { return redacted }

// Format: see String.
func (Key) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(redacted)) }

// LogValue: see String.
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText: see String.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// clean is the text without what is often pasted around it.
func (k Key) clean() string {
	if k.text == nil {
		return ""
	}
	return trimPasted(*k.text)
}

// is tells whether the key is this text.
func (k Key) is(text string) bool {
	if !k.certificate.IsZero() {
		other, err := rtmauth.ParseCertificate(text)
		return err == nil && k.certificate.Equal(other)
	}
	return hmac.Equal([]byte(k.clean()), []byte(text))
}

// problem says what is wrong with the text: the cause, and which of its
// sentences shows it.
func (k Key) problem() (Code, string) {
	if k.text == nil {
		return "", ""
	}
	switch clean := k.clean(); {
	case clean == "":
		return ProjectWithoutCertificate, "empty"
	case placeholder(clean) != "":
		return PlaceholderLeft, "certificate"
	case len(clean) != idLen:
		return CertificateMalformed, "length"
	case !isHex(clean):
		return CertificateMalformed, "hex"
	case clean != *k.text:
		return CertificateMalformed, "around"
	}
	return "", ""
}

// signed tells whether k has made the token's signature. A 006 token is signed
// with the channel and uid, which are not in it.
func (k Key) signed(r *reading, channel, uid string) bool {
	if k.text != nil {
		return r.signedWith(k.clean(), channel, uid)
	}
	// A Certificate does not show itself; the library's verifier can say.
	if k.certificate.IsZero() || !r.has(fieldAppID|fieldSigned) {
		return false
	}
	v, err := rtmauth.NewVerifier(r.appID, k.certificate)
	if err != nil {
		return false
	}
	want := rtmauth.Want{At: time.Unix(0, 0), Service: rtmauth.ServiceRTC, Channel: channel, User: uid, InsecureIgnoreExpiry: true}
	_, err = v.Verify(r.canonical(), want)
	var refused *rtmauth.RefusedError
	if errors.As(err, &refused) {
		switch refused.Reason {
		case rtmauth.ReasonMalformed, rtmauth.ReasonVersion, rtmauth.ReasonAppID, rtmauth.ReasonSignature:
			return false
		case rtmauth.ReasonUser, rtmauth.ReasonChannel:
			return r.version == v007 // 006 gives them before it looks at the signature
		}
		return true
	}
	return err == nil
}

// canonical is the token in the spelling of our own builders.
func (r *reading) canonical() string {
	if r.version == v006 {
		return wire.Token006(r.appID, []byte(r.content))
	}
	return wire.Token007([]byte(r.content))
}

// signedWith tells whether text, as a certificate, has made the signature.
func (r *reading) signedWith(text, channel, uid string) bool {
	if !r.has(fieldSignature | fieldSigned) {
		return false
	}
	var sum []byte
	if r.version == v006 {
		sum = mac([]byte(text), r.appID, channel, uid, r.signed)
	} else {
		var issue, salt [4]byte
		binary.LittleEndian.PutUint32(issue[:], r.issue)
		binary.LittleEndian.PutUint32(salt[:], r.salt)
		sum = mac(mac(salt[:], string(mac(issue[:], text))), r.signed)
	}
	return hmac.Equal(sum, []byte(r.signature))
}

func mac(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

// trimPasted takes off what copying leaves around a value.
func trimPasted(s string) string {
	return strings.Trim(s, " \t\r\n\v\f\"'`\u00a0\u200b\u2028\ufeff\u201c\u201d\u2018\u2019")
}
