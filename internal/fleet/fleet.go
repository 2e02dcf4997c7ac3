// Package fleet is what the replicas of one service have in common, in Redis: the
// connection, its clock beside ours, and the highest of numbers that each of them
// counts. Rate limits and the deny list bring their own keys to the connection.
//
// A service of one process needs none of it.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rtmauth/rtmauth/internal/periodic"
)

// The client's own log goes to standard error past ours, in a form of its own, a
// line for every connection that fails. It can only be set for the process.
func init() { redis.SetLogger(silent{}) }

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// Interval is how often Redis is asked for the time.
const Interval = 5 * time.Second

// Options are what a Fleet works with.
type Options struct {
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // told when Redis goes and comes back; nil: nobody
}

// Fleet is the way to one Redis. Its methods may be called concurrently.
type Fleet struct {
	config Config
	client *redis.Client
	now    func() time.Time
	log    *slog.Logger

	mu     sync.Mutex
	status Status
	asked  bool // at least once

	loop periodic.Loop
}

// Status is what is known of Redis.
type Status struct {
	Up       bool          // the last question was answered
	Answered time.Time     // when one last was; zero: never
	Skew     time.Duration // this machine's clock less Redis's, then
	Failures int64         // questions since without an answer
}

// Open makes a Fleet; Redis is asked nothing before Start or a first use.
func Open(c Config, o Options) (*Fleet, error) {
	if c.IsZero() {
		return nil, errors.New("fleet: no Redis is named")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	options := *(*c.p).options
	return &Fleet{config: c, client: redis.NewClient(&options), now: o.Now, log: o.Log}, nil
}

// Config is what Open was given.
func (f *Fleet) Config() Config { return f.config }

// Client is the connection's pool.
func (f *Fleet) Client() *redis.Client { return f.client }

// Key is a name in Redis that belongs to this service.
func (f *Fleet) Key(name string) string { return (*f.config.p).prefix + name }

// Timeout bounds one question to Redis.
func (f *Fleet) Timeout() time.Duration { return (*f.config.p).timeout }

// Start begins to ask Redis for the time, now and then, until Close.
func (f *Fleet) Start() {
	looked := false
	f.loop.Start(Interval, func(ctx context.Context) {
		if err := f.Ask(ctx); err == nil && !looked { // an error is in the status
			looked = true
			f.warnOfEviction(ctx)
		}
	})
}

// warnOfEviction tells of a Redis that throws keys away when its memory is full:
// the deny list is among them. A Redis that does not say is believed.
func (f *Fleet) warnOfEviction(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout())
	defer cancel()
	info, err := f.client.InfoMap(ctx, "memory").Result()
	if err != nil {
		return
	}
	memory := info["Memory"]
	if policy := memory["maxmemory_policy"]; memory["maxmemory"] != "0" && strings.HasPrefix(policy, "allkeys-") { // what is kept here has no expiry
		f.log.Warn("Redis may throw the deny list away when its memory is full: set maxmemory-policy noeviction", "maxmemory_policy", policy)
	}
}

// Ask asks Redis for the time, once.
func (f *Fleet) Ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout())
	defer cancel()
	before := f.now()
	theirs, err := f.client.Time(ctx).Result()
	after := f.now()
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err() // by Close: nothing was learnt
	}
	f.mu.Lock()
	first, was := !f.asked, f.status.Up
	f.asked = true
	if f.status.Up = err == nil; err == nil {
		middle := before.Add(after.Sub(before) / 2)
		f.status.Answered, f.status.Skew, f.status.Failures = after, middle.Sub(theirs), 0
	} else {
		f.status.Failures++
	}
	f.mu.Unlock()
	switch {
	case err != nil && (was || first):
		f.log.Error("Redis does not answer; see \"RtmauthRedisDown\" in docs/operations.md", "error", err)
	case err == nil && !was && !first:
		f.log.Info("Redis answers again")
	}
	return err
}

// Status is what is known of Redis.
func (f *Fleet) Status() Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

// raise keeps in the hash KEYS[1] the highest of each number, takes out those
// under ARGV[1], and returns all.
var raise = redis.NewScript(`
for i = 2, #ARGV, 2 do
  local old = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '-1')
  if tonumber(ARGV[i+1]) > old then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i+1]) end
end
local all = redis.call('HGETALL', KEYS[1])
local out = {}
for i = 1, #all, 2 do
  if tonumber(all[i+1]) < tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[1], all[i])
  else
    table.insert(out, all[i])
    table.insert(out, all[i+1])
  end
end
return out
`)

// Raise adds this replica's numbers to those that the replicas keep under name,
// and returns the highest of each. Those under floor are forgotten. Numbers are
// at most 2^53, as Lua's are.
func (f *Fleet) Raise(ctx context.Context, name string, floor int64, mine map[string]int64) (map[string]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, f.Timeout())
	defer cancel()
	args := make([]any, 0, 1+2*len(mine))
	args = append(args, floor)
	for k, v := range mine {
		args = append(args, k, v)
	}
	flat, err := raise.Run(ctx, f.client, []string{f.Key(name)}, args...).StringSlice()
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	out := make(map[string]int64, len(flat)/2)
	for i := 0; i+1 < len(flat); i += 2 {
		n, err := strconv.ParseInt(flat[i+1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("redis: %s holds what is no number", f.Key(name))
		}
		out[flat[i]] = n
	}
	return out, nil
}

// Close ends what Start began and closes the connections.
func (f *Fleet) Close() {
	f.loop.Close()
	_ = f.client.Close() // the connections are gone either way
}
