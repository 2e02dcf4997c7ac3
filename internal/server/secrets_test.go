package server_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rtmauth/rtmauth/internal/caller/apikey"
)

// TestServe_canaries plants a canary in every secret, drives every route, right
// and wrong, with reloads that fail and callers that cannot be judged, and then
// searches every log, audit line, answer, header, metric and kept file for one.
func TestServe_canaries(t *testing.T) {
	h := prepare(t)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Cookie"), "broken") {
			w.WriteHeader(http.StatusTeapot)
			_, _ = w.Write([]byte(r.Header.Get("Cookie")))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"user":"carol"}`))
	}))
	t.Cleanup(app.Close)
	shared := "canary-shared-secret-" + strings.Repeat("x", 20)
	hashKey := "canary-hash-users-" + strings.Repeat("y", 20)
	h.write("hmac", shared)
	h.write("hash", hashKey)
	h.write("cert2", certificate2)
	text := h.config(basic,
		"primary: {file: DIR/cert}", "primary: {file: DIR/cert}, secondary: {file: DIR/cert2}",
		"callers:\n", "callers:\n  webhook: [{name: sessions, url: \""+app.URL+"\", headers: [Cookie]}]\n",
		"algorithms: [ES256]}]", "algorithms: [ES256]}, {name: hs, issuer: hs, audience: [app], algorithms: [HS256], secret: {file: DIR/hmac}}]",
	) + "audit: {file: " + h.dir + "/audit.jsonl, hash_users: {file: " + h.dir + "/hash}}\nlog: {level: debug}\n"
	h.write("rtmauth.yaml", text)
	h.start()

	alice := h.issuer.jwt(t, "alice")
	expired := h.issuer.jwt(t, "alice", map[string]any{"exp": 1})
	wrongAudience := h.issuer.jwt(t, "alice", map[string]any{"aud": "other"})
	unknown, _ := apikey.Generate()
	cookies := []string{"session=canary-cookie-good", "session=canary-cookie-broken"}

	var seen []string
	var minted []string
	keep := func(r reply) {
		seen = append(seen, fmt.Sprint(r.header))
		if r.status < 300 && strings.Contains(r.body, `"token"`) {
			minted = append(minted, r.field(t, "token").(string))
			return // the one answer that a token belongs into
		}
		seen = append(seen, r.body)
	}
	credentials := []string{h.key, unknown, alice, expired, wrongAudience, alice + "x", adminKey, shared, certificate}
	for _, credential := range credentials {
		for _, user := range []string{"alice", "bob", "a/b", ""} {
			keep(h.token(credential, `{"user":"`+user+`"}`))
			keep(h.fetch(credential, `{"uid":"`+user+`"}`))
		}
		keep(h.do(http.MethodPost, h.url+"/v1/tokens/verify", `{"token":"`+certificate+`","user":"x"}`, "Authorization", "Bearer "+credential))
		keep(h.do(http.MethodGet, h.admin+"/admin/v1/status", "", "Authorization", "Bearer "+credential))
		keep(h.do(http.MethodPost, h.url+"/v1/tokens", `{"user":"x"}`, "X-API-Key", credential))
		keep(h.do(http.MethodGet, h.url+"/nowhere/"+"x", "", "Authorization", "Basic "+credential))
	}
	for _, cookie := range cookies {
		keep(h.do(http.MethodPost, h.url+"/v1/tokens", `{"user":"carol"}`, "Cookie", cookie))
	}
	for _, token := range minted[:2] {
		a := h.do(http.MethodPost, h.url+"/v1/tokens/verify", `{"token":"`+token+`","user":"alice"}`, "Authorization", "Bearer "+h.key)
		seen = append(seen, a.body)
	}
	for _, broken := range []string{
		strings.Replace(text, "primary: {file: "+h.dir+"/cert}", "primary: "+certificate, 1),
		strings.Replace(text, "primary: {file: "+h.dir+"/cert}", "primary: {file: "+h.dir+"/hash}", 1),
		strings.Replace(text, "secret: {file: "+h.dir+"/hmac}", "secret: "+shared, 1),
		strings.Replace(text, "key: {file: "+h.dir+"/admin-key}", "key: \""+adminKey+"\n", 1),
		text + "\n  : : " + shared + "\n- [",
	} {
		h.write("rtmauth.yaml", broken)
		a := h.reload()
		if a.status != 422 {
			t.Errorf("a broken file was loaded: %d %s", a.status, a.body)
		}
		seen = append(seen, a.body)
	}
	h.write("rtmauth.yaml", text)
	seen = append(seen, h.metrics(), h.do(http.MethodGet, h.admin+"/debug/pprof/heap", "").body)
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	audit, err := os.ReadFile(filepath.Join(h.dir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	seen = append(seen, h.log.String(), string(audit))
	kept, _ := filepath.Glob(filepath.Join(h.dir, "state", "*"))
	if len(kept) == 0 {
		t.Error("nothing is kept: the search below proves less")
	}
	for _, file := range kept {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, string(b))
	}
	all := strings.Join(seen, "\n")
	if len(minted) < 5 || strings.Count(string(audit), "\n") < 80 {
		t.Fatalf("%d tokens and %d audit lines: too few to prove anything", len(minted), strings.Count(string(audit), "\n"))
	}
	secrets := map[string]string{
		"primary certificate": certificate, "secondary certificate": certificate2, "API key": h.key, "unknown API key": unknown,
		"JWT": alice, "JWT's signature": alice[strings.LastIndex(alice, ".")+1:], "expired JWT": expired, "JWT of another audience": wrongAudience,
		"admin key": adminKey, "shared secret": shared, "key of user hashes": hashKey, "cookie": cookies[0], "cookie of a broken answer": cookies[1],
	}
	for i, token := range minted {
		secrets[fmt.Sprintf("token %d", i)] = token
	}
	for name, secret := range secrets {
		for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)), strings.Trim(fmt.Sprint([]byte(secret)), "[]")} {
			if at := strings.Index(all, form); at >= 0 {
				t.Errorf("the %s is in: …%s…", name, all[max(0, at-60):min(len(all), at+20)])
				break
			}
		}
	}
	// The user is personal data where hash_users is set.
	for _, user := range []string{`"alice"`, `"bob"`, `"carol"`} {
		if strings.Contains(string(audit), user) {
			t.Errorf("the audit log names the user %s", user)
		}
	}
	if !strings.Contains(string(audit), `"user_hash":"`) {
		t.Error("the audit log has no hashes of users")
	}
}
