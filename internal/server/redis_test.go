package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/denylist"
	"github.com/rtmauth/rtmauth/internal/fleet"
	"github.com/rtmauth/rtmauth/internal/redistest"
)

// sharing is the change of basic by which replicas share a Redis, whose
// address is in the file redis.
var sharing = [2]string{"state_dir: DIR/state\n", "state_dir: DIR/state\nredis: {url: {file: DIR/redis}, timeout: 2s}\n"}

// replica is a service that is not started yet and uses a Redis.
func replica(t *testing.T, url string) *house {
	t.Helper()
	h := prepare(t)
	h.write("redis", url)
	h.write("rtmauth.yaml", h.config(basic, sharing[:]...))
	return h
}

// share is what another replica would have of a Redis.
func share(t *testing.T, url string) *fleet.Fleet {
	t.Helper()
	c, err := fleet.NewConfig(url, "rtmauth:", 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fleet.Open(c, fleet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// deny puts a user on the deny list in a Redis.
func deny(t *testing.T, url, user string) {
	t.Helper()
	list, err := denylist.OpenRedis(share(t, url), time.Minute, time.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := list.Add(t.Context(), denylist.Entry{User: user, Added: time.Now().Unix()}); err != nil {
		t.Fatal(err)
	}
}

// TestReplicas_lastExpiry: a replica that signed nothing tells when the last
// token of another one ends.
func TestReplicas_lastExpiry(t *testing.T) {
	t.Parallel() // it takes the seconds in which replicas share
	r := redistest.Start(t)
	a, b := replica(t, r.URL()), replica(t, r.URL())
	a.start()
	b.start()
	issue := func(life string) float64 {
		got := a.token(a.key, `{"user":"u","life":"`+life+`"}`)
		if got.status != 201 {
			t.Fatalf("got %d %s", got.status, got.body)
		}
		return got.field(t, "expires_at").(float64)
	}
	want := issue("1h")
	if got := b.lastExpiry(); got != 0 {
		t.Errorf("a replica that signed nothing says %f", got)
	}
	eventually(t, "the other replica's last expiry", func() bool { return b.lastExpiry() == want })

	want = issue("2h")
	if err := a.end(); err != nil { // a replica that goes leaves its last tokens behind
		t.Fatal(err)
	}
	all, err := share(t, r.URL()).Raise(t.Context(), "certificate-expiry", 0, nil)
	if err != nil || len(all) != 1 {
		t.Fatalf("shared: %v, %v", all, err)
	}
	for certificate, at := range all {
		if float64(at) != want {
			t.Errorf("of %s is shared %d, want %f", certificate, at, want)
		}
	}
}

// TestReload_redis: a reload goes over to another Redis if that answers.
func TestReload_redis(t *testing.T) {
	first, second := redistest.Start(t), redistest.Start(t)
	deny(t, first.URL(), "eve")
	deny(t, second.URL(), "mallory")
	h := replica(t, first.URL())
	h.start()
	denied := func(user string) bool {
		a := h.token(h.key, `{"user":"`+user+`"}`)
		if a.status != 201 && a.status != 403 {
			t.Errorf("%s: got %d %s", user, a.status, a.body)
		}
		return a.status == 403
	}
	eventually(t, "the deny list", func() bool { return h.token(h.key, `{"user":"eve"}`).status == 403 })
	if denied("mallory") {
		t.Error("the other Redis's deny list counts")
	}
	const dead = "redis://127.0.0.1:1/0"
	h.write("redis", dead)
	if a := h.reload(); a.status != 422 || strings.Contains(a.body, "127.0.0.1") {
		t.Errorf("to a Redis that is not there: got %d %s", a.status, a.body)
	}
	if !denied("eve") || denied("mallory") {
		t.Error("after a refused reload another deny list counts")
	}
	h.write("redis", second.URL())
	if a := h.reload(); a.status != 200 {
		t.Fatalf("to another Redis: got %d %s", a.status, a.body)
	}
	first.Stop()
	if denied("eve") || !denied("mallory") {
		t.Error("after the reload the new Redis's deny list does not count")
	}
	eventually(t, "the new Redis is up", func() bool { return strings.Contains(h.metrics(), "rtmauth_redis_up 1") })

	// A list that is empty where the running one is not is a mistake.
	h.write("rtmauth.yaml", strings.Replace(h.config(basic, sharing[0], sharing[1]), "redis: {", "redis: {prefix: \"other:\", ", 1))
	if a := h.reload(); a.status != 422 || !strings.Contains(a.body, "is empty and the running one is not") || !denied("mallory") {
		t.Errorf("to an empty deny list: got %d %s", a.status, a.body)
	}

	h.write("rtmauth.yaml", h.config(basic, sharing[0], sharing[1]+"deny_list: {max_stale: 7s}\n"))
	if a := h.reload(); a.status != 200 || !denied("mallory") {
		t.Errorf("with another max_stale: got %d %s", a.status, a.body)
	}
	second.Stop()
	eventually(t, "the new max_stale", func() bool { return strings.Contains(h.log.String(), `"max_stale":"7s"`) })
	if !denied("mallory") || denied("eve") {
		t.Error("without Redis the copy at hand does not count")
	}
}

// TestServe_redisAway starts before its Redis: nobody knows who is denied.
func TestServe_redisAway(t *testing.T) {
	r := redistest.Start(t)
	deny(t, r.URL(), "mallory")
	r.Stop()
	h := replica(t, r.URL())
	h.start()
	ready := func() int { return h.do(http.MethodGet, h.admin+"/readyz", "").status }
	if ready() != 503 || !strings.Contains(h.metrics(), "rtmauth_ready 0") {
		t.Error("a replica that never read its deny list is ready")
	}
	for _, a := range []reply{h.token(h.key, `{"user":"u"}`), h.fetch(h.key, `{"uid":"u"}`)} {
		if a.status != 503 || a.header.Get("Retry-After") == "" {
			t.Errorf("without Redis: got %d %s", a.status, a.body)
		}
	}
	if a := h.token(h.key, `{"user":"u"}`); a.field(t, "code") != "deny_list_unavailable" {
		t.Errorf("without Redis: got %s", a.body)
	}
	r.Start()
	eventually(t, "Redis comes", func() bool { return h.token(h.key, `{"user":"u"}`).status == 201 })
	eventually(t, "it is ready", func() bool { return ready() == 200 })
	r.Stop()
	eventually(t, "Redis is gone", func() bool { return strings.Contains(h.metrics(), "rtmauth_redis_up 0") })
	if ready() != 200 {
		t.Error("all replicas leave the load balancer when Redis goes")
	}
	if a := h.token(h.key, `{"user":"mallory"}`); a.status != 403 {
		t.Errorf("who is denied: got %d %s", a.status, a.body)
	}
}

// TestServe_wrongRedis starts with an address at which there is no Redis: a reload
// with the right one makes the replica ready.
func TestServe_wrongRedis(t *testing.T) {
	r := redistest.Start(t)
	h := replica(t, "redis://127.0.0.1:1/0")
	h.start()
	ready := func() bool { return h.do(http.MethodGet, h.admin+"/readyz", "").status == 200 }
	if ready() {
		t.Error("ready without ever having read the deny list")
	}
	h.write("redis", r.URL())
	if a := h.reload(); a.status != 200 {
		t.Fatalf("reload: got %d %s", a.status, a.body)
	}
	eventually(t, "it is ready", ready)
	if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
		t.Errorf("got %d %s", a.status, a.body)
	}
}
