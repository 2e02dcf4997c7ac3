package fleet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/fleet"
	"github.com/rtmauth/rtmauth/internal/logbuffer"
	"github.com/rtmauth/rtmauth/internal/redistest"
)

func open(t *testing.T, url string, o fleet.Options) *fleet.Fleet {
	t.Helper()
	c, err := fleet.NewConfig(url, "test:", 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fleet.Open(c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestAsk(t *testing.T) {
	r := redistest.Start(t)
	var log bytes.Buffer
	ahead := time.Duration(0)
	f := open(t, r.URL(), fleet.Options{Now: func() time.Time { return time.Now().Add(ahead) }, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if s := f.Status(); s.Up || !s.Answered.IsZero() {
		t.Errorf("before the first question: %+v", s)
	}
	for _, ahead = range []time.Duration{0, 90 * time.Second, -time.Hour} {
		if err := f.Ask(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := f.Status()
		if off := s.Skew - ahead; !s.Up || off < -time.Second || off > time.Second {
			t.Errorf("a clock that is %s ahead: %+v", ahead, s)
		}
	}
	if log.Len() > 0 {
		t.Errorf("logged while Redis answers: %s", &log)
	}
	r.Stop()
	for range 2 {
		if err := f.Ask(t.Context()); err == nil {
			t.Fatal("Redis is gone and answers")
		}
	}
	if s := f.Status(); s.Up || s.Failures != 2 || s.Answered.IsZero() {
		t.Errorf("without Redis: %+v", s)
	}
	if n := strings.Count(log.String(), "does not answer"); n != 1 {
		t.Errorf("that Redis is gone is logged %d times:\n%s", n, &log)
	}
	r.Start()
	if err := f.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := f.Status(); !s.Up || s.Failures != 0 || !strings.Contains(log.String(), "answers again") {
		t.Errorf("with Redis again: %+v, log:\n%s", s, &log)
	}
}

// TestStart: what Start began ends with Close, also while Redis does not answer.
func TestStart(t *testing.T) {
	r := redistest.Start(t)
	f := open(t, r.URL(), fleet.Options{})
	f.Start()
	f.Start()
	for deadline := time.Now().Add(10 * time.Second); !f.Status().Up; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("Start asks nothing")
		}
	}
	f.Close()
	f.Close()
	f.Start() // too late: nothing begins
}

// TestStart_eviction: a Redis that may throw the deny list away is told of once.
func TestStart_eviction(t *testing.T) {
	for _, tc := range []struct {
		args []string
		warn bool
	}{
		{[]string{"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}, true},
		{[]string{"--maxmemory", "100mb", "--maxmemory-policy", "noeviction"}, false},
		{[]string{"--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru"}, false},
		{[]string{"--maxmemory", "0", "--maxmemory-policy", "allkeys-lru"}, false},
	} {
		r := redistest.Start(t, tc.args...)
		var log logbuffer.Buffer
		f := open(t, r.URL(), fleet.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		f.Start()
		for deadline := time.Now().Add(10 * time.Second); !f.Status().Up && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
		f.Close() // after what is under way
		if got := strings.Contains(log.String(), "noeviction"); got != tc.warn {
			t.Errorf("%v: warned: %t", tc.args, got)
		}
	}
}

// TestRaise: replicas see the highest that any of them counted.
func TestRaise(t *testing.T) {
	r := redistest.Start(t)
	a, b := open(t, r.URL(), fleet.Options{}), open(t, r.URL(), fleet.Options{})
	raise := func(f *fleet.Fleet, floor int64, mine map[string]int64, want string) {
		t.Helper()
		all, err := f.Raise(t.Context(), "n", floor, mine)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(all); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	raise(a, 0, map[string]int64{"x": 1_800_000_000, "y": 5}, "map[x:1800000000 y:5]")
	raise(b, 0, map[string]int64{"x": 1_700_000_000, "y": 7, "z": 1}, "map[x:1800000000 y:7 z:1]")
	raise(a, 6, nil, "map[x:1800000000 y:7]")
	raise(b, 0, nil, "map[x:1800000000 y:7]")
	if _, err := open(t, "redis://127.0.0.1:1/0", fleet.Options{}).Raise(t.Context(), "n", 0, nil); err == nil {
		t.Error("no Redis, and no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Raise(ctx, "n", 0, nil); err == nil {
		t.Error("a call that was cancelled has a result")
	}
}

const password = "canary-redis-password"

// TestPassword: Redis is reached with it, and no way of printing shows it.
func TestPassword(t *testing.T) {
	r := redistest.Start(t, "--requirepass", password)
	var log bytes.Buffer
	f := open(t, "redis://:"+password+"@"+r.Addr()+"/0", fleet.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := f.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	wrong := open(t, "redis://:"+password+"-wrong@"+r.Addr()+"/0", fleet.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	err := wrong.Ask(t.Context())
	if err == nil {
		t.Fatal("a wrong password is taken")
	}
	c := f.Config()
	holder := struct {
		C fleet.Config
		c fleet.Config
	}{c, c}
	encoded, _ := json.Marshal(holder)
	seen := []string{err.Error(), string(encoded)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		seen = append(seen, fmt.Sprintf(verb, c), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, &holder))
	}
	l := slog.New(slog.NewJSONHandler(&log, nil))
	l.Info("x", "config", c, "holder", holder)
	seen = append(seen, log.String())
	if all := strings.Join(seen, "\n"); strings.Contains(all, password) || strings.Contains(all, fmt.Sprintf("%x", password)) {
		t.Errorf("the password shows in:\n%s", all)
	}
}

func TestNewConfig(t *testing.T) {
	for name, tc := range map[string]struct {
		url, prefix string
		timeout     time.Duration
	}{
		"scheme":   {"http://:" + password + "@x/0", "", time.Second},
		"no URL":   {"://:" + password, "", time.Second},
		"port":     {"redis://:" + password + "@x:y/0", "", time.Second},
		"database": {"redis://:" + password + "@x/" + password, "", time.Second},
		"option":   {"redis://x/0?" + password + "=1", "", time.Second},
		"no check": {"rediss://:" + password + "@x/0?skip_verify=true", "", time.Second},
		"prefix":   {"redis://x/0", "a b", time.Second},
		"timeout":  {"redis://x/0", "", time.Hour},
		"no time":  {"redis://x/0", "", 0},
	} {
		c, err := fleet.NewConfig(tc.url, tc.prefix, tc.timeout)
		if err == nil || !c.IsZero() {
			t.Errorf("%s: accepted", name)
			continue
		}
		if strings.Contains(err.Error(), password) {
			t.Errorf("%s: the error shows the address: %v", name, err)
		}
	}
	one := func(url string) fleet.Config {
		c, err := fleet.NewConfig(url, "p:", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for url, exposed := range map[string]bool{
		"redis://:pw@10.0.0.7:6379": true, "redis://:pw@redis.example": true, "redis://redis.example": false, "rediss://:pw@redis.example": false,
		"redis://:pw@127.0.0.1:6379": false, "redis://:pw@localhost": false, "redis://:pw@[::1]:6379": false, "unix://:pw@/run/redis.sock": false,
	} {
		if got := one(url).Exposed(); got != exposed {
			t.Errorf("%s: exposed: got %t", url, got)
		}
	}
	if (fleet.Config{}).Exposed() {
		t.Error("none is exposed")
	}
	for _, url := range []string{"redis://x", "rediss://user:pw@x:6380/3", "unix:///run/redis.sock?db=2"} {
		if !one(url).Equal(one(url)) || one(url).Equal(one("redis://y")) || one(url).Equal(fleet.Config{}) {
			t.Errorf("%s: Equal is wrong", url)
		}
	}
	if !(fleet.Config{}).Equal(fleet.Config{}) {
		t.Error("none and none differ")
	}
}
