// Package wire turns the text of 006 and 007 tokens into bounded bytes and
// back, and reads and writes their little-endian fields. It knows no
// cryptography, no clock and no service: package rtmauth does.
package wire

import (
	"encoding/base64"
	"errors"
	"strings"
)

// Sizes, in bytes unless said otherwise.
const (
	// MaxContent is the longest content (signature and signed fields) of a
	// token. Real tokens hold a few hundred bytes; a longer zlib stream is an
	// attack or a mistake, and is given up on after this many bytes.
	MaxContent = 64 << 10

	// MaxToken is the longest token in characters: MaxContent bytes that did
	// not compress, in base64, with some room for DEFLATE's own overhead. Longer
	// text is refused before anything is decoded.
	MaxToken = 90_000

	// VersionLen is the length of a token's version, AppIDLen that of an App ID
	// and of an App certificate in characters, SignatureLen that of a signature.
	VersionLen   = 3
	AppIDLen     = 32
	SignatureLen = 32
)

// Error says which field of a token could not be read and why. It never holds
// a byte of the token.
type Error struct {
	Field   string
	Offset  int // in the bytes that hold Field: text, zlib stream or content
	Problem string
}

func (e *Error) Error() string { return e.Field + ": " + e.Problem }

// canonical is standard base64 with padding in which unused bits must be zero.
// The decoder of the standard library skips CR and LF all the same; decode
// refuses them.
var canonical = base64.StdEncoding.Strict()

// decode appends the bytes of canonical base64 text to dst. buf is room for
// the text as bytes.
func decode(dst, buf []byte, text string) ([]byte, error) {
	if text == "" {
		return dst, &Error{"base64", 0, "is empty"}
	}
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return dst, &Error{"base64", i, "holds a line break"}
	}
	if i := strings.IndexByte(text, '\r'); i >= 0 {
		return dst, &Error{"base64", i, "holds a line break"}
	}
	out, err := canonical.AppendDecode(dst, append(buf[:0], text...))
	if err != nil {
		var at base64.CorruptInputError
		errors.As(err, &at)
		return dst, &Error{"base64", int(at), "is not standard base64 with padding"}
	}
	return out, nil
}

// Content006 decodes the part of a 006 token that follows the App ID.
func Content006(text string) (string, error) {
	if len(text) > MaxToken {
		return "", &Error{"token", MaxToken, "is longer than any token"}
	}
	var out, buf [256]byte // an ordinary token: no allocation but the result
	content, err := decode(out[:0], buf[:0], text)
	if err != nil {
		return "", err
	}
	return string(content), nil
}

// Content007 decodes and inflates the part of a 007 token that follows the
// version.
func Content007(text string) (string, error) {
	if len(text) > MaxToken {
		return "", &Error{"token", MaxToken, "is longer than any token"}
	}
	z := inflaters.Get().(*inflater)
	defer inflaters.Put(z)
	return z.content(text)
}

// ordinary is the longest text of a token that is put together on the stack:
// one for RTC and RTM with long names. Longer ones take the heap.
const ordinary = 512

// Token006 writes a 006 token around its content.
func Token006(appID string, content []byte) string {
	var buf [ordinary]byte
	text := append(buf[:0], "006"...)
	text = append(text, appID...)
	return string(base64.StdEncoding.AppendEncode(text, content))
}

// Token007 writes a 007 token around its content.
func Token007(content []byte) string {
	var buf [ordinary]byte
	text := append(buf[:0], "007"...)
	if len(content) > storeUpTo {
		return string(base64.StdEncoding.AppendEncode(text, compress(content)))
	}
	var stream [ordinary * 3 / 4]byte
	return string(base64.StdEncoding.AppendEncode(text, appendStored(stream[:0], content)))
}
