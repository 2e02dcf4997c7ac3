package jwt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/fips140"
	"sync"

	gojwt "github.com/golang-jwt/jwt/v5"

	"github.com/rtmauth/rtmauth/internal/caller/jwt/es256"
)

// maxPrepared bounds the keys of a set that are made ready, at 1.3 MB each.
// Issuers sign with one key, two while they exchange it.
const maxPrepared = 4

// preparedKeys are the P-256 keys of one set. Each is made ready when it is first
// used; where it is not among them the standard library verifies.
type preparedKeys map[*ecdsa.PublicKey]*preparedKey

type preparedKey struct {
	once sync.Once
	key  *es256.Key // nil: could not be made ready
}

// add notes a key of a set that is being read.
func (p preparedKeys) add(key any) {
	public, ok := key.(*ecdsa.PublicKey)
	// Who asked for FIPS 140-3 wants the module's own arithmetic.
	if ok && public.Curve == elliptic.P256() && len(p) < maxPrepared && !fips140.Enabled() {
		p[public] = &preparedKey{}
	}
}

// use gives the token the way to be verified that goes with the key. golang-jwt
// takes the method after it has asked for the key; were that to change, it would
// refuse the key, and no token would pass.
func (p preparedKeys) use(t *gojwt.Token, key any) any {
	public, ok := key.(*ecdsa.PublicKey)
	if !ok || t.Method != gojwt.SigningMethod(gojwt.SigningMethodES256) {
		return key
	}
	prepared := p[public]
	if prepared == nil {
		return key
	}
	prepared.once.Do(func() {
		if k, err := es256.NewKey(public); err == nil {
			prepared.key = k
		}
	})
	if prepared.key == nil {
		return key
	}
	t.Method = es256Method{}
	return prepared.key
}

// es256Method is ES256 with a key made ready.
type es256Method struct{}

func (es256Method) Alg() string { return gojwt.SigningMethodES256.Alg() }

func (es256Method) Verify(text string, signature []byte, key any) error {
	k, ok := key.(*es256.Key)
	switch {
	case !ok:
		return gojwt.ErrInvalidKeyType
	case !k.Verify([]byte(text), signature):
		return gojwt.ErrECDSAVerification
	}
	return nil
}

// Sign is not for this package.
func (es256Method) Sign(string, any) ([]byte, error) { return nil, gojwt.ErrInvalidKeyType }
