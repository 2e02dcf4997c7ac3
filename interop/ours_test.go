package interop

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"io"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

// signer signs with the clock and the salt of the sample.
func (s sample) signer(tb testing.TB) *rtmauth.Signer {
	tb.Helper()
	certificate, err := rtmauth.ParseCertificate(s.Certificate)
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := rtmauth.NewSigner(s.AppID, certificate,
		rtmauth.WithClock(func() time.Time { return time.Unix(int64(s.Issued), 0) }),
		rtmauth.WithSalt(func() uint32 { return s.Salt }),
		rtmauth.UnsafeAnyLife())
	if err != nil {
		tb.Fatal(err)
	}
	return signer
}

func (s sample) verifier(tb testing.TB) *rtmauth.Verifier {
	tb.Helper()
	certificate, err := rtmauth.ParseCertificate(s.Certificate)
	if err != nil {
		tb.Fatal(err)
	}
	verifier, err := rtmauth.NewVerifier(s.AppID, certificate)
	if err != nil {
		tb.Fatal(err)
	}
	return verifier
}

func (s sample) ours007(tb testing.TB) string {
	tb.Helper()
	token, err := s.signer(tb).Sign(time.Duration(s.Expire)*time.Second, s.Services...)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

func (s sample) ours006(tb testing.TB) string {
	tb.Helper()
	token, err := s.signer(tb).Sign006(s.Channel, s.User, s.Privileges...)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// inflated is the content of a 007 token. Compressed bytes differ between
// implementations; what they hold must not.
func inflated(tb testing.TB, token string) []byte {
	tb.Helper()
	if len(token) < 3 || token[:3] != "007" {
		tb.Fatalf("%q is not a 007 token", token)
	}
	stream, err := base64.StdEncoding.DecodeString(token[3:])
	if err != nil {
		tb.Fatal(err)
	}
	r, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		tb.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

// wants are the questions to which the token of the sample must say yes: each
// privilege of each service.
func (s sample) wants() []rtmauth.Want {
	var wants []rtmauth.Want
	for _, service := range s.Services {
		for _, p := range service.Privileges {
			wants = append(wants, rtmauth.Want{
				At: time.Unix(int64(s.Issued), 0), InsecureIgnoreExpiry: true,
				Service: service.Type, Channel: service.Channel, User: service.User, Privilege: p.ID,
			})
		}
	}
	return wants
}

// verify007 checks a 007 token that a peer made of the sample: ours must verify
// it for everything that it grants, read what went in, and refuse it with
// another certificate.
func (s sample) verify007(tb testing.TB, token string) {
	tb.Helper()
	verifier := s.verifier(tb)
	for _, want := range s.wants() {
		if _, err := verifier.Verify(token, want); err != nil {
			tb.Fatalf("%+v: %v", want, err)
		}
	}
	read, err := rtmauth.Parse(token)
	if err != nil {
		tb.Fatal(err)
	}
	if read.AppID() != s.AppID || read.IssuedAt().Unix() != int64(s.Issued) || read.Expire() != s.Expire || read.Salt() != s.Salt {
		tb.Fatalf("read %s %d %d %d of %+v", read.AppID(), read.IssuedAt().Unix(), read.Expire(), read.Salt(), s)
	}
	if !sameServices(read.Services(), s.Services) {
		tb.Fatalf("read %+v\nof   %+v", read.Services(), s.Services)
	}
	s.refusesOther(tb, token)
}

// refusesOther checks that another certificate does not verify the token.
func (s sample) refusesOther(tb testing.TB, token string) {
	tb.Helper()
	wants := s.wants()
	if len(wants) == 0 {
		return
	}
	other := s
	other.Certificate = "0123456789abcdef0123456789abcdef"
	if _, err := other.verifier(tb).Verify(token, wants[0]); err == nil {
		tb.Fatal("verified with another certificate")
	}
}
