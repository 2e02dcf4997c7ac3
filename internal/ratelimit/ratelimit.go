// Package ratelimit bounds how often one client address, or one caller, may ask.
//
// Each limit is a token bucket per key: Burst requests at once, Rate more in every
// Per. Buckets are in this process, or in Redis, where replicas share them. While
// Redis does not answer, each replica counts for itself: a limiter that fails
// must not take the service with it, and n replicas then let n times as much
// through.
package ratelimit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"golang.org/x/time/rate"

	"github.com/rtmauth/rtmauth/internal/fleet"
	"github.com/rtmauth/rtmauth/internal/recent"
)

// Bounds.
const (
	// MaxKeys is how many buckets of a limit are kept in memory, 200 bytes each.
	// Beyond it those least in use are forgotten, and begin full again.
	MaxKeys   = 100_000
	MaxRate   = 1_000_000
	MaxPeriod = 24 * time.Hour

	// retryRedis is how long Redis is left alone after it did not answer.
	retryRedis = time.Second
)

// By says what a limit counts by.
type By string

// What limits count by.
const (
	Address By = "address" // the client's address, before it is asked who it is; of IPv6 the /64, which one customer has
	Caller  By = "caller"  // the caller and its subject: one API key, one user of an issuer
)

// Limit is one limit.
type Limit struct {
	Name    string
	By      By
	Callers []string // of Caller: the callers that it binds, by name; empty: all
	Rate    int      // requests, in every Per
	Per     time.Duration
	Burst   int // requests at once
}

// Problems says what is wrong with a limit, by the field in lower case: what would
// bind nobody, or everybody for ever.
func (l Limit) Problems() map[string]string {
	wrong := map[string]string{}
	check := func(field string, ok bool, format string, args ...any) {
		if !ok {
			wrong[field] = fmt.Sprintf(format, args...)
		}
	}
	check("name", l.Name != "", "must not be empty")
	check("by", l.By == Address || l.By == Caller, "must be %s or %s", Address, Caller)
	check("callers", l.By != Address || len(l.Callers) == 0, "goes with by: caller; an address is counted before anybody knows the caller")
	check("rate", l.Rate >= 1 && l.Rate <= MaxRate, "must be between 1 and %d", MaxRate)
	check("burst", l.Burst >= 1 && l.Burst <= MaxRate, "must be between 1 and %d", MaxRate)
	check("per", l.Per >= time.Second && l.Per <= MaxPeriod, "must be between 1s and %s", MaxPeriod)
	return wrong
}

func (l Limit) equal(o Limit) bool {
	return l.Name == o.Name && l.By == o.By && l.Rate == o.Rate && l.Per == o.Per && l.Burst == o.Burst && slices.Equal(l.Callers, o.Callers)
}

// Exceeded says that a limit was reached.
type Exceeded struct {
	Limit      string
	RetryAfter time.Duration // until the next request passes, if nobody else asks
}

func (e *Exceeded) Error() string { return fmt.Sprintf("limit %q is reached", e.Limit) }

// Limiter holds limits. A nil *Limiter lets everything pass. Its methods may be
// called concurrently.
type Limiter struct {
	limits []*buckets
	now    func() time.Time
	redis  *shared // nil: buckets are in this process
}

// Options are what a Limiter works with.
type Options struct {
	Now   func() time.Time // nil: time.Now
	Fleet *fleet.Fleet     // nil: buckets are in this process
	Old   *Limiter         // whose buckets go on where a limit did not change; may be nil
	Log   *slog.Logger     // told when Redis does not count, and counts again; nil: nobody
}

// New makes a Limiter.
func New(limits []Limit, o Options) (*Limiter, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	l := &Limiter{now: o.Now}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Fleet != nil {
		l.redis = &shared{fleet: o.Fleet, limiter: redis_rate.NewLimiter(o.Fleet.Client()), log: o.Log}
	}
	for i, limit := range limits {
		for field, problem := range limit.Problems() {
			return nil, fmt.Errorf("limit %q: %s %s", limit.Name, field, problem)
		}
		if slices.ContainsFunc(limits[:i], func(other Limit) bool { return other.Name == limit.Name }) {
			return nil, fmt.Errorf("limit %q is there twice", limit.Name)
		}
		l.limits = append(l.limits, o.Old.bucketsOf(limit))
	}
	return l, nil
}

// bucketsOf returns those that a limit has had, or new ones.
func (l *Limiter) bucketsOf(limit Limit) *buckets {
	if l != nil {
		for _, b := range l.limits {
			if b.limit.equal(limit) {
				return b
			}
		}
	}
	return &buckets{limit: limit, local: recent.New[id, *rate.Limiter](MaxKeys)}
}

// Address counts a request from a client address. The error is nil or *Exceeded.
func (l *Limiter) Address(ctx context.Context, address string) error {
	if l == nil {
		return nil
	}
	return l.take(ctx, Address, "", network(address))
}

// Caller counts a request of a caller, and of its subject. The error is nil or
// *Exceeded.
func (l *Limiter) Caller(ctx context.Context, name, subject string) error {
	if l == nil {
		return nil
	}
	return l.take(ctx, Caller, name, name+"\x00"+subject)
}

// network is what one customer has: an IPv4 address, the /64 of an IPv6 one.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || !a.WithZone("").Unmap().Is6() {
		return address
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

func (l *Limiter) take(ctx context.Context, by By, caller, key string) error {
	k := idOf(key)
	for _, b := range l.limits {
		if b.limit.By != by || len(b.limit.Callers) > 0 && !slices.Contains(b.limit.Callers, caller) {
			continue
		}
		wait := l.wait(ctx, b, k)
		if wait > 0 {
			b.refused.Add(1)
			return &Exceeded{Limit: b.limit.Name, RetryAfter: wait}
		}
		b.allowed.Add(1)
	}
	return nil
}

// wait takes one request out of a bucket and returns 0, or how long it is until
// one is in it.
func (l *Limiter) wait(ctx context.Context, b *buckets, k id) time.Duration {
	now := l.now()
	if l.redis != nil && l.redis.ask(now) {
		trial := l.redis.down.Load()
		wait, err := l.redis.wait(ctx, b.limit, k)
		if err == nil {
			if trial { // an answer to a question from before says nothing
				l.redis.answered()
			}
			return wait
		}
		l.redis.missed(now, err)
	}
	return b.wait(now, k)
}

// id names a key in a fixed size, without saying what it is.
type id [16]byte

func idOf(key string) id {
	sum := sha256.Sum256([]byte(key))
	return id(sum[:16])
}

// buckets are those of one limit.
type buckets struct {
	limit            Limit
	local            *recent.Map[id, *rate.Limiter]
	allowed, refused atomic.Int64
}

func (b *buckets) wait(now time.Time, k id) time.Duration {
	bucket := b.local.GetOrPut(k, func() *rate.Limiter {
		return rate.NewLimiter(rate.Limit(float64(b.limit.Rate)/b.limit.Per.Seconds()), b.limit.Burst)
	})
	if bucket.AllowN(now, 1) { // not a reservation, which others at once make impossible to give back
		return 0
	}
	missing := 1 - bucket.TokensAt(now)
	return max(time.Duration(missing/float64(bucket.Limit())*float64(time.Second)), time.Nanosecond)
}

// Status is what is known of one limit.
type Status struct {
	Name             string
	Keys             int // buckets in memory
	Allowed, Refused int64
}

// Status lists the limits.
func (l *Limiter) Status() []Status {
	if l == nil {
		return nil
	}
	out := make([]Status, len(l.limits))
	for i, b := range l.limits {
		out[i] = Status{b.limit.Name, b.local.Len(), b.allowed.Load(), b.refused.Load()}
	}
	return out
}

// Degraded reports whether each replica counts for itself because Redis does not
// answer.
func (l *Limiter) Degraded() bool { return l != nil && l.redis != nil && l.redis.down.Load() }

// shared are buckets in Redis.
type shared struct {
	fleet   *fleet.Fleet
	limiter *redis_rate.Limiter
	log     *slog.Logger
	down    atomic.Bool
	retry   atomic.Int64 // Unix nanoseconds; while it is down
}

// ask reports whether to ask Redis. While it is down one request a while does,
// so that not all of them wait for it.
func (s *shared) ask(now time.Time) bool {
	if !s.down.Load() {
		return true
	}
	at := s.retry.Load()
	return now.UnixNano() >= at && s.retry.CompareAndSwap(at, now.Add(retryRedis).UnixNano())
}

func (s *shared) answered() {
	if s.down.Load() && s.down.Swap(false) {
		s.log.Info("limits are counted in Redis again")
	}
}

func (s *shared) missed(now time.Time, err error) {
	s.retry.Store(now.Add(retryRedis).UnixNano())
	if !s.down.Swap(true) {
		s.log.Warn("Redis does not count limits: each replica counts for itself", "error", err)
	}
}

func (s *shared) wait(ctx context.Context, l Limit, k id) (time.Duration, error) {
	// A client that leaves must not make Redis look as if it were gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.fleet.Timeout())
	defer cancel()
	got, err := s.limiter.Allow(ctx, s.fleet.Key("limit:"+l.Name+":"+hex.EncodeToString(k[:])), redis_rate.Limit{Rate: l.Rate, Burst: l.Burst, Period: l.Per})
	switch {
	case err != nil:
		return 0, err
	case got.Allowed > 0:
		return 0, nil
	}
	return max(got.RetryAfter, time.Millisecond), nil
}
