package jwt

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/rtmauth/rtmauth/internal/policy"
)

// cacheSize bounds the remembered JWTs: 2 to 3 KiB each.
const cacheSize = 8192

// entry is a verified JWT: good until expires, while its source still has the
// keys that verified it.
type entry struct {
	caller  policy.Caller
	expires time.Time
	source  *Source
	keys    *keys
}

// cache remembers verified JWTs by SHA-256. It holds two generations: when the
// young one is full it becomes the old one, and the old one is forgotten, so
// that memory is bounded and what is in use stays.
type cache struct {
	mu         sync.RWMutex
	half       int
	young, old map[[sha256.Size]byte]entry
}

func newCache(size int) *cache {
	return &cache{half: size / 2, young: map[[sha256.Size]byte]entry{}}
}

func (c *cache) get(id [sha256.Size]byte) (entry, bool) {
	c.mu.RLock()
	e, ok := c.young[id]
	if ok {
		c.mu.RUnlock()
		return e, true
	}
	e, ok = c.old[id]
	c.mu.RUnlock()
	if ok {
		c.put(id, e)
	}
	return e, ok
}

func (c *cache) put(id [sha256.Size]byte, e entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[[sha256.Size]byte]entry, c.half)
	}
	c.young[id] = e
}

func (c *cache) len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.young) + len(c.old)
}
