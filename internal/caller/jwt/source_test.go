package jwt

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
)

func TestSource_outage(t *testing.T) {
	dir := t.TempDir()
	is := newIssuer(t, set(ecJWK("e1", ecKey())))
	c := newClock()
	cfg := SourceConfig{Issuer: is.URL, MaxAge: 2 * time.Hour}
	opts := SourceOptions{Now: c.Now, StateDir: dir}
	judge := func(s *Source) string {
		a, err := New([]Issuer{{Name: "web", Issuer: is.URL, Audience: []string{"app"}, Algorithms: []string{"ES256"}, Source: s}}, c.Now)
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Judge(sign(t, gojwt.SigningMethodES256, "e1", ecKey(), gojwt.MapClaims{"iss": is.URL, "aud": "app", "exp": c.Now().Add(time.Hour).Unix()}))
		return code(err)
	}
	first := source(t, cfg, opts)
	if got := judge(first); got != "503 jwt_keys_unavailable" {
		t.Errorf("before the first fetch: got %s", got)
	}
	if err := first.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	is.answer(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	if err := first.Refresh(t.Context()); err == nil {
		t.Error("a 500 was taken for keys")
	}
	if got := judge(first); got != "ok" {
		t.Errorf("issuer down later: got %s", got)
	}
	second := source(t, cfg, opts)
	if got := judge(second); got != "ok" {
		t.Errorf("started while the issuer is down: got %s", got)
	}
	c.advance(2*time.Hour + time.Second)
	if got := judge(second); got != "503 jwt_keys_unavailable" {
		t.Errorf("keys over their age: got %s", got)
	}
	if st := second.Status(); st.Keys != 0 || st.Failures != 0 || st.Fetched.IsZero() {
		t.Errorf("status %+v", st)
	}
	other := source(t, SourceConfig{Issuer: is.URL, JWKSURL: is.URL + "/keys"}, opts)
	if got := judge(other); got != "503 jwt_keys_unavailable" {
		t.Errorf("keys kept of another address: got %s", got)
	}
}

func TestSource_badAnswersKeepTheKeys(t *testing.T) {
	is := newIssuer(t, set(ecJWK("e1", ecKey())))
	src := source(t, SourceConfig{Issuer: is.URL}, SourceOptions{})
	if err := src.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	many := make([]map[string]string, maxKeys+1)
	for i := range many {
		many[i] = ecJWK(fmt.Sprint(i), ecKey())
	}
	small, _ := rsa.GenerateKey(rand.Reader, 1024)
	oct := map[string]string{"kty": "oct", "kid": "o", "k": b64(make([]byte, 64))}
	enc := ecJWK("enc", ecKey())
	enc["use"] = "enc"
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/keys2", http.StatusFound) },
		"too long": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"keys":[],"x":"` + strings.Repeat("x", maxSetBytes) + `"}`))
		},
		"too many":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(set(many...)) },
		"not JSON":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"no keys":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(set()) },
		"symmetric":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(set(oct)) },
		"weak RSA":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(set(rsaJWK("s", small))) },
		"encryption": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(set(enc)) },
		"one kid twice": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(set(ecJWK("e", ecKey()), ecJWK("e", ecNext())))
		},
	} {
		is.answer(answer)
		if err := src.Refresh(t.Context()); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if st := src.Status(); st.Keys != 1 {
			t.Errorf("%s: %d keys left, want the 1 there was", name, st.Keys)
		}
	}
	if n := src.Status().Failures; n != 9 {
		t.Errorf("%d failures counted, want 9", n)
	}
}

func TestSource_discoveryOfAnother(t *testing.T) {
	is := newIssuer(t, set(ecJWK("e1", ecKey())))
	src := source(t, SourceConfig{Issuer: is.URL + "/"}, SourceOptions{})
	if err := src.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "another issuer") {
		t.Errorf("got %v, want a refusal: the document names another issuer", err)
	}
}

func TestNewSource_refuses(t *testing.T) {
	for name, cfg := range map[string]SourceConfig{
		"plain http":     {Issuer: "http://id.example"},
		"no URL":         {Issuer: "id.example"},
		"password":       {JWKSURL: "https://u:p@id.example/keys"},
		"short secret":   {Secret: []byte("short")},
		"empty secret":   {Secret: []byte{}},
		"no key":         {KeyFile: []byte("hello")},
		"private key":    {KeyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})},
		"looks loopback": {JWKSURL: "http://localhost.evil.example/keys"},
	} {
		if _, err := NewSource(cfg, SourceOptions{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestSource_schedule(t *testing.T) {
	is := newIssuer(t, set(ecJWK("e1", ecKey())))
	src := source(t, SourceConfig{Issuer: is.URL, Refresh: time.Hour}, SourceOptions{})
	src.Start()
	src.Start()
	select {
	case <-src.Ready():
	case <-time.After(10 * time.Second):
		t.Fatal("no keys were fetched")
	}
	src.Close()
	src.Close()
	if n := is.asked.Load(); n != 2 {
		t.Errorf("%d requests, want 2: discovery and keys", n)
	}
}

// TestSource_redirect sends every fetch on to an answer that would be good. An
// issuer's redirect must not decide where keys come from.
func TestSource_redirect(t *testing.T) {
	good := newIssuer(t, set(ecJWK("e1", ecKey())))
	for name, cfg := range map[string]func(url string) SourceConfig{
		"discovery": func(url string) SourceConfig { return SourceConfig{Issuer: url} },
		"jwks_uri":  func(url string) SourceConfig { return SourceConfig{Issuer: url + "/found"} },
		"jwks_url":  func(url string) SourceConfig { return SourceConfig{Issuer: url, JWKSURL: url + "/keys"} },
	} {
		asked := 0
		mux := http.NewServeMux()
		srv := httptest.NewServer(mux)
		defer srv.Close()
		doc := func(issuer string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				asked++
				_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer, "jwks_uri": srv.URL + "/keys"})
			}
		}
		mux.Handle("/.well-known/openid-configuration", http.RedirectHandler("/moved", http.StatusFound))
		mux.Handle("/moved", doc(srv.URL))
		mux.Handle("/found/.well-known/openid-configuration", doc(srv.URL+"/found"))
		mux.Handle("/keys", http.RedirectHandler(good.URL+"/keys", http.StatusTemporaryRedirect))
		src := source(t, cfg(srv.URL), SourceOptions{})
		if err := src.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "answered 30") {
			t.Errorf("%s: got %v, want a refusal that names the status", name, err)
		}
		if want := map[string]int{"jwks_uri": 1}[name]; asked != want || good.asked.Load() != 0 {
			t.Errorf("%s: followed to a document (%d, want %d) or to keys (%d, want 0)", name, asked, want, good.asked.Load())
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestSource_discoveredPlainly has an issuer's document name an address that
// anybody on the way could answer for.
func TestSource_discoveredPlainly(t *testing.T) {
	for uri, good := range map[string]bool{
		"https://id.example/keys":        true,
		"https://other.example/keys":     true,
		"http://id.example/keys":         false,
		"http://127.0.0.1.example/keys":  false,
		"https://user:pw@id.example/key": false,
		"file:///etc/keys":               false,
		"/keys":                          false,
		"":                               false,
	} {
		asked := ""
		src := source(t, SourceConfig{Issuer: "https://id.example"}, SourceOptions{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			body := set(ecJWK("e1", ecKey()))
			if r.URL.String() == "https://id.example/.well-known/openid-configuration" {
				body, _ = json.Marshal(map[string]string{"issuer": "https://id.example", "jwks_uri": uri})
			} else {
				asked = r.URL.String()
			}
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}, nil
		})})
		err := src.Refresh(t.Context())
		switch {
		case good && (err != nil || asked != uri || src.Status().Keys != 1):
			t.Errorf("%q: got %v, asked %q", uri, err, asked)
		case !good && (err == nil || asked != "" || src.Status().Keys != 0):
			t.Errorf("%q: got %v and asked %q, want a refusal that asks nobody", uri, err, asked)
		}
	}
}

// TestSource_keptInTheFuture starts with keys whose file says that they were
// fetched later than now: they would be believed for too long.
func TestSource_keptInTheFuture(t *testing.T) {
	is := newIssuer(t, set(ecJWK("e1", ecKey())))
	for ahead, want := range map[time.Duration]int{0: 1, time.Minute: 1, time.Minute + time.Second: 0, 1000 * time.Hour: 0} {
		dir, c := t.TempDir(), newClock()
		c.advance(ahead)
		if err := source(t, SourceConfig{Issuer: is.URL}, SourceOptions{Now: c.Now, StateDir: dir}).Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.advance(-ahead)
		if got := source(t, SourceConfig{Issuer: is.URL}, SourceOptions{Now: c.Now, StateDir: dir}).Status().Keys; got != want {
			t.Errorf("fetched in %s: %d keys, want %d", ahead, got, want)
		}
	}
}
