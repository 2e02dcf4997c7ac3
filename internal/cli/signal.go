package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// untilSignal returns a context that ends with the first interrupt or SIGTERM,
// for commands that must finish what they do; call stop when done. A second
// signal ends the process at once, as if nothing had caught it.
func untilSignal(ctx context.Context) (signalled context.Context, stop context.CancelFunc) {
	signalled, stop = signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(signalled, stop)
	return signalled, stop
}
