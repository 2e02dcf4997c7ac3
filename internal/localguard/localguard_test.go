package localguard_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rtmauth/rtmauth/internal/localguard"
)

func newGuard(t *testing.T, rules localguard.Rules) *localguard.Guard {
	t.Helper()
	g, err := localguard.New(rules)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAllowHost(t *testing.T) {
	g := newGuard(t, localguard.Rules{AnyOrigin: true, Hosts: []string{"box.lan", "Tunnel.Example:8443", "192.0.2.7", "[2001:db8::1]"}})
	for host, want := range map[string]bool{
		"localhost": true, "localhost:8082": true, "LOCALHOST:1": true, "app.localhost:3000": true,
		"127.0.0.1": true, "127.0.0.1:8082": true, "127.8.9.10": true, "[::1]": true, "[::1]:8082": true, "[::ffff:127.0.0.1]:80": true,
		"box.lan": true, "BOX.lan:9": true, "tunnel.example:8443": true, "192.0.2.7:8082": true, "[2001:db8::1]:8082": true, "[2001:DB8:0::1]": true,
		"tunnel.example": false, "tunnel.example:8444": false, "192.0.2.8": false,
		"": false, ":8082": false, "0.0.0.0:8082": false, "[::]:8082": false, "evil.example": false, "localhost.evil.example": false,
		"127.0.0.1.evil.example": false, "evil.example:8082": false, "xlocalhost": false, "localhost:": false, "localhost:x": false,
		"localhost:808200": false, "[::1%25eth0]:80": false, "[::1%eth0]": false, "127.1": false, "2130706433": false, "user@localhost": false,
		"localhost/": false, "localhost\r\nx": false, "local host": false, "[localhost]": false, "[127.0.0.1]": false, "::1": false,
	} {
		if got := g.AllowHost(host); got != want {
			t.Errorf("AllowHost(%q): got %v, want %v", host, got, want)
		}
	}
}

func TestAllowOrigin(t *testing.T) {
	g := newGuard(t, localguard.Rules{Origins: []string{"https://App.example", "http://192.0.2.7:3000", "capacitor://localhost", "https://std.example:443"}, Hosts: []string{"box.lan"}})
	for origin, want := range map[string]bool{
		"http://localhost": true, "http://localhost:3000": true, "https://127.0.0.1:8443": true, "http://[::1]:5173": true, "http://app.localhost": true,
		"https://app.example": true, "https://APP.example:443": true, "http://192.0.2.7:3000": true, "capacitor://localhost": true, "https://std.example": true,
		"": false, "null": false, "*": false, "https://app.example:444": false, "http://app.example": false, "http://192.0.2.7": false,
		"http://box.lan": false, "http://evil.example": false, "http://localhost.evil.example": false, "http://127.0.0.1.evil.example": false,
		"http://localhost@evil.example": false, "http://user@localhost": false, "http://localhost/": false, "http://localhost/x": false,
		"http://localhost?x": false, "http://localhost#x": false, "http://localhost?": false, "file://": false, "ionic://localhost": false,
		"localhost": false, "//localhost": false, "http://": false, "http://localhost http://evil.example": false,
	} {
		if got := g.AllowOrigin(origin); got != want {
			t.Errorf("AllowOrigin(%q): got %v, want %v", origin, got, want)
		}
	}
	withNull := newGuard(t, localguard.Rules{Origins: []string{"null"}})
	if !withNull.AllowOrigin("null") || withNull.AllowOrigin("https://app.example") {
		t.Error("null alone was asked for")
	}
	open := newGuard(t, localguard.Rules{AnyOrigin: true})
	if !open.AllowOrigin("null") || !open.AllowOrigin("https://evil.example") || open.AllowOrigin("") {
		t.Error("any origin was asked for, and none is not one")
	}
}

func TestNew_refuses(t *testing.T) {
	for _, rules := range []localguard.Rules{
		{Origins: []string{"*"}},
		{Origins: []string{"app.example"}},
		{Origins: []string{"https://app.example/"}},
		{Origins: []string{""}},
		{Origins: []string{"https://*.example"}},
		{Origins: []string{"https://"}},
		{Hosts: []string{""}},
		{Hosts: []string{"*"}},
		{Hosts: []string{"http://box.lan"}},
		{Hosts: []string{"box.lan:port"}},
	} {
		if g, err := localguard.New(rules); err == nil || g != nil {
			t.Errorf("%+v: got no error", rules)
		}
	}
}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, method, host string
		header             http.Header
		any                bool
		kind               localguard.Kind // empty: passes
		flag               string
	}{
		{name: "curl", method: "POST", host: "localhost:8082"},
		{name: "loopback page", method: "POST", host: "localhost:8082", header: http.Header{"Origin": {"http://127.0.0.1:5173"}}},
		{name: "foreign page", method: "POST", host: "localhost:8082", header: http.Header{"Origin": {"https://Evil.example"}}, kind: localguard.Origin, flag: "--allow-origin https://evil.example"},
		{name: "simple request", method: "POST", host: "localhost:8082", header: http.Header{"Origin": {"https://evil.example"}, "Content-Type": {"text/plain"}, "Sec-Fetch-Site": {"cross-site"}}, kind: localguard.Origin, flag: "--allow-origin https://evil.example"},
		{name: "foreign page, GET", method: "GET", host: "localhost:8082", header: http.Header{"Origin": {"https://evil.example"}}, kind: localguard.Origin, flag: "--allow-origin https://evil.example"},
		{name: "own page under an admitted name", method: "POST", host: "Box.lan:8082", header: http.Header{"Origin": {"http://box.lan:8082"}}},
		{name: "own page behind TLS", method: "POST", host: "box.lan", header: http.Header{"Origin": {"https://box.lan"}}},
		{name: "another port of an admitted name", method: "POST", host: "box.lan:8082", header: http.Header{"Origin": {"http://box.lan:8083"}}, kind: localguard.Origin, flag: "--allow-origin http://box.lan:8083"},
		{name: "page of an admitted name, to a loopback name", method: "POST", host: "localhost:8082", header: http.Header{"Origin": {"http://box.lan:8082"}}, kind: localguard.Origin, flag: "--allow-origin http://box.lan:8082"},
		{name: "page from disk", method: "POST", host: "localhost:8082", header: http.Header{"Origin": {"null"}}, kind: localguard.Origin, flag: "--allow-origin null"},
		{name: "page from disk, any origin", method: "POST", host: "localhost:8082", header: http.Header{"Origin": {"null"}}, any: true},
		{name: "two origins", method: "POST", host: "localhost:8082", header: http.Header{"Origin": {"http://localhost", "https://evil.example"}}, kind: localguard.Origin, flag: "--allow-origin https://evil.example"},
		{name: "empty origin", method: "POST", host: "localhost:8082", header: http.Header{"Origin": {""}}, kind: localguard.Origin},
		{name: "origin that would be a shell command", method: "POST", host: "localhost:8082", header: http.Header{"Origin": {"https://$(reboot)"}}, kind: localguard.Origin},
		{name: "rebinding", method: "POST", host: "evil.example:8082", any: true, kind: localguard.Host, flag: "--allow-host evil.example"},
		{name: "rebinding, GET", method: "GET", host: "evil.example:8082", any: true, kind: localguard.Host, flag: "--allow-host evil.example"},
		{name: "host that would be a shell command", method: "GET", host: "$(reboot)", kind: localguard.Host},
		{name: "cross-site without origin", method: "POST", host: "localhost", header: http.Header{"Sec-Fetch-Site": {"cross-site"}}, kind: localguard.CrossSite},
		{name: "cross-site without origin, any origin", method: "POST", host: "localhost", header: http.Header{"Sec-Fetch-Site": {"cross-site"}}, any: true, kind: localguard.CrossSite},
		{name: "a link followed", method: "GET", host: "localhost", header: http.Header{"Sec-Fetch-Site": {"cross-site"}}},
		{name: "same origin without header", method: "POST", host: "localhost", header: http.Header{"Sec-Fetch-Site": {"same-origin"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var told []localguard.Refusal
			g := newGuard(t, localguard.Rules{AnyOrigin: tt.any, Hosts: []string{"box.lan"}, OnRefusal: func(r localguard.Refusal) { told = append(told, r) }})
			r := httptest.NewRequest(tt.method, "/fetch_rtm_token", nil)
			r.Host = tt.host
			r.Header = tt.header.Clone()
			refusal, ok := g.Check(r)
			if ok != (tt.kind == "") || refusal.Kind != tt.kind || refusal.Flag != tt.flag {
				t.Errorf("got %+v %v, want kind %q flag %q", refusal, ok, tt.kind, tt.flag)
			}
			if ok != (len(told) == 0) {
				t.Errorf("the hook was told %v", told)
			}
			if !ok && (refusal.Sentence() == "" || strings.Contains(refusal.Sentence(), "evil")) {
				t.Errorf("sentence: %q", refusal.Sentence())
			}
		})
	}
}

func TestSetCORS(t *testing.T) {
	tests := []struct {
		name, origin, private, asks string
		any                         bool
		want                        map[string]string
	}{
		{"any origin", "https://x.example", "", "", true, map[string]string{"Access-Control-Allow-Origin": "*", "Vary": ""}},
		{"any origin, none sent", "", "", "", true, map[string]string{"Access-Control-Allow-Origin": "*"}},
		{"any origin, private network", "null", "true", "", true, map[string]string{"Access-Control-Allow-Private-Network": "true"}},
		{"loopback", "http://localhost:3000", "true", "", false, map[string]string{"Access-Control-Allow-Origin": "http://localhost:3000", "Vary": "Origin", "Access-Control-Allow-Private-Network": "true"}},
		{"foreign", "https://evil.example", "true", "", false, map[string]string{"Access-Control-Allow-Origin": "", "Vary": "Origin", "Access-Control-Allow-Private-Network": ""}},
		{"methods and headers", "http://localhost", "", "content-type", false, map[string]string{"Access-Control-Allow-Methods": "POST, OPTIONS", "Access-Control-Allow-Headers": "*", "Access-Control-Allow-Credentials": ""}},
		{"a star does not cover it", "http://localhost", "", "content-type, authorization", false, map[string]string{"Access-Control-Allow-Headers": "*, Authorization"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newGuard(t, localguard.Rules{AnyOrigin: tt.any})
			r := httptest.NewRequest(http.MethodOptions, "/", nil)
			for name, value := range map[string]string{"Origin": tt.origin, "Access-Control-Request-Private-Network": tt.private, "Access-Control-Request-Headers": tt.asks} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			h := make(http.Header)
			g.SetCORS(h, r, "POST, OPTIONS")
			for name, want := range tt.want {
				if got := h.Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
}
