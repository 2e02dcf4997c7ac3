package config

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"github.com/rtmauth/rtmauth/internal/caller/jwt"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// TestPresets takes the presets out of docs/callers.md and judges JWTs in the
// shape that each service documents for its own.
func TestPresets(t *testing.T) {
	doc, err := os.ReadFile("../../docs/callers.md")
	if err != nil {
		t.Fatal(err)
	}
	shapes := map[string]struct {
		claims gojwt.MapClaims
		user   string
		change string // a claim whose change makes the JWT another application's
	}{
		"firebase": {gojwt.MapClaims{"iss": "https://securetoken.google.com/PROJECT", "aud": "PROJECT", "auth_time": 1, "user_id": "Xq3k", "sub": "Xq3k", "firebase": map[string]any{"sign_in_provider": "password"}}, "Xq3k", "aud"},
		"supabase": {gojwt.MapClaims{"iss": "https://PROJECT.supabase.co/auth/v1", "aud": "authenticated", "sub": "7d3a0b2c-0000-4000-8000-000000000001", "role": "authenticated", "session_id": "s", "app_metadata": map[string]any{"provider": "email"}}, "7d3a0b2c-0000-4000-8000-000000000001", "aud"},
		"auth0":    {gojwt.MapClaims{"iss": "https://TENANT.auth0.com/", "aud": []string{"https://api.example", "https://TENANT.auth0.com/userinfo"}, "azp": "client", "sub": "auth0|0123", "scope": "openid"}, "auth0|0123", "aud"},
		"clerk":    {gojwt.MapClaims{"iss": "https://INSTANCE.clerk.accounts.dev", "azp": "https://app.example", "sub": "user_2ab", "sid": "sess_1", "v": 2}, "user_2ab", "azp"},
		"cognito":  {gojwt.MapClaims{"iss": "https://cognito-idp.REGION.amazonaws.com/POOL", "client_id": "CLIENT", "token_use": "access", "username": "alice", "sub": "11111111-0000-4000-8000-000000000001", "scope": "openid"}, "11111111-0000-4000-8000-000000000001", "client_id"},
		"keycloak": {gojwt.MapClaims{"iss": "https://keycloak.example/realms/REALM", "aud": "account", "azp": "CLIENT", "typ": "Bearer", "sub": "22222222-0000-4000-8000-000000000001", "preferred_username": "alice", "realm_access": map[string]any{"roles": []string{"user"}}}, "22222222-0000-4000-8000-000000000001", "azp"},
	}
	presets := regexp.MustCompile("(?s)```yaml preset=(\\w+)\n(.*?)```").FindAllStringSubmatch(string(doc), -1)
	if len(presets) != len(shapes) {
		t.Errorf("docs/callers.md has %d presets, want %d", len(presets), len(shapes))
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range presets {
		name, text := p[1], p[2]
		shape, ok := shapes[name]
		if !ok {
			t.Errorf("preset %s has no shape", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			indented := "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
			r, err := load(t, testMemory(), "projects: [{name: main, app_id: {env: APP_ID}, primary: {file: /etc/cert}}]\ncallers:\n  jwt:\n"+indented+"\n")
			if err != nil {
				t.Fatal(err)
			}
			issuer := r.JWT[0].Issuer
			if name == "supabase" { // signed with RSA below: one kind of key is enough to show the shape
				issuer.Algorithms = []string{"RS256"}
			}
			issuer.Source, err = jwt.NewSource(jwt.SourceConfig{KeyFile: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})}, jwt.SourceOptions{})
			if err != nil {
				t.Fatal(err)
			}
			a, err := jwt.New([]jwt.Issuer{issuer}, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			judge := func(change string) (policy.Caller, error) {
				claims := maps.Clone(shape.claims)
				claims["iat"], claims["exp"] = time.Now().Unix(), time.Now().Add(time.Hour).Unix()
				if change != "" {
					claims[change] = "another"
				}
				token := gojwt.NewWithClaims(gojwt.SigningMethodRS256, claims)
				token.Header["kid"] = "k1"
				text, err := token.SignedString(key)
				if err != nil {
					t.Fatal(err)
				}
				return a.Judge(text)
			}
			who, err := judge("")
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			ask := policy.Request{User: shape.user, Services: []policy.Service{{Type: policy.RTM}}}
			if _, d := r.Rules.Decide(who, ask, time.Now()); d != nil {
				t.Errorf("its own user is denied: %v", d)
			}
			ask.User = "bob"
			if _, d := r.Rules.Decide(who, ask, time.Now()); d == nil {
				t.Error("another user is granted")
			}
			if _, err := judge(shape.change); err == nil {
				t.Errorf("a JWT for another application (%s) is accepted", shape.change)
			}
		})
	}
}
