// Package periodic does something again and again until it is told to end.
package periodic

import (
	"context"
	"sync"
	"time"
)

// Loop is one thing that is done again and again. The zero Loop is ready to
// start; its methods may be called concurrently.
type Loop struct {
	begin sync.Once

	mu     sync.Mutex
	cancel context.CancelFunc // nil before Start
	ended  chan struct{}
}

// Start does it at once and then at every interval, one after the other, until
// Close, which ends its context. A second Start, and one after Close, does nothing.
func (l *Loop) Start(interval time.Duration, do func(ctx context.Context)) {
	l.begin.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		l.mu.Lock()
		l.cancel, l.ended = cancel, ended
		l.mu.Unlock()
		go func() {
			defer close(ended)
			tick := time.NewTicker(interval)
			defer tick.Stop()
			for {
				do(ctx)
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
			}
		}()
	})
}

// Close ends it, and waits until what is under way has ended.
func (l *Loop) Close() {
	l.begin.Do(func() {}) // no Start any more
	l.mu.Lock()
	cancel, ended := l.cancel, l.ended
	l.mu.Unlock()
	if cancel != nil {
		cancel()
		<-ended
	}
}
