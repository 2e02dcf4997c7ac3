package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/denylist"
	"github.com/rtmauth/rtmauth/internal/ratelimit"
)

const redisURL = "redis://:canary-password@redis.example:6379/2"

func TestLoad_shared(t *testing.T) {
	m := testMemory()
	m.env["REDIS_URL"] = redisURL + "\n"
	r, err := load(t, m, withHash(smallest)+`
limits:
  - {name: strangers, by: address, rate: 600, per: 1m, burst: 50}
  - {name: users, by: caller, callers: web, rate: 30}
deny_list: {max_stale: 90s}
redis: {url: {env: REDIS_URL}, prefix: "a:"}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []ratelimit.Limit{
		{Name: "strangers", By: ratelimit.Address, Rate: 600, Per: time.Minute, Burst: 50},
		{Name: "users", By: ratelimit.Caller, Callers: []string{"web"}, Rate: 30, Per: time.Minute, Burst: 30},
	}
	if !reflect.DeepEqual(r.Limits, want) {
		t.Errorf("limits: got %+v, want %+v", r.Limits, want)
	}
	if r.Redis.IsZero() || r.Deny.MaxStale != 90*time.Second || r.DenyStore() != denylist.InRedis {
		t.Errorf("redis %v, deny list %+v in %q", r.Redis, r.Deny, r.DenyStore())
	}
	if !strings.Contains(strings.Join(r.Warnings, "\n"), "redis.url: the password goes to another machine in the clear") {
		t.Errorf("no warning of a password in the clear: %q", r.Warnings)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, r); strings.Contains(text, "canary-password") {
			t.Errorf("%s shows the password", verb)
		}
	}
	if r, err = load(t, testMemory(), withHash(smallest)); err != nil || r.DenyStore() != "" || r.Deny.MaxStale != time.Minute || !r.Redis.IsZero() || r.Limits != nil {
		t.Errorf("without: %+v %v", r, err)
	}
	if r, err = load(t, testMemory(), withHash(smallest)+"state_dir: /var/lib/rtmauth\n"); err != nil || r.DenyStore() != denylist.InState {
		t.Errorf("with state_dir the list is in %q, %v", r.DenyStore(), err)
	}
}

func TestLoad_sharedRefused(t *testing.T) {
	for text, want := range map[string]string{
		"limits: [{name: '', by: address, rate: 1}]":                               `limits[0].name: must not be empty`,
		"limits: [{name: a, by: moon, rate: 1}]":                                   `limits[0].by: must be address or caller`,
		"limits: [{name: a, by: caller, rate: 0}]":                                 `limits[0].rate: must be between`,
		"limits: [{name: a, by: caller, rate: many}]":                              `limits[0].rate: must be a whole number`,
		"limits: [{name: a, by: caller, rate: 1.5}]":                               `limits[0].rate: must be a whole number`,
		"limits: [{name: a, by: caller, rate: 99999999999999999999}]":              `limits[0].rate: must be a whole number`,
		"limits: [{name: a, by: caller}]":                                          `limits[0].rate: is missing`,
		"limits: [{name: a, by: caller, rate: 1, callers: [wbe]}]":                 `limits[0].callers[0]: no caller is named "wbe"; did you mean web?`,
		"limits: [{name: a, by: address, rate: 1, callers: [web]}]":                `limits[0].callers: goes with by: caller`,
		"limits: [{name: a, by: caller, rate: 1}, {name: a, by: caller, rate: 2}]": `limits[1].name: another limit has this name`,
		"limits: [{name: a, by: caller, rate: 1, per: 10ms}]":                      `limits[0].per: must be between`,
		"deny_list: {max_stale: 1s}":                                               `deny_list.max_stale: must be between 5s and 1h`,
		"redis: {prefix: x}":                                                       `redis.url: is missing`,
		"redis: {url: \"" + redisURL + "\"}":                                       `redis.url: must be {env: NAME} or {file: PATH}`,
		"redis: {url: {env: REDIS_URL}}":                                           `redis.url: the environment has no REDIS_URL`,
		"redis: {url: {env: ADMIN}}":                                               `redis: url must be redis://`,
		"redis: {url: {env: REDIS}, timeout: 1m}":                                  `redis: timeout must be between`,
		"redis: {url: {env: REDIS}, prefix: \"a b\"}":                              `redis: prefix must be printable`,
		"redis: {url: {env: REDIS}, prefx: a}":                                     `redis.prefx: unknown key; did you mean prefix?`,
	} {
		m := testMemory()
		m.env["REDIS"] = redisURL
		_, err := load(t, m, withHash(smallest)+text+"\n")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "/etc/rtmauth.yaml:12:") {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "canary-password") || strings.Contains(err.Error(), m.env["ADMIN"])) {
			t.Errorf("%s: the error shows a secret: %v", text, err)
		}
	}
}

// TestLoad_limitsAllAtOnce: every field of a limit that is wrong is said, each at
// its place, and of that limit alone.
func TestLoad_limitsAllAtOnce(t *testing.T) {
	_, err := load(t, testMemory(), withHash(smallest)+"limits:\n  - {by: addrs, rate: -3, per: 0s}\n  - {name: a, by: caller, rate: 1}\n")
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{":13:5: limits[0].name: is missing", ":13:10: limits[0].by: must be", ":13:23: limits[0].rate: must be", ":13:32: limits[0].per: must be"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "limits[1]") {
		t.Errorf("the limit that is right is blamed:\n%v", err)
	}
}
