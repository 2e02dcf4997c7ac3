//go:build soak

package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/redistest"
)

// TestSoak_redisOutage takes Redis away for half the time from two replicas with
// a limit and a deny list in it. Nobody who may have a token notices, and who is
// denied stays denied.
func TestSoak_redisOutage(t *testing.T) {
	r := redistest.Start(t)
	a, b := prepare(t), prepare(t)
	for _, h := range []*house{a, b} {
		h.write("rtmauth.yaml", withRedis(h, r, "limits: [{name: all, by: caller, rate: 1000000, per: 1s}]\n"))
		program(t, h)
	}
	a.denyAdd(`{"user":"mallory"}`)
	eventually(t, "the other replica knows", func() bool { return b.token(b.key, `{"user":"mallory"}`).status == 403 })
	stop := make(chan struct{})
	var allowed, denied load
	for _, h := range []*house{a, b} {
		allowed.run(4, stop, false, h.asks(), 200)
		denied.run(1, stop, false, func(c *http.Client) (reply, error) {
			return send(c, http.MethodPost, h.url+"/v1/tokens", `{"user":"mallory"}`, "Authorization", "Bearer "+h.key)
		}, 403)
	}
	for i := range 6 {
		time.Sleep(3 * time.Second)
		t.Logf("Redis is %s: requests %d, failures %d; of the denied user %d, failures %d", []string{"there", "away"}[i%2],
			allowed.requests.Load(), allowed.failures.Load(), denied.requests.Load(), denied.failures.Load())
		if i%2 == 0 {
			r.Stop()
		} else {
			r.Start()
		}
	}
	close(stop)
	allowed.report(t, 1000)
	denied.report(t, 100)
}
