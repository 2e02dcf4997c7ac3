package config

import (
	"fmt"
	"slices"
	"time"

	"github.com/rtmauth/rtmauth/internal/denylist"
	"github.com/rtmauth/rtmauth/internal/fleet"
	"github.com/rtmauth/rtmauth/internal/ratelimit"
)

// shared is what replicas can have in common: limits, the deny list, Redis.
func (v *resolver) shared() {
	for i, l := range v.c.Limits {
		path := fmt.Sprintf("limits[%d]", i)
		burst := l.Burst != 0
		if !burst {
			l.Burst = l.Rate
		}
		for j, name := range l.Callers {
			if _, known := v.names[name]; !known {
				v.fail(fmt.Sprintf("%s.callers[%d]", path, j), "no caller is named %q%s", name, didYouMean(name, keys(v.names)))
			}
		}
		limit := ratelimit.Limit{Name: l.Name, By: ratelimit.By(l.By), Callers: l.Callers, Rate: l.Rate, Per: l.Per, Burst: l.Burst}
		for key, problem := range limit.Problems() {
			if key != "burst" || burst {
				v.fail(path+"."+key, "%s", problem)
			}
		}
		if slices.ContainsFunc(v.out.Limits, func(other ratelimit.Limit) bool { return l.Name != "" && other.Name == l.Name }) {
			v.fail(path+".name", "another limit has this name")
		}
		v.out.Limits = append(v.out.Limits, limit)
	}
	if d := v.c.Deny.MaxStale; d < 5*time.Second || d > time.Hour {
		v.fail("deny_list.max_stale", "must be between 5s and 1h")
	}
	r := v.c.Redis
	if r.URL.IsZero() {
		return
	}
	url := "redis://unread"
	if text := v.secret("redis.url", r.URL); !text.IsZero() {
		url = string(text.Reveal())
	}
	c, err := fleet.NewConfig(url, r.Prefix, r.Timeout)
	if err != nil {
		v.fail("redis", "%v", err)
		return
	}
	v.out.Redis = c
	if c.Exposed() {
		v.warn("redis.url", "the password goes to another machine in the clear: use rediss://, or a network that nobody else is on")
	}
}

// DenyStore is where the deny list is kept, denylist.InRedis or InState; ""
// means that there is none.
func (r *Resolved) DenyStore() string {
	switch {
	case !r.Redis.IsZero():
		return denylist.InRedis
	case r.State != "":
		return denylist.InState
	}
	return ""
}
