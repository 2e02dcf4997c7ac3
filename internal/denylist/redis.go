package denylist

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rtmauth/rtmauth/internal/fleet"
)

// OpenRedis makes the list that replicas share. It asks Redis nothing before
// Start or Refresh, and is unavailable until then. The copy at hand counts for
// maxStale after it could last be compared with Redis.
func OpenRedis(f *fleet.Fleet, maxStale time.Duration, now func() time.Time, log *slog.Logger) (*List, error) {
	if maxStale <= 0 {
		return nil, errors.New("max_stale must be greater than 0s")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &List{kind: InRedis, most: MaxEntries, store: &redisStore{f, MaxEntries}, now: now, log: log, maxStale: maxStale, entries: map[key]Entry{}, loaded: make(chan struct{})}, nil
}

// redisStore is a hash with the entries as JSON, and a text that changes with
// it: a random version and how many entries there are, so that a hash that was
// evicted or half restored does not pass for an empty list.
type redisStore struct {
	f    *fleet.Fleet
	most int
}

func (s *redisStore) names() []string { return []string{s.f.Key("deny"), s.f.Key("deny:version")} }

// unwritten is the version of a list that nobody ever added to.
const unwritten = "none 0"

// count is the number of entries that a version tells of.
func count(version string) string {
	_, n, _ := strings.Cut(version, " ")
	return n
}

// notWhole says that entries were lost: with them, users would be let in again.
func (s *redisStore) notWhole() error {
	names := s.names()
	return fmt.Errorf("the deny list in Redis lost entries (evicted, or restored in part): set maxmemory-policy noeviction and delete %s and %s there; a replica that still has the list writes it back", names[0], names[1])
}

func (s *redisStore) load(ctx context.Context, known string, held int) (map[key]Entry, string, error) {
	// Nobody took its users off one by one: then a version would be there.
	gone := func(version string) bool { return version == unwritten && held > 0 }
	version, err := s.version(ctx)
	switch {
	case err != nil:
		return nil, "", err
	case gone(version):
		return nil, "", errGone
	case version == known:
		return nil, version, nil
	}
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	names := s.names()
	client := s.f.Client().WithTimeout(loadTimeout) // a whole list takes longer than a question
	size, err := client.HLen(ctx, names[0]).Result()
	if err != nil {
		return nil, "", fmt.Errorf("redis: %w", err)
	}
	if size > int64(s.most) {
		return nil, "", fmt.Errorf("the deny list in Redis holds %d users, more than %d", size, s.most)
	}
	var at *redis.StringCmd
	var all *redis.MapStringStringCmd
	_, err = client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		at, all = p.Get(ctx, names[1]), p.HGetAll(ctx, names[0])
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, "", fmt.Errorf("redis: %w", err)
	}
	if version = at.Val(); version == "" {
		version = unwritten
	}
	if gone(version) {
		return nil, "", errGone
	}
	if count(version) != fmt.Sprint(len(all.Val())) {
		return nil, "", s.notWhole()
	}
	entries := make(map[key]Entry, len(all.Val()))
	for k, text := range all.Val() {
		e, err := decode(k, []byte(text))
		if err != nil {
			return nil, "", err
		}
		entries[e.key()] = e
	}
	return entries, version, nil
}

func (s *redisStore) version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.f.Timeout())
	defer cancel()
	version, err := s.f.Client().Get(ctx, s.names()[1]).Result()
	if errors.Is(err, redis.Nil) {
		return unwritten, nil
	}
	if err != nil {
		return "", fmt.Errorf("redis: %w", err)
	}
	return version, nil
}

// change takes the new version, the most entries, how many the replica holds, and
// operations of three arguments each. Nothing is written where the list is gone
// (-2) or not whole (-1), or the entries would be too many (0).
var change = redis.NewScript(`
local hash, version, most = KEYS[1], KEYS[2], tonumber(ARGV[2])
local known = string.match(redis.call('GET', version) or 'none 0', ' (%d+)$')
if tonumber(known) ~= redis.call('HLEN', hash) then return -1 end
if redis.call('EXISTS', version) == 0 and tonumber(ARGV[3]) > 0 then return -2 end
local new = 0
for i = 4, #ARGV, 3 do
  if ARGV[i] == 'add' and redis.call('HEXISTS', hash, ARGV[i+1]) == 0 then new = new + 1 end
  if ARGV[i] == 'ended' then
    if redis.call('HGET', hash, ARGV[i+1]) == ARGV[i+2] then new = new - 1 else ARGV[i] = '' end
  end
end
if redis.call('HLEN', hash) + new > most then return 0 end
for i = 4, #ARGV, 3 do
  if ARGV[i] == 'ended' then redis.call('HDEL', hash, ARGV[i+1]) end
  if ARGV[i] == 'add' then redis.call('HSET', hash, ARGV[i+1], ARGV[i+2]) end
  if ARGV[i] == 'remove' then redis.call('HDEL', hash, ARGV[i+1]) end
end
redis.call('SET', version, ARGV[1] .. ' ' .. redis.call('HLEN', hash))
return 1
`)

func (s *redisStore) change(ctx context.Context, add []Entry, remove []key, ended []Entry, held int) error {
	args := []any{rand.Text(), s.most, held}
	operation := func(name string, e Entry) error {
		text, err := json.Marshal(e)
		args = append(args, name, e.key().String(), string(text))
		return err
	}
	for _, e := range ended {
		if err := operation("ended", e); err != nil {
			return err
		}
	}
	for _, k := range remove {
		args = append(args, "remove", k.String(), "")
	}
	for _, e := range add {
		if err := operation("add", e); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	written, err := change.Run(ctx, s.f.Client().WithTimeout(loadTimeout), s.names(), args...).Int()
	switch {
	case err != nil:
		return fmt.Errorf("redis: %w", err)
	case written == -2:
		return errGone
	case written < 0:
		return s.notWhole()
	case written == 0:
		return ErrFull
	}
	return nil
}

func (s *redisStore) close() error { return nil }
