package server_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// TestServe_webhook: a session of the app's is as good as a JWT on both routes,
// and while the app cannot be asked nobody is called wrong.
func TestServe_webhook(t *testing.T) {
	var down atomic.Bool
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch session, err := r.Cookie("session"); {
		case down.Load():
			w.WriteHeader(http.StatusInternalServerError)
		case err != nil || session.Value != "of-carol":
			w.WriteHeader(http.StatusUnauthorized)
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"user":"carol"}`))
		}
	}))
	t.Cleanup(app.Close)
	h := open(t, "callers:\n", "callers:\n  webhook: [{name: sessions, url: \""+app.URL+"\", cache: 0s}]\n")
	ask := func(cookie, user string) [2]reply {
		return [2]reply{
			h.do(http.MethodPost, h.url+"/v1/tokens", `{"user":"`+user+`"}`, "Cookie", cookie),
			h.do(http.MethodPost, h.url+"/fetch_rtm_token", `{"uid":"`+user+`"}`, "Cookie", cookie),
		}
	}
	for _, tc := range []struct {
		name, cookie, user string
		down               bool
		want               [2]int // /v1/tokens, /fetch_rtm_token
	}{
		{"her own", "session=of-carol", "carol", false, [2]int{201, 200}},
		{"another's", "session=of-carol", "bob", false, [2]int{403, 403}},
		{"no session of the app's", "session=forged", "carol", false, [2]int{401, 401}},
		{"no cookie", "", "carol", false, [2]int{401, 401}},
		{"the app is down", "session=of-carol", "carol", true, [2]int{503, 503}},
		{"the app is down, forged", "session=forged", "carol", true, [2]int{503, 503}},
		{"and back", "session=of-carol", "carol", false, [2]int{201, 200}},
	} {
		down.Store(tc.down)
		for i, a := range ask(tc.cookie, tc.user) {
			if a.status != tc.want[i] {
				t.Errorf("%s, route %d: got %d %s", tc.name, i, a.status, a.body)
				continue
			}
			if a.status < 300 && user(t, a.field(t, "token").(string), "carol") != "carol" {
				t.Errorf("%s, route %d: the token is not carol's", tc.name, i)
			}
			if (a.header.Get("Retry-After") != "") != (a.status == 503) {
				t.Errorf("%s, route %d: Retry-After %q with %d", tc.name, i, a.header.Get("Retry-After"), a.status)
			}
		}
	}
}
