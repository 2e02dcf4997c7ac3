package jwt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"github.com/rtmauth/rtmauth/internal/caller"
)

var (
	rsaKey = sync.OnceValue(func() *rsa.PrivateKey { k, _ := rsa.GenerateKey(rand.Reader, 2048); return k })
	ecKey  = sync.OnceValue(func() *ecdsa.PrivateKey { k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader); return k })
	ecNext = sync.OnceValue(func() *ecdsa.PrivateKey { k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader); return k })
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func ecJWK(kid string, k *ecdsa.PrivateKey) map[string]string {
	return map[string]string{"kty": "EC", "crv": "P-256", "kid": kid, "x": b64(k.X.FillBytes(make([]byte, 32))), "y": b64(k.Y.FillBytes(make([]byte, 32)))}
}

func rsaJWK(kid string, k *rsa.PrivateKey) map[string]string {
	return map[string]string{"kty": "RSA", "kid": kid, "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}
}

func set(keys ...map[string]string) []byte {
	b, _ := json.Marshal(map[string]any{"keys": keys})
	return b
}

// issuer is an OpenID Connect issuer on loopback that counts what it is asked.
type issuer struct {
	*httptest.Server
	asked   atomic.Int64
	handler atomic.Value // func(w, r) for the keys
}

func newIssuer(t *testing.T, keys []byte) *issuer {
	is := &issuer{}
	is.publish(keys)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		is.asked.Add(1)
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": is.URL, "jwks_uri": is.URL + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		is.asked.Add(1)
		is.handler.Load().(func(http.ResponseWriter, *http.Request))(w, r)
	})
	is.Server = httptest.NewServer(mux)
	t.Cleanup(is.Close)
	return is
}

func (is *issuer) publish(keys []byte) {
	is.answer(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(keys) })
}

func (is *issuer) answer(f func(http.ResponseWriter, *http.Request)) { is.handler.Store(f) }

func sign(t *testing.T, method gojwt.SigningMethod, kid string, key any, claims gojwt.MapClaims) string {
	t.Helper()
	header := map[string]any{}
	if kid != "" {
		header["kid"] = kid
	}
	return signHeader(t, method, header, key, claims)
}

func signHeader(t *testing.T, method gojwt.SigningMethod, header map[string]any, key any, claims gojwt.MapClaims) string {
	t.Helper()
	token := gojwt.NewWithClaims(method, claims)
	maps.Copy(token.Header, header)
	s, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type clock struct{ at atomic.Int64 }

func newClock() *clock                   { c := &clock{}; c.at.Store(time.Now().Unix()); return c }
func (c *clock) Now() time.Time          { return time.Unix(c.at.Load(), 0) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d / time.Second)) }

func source(t *testing.T, cfg SourceConfig, o SourceOptions) *Source {
	t.Helper()
	s, err := NewSource(cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func code(err error) string {
	var refused *caller.Refused
	var unavailable *caller.Unavailable
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &refused):
		return refused.Code
	case errors.As(err, &unavailable):
		return "503 " + unavailable.Code
	}
	return fmt.Sprintf("%T", err)
}

func TestJudge(t *testing.T) {
	is := newIssuer(t, set(rsaJWK("r1", rsaKey()), ecJWK("e1", ecKey())))
	c := newClock()
	src := source(t, SourceConfig{Issuer: is.URL}, SourceOptions{Now: c.Now})
	if err := src.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	a, err := New([]Issuer{
		{Name: "web", Issuer: is.URL, Audience: []string{"app", "app2"}, Algorithms: []string{"RS256", "ES256"}, Leeway: DefaultLeeway, Source: src},
		{Name: "cognito", Issuer: is.URL, Require: map[string][]string{"client_id": {"c1"}}, Algorithms: []string{"ES256"}, Leeway: DefaultLeeway, Source: src},
	}, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	base := gojwt.MapClaims{"iss": is.URL, "sub": "alice", "aud": "app", "exp": c.Now().Add(time.Hour).Unix(), "iat": c.Now().Add(-time.Hour).Unix()}
	claims := func(pairs ...any) gojwt.MapClaims {
		m := maps.Clone(base)
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] == nil {
				delete(m, pairs[i].(string))
			} else {
				m[pairs[i].(string)] = pairs[i+1]
			}
		}
		return m
	}
	es := func(m gojwt.MapClaims) string { return sign(t, gojwt.SigningMethodES256, "e1", ecKey(), m) }
	good := es(base)
	pub, _ := x509.MarshalPKIXPublicKey(rsaKey().Public())
	pubPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pub})
	at := func(d time.Duration) int64 { return c.Now().Add(d).Unix() }
	fetches := is.asked.Load()

	for _, tc := range []struct {
		name, jwt, want, says string
	}{
		{"ES256", good, "web", ""},
		{"RS256", sign(t, gojwt.SigningMethodRS256, "r1", rsaKey(), base), "web", ""},
		{"second audience, in a list", es(claims("aud", []string{"x", "app2"})), "web", ""},
		{"no audience, but the claim", es(claims("aud", nil, "client_id", "c1")), "cognito", ""},
		{"expired within the leeway", es(claims("exp", at(-20*time.Second))), "web", ""},

		{"no audience", es(claims("aud", nil)), "!jwt_claim", "client_id"},
		{"another audience and a wrong claim", es(claims("aud", "other", "client_id", "c2")), "!jwt_claim", "c1"},
		{"expired", es(claims("exp", at(-time.Hour))), "!jwt_expired", "1h0m0s ago"},
		{"no expiry", es(claims("exp", nil)), "!jwt_expiry", "exp"},
		{"expiry is text", es(claims("exp", "never")), "!jwt_claim", ""},
		{"not yet valid", es(claims("nbf", at(time.Hour))), "!jwt_not_yet_valid", "clock"},
		{"issued in the future", es(claims("iat", at(time.Hour))), "!jwt_not_yet_valid", ""},
		{"another issuer", es(claims("iss", "https://evil.example")), "!jwt_issuer", ""},
		{"issuer and a slash", es(claims("iss", is.URL+"/")), "!jwt_issuer", ""},
		{"no issuer", es(claims("iss", nil)), "!jwt_issuer", ""},
		{"issuer is a list", es(claims("iss", []string{is.URL})), "!jwt_issuer", ""},
		{"another key under the same kid", sign(t, gojwt.SigningMethodES256, "e1", ecNext(), base), "!jwt_signature", ""},
		{"unknown kid", sign(t, gojwt.SigningMethodES256, "e9", ecNext(), base), "!jwt_key_unknown", "kid"},
		{"unknown kid, issued after the last fetch", sign(t, gojwt.SigningMethodES256, "e9", ecNext(), claims("iat", at(0))), "!503 jwt_key_pending", ""},
		{"no kid", sign(t, gojwt.SigningMethodES256, "", ecKey(), base), "!jwt_key_unknown", "names no key"},
		{"algorithm not in the list", sign(t, gojwt.SigningMethodRS512, "r1", rsaKey(), base), "!jwt_algorithm", ""},
		{"RS256 header, EC key", sign(t, gojwt.SigningMethodRS256, "e1", rsaKey(), base), "!jwt_signature", ""},
		{"HMAC with the public key", sign(t, gojwt.SigningMethodHS256, "r1", pubPEM, base), "!jwt_algorithm", ""},
		{"none", sign(t, gojwt.SigningMethodNone, "e1", gojwt.UnsafeAllowNoneSignatureType, base), "!jwt_algorithm", ""},
		{"none in another case", b64([]byte(`{"alg":"NONE","kid":"e1"}`)) + "." + strings.Split(good, ".")[1] + ".", "!jwt_algorithm", ""},
		{"signature removed", good[:strings.LastIndex(good, ".")+1], "!jwt_signature", ""},
		{"payload of another", strings.Join([]string{strings.Split(good, ".")[0], strings.Split(es(claims("sub", "bob")), ".")[1], strings.Split(good, ".")[2]}, "."), "!jwt_signature", ""},
		{"an extension that must be understood", signHeader(t, gojwt.SigningMethodES256, map[string]any{"kid": "e1", "crit": []string{"b64"}, "b64": true}, ecKey(), base), "!jwt_crit", "crit"},
		{"crit of another type", signHeader(t, gojwt.SigningMethodES256, map[string]any{"kid": "e1", "crit": nil}, ecKey(), base), "!jwt_crit", "crit"},
		{"dots", "..", "!jwt_malformed", ""},
		{"long", good + strings.Repeat("A", maxTokenBytes), "!jwt_too_long", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for round := range 2 { // the second may come from memory
				who, err := a.Judge(tc.jwt)
				got := who.Name
				if err != nil {
					got += "!" + code(err)
				}
				if got != tc.want {
					t.Fatalf("round %d: got %q (%v), want %q", round, got, err, tc.want)
				}
				if err != nil && !strings.Contains(err.Error(), tc.says) {
					t.Errorf("refused with %q, which does not say %q", err, tc.says)
				}
				if err == nil && who.Subject != "alice" {
					t.Errorf("got subject %q", who.Subject)
				}
			}
		})
	}
	if n := is.asked.Load(); n != fetches {
		t.Errorf("JWTs made the service ask the issuer %d times, want 0", n-fetches)
	}
	if n := a.cache.Len(); n == 0 || n > 5 {
		t.Errorf("%d JWTs are remembered; want only the accepted ones that have not ended", n)
	}
}

func TestJudge_audienceSaysGotAndWanted(t *testing.T) {
	c := newClock()
	src := source(t, SourceConfig{Issuer: "i", KeyFile: set(ecJWK("e1", ecKey()))}, SourceOptions{Now: c.Now})
	a, err := New([]Issuer{{Name: "web", Issuer: "i", Audience: []string{"app"}, Algorithms: []string{"ES256"}, Source: src}}, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		aud  any
		want string
	}{{"other", "audience other; this service wants app"}, {nil, "audience none; this service wants app"}} {
		m := gojwt.MapClaims{"iss": "i", "sub": "alice", "exp": c.Now().Add(time.Hour).Unix()}
		if tc.aud != nil {
			m["aud"] = tc.aud
		}
		_, err := a.Judge(sign(t, gojwt.SigningMethodES256, "e1", ecKey(), m))
		if code(err) != "jwt_audience" || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("got %v, want %q", err, tc.want)
		}
	}
}

func TestJudge_remembered(t *testing.T) {
	is := newIssuer(t, set(ecJWK("e1", ecKey())))
	c := newClock()
	src := source(t, SourceConfig{Issuer: is.URL}, SourceOptions{Now: c.Now})
	_ = src.Refresh(t.Context())
	a, _ := New([]Issuer{{Name: "web", Issuer: is.URL, Audience: []string{"app"}, Algorithms: []string{"ES256"}, Source: src}}, c.Now)
	token := sign(t, gojwt.SigningMethodES256, "e1", ecKey(), gojwt.MapClaims{"iss": is.URL, "sub": "alice", "aud": "app", "exp": c.Now().Add(time.Minute).Unix(), "iat": c.Now().Add(-time.Hour).Unix()})
	want := func(want string) {
		t.Helper()
		if _, err := a.Judge(token); code(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	want("ok")
	_ = src.Refresh(t.Context()) // the same keys again
	want("ok")
	is.publish(set(ecJWK("e2", ecNext()))) // the key is withdrawn
	_ = src.Refresh(t.Context())
	want("jwt_key_unknown")
	is.publish(set(ecJWK("e1", ecKey())))
	_ = src.Refresh(t.Context())
	want("ok")
	c.advance(time.Minute)
	want("jwt_expired")
}

// TestJudge_unknownKey issues a JWT by a key that the set lacks. It may be newer
// than the set, until a fetch that is surely later lacks the key too.
func TestJudge_unknownKey(t *testing.T) {
	is := newIssuer(t, set(ecJWK("e1", ecKey())))
	for _, tc := range []struct {
		name             string
		refresh          time.Duration
		fetched, at, now time.Duration // of the clock's start
		want             string
		retry            time.Duration
	}{
		{"before the next fetch", time.Minute, 0, 10 * time.Second, 20 * time.Second, "503 jwt_key_pending", 40 * time.Second},
		{"a fetch is due", time.Minute, 0, 10 * time.Second, 59 * time.Second, "503 jwt_key_pending", 5 * time.Second},
		{"a fetch is overdue", time.Minute, 0, 10 * time.Second, time.Hour, "503 jwt_key_pending", 5 * time.Second},
		{"fetched once a day", 24 * time.Hour, 0, 10 * time.Second, 20 * time.Second, "503 jwt_key_pending", time.Minute},
		{"a fetch soon after", time.Minute, 69 * time.Second, 10 * time.Second, 69 * time.Second, "503 jwt_key_pending", time.Minute},
		{"a fetch long after", time.Minute, 70 * time.Second, 10 * time.Second, 70 * time.Second, "jwt_key_unknown", 0},
		{"of the future", time.Minute, 0, 20*time.Second + MaxLeeway + time.Second, 20 * time.Second, "jwt_key_unknown", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newClock()
			began := c.Now()
			src := source(t, SourceConfig{Issuer: is.URL, Refresh: tc.refresh}, SourceOptions{Now: c.Now})
			c.advance(tc.fetched)
			if err := src.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			c.advance(tc.now - tc.fetched)
			a, err := New([]Issuer{{Name: "web", Issuer: is.URL, Audience: []string{"app"}, Algorithms: []string{"ES256"}, Source: src}}, c.Now)
			if err != nil {
				t.Fatal(err)
			}
			_, err = a.Judge(sign(t, gojwt.SigningMethodES256, "e9", ecNext(), gojwt.MapClaims{
				"iss": is.URL, "aud": "app", "exp": began.Add(2 * time.Hour).Unix(), "iat": began.Add(tc.at).Unix(),
			}))
			if code(err) != tc.want {
				t.Errorf("got %s, want %s", code(err), tc.want)
			}
			var unavailable *caller.Unavailable
			if errors.As(err, &unavailable) && unavailable.RetryAfter != tc.retry {
				t.Errorf("to be asked again after %s, want %s", unavailable.RetryAfter, tc.retry)
			}
		})
	}
}

func TestNew_refuses(t *testing.T) {
	pub := source(t, SourceConfig{KeyFile: set(ecJWK("e1", ecKey()))}, SourceOptions{})
	secret := source(t, SourceConfig{Secret: make([]byte, 32)}, SourceOptions{})
	ok := Issuer{Name: "web", Issuer: "i", Audience: []string{"app"}, Algorithms: []string{"ES256"}, Source: pub}
	for name, change := range map[string]func(*Issuer){
		"no audience, no claim": func(i *Issuer) { i.Audience = nil },
		"empty audience":        func(i *Issuer) { i.Audience = []string{""} },
		"claim without values":  func(i *Issuer) { i.Require = map[string][]string{"c": nil} },
		"no algorithm":          func(i *Issuer) { i.Algorithms = nil },
		"none":                  func(i *Issuer) { i.Algorithms = []string{"none"} },
		"HMAC with public keys": func(i *Issuer) { i.Algorithms = []string{"ES256", "HS256"} },
		"ES256 with a secret":   func(i *Issuer) { i.Source = secret },
		"long leeway":           func(i *Issuer) { i.Leeway = time.Hour },
		"no name":               func(i *Issuer) { i.Name = "" },
		"no issuer":             func(i *Issuer) { i.Issuer = "" },
	} {
		i := ok
		change(&i)
		if _, err := New([]Issuer{i}, time.Now); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	two := ok
	two.Source = source(t, SourceConfig{KeyFile: set(ecJWK("e2", ecNext()))}, SourceOptions{})
	if _, err := New([]Issuer{ok, two}, time.Now); err == nil {
		t.Error("one issuer with two sources of keys was accepted")
	}
}

func TestJudge_localKeys(t *testing.T) {
	pub, _ := x509.MarshalPKIXPublicKey(ecKey().Public())
	secret := []byte(strings.Repeat("s", 32))
	for _, tc := range []struct {
		name string
		cfg  SourceConfig
		alg  gojwt.SigningMethod
		key  any
	}{
		{"PEM", SourceConfig{KeyFile: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pub})}, gojwt.SigningMethodES256, ecKey()},
		{"JWK set of one, no kid", SourceConfig{KeyFile: set(ecJWK("e1", ecKey()))}, gojwt.SigningMethodES256, ecKey()},
		{"shared secret", SourceConfig{Secret: secret}, gojwt.SigningMethodHS256, secret},
	} {
		t.Run(tc.name, func(t *testing.T) {
			src := source(t, tc.cfg, SourceOptions{})
			a, err := New([]Issuer{{Name: "web", Issuer: "i", Audience: []string{"app"}, Algorithms: []string{tc.alg.Alg()}, Source: src}}, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			m := gojwt.MapClaims{"iss": "i", "sub": "alice", "aud": "app", "exp": time.Now().Add(time.Hour).Unix()}
			if _, err := a.Judge(sign(t, tc.alg, "", tc.key, m)); err != nil {
				t.Errorf("refused: %v", err)
			}
			if _, err := a.Judge(sign(t, gojwt.SigningMethodES256, "", ecNext(), m)); err == nil {
				t.Error("a JWT of another key was accepted")
			}
		})
	}
}

// TestJudge_algorithmsOfAnEntry has two entries share an issuer and its keys, of
// which one accepts RS256 and the other does not.
func TestJudge_algorithmsOfAnEntry(t *testing.T) {
	src := source(t, SourceConfig{KeyFile: set(rsaJWK("r1", rsaKey()), ecJWK("e1", ecKey()))}, SourceOptions{})
	a, err := New([]Issuer{
		{Name: "web", Issuer: "i", Audience: []string{"web"}, Algorithms: []string{"RS256"}, Source: src},
		{Name: "staff", Issuer: "i", Audience: []string{"staff"}, Algorithms: []string{"ES256"}, Source: src},
	}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	claims := func(aud string) gojwt.MapClaims {
		return gojwt.MapClaims{"iss": "i", "sub": "alice", "aud": aud, "exp": time.Now().Add(time.Hour).Unix()}
	}
	rs := func(aud string) string { return sign(t, gojwt.SigningMethodRS256, "r1", rsaKey(), claims(aud)) }
	es := func(aud string) string { return sign(t, gojwt.SigningMethodES256, "e1", ecKey(), claims(aud)) }
	for _, tc := range []struct{ name, jwt, want string }{
		{"RS256 for web", rs("web"), "web"},
		{"ES256 for staff", es("staff"), "staff"},
		{"RS256 for staff", rs("staff"), "!jwt_algorithm"},
		{"ES256 for web", es("web"), "!jwt_audience"}, // what the last entry says
	} {
		who, err := a.Judge(tc.jwt)
		got := who.Name
		if err != nil {
			got += "!" + code(err)
		}
		if got != tc.want {
			t.Errorf("%s: got %s (%v), want %s", tc.name, got, err, tc.want)
		}
	}
}

// TestJudge_oneSpelling changes the bits of a signature's last character that
// decode to nothing: one JWT must not be two.
func TestJudge_oneSpelling(t *testing.T) {
	src := source(t, SourceConfig{KeyFile: set(ecJWK("e1", ecKey()))}, SourceOptions{})
	a, err := New([]Issuer{{Name: "web", Issuer: "i", Audience: []string{"app"}, Algorithms: []string{"ES256"}, Source: src}}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	good := sign(t, gojwt.SigningMethodES256, "e1", ecKey(), gojwt.MapClaims{"iss": "i", "aud": "app", "exp": time.Now().Add(time.Hour).Unix()})
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, good[len(good)-1])
	for bits := range 16 { // 64 bytes are 85 characters and 2 bits
		other := good[:len(good)-1] + alphabet[last&^15|bits:][:1]
		want := "jwt_malformed"
		if other == good {
			want = "ok"
		}
		if _, err := a.Judge(other); code(err) != want {
			t.Errorf("signature's last character %d instead of %d: got %s, want %s", last&^15|bits, last, code(err), want)
		}
	}
	if _, err := a.Judge(good + "="); code(err) != "jwt_malformed" {
		t.Errorf("padded: got %s", code(err))
	}
}
