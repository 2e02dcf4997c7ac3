package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/ratelimit"
	"github.com/rtmauth/rtmauth/internal/redistest"
)

// clock is turned by tests.
type clock struct{ nano atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nano.Store(time.Unix(1_700_000_000, 0).UnixNano())
	return c
}

func (c *clock) now() time.Time       { return time.Unix(0, c.nano.Load()) }
func (c *clock) turn(d time.Duration) { c.nano.Add(int64(d)) }

func newLimiter(t testing.TB, o ratelimit.Options, limits ...ratelimit.Limit) *ratelimit.Limiter {
	t.Helper()
	l, err := ratelimit.New(limits, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// exceeded says which limit an error names, and when to come back.
func exceeded(err error) string {
	var e *ratelimit.Exceeded
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return fmt.Sprint(e.Limit, " ", e.RetryAfter.Round(time.Millisecond))
	}
	return err.Error()
}

func TestLimiter_bucket(t *testing.T) {
	c := newClock()
	l := newLimiter(t, ratelimit.Options{Now: c.now}, ratelimit.Limit{Name: "web", By: ratelimit.Caller, Rate: 6, Per: time.Minute, Burst: 3})
	ask := func(name, subject, want string) {
		t.Helper()
		if got := exceeded(l.Caller(t.Context(), name, subject)); got != want {
			t.Errorf("%s %s: got %q, want %q", name, subject, got, want)
		}
	}
	for range 3 {
		ask("web", "alice", "")
	}
	for range 5 { // what was refused costs nothing
		ask("web", "alice", "web 10s")
	}
	ask("web", "bob", "")
	ask("other", "alice", "") // a name of its own
	c.turn(9 * time.Second)
	ask("web", "alice", "web 1s")
	c.turn(time.Second)
	ask("web", "alice", "")
	ask("web", "alice", "web 10s")
	c.turn(time.Hour)
	for range 3 {
		ask("web", "alice", "")
	}
	ask("web", "alice", "web 10s")
	if s := l.Status(); len(s) != 1 || s[0].Keys != 3 || s[0].Allowed != 9 || s[0].Refused != 8 {
		t.Errorf("status %+v", s)
	}
	if err := l.Address(t.Context(), "192.0.2.1"); err != nil {
		t.Errorf("an address is bound by a limit of callers: %v", err)
	}
}

func TestLimiter_addresses(t *testing.T) {
	c := newClock()
	l := newLimiter(t, ratelimit.Options{Now: c.now}, ratelimit.Limit{Name: "a", By: ratelimit.Address, Rate: 1, Per: time.Second, Burst: 1})
	for _, tc := range []struct{ first, second, want string }{
		{"192.0.2.1", "192.0.2.1", "a 1s"},
		{"192.0.2.2", "192.0.2.3", ""},
		{"2001:db8::1", "2001:db8::ffff:2", "a 1s"}, // one /64
		{"2001:db8:0:1::1", "2001:db8:0:2::1", ""},
		{"fe80::1%eth0", "fe80::2%eth1", "a 1s"},
		{"::ffff:192.0.2.9", "::ffff:192.0.2.8", ""}, // IPv4 in IPv6's clothes
		{"", "", "a 1s"},                             // who has no address shares one
	} {
		c.turn(time.Hour)
		_ = l.Address(t.Context(), tc.first)
		if got := exceeded(l.Address(t.Context(), tc.second)); got != tc.want {
			t.Errorf("%s, then %s: got %q, want %q", tc.first, tc.second, got, tc.want)
		}
	}
}

func TestLimiter_several(t *testing.T) {
	c := newClock()
	var none *ratelimit.Limiter
	if none.Address(t.Context(), "x") != nil || none.Caller(t.Context(), "x", "y") != nil || none.Status() != nil || none.Degraded() {
		t.Error("no limiter limits")
	}
	l := newLimiter(t, ratelimit.Options{Now: c.now},
		ratelimit.Limit{Name: "minute", By: ratelimit.Caller, Rate: 60, Per: time.Minute, Burst: 5},
		ratelimit.Limit{Name: "web", By: ratelimit.Caller, Callers: []string{"web", "app"}, Rate: 1, Per: time.Minute, Burst: 2},
	)
	ask := func(l *ratelimit.Limiter, name string) string { return exceeded(l.Caller(t.Context(), name, "s")) }
	for i, want := range []string{"", "", "web 1m0s"} {
		if got := ask(l, "web"); got != want {
			t.Errorf("web, request %d: got %q, want %q", i, got, want)
		}
	}
	for i, want := range []string{"", "", "", "", "", "minute 1s"} {
		if got := ask(l, "backend"); got != want {
			t.Errorf("backend, request %d: got %q, want %q", i, got, want)
		}
	}
	// After a reload buckets go on where the limit is the same.
	next := newLimiter(t, ratelimit.Options{Now: c.now, Old: l},
		ratelimit.Limit{Name: "minute", By: ratelimit.Caller, Rate: 60, Per: time.Minute, Burst: 6},
		ratelimit.Limit{Name: "web", By: ratelimit.Caller, Callers: []string{"web", "app"}, Rate: 1, Per: time.Minute, Burst: 2},
	)
	if got := ask(next, "web"); got != "web 1m0s" {
		t.Errorf("a limit that did not change begins anew: %q", got)
	}
	if got := ask(next, "backend"); got != "" {
		t.Errorf("a limit that did change: %q", got)
	}
}

// TestLimiter_concurrently: those who are refused cost the others nothing.
func TestLimiter_concurrently(t *testing.T) {
	c := newClock()
	l := newLimiter(t, ratelimit.Options{Now: c.now}, ratelimit.Limit{Name: "a", By: ratelimit.Address, Rate: 10, Per: time.Second, Burst: 10})
	var passed atomic.Int64
	for range 100 {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 20 {
					var e *ratelimit.Exceeded
					switch err := l.Address(t.Context(), "192.0.2.1"); {
					case err == nil:
						passed.Add(1)
					case !errors.As(err, &e) || e.RetryAfter > 101*time.Millisecond:
						t.Errorf("got %v, to wait %v; one flows in every 100ms", err, e.RetryAfter)
					}
				}
			})
		}
		wg.Wait()
		c.turn(100 * time.Millisecond)
	}
	if n := passed.Load(); n < 107 || n > 110 {
		t.Errorf("%d requests pass in 10 s, want 10 at once and 1 every 100ms", n)
	}
}

func TestLimiter_bounded(t *testing.T) {
	c := newClock()
	l := newLimiter(t, ratelimit.Options{Now: c.now}, ratelimit.Limit{Name: "a", By: ratelimit.Address, Rate: 1, Per: time.Hour, Burst: 1})
	_ = l.Address(t.Context(), "192.0.2.1")
	for i := range 2 * ratelimit.MaxKeys {
		_ = l.Address(t.Context(), fmt.Sprint("stranger ", i))
		if i%1000 == 0 && l.Address(t.Context(), "192.0.2.1") == nil {
			t.Fatalf("who keeps asking is forgotten after %d others", i)
		}
	}
	if n := l.Status()[0].Keys; n > ratelimit.MaxKeys {
		t.Errorf("%d buckets", n)
	}
}

// TestLimiter_redis: replicas share buckets; without Redis each has its own.
func TestLimiter_redis(t *testing.T) {
	r, c := redistest.Start(t), newClock()
	limit := ratelimit.Limit{Name: "web", By: ratelimit.Caller, Rate: 1, Per: time.Hour, Burst: 4}
	a := newLimiter(t, ratelimit.Options{Now: c.now, Fleet: r.Fleet()}, limit)
	b := newLimiter(t, ratelimit.Options{Now: c.now, Fleet: r.Fleet()}, limit)
	var wg sync.WaitGroup
	var passed atomic.Int64
	for _, l := range []*ratelimit.Limiter{a, b} {
		wg.Go(func() {
			for range 10 {
				if l.Caller(t.Context(), "web", "alice") == nil {
					passed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := passed.Load(); n != 4 {
		t.Errorf("two replicas let %d requests through, want 4", n)
	}
	var e *ratelimit.Exceeded
	if err := a.Caller(t.Context(), "web", "alice"); !errors.As(err, &e) || e.RetryAfter <= 0 || e.RetryAfter > time.Hour {
		t.Errorf("got %v", err)
	}
	keys, err := r.Fleet().Client().Keys(t.Context(), "*").Result()
	if err != nil || len(keys) != 1 || !strings.HasPrefix(keys[0], "rate:test:limit:web:") || strings.Contains(keys[0], "alice") {
		t.Errorf("keys in Redis: %q %v", keys, err)
	}
	// A client that leaves in the middle says nothing of Redis.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = a.Caller(ctx, "web", "alice")
	if a.Degraded() {
		t.Error("degraded because a client left")
	}

	r.Stop()
	passed.Store(0)
	for range 10 {
		if a.Caller(t.Context(), "web", "alice") == nil {
			passed.Add(1)
		}
	}
	if n := passed.Load(); n != 4 || !a.Degraded() {
		t.Errorf("without Redis %d requests pass, want 4; degraded: %t", n, a.Degraded())
	}
	r.Start()
	if a.Caller(t.Context(), "web", "alice") == nil || !a.Degraded() {
		t.Error("Redis is asked before its time")
	}
	c.turn(2 * time.Second)
	if err := a.Caller(t.Context(), "web", "alice"); err == nil || a.Degraded() {
		t.Errorf("with Redis again: %v, degraded: %t", err, a.Degraded())
	}
}

func TestNew_refuses(t *testing.T) {
	good := ratelimit.Limit{Name: "x", By: ratelimit.Caller, Rate: 1, Per: time.Second, Burst: 1}
	for name, change := range map[string]func(*ratelimit.Limit){
		"no name":              func(l *ratelimit.Limit) { l.Name = "" },
		"by what":              func(l *ratelimit.Limit) { l.By = "moon" },
		"callers of addresses": func(l *ratelimit.Limit) { l.By, l.Callers = ratelimit.Address, []string{"web"} },
		"no rate":              func(l *ratelimit.Limit) { l.Rate = 0 },
		"no burst":             func(l *ratelimit.Limit) { l.Burst = 0 },
		"too short":            func(l *ratelimit.Limit) { l.Per = time.Millisecond },
		"too long":             func(l *ratelimit.Limit) { l.Per = 25 * time.Hour },
	} {
		bad := good
		change(&bad)
		if _, err := ratelimit.New([]ratelimit.Limit{bad}, ratelimit.Options{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := ratelimit.New([]ratelimit.Limit{good, good}, ratelimit.Options{}); err == nil {
		t.Error("one name twice is accepted")
	}
}

// BenchmarkCaller is what a limit in this process adds to a request.
func BenchmarkCaller(b *testing.B) {
	l := newLimiter(b, ratelimit.Options{}, ratelimit.Limit{Name: "web", By: ratelimit.Caller, Rate: ratelimit.MaxRate, Per: time.Second, Burst: ratelimit.MaxRate})
	b.ReportAllocs()
	for b.Loop() {
		_ = l.Caller(b.Context(), "web", "alice")
	}
}
