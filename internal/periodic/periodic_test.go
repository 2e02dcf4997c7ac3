package periodic_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rtmauth/rtmauth/internal/periodic"
)

func TestLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l periodic.Loop
		var times atomic.Int64
		do := func(context.Context) { times.Add(1) }
		l.Start(time.Minute, do)
		l.Start(time.Second, do)
		synctest.Wait()
		if times := times.Load(); times != 1 {
			t.Errorf("at once: %d times", times)
		}
		time.Sleep(10*time.Minute + time.Second)
		synctest.Wait()
		if times := times.Load(); times != 11 {
			t.Errorf("after ten minutes: %d times", times)
		}
		l.Close()
		l.Close()
		l.Start(time.Second, do)
		time.Sleep(time.Hour)
		if times := times.Load(); times != 11 {
			t.Errorf("after its end: %d times", times)
		}
		var never periodic.Loop
		never.Close()
	})
}

// TestLoop_Close ends what is under way, and waits for it.
func TestLoop_Close(t *testing.T) {
	var l periodic.Loop
	begun, ended := make(chan struct{}), false
	l.Start(time.Hour, func(ctx context.Context) {
		close(begun)
		<-ctx.Done()
		ended = true
	})
	<-begun
	l.Close()
	if !ended {
		t.Error("Close does not wait")
	}
}
