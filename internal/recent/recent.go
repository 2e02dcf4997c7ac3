// Package recent is a map of bounded size that keeps what is in use and forgets
// the rest.
package recent

import "sync"

// Map holds two generations: when the young one is full it becomes the old one,
// and the old one is forgotten; what is looked up in the old one becomes young
// again. So memory is bounded, a lookup costs what one in a map costs, and what
// was used among the last size/2 keys is there. It has no clock: an entry that
// ends says so itself. Make one with New; its methods may be called concurrently.
type Map[K comparable, V any] struct {
	mu         sync.RWMutex
	half       int
	young, old map[K]V
}

// New makes a Map of at most size entries, at least two.
func New[K comparable, V any](size int) *Map[K, V] {
	return &Map[K, V]{half: max(1, size/2), young: map[K]V{}}
}

// Get returns the value of a key.
func (m *Map[K, V]) Get(k K) (V, bool) {
	m.mu.RLock()
	v, ok := m.young[k]
	old := false
	if !ok {
		v, old = m.old[k]
	}
	m.mu.RUnlock()
	if old {
		m.mu.Lock()
		if _, there := m.young[k]; !there { // else somebody put a newer one meanwhile
			m.put(k, v)
		}
		m.mu.Unlock()
	}
	return v, ok || old
}

// Put sets the value of a key.
func (m *Map[K, V]) Put(k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(k, v)
}

// GetOrPut returns the value of a key; where there is none it makes one and
// keeps it. Of several callers at once all get the same. fresh must not use m.
func (m *Map[K, V]) GetOrPut(k K, fresh func() V) V {
	if v, ok := m.Get(k); ok {
		return v
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.young[k]
	if !ok {
		if v, ok = m.old[k]; !ok {
			v = fresh()
		}
		m.put(k, v)
	}
	return v
}

func (m *Map[K, V]) put(k K, v V) {
	if _, there := m.young[k]; !there && len(m.young) >= m.half {
		m.old, m.young = m.young, make(map[K]V, m.half)
	}
	m.young[k] = v
}

// Len is how many entries are held; those of which both generations have one
// count twice.
func (m *Map[K, V]) Len() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.young) + len(m.old)
}
