package server_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"github.com/rtmauth/rtmauth/internal/caller/apikey"
)

// TestReload_refused: what only a start can change, and a project that would be
// another, are refused, and the answer of the admin API says so.
func TestReload_refused(t *testing.T) {
	h := open(t)
	tlsCert, tlsKey, _ := pair(t, "x.example", nil, false)
	h.write("tls.crt", tlsCert)
	h.write("tls.key", tlsKey)
	h.write("redis", "redis://127.0.0.1:1/0")
	h.write("cert2", certificate2)
	for _, tc := range []struct{ name, old, new, want string }{
		{"listen", "listen: \"127.0.0.1:0\"\nadmin", "listen: \"127.0.0.1:1\"\nadmin", "probes.listen cannot be changed"},
		{"admin.listen", "admin: {listen: \"127.0.0.1:0\"", "admin: {listen: \"127.0.0.1:1\"", "probes.listen cannot be changed"},
		{"probes.listen", "state_dir", "probes: {listen: \"127.0.0.1:0\"}\nstate_dir", "probes.listen cannot be changed"},
		{"tls", "state_dir", "tls: {cert: DIR/tls.crt, key: DIR/tls.key}\nstate_dir", "tls cannot be turned on or off"},
		{"state_dir", "state_dir: DIR/state", "state_dir: DIR/other", "state_dir cannot be changed"},
		{"no state_dir", "state_dir: DIR/state", "", "state_dir cannot be changed"},
		{"timeouts", "shutdown: 10s", "shutdown: 11s", "timeouts cannot be changed"},
		{"log", "state_dir", "log: {level: debug}\nstate_dir", "log cannot be changed"},
		{"redis", "state_dir", "redis: {url: {file: DIR/redis}}\nstate_dir", "redis cannot be added"},
		{"App ID", appID, strings.Replace(appID, "9", "8", 1), `project "main" has another App ID`},
		{"certificate", "DIR/cert", "DIR/cert2", `project "main" has no certificate in common`},
	} {
		h.write("rtmauth.yaml", h.config(basic, tc.old, tc.new))
		a := h.reload()
		detail, _ := a.field(t, "detail").(string)
		if a.status != 422 || !strings.Contains(detail, tc.want) || strings.Count(detail, "\n") != 1 {
			t.Errorf("%s: got %d %q, want %q", tc.name, a.status, detail, tc.want)
		}
	}
	if _, err := os.Stat(filepath.Join(h.dir, "other")); err == nil {
		t.Error("a refused reload has made the other state_dir")
	}
	h.write("rtmauth.yaml", h.config(basic, "state_dir", "log: {level: debug}\nstate_dir", "shutdown: 10s", "shutdown: 11s"))
	if a := h.reload(); !strings.Contains(a.body, "timeouts cannot") || !strings.Contains(a.body, "log cannot") {
		t.Errorf("two at once: got %s", a.body)
	}
	// The reason of a file system stays in the log.
	h.write("rtmauth.yaml", h.config(basic)+"audit: {file: DIR/nowhere/audit}\n")
	if a := h.reload(); a.status != 422 || strings.Contains(a.body, "nowhere") {
		t.Errorf("a cause of the file system: got %d %s", a.status, a.body)
	}
	h.write("rtmauth.yaml", h.config(basic))
	if a := h.reload(); a.status != 200 || a.field(t, "generation") != 2.0 {
		t.Errorf("after all that: got %d %s", a.status, a.body)
	}
}

// TestReload_forgetsJWTs: a JWT that was accepted is judged anew by a changed
// configuration.
func TestReload_forgetsJWTs(t *testing.T) {
	h := open(t)
	alice := h.issuer.jwt(t, "alice")
	for _, tc := range []struct{ old, new, code string }{
		{"audience: [app]", "audience: [other]", "jwt_audience"},
		{"algorithms: [ES256]", "algorithms: [RS256]", "jwt_algorithm"},
		{"audience: [app]", "audience: [app], require: {team: [red]}", "jwt_claim"},
	} {
		h.write("rtmauth.yaml", h.config(basic))
		if a := h.reload(); a.status != 200 {
			t.Fatal(a.body)
		}
		for range 2 { // the second is remembered
			if a := h.token(alice, `{"user":"alice"}`); a.status != 201 {
				t.Fatalf("before: got %d %s", a.status, a.body)
			}
		}
		h.write("rtmauth.yaml", h.config(basic, tc.old, tc.new))
		if a := h.reload(); a.status != 200 {
			t.Fatal(a.body)
		}
		if a := h.token(alice, `{"user":"alice"}`); a.status != 401 || a.field(t, "code") != tc.code {
			t.Errorf("%s: got %d %s, want %s", tc.new, a.status, a.body, tc.code)
		}
	}
}

func TestReload_issuers(t *testing.T) {
	h := open(t)
	second := newIssuer(t)
	alice, bob := h.issuer.jwt(t, "alice"), second.jwt(t, "bob")
	both := h.config(basic, "  jwt: [", "  jwt: [{name: more, issuer: \""+second.URL+"\", audience: [app], algorithms: [ES256]}, ")
	load := func(text string) {
		t.Helper()
		h.write("rtmauth.yaml", text)
		if a := h.reload(); a.status != 200 {
			t.Fatal(a.body)
		}
	}
	asked := h.issuer.asked.Load()
	if a := h.token(bob, `{"user":"bob"}`); a.status != 401 || a.field(t, "code") != "jwt_issuer" {
		t.Errorf("before: got %d %s", a.status, a.body)
	}
	load(both)
	eventually(t, "the added issuer's keys", func() bool { return h.token(bob, `{"user":"bob"}`).status == 201 })
	if a := h.token(alice, `{"user":"alice"}`); a.status != 201 {
		t.Errorf("the other issuer: got %d %s", a.status, a.body)
	}
	load(h.config(basic))
	if a := h.token(bob, `{"user":"bob"}`); a.status != 401 || a.field(t, "code") != "jwt_issuer" {
		t.Errorf("taken out: got %d %s", a.status, a.body)
	}
	if got := h.issuer.asked.Load(); got != asked {
		t.Errorf("the unchanged issuer was asked %d times more", got-asked)
	}
}

// TestReload_secrets changes what files of secrets hold, and nothing else: by
// writing them, and by swapping a symlink as Kubernetes does.
func TestReload_secrets(t *testing.T) {
	write := func(h *house, version int) {
		h.write(fmt.Sprintf("v%d/cert", version), []string{certificate, certificate2}[version])
		h.write(fmt.Sprintf("v%d/admin-key", version), fmt.Sprintf("admin-key-of-version-%d", version))
		h.write(fmt.Sprintf("v%d/hmac", version), fmt.Sprintf("%032d", version))
	}
	swap := func(h *house, version int) {
		link := filepath.Join(h.dir, "next")
		if err := os.Symlink(fmt.Sprintf("v%d", version), link); err != nil {
			t.Error(err)
		}
		if err := os.Rename(link, filepath.Join(h.dir, "now")); err != nil {
			t.Error(err)
		}
	}
	for name, change := range map[string]func(h *house){
		"symlink": func(h *house) { swap(h, 1) },
		"content": func(h *house) {
			for _, file := range []string{"cert", "admin-key", "hmac"} {
				b, err := os.ReadFile(filepath.Join(h.dir, "v1", file))
				if err != nil {
					t.Error(err)
				}
				h.write("v0/"+file, string(b))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := prepare(t)
			for i := range 2 {
				if err := os.Mkdir(filepath.Join(h.dir, fmt.Sprintf("v%d", i)), 0o700); err != nil {
					t.Fatal(err)
				}
				write(h, i)
			}
			swap(h, 0)
			h.write("rtmauth.yaml", h.config(basic, "DIR/cert", "DIR/now/cert", "DIR/admin-key", "DIR/now/admin-key",
				"  jwt: [", "  jwt: [{name: hs, issuer: hs, audience: [app], algorithms: [HS256], secret: {file: DIR/now/hmac}}, ")+"certificate_replaced: true\n")
			h.start()
			status := func(version int) int {
				return h.do(http.MethodGet, h.admin+"/admin/v1/status", "", "Authorization", fmt.Sprintf("Bearer admin-key-of-version-%d", version)).status
			}
			by := func(version int) int {
				text, err := gojwt.NewWithClaims(gojwt.SigningMethodHS256, gojwt.MapClaims{"iss": "hs", "sub": "alice", "aud": "app", "exp": time.Now().Add(time.Hour).Unix()}).SignedString(fmt.Appendf(nil, "%032d", version))
				if err != nil {
					t.Fatal(err)
				}
				return h.token(text, `{"user":"alice"}`).status
			}
			signedBy := func() string { return h.token(h.key, `{"user":"u"}`).field(t, "token").(string) }
			before := signedBy()
			if status(0) != 200 || by(0) != 201 {
				t.Fatalf("before: %d, %d", status(0), by(0))
			}
			change(h)
			eventually(t, "the new admin key", func() bool { return status(1) == 200 })
			eventually(t, "the new shared secret", func() bool { return by(1) == 201 })
			if status(0) != 401 || by(0) != 401 {
				t.Errorf("the old admin key: %d, the old shared secret: %d", status(0), by(0))
			}
			eventually(t, "tokens of the new certificate", func() bool {
				a := h.do(http.MethodPost, h.url+"/v1/tokens/verify", `{"token":"`+signedBy()+`","user":"u"}`, "Authorization", "Bearer "+h.key)
				b := h.do(http.MethodPost, h.url+"/v1/tokens/verify", `{"token":"`+before+`","user":"u"}`, "Authorization", "Bearer "+h.key)
				return a.field(t, "valid") == true && b.field(t, "valid") == false
			})
		})
	}
}

// lastExpiry is what the metrics say of the certificate that signs.
func (h *house) lastExpiry() float64 {
	h.t.Helper()
	m := regexp.MustCompile(`rtmauth_certificate_last_expiry_timestamp_seconds\{[^}]*slot="primary"\} (\S+)`).FindStringSubmatch(h.metrics())
	if m == nil {
		return 0
	}
	at, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		h.t.Fatal(err)
	}
	return at
}

// TestServe_lastExpiry: what says when an old certificate may go is the end of
// the token that lives longest, also after a restart.
func TestServe_lastExpiry(t *testing.T) {
	h := open(t)
	var want float64
	for _, body := range []string{`{"user":"u","life":"1h"}`, `{"user":"u","life":"1m"}`, `{"user":"u","version":"006"}`, `{"user":"u","life":"2h"}`} {
		a := h.token(h.key, body)
		if a.status != 201 {
			t.Fatalf("%s: got %d %s", body, a.status, a.body)
		}
		want = max(want, a.field(t, "expires_at").(float64))
		if got := h.lastExpiry(); got != want {
			t.Errorf("after %s: got %f, want %f", body, got, want)
		}
	}
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	h.start()
	if got := h.lastExpiry(); got != want {
		t.Errorf("after a restart: got %f, want %f", got, want)
	}
}

// TestAdmin_key asks every route of the admin API that the package's source
// names without the key, and with wrong ones.
func TestAdmin_key(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	routes := map[string]string{"/admin/v1/": http.MethodGet, "/admin/v1/nothing": http.MethodPost, "/admin/v1/reload/": http.MethodPost}
	named := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"([A-Z]+) (/admin/v1/[^"]*)"`).FindAllStringSubmatch(string(b), -1) {
			routes[m[2]] = m[1]
			named++
		}
	}
	if named < 2 {
		t.Fatalf("the source names %d routes", named)
	}
	h := open(t)
	unknown, _ := apikey.Generate()
	for path, method := range routes {
		for name, headers := range map[string][]string{
			"no key":         nil,
			"wrong":          {"Authorization", "Bearer wrong"},
			"empty":          {"Authorization", "Bearer "},
			"a caller's":     {"Authorization", "Bearer " + h.key},
			"unknown":        {"X-API-Key", unknown},
			"a part":         {"Authorization", "Bearer " + adminKey[:len(adminKey)-1]},
			"another scheme": {"Authorization", "Basic " + adminKey},
			"twice":          {"Authorization", "Bearer " + adminKey, "X-API-Key", adminKey},
			"in the cookie":  {"Cookie", "Authorization=Bearer " + adminKey},
		} {
			if a := h.do(method, h.admin+path, "{}", headers...); a.status != 401 || a.field(t, "code") != "admin_key" {
				t.Errorf("%s %s with %s: got %d %s", method, path, name, a.status, a.body)
			}
		}
		if a := h.do(method, h.admin+path, "{}", "Authorization", "Bearer "+adminKey); a.status == 401 || a.status == 403 {
			t.Errorf("%s %s with the key: got %d", method, path, a.status)
		}
		if a := h.do(method, h.url+path, "{}", "Authorization", "Bearer "+adminKey); a.status != 404 {
			t.Errorf("%s %s on the public listener: got %d", method, path, a.status)
		}
	}
}
