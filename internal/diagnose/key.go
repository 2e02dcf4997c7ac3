package diagnose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
)

// A Key is the text of an App certificate as somebody has set it, right or
// wrong: that it is malformed is one of the causes. It never prints itself. The
// zero Key is no certificate.
type Key struct {
	text *string // behind a pointer: fmt prints unexported fields without asking
}

// NewKey takes the text of a certificate as it was found.
func NewKey(text string) Key { return Key{&text} }

const redacted = "App certificate (redacted)"

func (Key) String() string               { return redacted }
func (Key) GoString() string             { return redacted }
func (Key) Format(s fmt.State, _ rune)   { _, _ = s.Write([]byte(redacted)) }
func (Key) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (k Key) given() bool { return k.text != nil }

func (k Key) raw() string {
	if k.text == nil {
		return ""
	}
	return *k.text
}

// clean is the certificate without what is often pasted around it.
func (k Key) clean() string { return strings.Trim(k.raw(), " \t\r\n\"'`\u00a0\ufeff") }

// problem names what is wrong with the text, as a sentence of
// certificate_malformed or another cause.
func (k Key) problem() (Code, string) {
	text, clean := k.raw(), k.clean()
	switch {
	case clean == "":
		return ProjectWithoutCertificate, "empty"
	case isPlaceholder(clean):
		return PlaceholderLeft, "certificate"
	case len(clean) != idLen:
		return CertificateMalformed, "length"
	case !isHex(clean):
		return CertificateMalformed, "hex"
	case clean != text:
		return CertificateMalformed, "around"
	}
	return "", ""
}

// signs tells whether text, as a certificate, has made the token's signature.
// A 006 token is signed with the channel and uid, which are not in it.
func (r *reading) signs(text, channel, uid string) bool {
	if !r.has(fieldSignature) || !r.has(fieldSigned) {
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
