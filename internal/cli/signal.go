package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// untilSignal returns a context that ends with the first interrupt or SIGTERM,
// for commands that must finish what they do; call stop when done. A second
// signal ends the process at once, as if nothing had caught it: from the moment
// on that the context has ended.
func untilSignal(ctx context.Context) (signalled context.Context, stop context.CancelFunc) {
	signalled, cancel := context.WithCancel(ctx)
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt, syscall.SIGTERM)
	stop = func() {
		signal.Stop(caught) // first, or the second signal could be caught too
		cancel()
	}
	go func() {
		select {
		case <-caught:
		case <-signalled.Done():
		}
		stop()
	}()
	return signalled, stop
}
