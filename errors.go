package rtmauth

import (
	"errors"

	"github.com/rtmauth/rtmauth/internal/wire"
)

// ArgumentError says which argument broke which rule. It never holds the
// argument's value, so it is safe to show and to log.
type ArgumentError struct {
	Argument string // in words: "App ID", "user ID", "life", …
	Rule     string // "must be …", "must not …"
}

func (e *ArgumentError) Error() string { return "rtmauth: " + e.Argument + " " + e.Rule }

// ParseError says which part of a token could not be read and why. It never
// holds a byte of the token, so it is safe to show and to log.
type ParseError struct {
	Field   string // "version", "base64", "zlib", "signature", "services", …
	Offset  int    // bytes into whatever holds the field: text, zlib stream or content
	Problem string
}

func (e *ParseError) Error() string { return "rtmauth: parse token: " + e.Field + " " + e.Problem }

// parseError makes a *ParseError of an error of package wire.
func parseError(err error) *ParseError {
	var w *wire.Error
	if errors.As(err, &w) {
		return &ParseError{w.Field, w.Offset, w.Problem}
	}
	return &ParseError{"token", 0, "cannot be read"}
}

// Reason says why a token was refused.
type Reason string

// The reasons, in the order in which they are checked: where several hold, the
// first is given. One exception lies in the 006 format: it signs the user and
// the channel without holding them, so that a wrong one shows before the
// signature can be checked, and ReasonUser and ReasonChannel come first there.
const (
	ReasonMalformed        Reason = "malformed"         // not readable as a token
	ReasonVersion          Reason = "version"           // neither 006 nor 007
	ReasonAppID            Reason = "app_id"            // made for another App ID
	ReasonSignature        Reason = "signature"         // not signed with a certificate of the project, or altered
	ReasonUser             Reason = "user"              // made for another user
	ReasonChannel          Reason = "channel"           // made for another channel
	ReasonServiceMissing   Reason = "service_missing"   // does not have the service
	ReasonPrivilegeMissing Reason = "privilege_missing" // has the service without the privilege
	ReasonExpired          Reason = "expired"           // its end, or the privilege's, has come
	ReasonNotYetValid      Reason = "not_yet_valid"     // its issue time lies in the future
)

// explanation is the reason in public words.
func (r Reason) explanation() string {
	//exhaustive:enforce
	switch r {
	case ReasonMalformed:
		return "it is not a readable token"
	case ReasonVersion:
		return "its version is neither 006 nor 007"
	case ReasonAppID:
		return "it was made for another App ID"
	case ReasonSignature:
		return "its signature does not fit any App certificate of the project"
	case ReasonUser:
		return "it was made for another user"
	case ReasonChannel:
		return "it was made for another channel"
	case ReasonServiceMissing:
		return "it does not have the service"
	case ReasonPrivilegeMissing:
		return "it does not grant the privilege"
	case ReasonExpired:
		return "it has expired"
	case ReasonNotYetValid:
		return "its issue time lies in the future"
	}
	return "unknown reason"
}

// RefusedError is why [Verifier.Verify] did not accept a token. It holds
// nothing secret and nothing of the token.
type RefusedError struct {
	Reason Reason
	Err    error // the *ParseError behind ReasonMalformed and ReasonVersion, else nil
}

func (e *RefusedError) Error() string {
	return "rtmauth: token refused: " + string(e.Reason) + ": " + e.Reason.explanation()
}

func (e *RefusedError) Unwrap() error { return e.Err }
