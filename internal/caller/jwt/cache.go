package jwt

import (
	"crypto/sha256"
	"time"

	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/recent"
)

// cacheSize bounds the remembered JWTs: 2 to 3 KiB each.
const cacheSize = 8192

// cache remembers verified JWTs by their SHA-256.
type cache = recent.Map[[sha256.Size]byte, entry]

// entry is a verified JWT: good until expires, while its source still has the
// keys that verified it.
type entry struct {
	caller  policy.Caller
	expires time.Time
	source  *Source
	keys    *keys
}
