package denylist

// Bound lets a list hold n users, so that a test can fill it.
func (l *List) Bound(n int) *List {
	l.most = n
	if s, ok := l.store.(*redisStore); ok {
		s.most = n
	}
	return l
}
