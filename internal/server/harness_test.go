package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/caller/apikey"
	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/logbuffer"
	"github.com/rtmauth/rtmauth/internal/server"
)

const (
	appID        = "970ca35de60c44645bbae8a215061b33"
	certificate  = "5cfd2fd1755d40ecb72977518be15d3b"
	certificate2 = "6cfd2fd1755d40ecb72977518be15d3c"
	certificate3 = "7cfd2fd1755d40ecb72977518be15d3d"
	adminKey     = "admin-key-0123456789"
)

// house is a service that runs, with everything around it.
type house struct {
	t      testing.TB
	dir    string
	url    string
	admin  string
	key    string // of caller backend
	issuer *issuer
	log    *logbuffer.Buffer
	server *server.Server
	stop   context.CancelFunc
	done   chan error
	hup    chan struct{}
	now    func() time.Time // nil: the real clock
}

// basic is the configuration of most tests. DIR, HASH and ISSUER are filled in.
const basic = `listen: "127.0.0.1:0"
admin: {listen: "127.0.0.1:0", key: {file: DIR/admin-key}}
state_dir: DIR/state
projects:
  - {name: main, app_id: "970ca35de60c44645bbae8a215061b33", primary: {file: DIR/cert}}
callers:
  api_keys: [{id: backend, sha256: "HASH"}]
  jwt: [{name: web, issuer: "ISSUER", audience: [app], algorithms: [ES256]}]
policy:
  - {name: own, callers: [web], users: "{sub}", services: [rtm]}
  - {name: all, callers: [backend], users: "*", services: [rtm, rtc], channels: ["room-*"], verify: true}
cors: {origins: ["https://app.example"]}
timeouts: {drain_delay: 0s, shutdown: 10s}
`

// open starts a service; change edits the configuration.
func open(t testing.TB, change ...string) *house {
	t.Helper()
	h := prepare(t)
	h.write("rtmauth.yaml", h.config(basic, change...))
	h.start()
	return h
}

func prepare(t testing.TB) *house {
	h := &house{t: t, dir: t.TempDir(), log: &logbuffer.Buffer{}, hup: make(chan struct{}), issuer: newIssuer(t)}
	h.key, _ = apikey.Generate()
	h.write("cert", certificate)
	h.write("admin-key", adminKey)
	return h
}

func (h *house) config(text string, change ...string) string {
	text = strings.NewReplacer("DIR", h.dir, "HASH", apikey.Hash(h.key), "ISSUER", h.issuer.URL).Replace(strings.NewReplacer(change...).Replace(text))
	return text
}

func (h *house) write(name, text string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// make builds the service of the configuration and does not start it.
func (h *house) make() (*server.Server, error) {
	path := filepath.Join(h.dir, "rtmauth.yaml")
	return server.New(server.Options{
		Load:    func() (*config.Resolved, error) { return config.Load(path, config.OSSource()) },
		Version: "test", Stderr: h.log, Now: h.now,
	})
}

func (h *house) start() {
	h.t.Helper()
	h.begin()
	select {
	case <-h.server.Started():
	case err := <-h.done:
		h.t.Fatalf("does not start: %v; log:\n%s", err, h.log)
	case <-time.After(10 * time.Second):
		h.t.Fatalf("does not listen; log:\n%s", h.log)
	}
	h.url, h.admin = "http://"+h.server.Addr("public"), "http://"+h.server.Addr("admin")
	if h.server.TLS() {
		h.url = "https://" + h.server.Addr("public")
	}
}

// begin starts and does not wait.
func (h *house) begin() {
	h.t.Helper()
	s, err := h.make()
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	h.server, h.stop, h.done = s, stop, make(chan error, 1)
	go func() { h.done <- s.Run(ctx, h.hup) }()
	h.t.Cleanup(func() { _ = h.end() })
}

// end is SIGTERM.
func (h *house) end() error {
	h.stop()
	select {
	case err := <-h.done:
		h.done <- err
		return err
	case <-time.After(30 * time.Second):
		h.t.Fatal("the service does not end")
		return nil
	}
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) field(t testing.TB, name string) any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(r.body), &m); err != nil {
		t.Fatalf("%v in %q", err, r.body)
	}
	return m[name]
}

var client = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
	MaxIdleConnsPerHost: 64, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // certificates of tests are signed by nobody
}}

func (h *house) do(method, url, body string, headers ...string) reply {
	h.t.Helper()
	r, err := send(client, method, url, body, headers...)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func send(c *http.Client, method, url, body string, headers ...string) (reply, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := c.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(b)}, err
}

// token asks the native API.
func (h *house) token(credential, body string, headers ...string) reply {
	h.t.Helper()
	return h.do(http.MethodPost, h.url+"/v1/tokens", body, append([]string{"Authorization", "Bearer " + credential}, headers...)...)
}

// fetch asks as Agora's guide does.
func (h *house) fetch(credential, body string, headers ...string) reply {
	h.t.Helper()
	return h.do(http.MethodPost, h.url+"/fetch_rtm_token", body, append([]string{"Authorization", "Bearer " + credential}, headers...)...)
}

func (h *house) reload() reply {
	h.t.Helper()
	return h.do(http.MethodPost, h.admin+"/admin/v1/reload", "", "Authorization", "Bearer "+adminKey)
}

func (h *house) metrics() string {
	h.t.Helper()
	return h.do(http.MethodGet, h.admin+"/metrics", "").body
}

// user is whose a token is: the one of the candidates for whom it verifies with
// one of the certificates.
func user(t testing.TB, token string, candidates ...string) string {
	t.Helper()
	var certificates []rtmauth.Certificate
	for _, text := range []string{certificate, certificate2, certificate3} {
		c, err := rtmauth.ParseCertificate(text)
		if err != nil {
			t.Fatal(err)
		}
		certificates = append(certificates, c)
	}
	for _, c := range certificates {
		v, err := rtmauth.NewVerifier(appID, c)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range candidates {
			if _, err := v.Verify(token, rtmauth.Want{At: time.Now(), Service: rtmauth.ServiceRTM, User: name}); err == nil {
				return name
			}
		}
	}
	return "nobody known"
}

// issuer is an OpenID Connect issuer on loopback.
type issuer struct {
	*httptest.Server
	key   *ecdsa.PrivateKey
	down  atomic.Bool
	asked atomic.Int64
	ahead atomic.Int64 // nanoseconds that its clock is ahead
	held  sync.RWMutex // locked: no answer yet
}

func newIssuer(t testing.TB) *issuer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	is := &issuer{key: key}
	is.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		is.asked.Add(1)
		w.Header().Set("Date", time.Now().Add(time.Duration(is.ahead.Load())).UTC().Format(http.TimeFormat))
		is.held.RLock()
		defer is.held.RUnlock()
		switch {
		case is.down.Load():
			w.WriteHeader(http.StatusBadGateway)
		case r.URL.Path == "/.well-known/openid-configuration":
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": is.URL, "jwks_uri": is.URL + "/keys"})
		default:
			b64 := base64.RawURLEncoding.EncodeToString
			_ = json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]string{{
				"kty": "EC", "crv": "P-256", "kid": "k1", "x": b64(key.X.FillBytes(make([]byte, 32))), "y": b64(key.Y.FillBytes(make([]byte, 32))),
			}}})
		}
	}))
	t.Cleanup(is.Close)
	return is
}

// jwt signs one for a user.
func (is *issuer) jwt(t testing.TB, sub string, more ...map[string]any) string {
	t.Helper()
	claims := gojwt.MapClaims{"iss": is.URL, "sub": sub, "aud": "app", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Add(-time.Minute).Unix(), "jti": apikey.Hash(sub + time.Now().String())[:12]}
	for _, m := range more {
		maps.Copy(claims, m)
	}
	token := gojwt.NewWithClaims(gojwt.SigningMethodES256, claims)
	token.Header["kid"] = "k1"
	s, err := token.SignedString(is.key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fakeClock is turned by tests.
type fakeClock struct{ ahead atomic.Int64 }

func newFakeClock() *fakeClock { return &fakeClock{} }

func (c *fakeClock) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *fakeClock) turn(d time.Duration) { c.ahead.Add(int64(d)) }
