package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/caller/apikey"
	"github.com/rtmauth/rtmauth/internal/policy"
)

const (
	testAppID = "970ca35de60c44645bbae8a215061b33"
	testCert  = "5cfd2fd1755d40ecb72977518be15d3b"
	testCert2 = "6cfd2fd1755d40ecb72977518be15d3c"
)

// memory is a Source without a disk.
type memory struct{ env, files map[string]string }

func (m memory) source() Source {
	return Source{
		LookupEnv: func(name string) (string, bool) { v, ok := m.env[name]; return v, ok },
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := m.files[name]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
	}
}

func testMemory() memory {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	der, _ := x509.MarshalPKIXPublicKey(key.Public())
	return memory{
		env: map[string]string{"APP_ID": testAppID, "APP_CERTIFICATE": testCert, "ADMIN": "0123456789abcdef-admin"},
		files: map[string]string{
			"/etc/cert": testCert + "\n", "/etc/cert2": testCert2, "/etc/pub.pem": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
			"/etc/empty": "\n", "/etc/hmac": strings.Repeat("k", 32),
		},
	}
}

func load(t *testing.T, m memory, text string) (*Resolved, error) {
	t.Helper()
	m.files["/etc/rtmauth.yaml"] = text
	return Load("/etc/rtmauth.yaml", m.source())
}

// smallest is the file of the interfaces, but for the paths.
const smallest = `listen: ":8082"
admin: {listen: "127.0.0.1:8083", key: {env: ADMIN}}
projects:
  - {name: main, app_id: {env: APP_ID}, primary: {file: /etc/cert}}     # secondary: likewise
callers:
  api_keys: [{id: backend, sha256: "HASH", expires: 2027-01-01}]
  jwt: [{name: web, issuer: "https://id.example", audience: [app], algorithms: [RS256]}]
policy:
  - {callers: [web], users: "{sub}", services: [rtm], life: 24h}
  - {callers: [backend], users: "*", services: [rtm, rtc], channels: ["room-*"]}
cors: {origins: ["https://app.example"]}
`

func withHash(text string) string { return strings.ReplaceAll(text, "HASH", apikey.Hash("x")) }

func TestLoad_smallest(t *testing.T) {
	r, err := load(t, testMemory(), withHash(smallest))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Projects) != 1 || r.Projects[0].AppID != testAppID || r.Projects[0].Primary.IsZero() {
		t.Errorf("projects: %+v", r.Projects)
	}
	if got := r.APIKeys[0]; got.Caller != "backend" || !got.Expires.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("key: %+v", got)
	}
	if j := r.JWT[0]; j.Issuer.Leeway != 30*time.Second || j.Source().Refresh != time.Minute {
		t.Errorf("jwt: %+v", j)
	}
	web, backend := r.Rules.Rules[0], r.Rules.Rules[1]
	if web.Name != "rule 1" || web.Life != 24*time.Hour || !reflect.DeepEqual(web.Projects, []string{"main"}) || !reflect.DeepEqual(web.AppIDs, []string{testAppID}) {
		t.Errorf("rule: %+v", web)
	}
	if !backend.Users[0].Any() || !reflect.DeepEqual(backend.Versions, []rtmauth.Version{"006", "007"}) || backend.Life != 24*time.Hour {
		t.Errorf("rule: %+v", backend)
	}
	if r.Timeouts.Drain != 5*time.Second || r.Log.Level != "info" || !r.Fetch.Enabled {
		t.Errorf("defaults are not filled in: %+v", r.Config)
	}
	want := []string{"/etc/cert", "/etc/rtmauth.yaml"}
	if !reflect.DeepEqual(keys(r.Files), want) {
		t.Errorf("files to watch: %v, want %v", r.Files, want)
	}
}

// TestLoad_reportsEverything shows that all errors come at once, each with line
// and column.
func TestLoad_reportsEverything(t *testing.T) {
	_, err := load(t, testMemory(), `listen: 8082
lisen: ":1"
projects:
  - name: main
    app_id: {env: NOPE}
    primary: `+testCert+`
    primary: {file: /etc/missing}
callers:
  api_keys:
    - {id: backend, sha256: abc}
  jwt: [{name: web, issuer: "https://id.example", algorithms: [RS256, none]}]
policy:
  - callers: [wbe]
    users: ["a*b"]
    life: 2 hours
    services: [rtm, root]
`)
	var errs Errors
	if !errors.As(err, &errs) {
		t.Fatalf("got %v", err)
	}
	got := errs.Error()
	for _, want := range []string{
		`/etc/rtmauth.yaml:1:9: listen: must be an address`,
		`/etc/rtmauth.yaml:2:1: lisen: unknown key; did you mean listen?`,
		`/etc/rtmauth.yaml:5:13: projects[0].app_id: the environment has no NOPE`,
		`/etc/rtmauth.yaml:6:14: projects[0].primary: must be {env: NAME} or {file: PATH}: a secret does not stand in the configuration`,
		`/etc/rtmauth.yaml:7:5: projects[0].primary: this key is there twice`,
		`callers.api_keys[0]: api key "backend": sha256 must be`,
		`callers.jwt[0]: jwt "web": needs audience`,
		`/etc/rtmauth.yaml:13:15: policy[0].callers[0]: no caller is named "wbe"`,
		`/etc/rtmauth.yaml:15:11: policy[0].life: must be a duration such as 30s, 10m or 24h`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing: %s\ngot:\n%s", want, got)
		}
	}
	if strings.Contains(got, testCert) {
		t.Errorf("the errors show a certificate:\n%s", got)
	}

	_, err = load(t, testMemory(), `listen: 8082
projects:
  - name: main
    app_id: {env: NOPE}
    primary: {file: /etc/missing}
callers:
  api_keys:
    - {id: backend, sha256: abc}
  jwt: [{name: web, issuer: "https://id.example", algorithms: [RS256, none]}]
policy:
  - callers: [wbe, backend]
    users: ["a*b"]
    life: 25h
    services: [rtm, root]
cors: {origins: ["https://app.example/", "*"]}
`)
	got = fmt.Sprint(err)
	for _, want := range []string{
		`/etc/rtmauth.yaml:1:9: listen: must be an address`,
		`/etc/rtmauth.yaml:4:13: projects[0].app_id: the environment has no NOPE`,
		`/etc/rtmauth.yaml:5:14: projects[0].primary: cannot read /etc/missing`,
		`/etc/rtmauth.yaml:8:7: callers.api_keys[0]: api key "backend": sha256 must be`,
		`callers.jwt[0]: jwt "web": needs audience`,
		`/etc/rtmauth.yaml:11:15: policy[0].callers[0]: no caller is named "wbe"`,
		`/etc/rtmauth.yaml:12:13: policy[0].users[0]: pattern "a*b"`,
		`/etc/rtmauth.yaml:13:11: policy[0].life: must be between 1m and 24h`,
		`/etc/rtmauth.yaml:14:21: policy[0].services[1]: must be one of`,
		`cors.origins[0]: must be an origin`,
		`cors.origins[1]: must be an origin`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("missing: %s\ngot:\n%s", want, got)
		}
	}
}

func TestLoad_refuses(t *testing.T) {
	for _, tc := range []struct{ name, replace, with, want string }{
		{"no callers", "callers:\n  api_keys: [{id: backend, sha256: \"HASH\", expires: 2027-01-01}]\n  jwt: [{name: web, issuer: \"https://id.example\", audience: [app], algorithms: [RS256]}]\npolicy:\n  - {callers: [web], users: \"{sub}\", services: [rtm], life: 24h}\n  - {callers: [backend], users: \"*\", services: [rtm, rtc], channels: [\"room-*\"]}\n", "", "no way to know a caller"},
		{"HMAC beside public keys", "algorithms: [RS256]", "algorithms: [RS256, HS256]", "HMAC"},
		{"plain http issuer", "https://id.example", "http://id.example", "https://"},
		{"two sources of keys", "audience: [app]", "audience: [app], jwks_url: \"https://a.example\", key_file: /etc/pub.pem", "at most one"},
		{"one name twice", "id: backend", "id: web", "same name"},
		{"name of others", "id: backend", "id: \"*\"", "taken"},
		{"key rule without users", `users: "*", services: [rtm, rtc]`, `services: [rtm, rtc]`, "users: is missing"},
		{"claim and star", `users: "{sub}"`, `users: "{sub}*"`, "separator"},
		{"App ID for certificate", "{file: /etc/cert}", "{env: APP_ID}", "same"},
		{"empty secret", "{file: /etc/cert}", "{file: /etc/empty}", "empty"},
		{"short admin key", "{env: ADMIN}", "{file: /etc/short}", "shorter than 16"},
		{"mtls without tls", "callers:\n", "callers:\n  mtls: [{name: m, ca_file: /etc/pub.pem, subjects: [a]}]\n", "need tls"},
		{"anchors", `listen: ":8082"`, `listen: &a ":8082"`, "anchors"},
		{"two documents", `listen: ":8082"`, "a: 1\n---\nlisten: \":8082\"", "several documents"},
		{"null", `listen: ":8082"`, `listen:`, "has no value"},
		{"list for text", `listen: ":8082"`, `listen: [a]`, "must be text"},
		{"text for bool", `listen: ":8082"`, `insecure_anonymous: "yes"`, "true or false"},
		{"unknown project", "users: \"*\"", "users: \"*\", projects: [other]", "no project is named"},
		{"not YAML", `listen: ":8082"`, "listen: [", "not YAML"},
		{"bad proxy", `listen: ":8082"`, "trusted_proxies: [10.0.0.1/8]", "network"},
		{"bad date", "2027-01-01", "tomorrow", "a day such as"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := testMemory()
			m.files["/etc/short"] = "short"
			text := strings.Replace(smallest, tc.replace, tc.with, 1)
			if text == smallest {
				t.Fatal("the case changes nothing")
			}
			_, err := load(t, m, withHash(text))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
			if err != nil && (strings.Contains(err.Error(), testCert) || strings.Contains(err.Error(), m.env["ADMIN"])) {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestLoad_leastPrivilege(t *testing.T) {
	text := withHash(strings.Replace(smallest, "  - {callers: [web], users: \"{sub}\", services: [rtm], life: 24h}\n", "", 1))
	r, err := load(t, testMemory(), text)
	if err != nil {
		t.Fatal(err)
	}
	alice := policy.Caller{Name: "web", Claims: map[string]any{"sub": "alice"}}
	for _, tc := range []struct {
		user, service string
		granted       bool
	}{{"alice", policy.RTM, true}, {"bob", policy.RTM, false}, {"alice", policy.RTC, false}, {"alice", policy.ChatApp, false}} {
		_, d := r.Rules.Decide(alice, policy.Request{User: tc.user, Services: []policy.Service{{Type: tc.service, Channel: "room-1"}}}, time.Now())
		if (d == nil) != tc.granted {
			t.Errorf("alice's JWT for %s of %s: %v", tc.service, tc.user, d)
		}
	}
	r, err = load(t, testMemory(), withHash(strings.Replace(smallest, "  - {callers: [backend], users: \"*\", services: [rtm, rtc], channels: [\"room-*\"]}\n", "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, d := r.Rules.Decide(policy.Caller{Name: "backend"}, policy.Request{User: "u", Services: []policy.Service{{Type: policy.RTM}}}, time.Now()); d == nil {
		t.Error("a key that no rule names got a token")
	}
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], `no rule names caller "backend"`) {
		t.Errorf("warnings: %v", r.Warnings)
	}
}

func TestLoad_anonymous(t *testing.T) {
	stranger := policy.Caller{Name: "anonymous", Kind: policy.KindAnonymous}
	ask := policy.Request{User: "u", Services: []policy.Service{{Type: policy.RTM}}}
	for callers, granted := range map[string]bool{`["*"]`: false, `[anonymous]`: true, `["*", anonymous]`: true} {
		r, err := load(t, testMemory(), withHash(strings.Replace(smallest, "callers: [backend]", "callers: "+callers, 1))+"insecure_anonymous: true\n")
		if err != nil {
			t.Fatal(err)
		}
		if _, d := r.Rules.Decide(stranger, ask, time.Now()); (d == nil) != granted {
			t.Errorf("callers: %s: a request without a credential got %v, want granted: %v", callers, d, granted)
		}
		warned := strings.Contains(strings.Join(r.Warnings, "\n"), `no rule names caller "anonymous" (anonymous): it gets nothing`)
		if warned == granted {
			t.Errorf("callers: %s: warnings: %q", callers, r.Warnings)
		}
	}
}

func TestOverride(t *testing.T) {
	m := testMemory()
	m.env["RTMAUTH_LISTEN"], m.env["RTMAUTH_ADMIN_LISTEN"], m.env["RTMAUTH_LOG_LEVEL"] = ":1", ":2", "debug"
	m.env["RTMAUTH_INSECURE_ANONYMOUS"] = "true"
	r, err := load(t, m, withHash(smallest))
	if err != nil {
		t.Fatal(err)
	}
	if r.Listen != ":1" || r.Admin.Listen != ":2" || r.Log.Level != "debug" || r.Anonymous {
		t.Errorf("got %+v", r.Config)
	}
}

func TestFromEnv(t *testing.T) {
	hash := apikey.Hash("x")
	for _, tc := range []struct {
		name string
		env  map[string]string
		want string // of the error; "" is success
	}{
		{"keys", map[string]string{"RTMAUTH_API_KEYS_FILE": "/etc/keys"}, ""},
		{"jwt", map[string]string{"RTMAUTH_JWT_ISSUER": "https://id.example", "RTMAUTH_JWT_AUDIENCE": "app,app2"}, ""},
		{"Agora's names", map[string]string{"APP_ID": "", "AGORA_APP_ID": testAppID, "RTMAUTH_API_KEYS_FILE": "/etc/keys"}, ""},
		{"secondary", map[string]string{"APP_CERTIFICATE_SECONDARY": testCert2, "RTMAUTH_API_KEYS_FILE": "/etc/keys"}, ""},
		{"nobody known", nil, "no way to know a caller"},
		{"issuer alone", map[string]string{"RTMAUTH_JWT_ISSUER": "https://id.example"}, "go together"},
		{"no project", map[string]string{"APP_ID": "", "APP_CERTIFICATE": ""}, "APP_ID and APP_CERTIFICATE are not set"},
		{"any origin", map[string]string{"CORS_ALLOW_ORIGIN": "*", "RTMAUTH_API_KEYS_FILE": "/etc/keys"}, "must be an origin"},
		{"bad port", map[string]string{"PORT": "99999", "RTMAUTH_API_KEYS_FILE": "/etc/keys"}, "port"},
		{"bad keys", map[string]string{"RTMAUTH_API_KEYS_FILE": "/etc/cert"}, "must be a list"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := testMemory()
			m.files["/etc/keys"] = "# keys\n- {id: backend, sha256: \"" + hash + "\"}\n"
			m.env["PORT"], m.env["CORS_ALLOW_ORIGIN"] = "9000", "https://a.example, https://b.example"
			for k, v := range tc.env {
				m.env[k] = v
			}
			env, err := ReadEnv(m.source().LookupEnv, "")
			if err != nil {
				t.Fatal(err)
			}
			r, err := FromEnv(env, m.source())
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("got %v, want an error with %q", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.Listen != ":9000" || len(r.CORS.Origins) != 2 || r.Projects[0].AppID != testAppID {
				t.Errorf("got %+v", r.Config)
			}
			ask := policy.Request{User: "u", Services: []policy.Service{{Type: policy.RTM}}}
			if tc.name == "keys" {
				if _, d := r.Rules.Decide(policy.Caller{Name: "backend"}, ask, time.Now()); d != nil {
					t.Errorf("an API key got nothing: %v", d)
				}
			}
			if tc.name == "jwt" {
				if _, d := r.Rules.Decide(policy.Caller{Name: "jwt", Claims: map[string]any{"sub": "v"}}, ask, time.Now()); d == nil {
					t.Error("a JWT got another user's token")
				}
			}
		})
	}
}

func TestResolved_printsNoSecret(t *testing.T) {
	m := testMemory()
	m.files["/etc/key.yaml"] = strings.Repeat("h", 40)
	text := strings.Replace(withHash(smallest), "audience: [app], algorithms: [RS256]", "audience: [app], algorithms: [HS256], secret: {file: /etc/hmac}", 1)
	text += "audit: {hash_users: {file: /etc/key.yaml}}\n"
	r, err := load(t, m, text)
	if err != nil {
		t.Fatal(err)
	}
	js, _ := json.Marshal(r)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "r", r, "key", r.AdminKey)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "r", r, "key", r.AdminKey)
	all := string(js) + log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		all += fmt.Sprintf(verb, r) + fmt.Sprintf(verb, *r) + fmt.Sprintf(verb, r.AdminKey) + fmt.Sprintf(verb, r.JWT)
	}
	for name, secret := range map[string]string{"admin key": m.env["ADMIN"], "certificate": testCert, "shared secret": m.files["/etc/hmac"], "hash key": m.files["/etc/key.yaml"]} {
		for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprint([]byte(secret))} {
			if strings.Contains(all, strings.Trim(form, "[]")) {
				t.Errorf("the %s is printed", name)
			}
		}
	}
}

func TestExample(t *testing.T) {
	m := testMemory()
	m.env["RTMAUTH_ADMIN_KEY"] = "0123456789abcdef"
	if r, err := load(t, m, Example); err != nil || len(r.Warnings) > 0 {
		t.Errorf("the example is not usable: %v %v", err, r)
	}
	for _, key := range keysOf(reflect.TypeFor[Config]()) {
		if !strings.Contains(Example, key+":") {
			t.Errorf("the example does not show %s", key)
		}
	}
}

func TestReference(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "configuration.md")
	want := Reference()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what `rtmauth config reference` prints; run UPDATE=1 go test ./internal/config -run TestReference", file)
	}
	var check func(t reflect.Type)
	check = func(rt reflect.Type) {
		for f := range fields(rt) {
			if f.Tag.Get("doc") == "" {
				t.Errorf("%s.%s has no text for the reference", rt, f.Name)
			}
			inner := f.Type
			if inner.Kind() == reflect.Slice {
				inner = inner.Elem()
			}
			if isSection(inner) {
				check(inner)
			}
		}
	}
	check(reflect.TypeFor[Config]())
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(withHash(smallest)))
	f.Add([]byte(Example))
	f.Add([]byte("a: [1, {b: *c}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(text, "f.yaml")
		if (c == nil) == (err == nil) {
			t.Errorf("got %v and %v", c, err)
		}
	})
}
