package jwt

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	gojwt "github.com/golang-jwt/jwt/v5"
)

// Bounds on a key set. Issuers publish a handful of keys of about 2 KiB.
const (
	maxSetBytes = 256 << 10
	maxKeys     = 64
	minRSABits  = 2048
	minSecret   = 32 // bytes; RFC 7518 §3.2 asks for the hash's size
)

// errUnknownKey says that the set has no key of that ID.
var errUnknownKey = errors.New("the key set has no such key")

// errNoKeyID says that the JWT names no key and the set has several.
var errNoKeyID = errors.New("the JWT names no key, and the issuer has several")

// keys is one immutable key set. Its address is its version: a verified JWT is
// remembered together with it.
type keys struct {
	hash   [sha256.Size]byte // of the text it was read from
	n      int
	secret []byte           // set for HMAC, and then alone
	single crypto.PublicKey // set for a PEM file: the key for every kid
	find   gojwt.Keyfunc    // else
	ready  preparedKeys
}

// Key implements jwt.Keyfunc for this set.
func (k *keys) key(t *gojwt.Token) (any, error) {
	if strings.HasPrefix(t.Method.Alg(), "HS") != (k.secret != nil) {
		return nil, gojwt.ErrInvalidKeyType
	}
	switch {
	case k.secret != nil:
		return k.secret, nil
	case k.single != nil:
		return k.ready.use(t, k.single), nil
	}
	if _, named := t.Header["kid"]; !named && k.n > 1 {
		return nil, errNoKeyID // trying all of them would be work that the caller drives
	}
	key, err := k.find(t)
	if errors.Is(err, jwkset.ErrKeyNotFound) {
		return nil, errUnknownKey
	}
	if err != nil {
		return nil, err
	}
	return k.ready.use(t, key), nil
}

// parseSet reads a JWK set. Keys for encryption, symmetric keys, weak RSA keys
// and keys of unknown types are left out; a set without one usable key is an
// error, so that an issuer's broken answer does not replace good keys.
func parseSet(text []byte) (*keys, error) {
	if len(text) > maxSetBytes {
		return nil, fmt.Errorf("the key set is longer than %d bytes", maxSetBytes)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("the key set is not a JSON object with \"keys\"")
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("the key set has more than %d keys", maxKeys)
	}
	ctx := context.Background()
	store := jwkset.NewMemoryStorage()
	seen := map[string]bool{}
	k := &keys{hash: sha256.Sum256(text), ready: preparedKeys{}}
	for _, raw := range set.Keys {
		var m jwkset.JWKMarshal
		if json.Unmarshal(raw, &m) != nil || m.KTY == jwkset.KtyOct || m.USE != "" && m.USE != jwkset.UseSig {
			continue
		}
		jwk, err := jwkset.NewJWKFromMarshal(m, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err != nil || !usable(jwk.Key()) {
			continue
		}
		if seen[m.KID] {
			return nil, errors.New("the key set has two keys of the same ID")
		}
		seen[m.KID] = true
		if err := store.KeyWrite(ctx, jwk); err != nil {
			return nil, err
		}
		k.ready.add(jwk.Key())
		k.n++
	}
	if k.n == 0 {
		return nil, errors.New("the key set has no key that can verify a signature")
	}
	fn, err := keyfunc.New(keyfunc.Options{Ctx: ctx, Storage: store})
	if err != nil {
		return nil, err
	}
	k.find = fn.Keyfunc
	return k, nil
}

// parseKeyFile reads a local key: a JWK set, or one PEM public key or certificate.
func parseKeyFile(text []byte) (*keys, error) {
	block, rest := pem.Decode(text)
	if block == nil {
		return parseSet(text)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("the file has more than one PEM block; use a JWK set for several keys")
	}
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = cert.PublicKey
		}
	default:
		return nil, fmt.Errorf("the file holds a PEM %q; it must be a public key", block.Type)
	}
	if err != nil {
		return nil, errors.New("the PEM block is not a public key")
	}
	if !usable(key) {
		return nil, fmt.Errorf("the key is of a kind that is not accepted (RSA of at least %d bits, ECDSA, Ed25519)", minRSABits)
	}
	k := &keys{hash: sha256.Sum256(text), n: 1, single: key, ready: preparedKeys{}}
	k.ready.add(key)
	return k, nil
}

func parseSecret(secret []byte) (*keys, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("the shared secret is shorter than %d bytes", minSecret)
	}
	return &keys{hash: sha256.Sum256(secret), n: 1, secret: bytes.Clone(secret)}, nil
}

func usable(key any) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= minRSABits
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false
}
