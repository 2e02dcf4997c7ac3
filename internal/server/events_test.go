package server_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// series is the value of one of a page of metrics, with its labels.
func series(page, name string) (float64, bool) {
	for line := range strings.Lines(page) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return v, err == nil
		}
	}
	return 0, false
}

// TestServe_events has each thing happen that is counted, and looks it up.
// Panics and requests in flight are in TestPrivate_faults.
func TestServe_events(t *testing.T) {
	h := prepare(t)
	h.issuer.ahead.Store(int64(time.Hour))
	began := time.Now()
	h.write("rtmauth.yaml", h.config(basic))
	h.start()
	alice := h.issuer.jwt(t, "alice")
	for _, a := range []struct {
		got  reply
		want int
	}{
		{h.token(h.key, `{"user":"u"}`), 201},
		{h.token(h.key, `{"user":"u","services":[{"type":"rtm"},{"type":"rtc","channel":"room-1"}]}`), 201},
		{h.fetch(h.key, `{"uid":"u"}`), 200},
		{h.token(alice, `{"user":"bob"}`), 403},
		{h.token(h.key, `{"user":"u","services":[{"type":"rtc","channel":"other"}]}`), 403},
		{h.token(h.key, `{"user":"a/b"}`), 400},
		{h.token(h.key, `{"user":"u","user":"u"}`), 400},
		{h.token("rtmauth_wrong", `{"user":"u"}`), 401},
		{h.token(h.issuer.jwt(t, "alice", map[string]any{"exp": 1}), `{"user":"alice"}`), 401},
		{h.do(http.MethodPost, h.url+"/v1/tokens", `{"user":"u"}`), 401},
		{h.do(http.MethodGet, h.url+"/nowhere", ""), 404},
		{h.do(http.MethodOptions, h.url+"/v1/tokens", "", "Origin", "https://app.example"), 200},
		{h.reload(), 200},
	} {
		if a.got.status != a.want {
			t.Errorf("got %d %s, want %d", a.got.status, a.got.body, a.want)
		}
	}
	h.write("rtmauth.yaml", "nonsense: true\n")
	if a := h.reload(); a.status != 422 {
		t.Errorf("a broken file: got %d", a.status)
	}
	page := h.metrics()
	issuer := `{issuer="` + h.issuer.URL + `"}`
	for name, want := range map[string]float64{
		`rtmauth_tokens_issued_total{service="rtm",version="007"}`: 2,
		`rtmauth_tokens_issued_total{service="rtc",version="007"}`: 1,
		`rtmauth_tokens_issued_total{service="rtm",version="006"}`: 1,

		`rtmauth_tokens_denied_total{reason="user",service="rtm"}`:     1,
		`rtmauth_tokens_denied_total{reason="channel",service="rtc"}`:  1,
		`rtmauth_tokens_denied_total{reason="invalid",service="rtm"}`:  1,
		`rtmauth_tokens_denied_total{reason="invalid",service="none"}`: 1,

		`rtmauth_authentications_total{kind="api_key",outcome="ok"}`:              6,
		`rtmauth_authentications_total{kind="api_key",outcome="api_key_unknown"}`: 1,
		`rtmauth_authentications_total{kind="jwt",outcome="ok"}`:                  1,
		`rtmauth_authentications_total{kind="jwt",outcome="jwt_expired"}`:         1,
		`rtmauth_authentications_total{kind="none",outcome="no_credential"}`:      1,

		`rtmauth_http_requests_total{code="201",method="POST",route="/v1/tokens"}`:       2,
		`rtmauth_http_requests_total{code="200",method="POST",route="/fetch_rtm_token"}`: 1,
		`rtmauth_http_requests_total{code="403",method="POST",route="/v1/tokens"}`:       2,
		`rtmauth_http_requests_total{code="401",method="POST",route="/v1/tokens"}`:       3,
		`rtmauth_http_requests_total{code="404",method="GET",route="none"}`:              1,
		`rtmauth_http_requests_total{code="200",method="OPTIONS",route="preflight"}`:     1,
		`rtmauth_http_request_duration_seconds_count{route="/v1/tokens"}`:                9,
		`rtmauth_http_request_duration_seconds_bucket{route="/v1/tokens",le="10"}`:       9,
		`rtmauth_http_requests_in_flight`:                                                0,
		`rtmauth_panics_total`:                                                           0,

		`rtmauth_issuer_keys` + issuer:           1,
		`rtmauth_issuer_fetch_failures` + issuer: 0,

		`rtmauth_config_last_reload_successful`: 0,
		`rtmauth_build_info{version="test"}`:    1,
	} {
		if got, ok := series(page, name); !ok || got != want {
			t.Errorf("%s is %v (there: %t), want %v", name, got, ok, want)
		}
	}
	for name, between := range map[string][2]float64{
		`rtmauth_http_request_duration_seconds_sum{route="/v1/tokens"}`: {1e-9, 60},
		`rtmauth_issuer_clock_skew_seconds` + issuer:                    {-3602, -3598},
		`rtmauth_issuer_last_fetch_timestamp_seconds` + issuer:          {float64(began.Unix()), float64(time.Now().Unix())},
		`rtmauth_config_last_reload_success_timestamp_seconds`:          {float64(began.Unix()), float64(time.Now().Unix())},
		`rtmauth_config_reloads_total{result="success"}`:                {2, 9}, // the watcher may see a file first
		`rtmauth_config_reloads_total{result="failure"}`:                {1, 9},
	} {
		if got, ok := series(page, name); !ok || got < between[0] || got > between[1] {
			t.Errorf("%s is %v (there: %t), want it between %v and %v", name, got, ok, between[0], between[1])
		}
	}
	h.write("rtmauth.yaml", h.config(basic))
	if a := h.reload(); a.status != 200 {
		t.Fatal(a.body)
	}
	if got, _ := series(h.metrics(), "rtmauth_config_last_reload_successful"); got != 1 {
		t.Errorf("after a good reload: rtmauth_config_last_reload_successful is %v", got)
	}
}
