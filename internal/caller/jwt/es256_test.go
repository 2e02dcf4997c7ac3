package jwt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
)

// TestPrepared: an ES256 JWT is verified by a key made ready, a key too many by
// the standard library, and neither takes another's signature.
func TestPrepared(t *testing.T) {
	const keyCount = maxPrepared + 2
	var pairs []*ecdsa.PrivateKey
	var jwks []map[string]string
	for i := range keyCount {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		pairs, jwks = append(pairs, key), append(jwks, ecJWK(fmt.Sprint("k", i), key))
	}
	src, err := NewSource(SourceConfig{KeyFile: set(jwks...)}, SourceOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := New([]Issuer{{Name: "web", Issuer: "i", Audience: []string{"app"}, Algorithms: []string{"ES256"}, Source: src}}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ready := src.current().keys.ready
	used := func() (n int) {
		for _, k := range ready {
			if k.key != nil {
				n++
			}
		}
		return n
	}
	if len(ready) != maxPrepared || used() != 0 {
		t.Errorf("%d keys can be made ready, %d are before any is used", len(ready), used())
	}
	m := gojwt.MapClaims{"iss": "i", "sub": "alice", "aud": "app", "exp": time.Now().Add(time.Hour).Unix()}
	for i, key := range pairs {
		kid := fmt.Sprint("k", i)
		text := sign(t, gojwt.SigningMethodES256, kid, key, m)
		if _, err := a.verify(text); err != nil {
			t.Errorf("key %d: refused: %v", i, err)
		}
		other := sign(t, gojwt.SigningMethodES256, kid, pairs[(i+1)%keyCount], m)
		at := strings.LastIndexByte(text, '.') + 1
		for name, wrong := range map[string]string{
			"another key's":     other,
			"cut":               text[:len(text)-4],
			"longer":            text + "AAAA",
			"of zeros":          text[:at] + strings.Repeat("A", 86),
			"none":              text[:at],
			"of another claim":  strings.Replace(text, ".", ".e", 1),
			"of another's text": other[:strings.LastIndexByte(other, '.')+1] + text[at:],
		} {
			if _, err := a.verify(wrong); err == nil && wrong != text {
				t.Errorf("key %d: a signature that is %s passes", i, name)
			}
		}
	}
	if n := used(); n != maxPrepared {
		t.Errorf("%d keys were made ready; golang-jwt no longer takes the method after the key, or they are not used", n)
	}
}

// TestPrepared_method: what is not a key made ready verifies nothing.
func TestPrepared_method(t *testing.T) {
	for _, key := range []any{nil, &ecKey().PublicKey, []byte("x")} {
		if err := (es256Method{}).Verify("x.y", make([]byte, 64), key); err == nil {
			t.Errorf("key %T verifies", key)
		}
	}
	if _, err := (es256Method{}).Sign("x.y", nil); err == nil {
		t.Error("it signs")
	}
	if got := (preparedKeys{}).use(&gojwt.Token{Method: gojwt.SigningMethodES256}, &ecKey().PublicKey); got != any(&ecKey().PublicKey) {
		t.Error("a key that is not in the set is changed")
	}
}
