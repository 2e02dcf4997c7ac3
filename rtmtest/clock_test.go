package rtmtest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestClock_Advance_firesInOrder(t *testing.T) {
	c := NewClock()
	c.Freeze()
	start := c.Now()
	var fired []string
	note := func(name string) func() {
		return func() { fired = append(fired, fmt.Sprintf("%s@%v", name, c.Now().Sub(start))) }
	}
	c.AfterFunc(3*time.Hour, note("c"))
	c.AfterFunc(time.Hour, func() {
		note("a")()
		c.AfterFunc(time.Hour, note("b"))
		c.AfterFunc(30*24*time.Hour, note("far"))
	})
	c.AfterFunc(3*time.Hour, note("d"))
	stopped := c.AfterFunc(2*time.Hour, note("stopped"))
	if !stopped.Stop() || stopped.Stop() {
		t.Error("Stop must report true once")
	}
	if err := c.Advance(24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a@1h0m0s", "b@2h0m0s", "c@3h0m0s", "d@3h0m0s"}; !slices.Equal(fired, want) {
		t.Errorf("got %v, want %v", fired, want)
	}
	if got := c.Now().Sub(start); got != 24*time.Hour {
		t.Errorf("the clock was advanced by %v", got)
	}
}

func TestClock_runsOnFromWhereItWasTurned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClock()
		start := c.Now()
		var done atomic.Int32
		c.AfterFunc(25*time.Hour, func() { done.Add(1) })
		if err := c.Advance(24 * time.Hour); err != nil {
			t.Fatal(err)
		}
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		if got := c.Now().Sub(start); got != 24*time.Hour+59*time.Minute || done.Load() != 0 {
			t.Errorf("the clock shows +%v, the timer fired %d times", got, done.Load())
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if done.Load() != 1 {
			t.Errorf("the timer fired %d times", done.Load())
		}
		c.close()
	})
}

func TestClock_frozen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClock()
		c.Freeze()
		start := c.Now()
		var fired, atOnce atomic.Int32
		c.AfterFunc(time.Second, func() { fired.Add(1) })
		c.AfterFunc(0, func() { atOnce.Add(1) })
		time.Sleep(time.Hour)
		synctest.Wait()
		if !c.Now().Equal(start) || fired.Load() != 0 || !c.Frozen() {
			t.Errorf("a frozen clock moved by %v, fired %d", c.Now().Sub(start), fired.Load())
		}
		if atOnce.Load() != 1 {
			t.Errorf("a timer for now fired %d times", atOnce.Load())
		}
		c.Resume()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := c.Now().Sub(start); got != time.Second || fired.Load() != 1 {
			t.Errorf("+%v, fired %d", got, fired.Load())
		}
		if got := c.Offset(); got != -time.Hour {
			t.Errorf("offset %v", got)
		}
		c.close()
	})
}

func TestClock_Set(t *testing.T) {
	c := NewClock()
	c.Freeze()
	start := c.Now()
	fired := 0
	c.AfterFunc(time.Hour, func() { fired++ })
	for _, step := range []struct {
		to    time.Duration
		fired int
	}{{-time.Hour, 0}, {59 * time.Minute, 0}, {time.Hour, 1}, {0, 1}, {2 * time.Hour, 1}} {
		if err := c.Set(start.Add(step.to)); err != nil {
			t.Fatal(err)
		}
		if got := c.Now().Sub(start); got != step.to || fired != step.fired {
			t.Errorf("set to %v: shows %v, fired %d", step.to, got, fired)
		}
	}
}

func TestClock_refusesAbsurdTurns(t *testing.T) {
	c := NewClock()
	before := c.Now()
	for _, d := range []time.Duration{-1, -time.Hour, maxTurn + 1, 1<<63 - 1} {
		if err := c.Advance(d); !errors.Is(err, ErrTurn) {
			t.Errorf("advance by %v: %v", d, err)
		}
	}
	if err := c.Set(time.Time{}); !errors.Is(err, ErrTurn) {
		t.Errorf("set to the year 1: %v", err)
	}
	if c.Now().Sub(before) > time.Minute {
		t.Error("a refused turn moved the clock")
	}
}
