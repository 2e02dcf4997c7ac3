package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

// keyPair makes an authority and its key, PEM.
func keyPair(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))
}

// TestLoad_warns: what works and is probably not meant is said, and nothing else.
func TestLoad_warns(t *testing.T) {
	const text = `projects: [{name: main, app_id: {env: APP_ID}, primary: {file: /etc/cert}}]
admin: {listen: "ADMIN"}
callers:
  api_keys: [{id: backend, sha256: "HASH"}]
`
	const web = "  jwt: [{name: web, issuer: \"https://id.example\", audience: [app]}]\n"
	const key = "callers: backend, users: \"*\""
	for _, tc := range []struct {
		name, admin, jwt, rule, rest string
		want                         string // of the one warning; "" is none
	}{
		{"nothing", "127.0.0.1:8083", "", key, "", ""},
		{"admin on this machine, IPv6", "[::1]:8083", "", key, "", ""},
		{"admin on this machine, by name", "localhost:8083", "", key, "", ""},
		{"no admin", "", "", key, "", ""},
		{"admin everywhere", ":8083", "", key, "", `2:17: admin.listen: other machines reach it, and it is plain HTTP`},
		{"admin everywhere, IPv4", "0.0.0.0:8083", "", key, "", `admin.listen: other machines`},
		{"admin on another address", "10.0.0.7:8083", "", key, "", `admin.listen: other machines`},
		{"guard off", "127.0.0.1:8083", "", key, "certificate_replaced: true", `certificate_replaced: while this is set`},
		{"guard on", "127.0.0.1:8083", "", key, "certificate_replaced: false", ""},
		{"a claim of a key", "127.0.0.1:8083", "", `callers: backend, users: "{sub}"`, "", `policy[0].users: never matches for caller "backend" (api_key): such callers have no claim that {sub} reads`},
		{"a claim of a key beside a name", "127.0.0.1:8083", "", `callers: backend, users: ["{sub}", "svc-*"]`, "", ""},
		{"a claim of a key among channels", "127.0.0.1:8083", "", key + `, services: rtc, channels: "room-{team}"`, "", `policy[0].channels: never matches for caller "backend"`},
		{"a claim of a key among uids", "127.0.0.1:8083", "", key + `, services: rtc, channels: "*", uids: "{uid}"`, "", `policy[0].uids: never matches for caller "backend"`},
		{"a key beside who has claims", "127.0.0.1:8083", web, `callers: [web, backend], users: "{sub}"`, "", `policy[0].users: never matches for caller "backend"`},
		{"everybody, of whom one has claims", "127.0.0.1:8083", web, `callers: "*", users: "{sub}"`, "", ""},
		{"everybody, of whom none has claims", "127.0.0.1:8083", "", `callers: "*", users: "{sub}"`, "", `policy[0].users: never matches: no known caller has a claim that {sub} reads`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := load(t, testMemory(), withHash(strings.Replace(text, "ADMIN", tc.admin, 1))+tc.jwt+"policy: [{"+tc.rule+"}]\n"+tc.rest+"\n")
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(r.Warnings, "\n"); !strings.Contains(got, tc.want) || (got == "") != (tc.want == "") || len(r.Warnings) > 1 {
				t.Errorf("got %q, want %q", r.Warnings, tc.want)
			}
		})
	}

	// A certificate's name is its sub, and its only claim.
	m := testMemory()
	m.files["/etc/tls.crt"], m.files["/etc/tls.key"] = keyPair(t)
	for users, want := range map[string]string{`"{sub}"`: "", `"{sub}-*"`: "", `"{team}"`: `never matches for caller "worker" (mtls)`} {
		r, err := load(t, m, `projects: [{name: main, app_id: {env: APP_ID}, primary: {file: /etc/cert}}]
tls: {cert: /etc/tls.crt, key: /etc/tls.key}
callers: {mtls: [{name: worker, ca_file: /etc/tls.crt, subjects: "worker-*"}]}
policy: [{callers: worker, users: `+users+`}]
`)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(r.Warnings, "\n"); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("users: %s: got %q, want %q", users, got, want)
		}
	}
}

func TestLoad_listenersApart(t *testing.T) {
	for _, tc := range []struct {
		public, admin, probes string
		want                  string // "" is no error
	}{
		{":8082", "127.0.0.1:8083", "10.0.0.7:8084", ""},
		{":8082", "127.0.0.1:8082", "", "admin.listen: has the address of listen"},
		{"127.0.0.1:8082", "127.0.0.1:8082", "", "admin.listen: has the address of listen"},
		{"10.0.0.7:8082", "127.0.0.1:8082", "", ""},
		{":8082", "127.0.0.1:8083", "0.0.0.0:8082", "probes.listen: has the address of listen"},
		{":8082", "127.0.0.1:8083", "[::]:8083", "probes.listen: has the address of admin.listen"},
		{":0", "127.0.0.1:0", ":0", ""},
		{":8082", "", "", ""},
	} {
		text := strings.Replace(smallest, `listen: ":8082"`, `listen: "`+tc.public+`"`, 1)
		text = strings.Replace(text, `"127.0.0.1:8083", key`, `"`+tc.admin+`", key`, 1) + "probes: {listen: \"" + tc.probes + "\"}\n"
		_, err := load(t, testMemory(), withHash(text))
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q, %q, %q: got %v, want %q", tc.public, tc.admin, tc.probes, err, tc.want)
		}
	}
}
