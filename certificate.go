package rtmauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"

	"github.com/rtmauth/rtmauth/internal/wire"
)

// redacted is what every print path shows of a certificate.
const redacted = "[App certificate]"

// Certificate is an App certificate: the secret with which a project's tokens
// are signed. No way of printing, logging or encoding shows it; its
// [Certificate.Fingerprint] may be shown. The zero value is no certificate and
// is refused wherever one is needed. Certificates are compared with Equal.
type Certificate struct {
	_ [0]func() // not comparable: == would compare pointers

	// Behind a pointer, because fmt and log/slog print the unexported fields of
	// a struct that holds a Certificate without asking for its methods; behind
	// two, because %s follows one.
	text **[wire.AppIDLen]byte
}

// ParseCertificate reads an App certificate: 32 hexadecimal characters, as the
// Agora Console shows it. Case is kept, because the characters themselves are
// the key. The error is an *ArgumentError.
func ParseCertificate(text string) (Certificate, error) {
	if !isHex32(text) {
		return Certificate{}, &ArgumentError{"App certificate", "must be 32 hexadecimal characters (0-9, a-f, A-F), as the Agora Console shows it"}
	}
	key := (*[wire.AppIDLen]byte)([]byte(text))
	return Certificate{text: &key}, nil
}

// key is what HMAC is keyed with; c must not be zero.
func (c Certificate) key() []byte { return (*c.text)[:] }

// IsZero reports whether c is the zero value, which is no certificate.
func (c Certificate) IsZero() bool { return c.text == nil }

// Equal reports, in constant time, whether c and other are the same
// certificate. Two zero values are equal.
func (c Certificate) Equal(other Certificate) bool {
	if c.IsZero() || other.IsZero() {
		return c.IsZero() && other.IsZero()
	}
	return subtle.ConstantTimeCompare(c.key(), other.key()) == 1
}

// Fingerprint is 16 hexadecimal characters that tell certificates apart and
// may be shown and logged: a truncated SHA-256, from which 128 random bits
// cannot be found. It is "" for the zero value.
func (c Certificate) Fingerprint() string {
	if c.IsZero() {
		return ""
	}
	return fingerprint("rtmauth App certificate\x00", string(c.key()))
}

// String, GoString, Format, LogValue and MarshalText show that there is a
// certificate and nothing of it.
func (c Certificate) String() string { return redacted }

// GoString: see String.
func (c Certificate) GoString() string { return redacted }

// Format writes the same for every verb: see String.
func (c Certificate) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue: see String.
func (c Certificate) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText: see String. There is no UnmarshalText: what is written cannot
// be read back.
func (c Certificate) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Fingerprint is 16 hexadecimal characters that name a token in audit logs
// without letting anyone use it: a truncated SHA-256 of its text. Any text has
// one; equal fingerprints mean equal texts.
func Fingerprint(token string) string { return fingerprint("rtmauth token\x00", token) }

func fingerprint(domain, text string) string {
	var room [512]byte // a usual token's text, without an allocation
	sum := sha256.Sum256(append(append(room[:0], domain...), text...))
	var out [16]byte
	hex.Encode(out[:], sum[:8])
	return string(out[:])
}

func isHex32(s string) bool {
	if len(s) != wire.AppIDLen {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		default:
			return false
		}
	}
	return true
}
