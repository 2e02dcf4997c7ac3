package jwt

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
)

// BenchmarkJudge is a JWT that was never seen, one that was, and for comparison
// the verification of one signature alone.
func BenchmarkJudge(b *testing.B) {
	src, err := NewSource(SourceConfig{KeyFile: set(ecJWK("e1", ecKey()))}, SourceOptions{})
	if err != nil {
		b.Fatal(err)
	}
	a, err := New([]Issuer{{Name: "web", Issuer: "i", Audience: []string{"app"}, Algorithms: []string{"ES256"}, Source: src}}, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	token := gojwt.NewWithClaims(gojwt.SigningMethodES256, gojwt.MapClaims{"iss": "i", "sub": "alice", "aud": "app", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()})
	token.Header["kid"] = "e1"
	text, err := token.SignedString(ecKey())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := a.verify(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("returning", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := a.Judge(text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("signature alone", func(b *testing.B) {
		b.ReportAllocs()
		sum := sha256.Sum256([]byte(text))
		sig, err := ecdsa.SignASN1(rand.Reader, ecKey(), sum[:])
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if !ecdsa.VerifyASN1(&ecKey().PublicKey, sum[:], sig) {
				b.Fatal("refused")
			}
		}
	})
}
