// Package apikey recognises back ends by a random key. The service holds only
// the key's SHA-256: a leaked configuration lets nobody in, and 256 random bits
// need no slow hash.
package apikey

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// Prefix begins every key, so that people and secret scanners recognise one.
const Prefix = "rtmauth_"

// keyBytes is the randomness in a key: 256 bits.
const keyBytes = 32

// Generate makes a key. It is shown once; Hash of it goes into the configuration.
func Generate() (key string, hash string) {
	b := make([]byte, keyBytes)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	key = Prefix + base64.RawURLEncoding.EncodeToString(b)
	return key, Hash(key)
}

// Hash is the hexadecimal SHA-256 of a key's text, as the configuration holds it.
func Hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// Key is one accepted key.
type Key struct {
	ID      string    // in the audit log
	Caller  string    // the name for policy; several keys may share it while one replaces another
	SHA256  string    // Hash of the key
	Expires time.Time // zero: never
}

// Authenticator accepts keys. It is immutable.
type Authenticator struct {
	keys []entry
	now  func() time.Time
}

type entry struct {
	sum     [sha256.Size]byte
	expires time.Time
	caller  policy.Caller
	id      string
}

// New makes an Authenticator. It refuses a hash that is not 64 hexadecimal
// characters, and two keys with the same ID or hash.
func New(keys []Key, now func() time.Time) (*Authenticator, error) {
	a := &Authenticator{now: now}
	ids, sums := map[string]bool{}, map[[sha256.Size]byte]bool{}
	for _, k := range keys {
		b, err := hex.DecodeString(k.SHA256)
		if err != nil || len(b) != sha256.Size {
			return nil, fmt.Errorf("api key %q: sha256 must be 64 hexadecimal characters, as `rtmauth apikey new` prints them", k.ID)
		}
		e := entry{
			sum: [sha256.Size]byte(b), expires: k.Expires, id: k.ID,
			caller: policy.Caller{Name: k.Caller, Kind: policy.KindAPIKey, Subject: k.ID},
		}
		if k.ID == "" || k.Caller == "" {
			return nil, errors.New("an api key needs an id")
		}
		if ids[k.ID] || sums[e.sum] {
			return nil, fmt.Errorf("api key %q is there twice", k.ID)
		}
		if e.sum == sha256.Sum256(nil) {
			return nil, fmt.Errorf("api key %q: sha256 is that of the empty text", k.ID)
		}
		ids[k.ID], sums[e.sum] = true, true
		a.keys = append(a.keys, e)
	}
	return a, nil
}

// Kind returns policy.KindAPIKey.
func (*Authenticator) Kind() policy.Kind { return policy.KindAPIKey }

// Authenticate implements caller.Authenticator. A credential without Prefix is
// not an API key. Every key is compared, in constant time.
func (a *Authenticator) Authenticate(_ context.Context, r *http.Request) (policy.Caller, error) {
	text, err := caller.Bearer(r.Header)
	if err != nil {
		return policy.Caller{}, err
	}
	if !strings.HasPrefix(text, Prefix) {
		return policy.Caller{}, caller.ErrNoCredential
	}
	sum := sha256.Sum256([]byte(text))
	found := -1
	for i := range a.keys {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(sum[:], a.keys[i].sum[:]), i, found)
	}
	if found < 0 {
		return policy.Caller{}, &caller.Refused{Code: "api_key_unknown", Public: "the API key is not one of this service's: it was mistyped, withdrawn, or made for another"}
	}
	k := &a.keys[found]
	if !k.expires.IsZero() && !a.now().Before(k.expires) {
		return policy.Caller{}, &caller.Refused{
			Code:   "api_key_expired",
			Public: fmt.Sprintf("API key %q expired on %s: make a new one with `rtmauth apikey new`", k.id, k.expires.UTC().Format(time.RFC3339)),
		}
	}
	return k.caller, nil
}

var _ caller.Authenticator = (*Authenticator)(nil)
