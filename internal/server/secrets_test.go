package server_test

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller/apikey"
	"github.com/rtmauth/rtmauth/internal/cli"
	"github.com/rtmauth/rtmauth/internal/logbuffer"
	"github.com/rtmauth/rtmauth/internal/redistest"
)

// TestServe_canaries plants a canary in every secret, drives every route, right
// and wrong, with reloads that fail, callers that cannot be judged and a Redis
// that goes, runs the commands that read the same configuration, and then
// searches every log, audit line, answer, header, metric, kept file and output
// for one.
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
	tlsCert, tlsKey, tlsPair := pair(t, "x.example", nil, false)
	h.write("tls.crt", tlsCert)
	h.write("tls.key", tlsKey)
	redisPassword := "canary-redis-password"
	redis := redistest.Start(t, "--requirepass", redisPassword)
	h.write("redis", "redis://:"+redisPassword+"@"+redis.Addr()+"/0")
	h.write("redis-wrong", "redis://:"+redisPassword+"-wrong@"+redis.Addr()+"/0")
	h.write("redis-broken", "redis://:"+redisPassword+"@"+redis.Addr()+":x/0")
	text := h.config(basic,
		sharing[0], sharing[1]+"tls: {cert: DIR/tls.crt, key: DIR/tls.key}\n",
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
	swapped := func(old, now string) string {
		t.Helper()
		if !strings.Contains(text, old) {
			t.Fatalf("the configuration has no %s", old)
		}
		return strings.Replace(text, old, now, 1)
	}
	for _, broken := range []string{
		swapped("primary: {file: "+h.dir+"/cert}", "primary: "+certificate),
		swapped("primary: {file: "+h.dir+"/cert}", "primary: {file: "+h.dir+"/hash}"),
		swapped("secret: {file: "+h.dir+"/hmac}", "secret: "+shared),
		swapped("key: {file: "+h.dir+"/admin-key}", "key: \""+adminKey+"\n"),
		swapped("key: "+h.dir+"/tls.key", "key: "+h.dir+"/cert"),
		swapped("cert: "+h.dir+"/tls.crt", "cert: "+h.dir+"/tls.key"),
		swapped("{file: "+h.dir+"/redis}", "redis://:"+redisPassword+"@x/0"),
		swapped("{file: "+h.dir+"/redis}", "{file: "+h.dir+"/redis-broken}"),
		text + "\n  : : " + shared + "\n- [",
	} {
		h.write("rtmauth.yaml", broken)
		a := h.reload()
		if a.status != 422 {
			t.Errorf("a broken file was loaded: %d %s", a.status, a.body)
		}
		seen = append(seen, a.body, h.command("", 1, "config", "check", "rtmauth.yaml"), h.command("", 1, "serve", "--config", "rtmauth.yaml"))
	}
	h.write("rtmauth.yaml", swapped("{file: "+h.dir+"/redis}", "{file: "+h.dir+"/redis-wrong}"))
	if a := h.reload(); a.status != 422 {
		t.Errorf("with a wrong password of Redis: %d %s", a.status, a.body)
	}
	// An address that is taken: everything else is there by then.
	h.write("rtmauth.yaml", swapped("listen: \"127.0.0.1:0\"\nadmin", "listen: \""+h.server.Addr("public")+"\"\nadmin"))
	taken := h.command("", 1, "serve", "--config", "rtmauth.yaml")
	if !strings.Contains(taken, "public listener: ") {
		t.Errorf("the start failed too early: %s", taken)
	}
	seen = append(seen, taken)
	h.write("rtmauth.yaml", text)
	seen = append(seen, h.command("", 0, "config", "check", "rtmauth.yaml"), h.command("", 0, "status", "--admin", h.admin), h.command("", 0, "rotate", "status", "--admin", h.admin))
	for credential, code := range map[string]int{alice: 0, h.key: 0, expired: 3, wrongAudience: 3, unknown: 3, certificate: 3, shared: 3, adminKey: 3} {
		seen = append(seen, h.command(credential, code, "policy", "explain", "--config", "rtmauth.yaml", "--credential", "-", "--user", "alice"))
	}
	redis.Stop()
	eventually(t, "that Redis is gone", func() bool { return strings.Contains(h.log.String(), "the deny list cannot be read") })
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
	scalar, err := tlsPair.PrivateKey.(*ecdsa.PrivateKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{
		"primary certificate": certificate, "secondary certificate": certificate2, "API key": h.key, "unknown API key": unknown,
		"JWT": alice, "JWT's signature": alice[strings.LastIndex(alice, ".")+1:], "expired JWT": expired, "JWT of another audience": wrongAudience,
		"TLS key": strings.Split(tlsKey, "\n")[1], "TLS key's number": string(scalar), "password of Redis": redisPassword,
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

// command runs rtmauth in the house's folder and returns all that it prints.
func (h *house) command(stdin string, code int, args ...string) string {
	h.t.Helper()
	for i, arg := range args {
		if arg == "rtmauth.yaml" {
			args[i] = filepath.Join(h.dir, arg)
		}
	}
	var out logbuffer.Buffer
	got := cli.Main(h.t.Context(), cli.Process{
		Name: "rtmauth", Args: args, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &out, Now: time.Now,
		LookupEnv: func(name string) (string, bool) { return "", name == "GOGC" }, // serve would set it
	})
	if got != code {
		h.t.Errorf("%v ended with code %d, want %d:\n%s", args, got, code, &out)
	}
	return out.String()
}
