package config

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rtmauth/rtmauth/internal/caller/apikey"
)

// TestFromEnv_reportsEverything shows that all errors come at once, and say which
// variable, and that none of them only follows from another.
func TestFromEnv_reportsEverything(t *testing.T) {
	const key = "rtmauth_Zm9yIHRlc3RzIG9ubHksIG5vdCBhIHJlYWwga2V5ISE"
	for _, tc := range []struct {
		name   string
		env    map[string]string
		dotenv string
		want   []string
	}{
		{"all but the project", map[string]string{
			"PORT": "1", "SERVER_PORT": "2", "RTMAUTH_JWT_ISSUER": "https://id.example", "RTMAUTH_API_KEYS_FILE": "./nowhere.yaml", "CORS_ALLOW_ORIGIN": "https://a.example,*",
			"RTMAUTH_ADMIN_LISTEN": "8083", "RTMAUTH_LOG_LEVEL": "loud",
		}, "", []string{
			"PORT (environment) and SERVER_PORT (environment) differ: they are two names of one value; keep one",
			"RTMAUTH_API_KEYS_FILE: cannot read ./nowhere.yaml: file does not exist",
			"RTMAUTH_JWT_ISSUER and RTMAUTH_JWT_AUDIENCE go together: without an audience the issuer's tokens for other applications would be accepted",
			"RTMAUTH_ADMIN_LISTEN (environment): must be an address such as :8082 or 127.0.0.1:8082",
			"CORS_ALLOW_ORIGIN (environment): must be an origin as browsers send it, such as https://app.example: no path, no slash at the end, lower case, no \"*\"",
			"RTMAUTH_LOG_LEVEL (environment): must be one of debug, info, warn, error",
		}},
		{"the project, the port and the callers", map[string]string{"APP_ID": testAppID[1:], "APP_CERTIFICATE": testCert[:31] + "x", "PORT": "99999"}, "", []string{
			"APP_ID (environment): an App ID is 32 hexadecimal characters; this one is 31 long",
			"APP_CERTIFICATE (environment): an App certificate is 32 hexadecimal characters; this one is 32 long and its character number 32 is none of 0-9 and a-f",
			"there is no way to know a caller: set RTMAUTH_API_KEYS_FILE, or RTMAUTH_JWT_ISSUER with RTMAUTH_JWT_AUDIENCE, or name a file with --config",
			"PORT (environment): must have a port between 0 and 65535",
		}},
		{"a key where a path belongs, an issuer without TLS", map[string]string{"RTMAUTH_API_KEYS_FILE": key, "RTMAUTH_JWT_ISSUER": "http://id.example", "RTMAUTH_JWT_AUDIENCE": "a"}, "", []string{
			"RTMAUTH_API_KEYS_FILE: there is no file of that name; the variable must hold the path of a file, not the value itself",
			"RTMAUTH_JWT_ISSUER (environment) and RTMAUTH_JWT_AUDIENCE (environment): ",
		}},
		{"from .env", nil, "PORT=x\nRTMAUTH_API_KEYS_FILE=keys.yaml\n", []string{
			"PORT (.env, line 1): must have a port between 0 and 65535",
			"keys.yaml:1:3: [0].sha256: is missing",
			"keys.yaml:1:4: [0].secret: unknown key; known here: id, caller, sha256, expires",
		}},
		{"an empty audience", map[string]string{"RTMAUTH_JWT_ISSUER": "https://id.example", "RTMAUTH_JWT_AUDIENCE": "a, "}, "", []string{
			"RTMAUTH_JWT_ISSUER (environment) and RTMAUTH_JWT_AUDIENCE (environment): jwt \"jwt\": audience is empty",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			m := testMemory()
			m.files["keys.yaml"] = "- {secret: " + key + ", id: a}\n"
			maps.Copy(m.env, tc.env)
			if err := os.WriteFile(".env", []byte(tc.dotenv), 0o600); err != nil {
				t.Fatal(err)
			}
			env, err := ReadEnv(m.source().LookupEnv, ".env")
			if err != nil {
				t.Fatal(err)
			}
			_, err = FromEnv(env, m.source())
			got := strings.Split(fmt.Sprint(err), "\n")
			for i, want := range tc.want {
				if i >= len(got) || !strings.HasPrefix(got[i], want) {
					t.Errorf("missing in its place: %s", want)
				}
			}
			if len(got) != len(tc.want) {
				t.Errorf("got %d errors, want %d", len(got), len(tc.want))
			}
			if t.Failed() {
				t.Logf("got:\n%v", err)
			}
			for _, secret := range []string{testCert[:31], key} {
				if strings.Contains(fmt.Sprint(err), secret) {
					t.Errorf("the errors show a secret: %v", err)
				}
			}
		})
	}
}

// TestFromEnv_dotenv: .env can hold every variable of the form.
func TestFromEnv_dotenv(t *testing.T) {
	t.Chdir(t.TempDir())
	m := memory{env: map[string]string{}, files: map[string]string{"keys.yaml": "- {id: backend, sha256: \"" + apikey.Hash("x") + "\"}\n"}}
	text := "APP_ID=" + testAppID + "\nAPP_CERTIFICATE=" + testCert + "\nSERVER_PORT=9000\nRTMAUTH_ADMIN_LISTEN=127.0.0.1:9001\nRTMAUTH_LOG_LEVEL=warn\n" +
		"RTMAUTH_API_KEYS_FILE=keys.yaml\nRTMAUTH_JWT_ISSUER=https://id.example\nRTMAUTH_JWT_AUDIENCE='a, b'\n"
	if err := os.WriteFile(".env", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env, err := ReadEnv(m.source().LookupEnv, ".env")
	if err != nil {
		t.Fatal(err)
	}
	r, err := FromEnv(env, m.source())
	if err != nil {
		t.Fatal(err)
	}
	if r.Listen != ":9000" || r.Admin.Listen != "127.0.0.1:9001" || r.Log.Level != "warn" || len(r.APIKeys) != 1 {
		t.Errorf("got %+v", r.Config)
	}
	if got := r.JWT[0].Issuer.Audience; !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("audience: got %q", got)
	}
}

// TestFromEnv_files: whatever the environment-only form is read from is watched,
// so that a change of it is seen.
func TestFromEnv_files(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("id", testAppID+"\n")
	write("certificate", "\ufeff"+testCert+"\n")
	write("certificate2", testCert2)
	write("keys.yaml", "- {id: backend, sha256: \""+apikey.Hash("x")+"\"}\n")
	values := map[string]string{"APP_ID_FILE": "id", "AGORA_APP_CERTIFICATE_FILE": "certificate", "RTMAUTH_API_KEYS_FILE": "keys.yaml"}
	lookup := func(name string) (string, bool) { v, ok := values[name]; return v, ok }
	loaded := func() *Resolved {
		t.Helper()
		env, err := ReadEnv(lookup, ".env")
		if err != nil {
			t.Fatal(err)
		}
		r, err := FromEnv(env, Source{LookupEnv: lookup, ReadFile: os.ReadFile})
		if err != nil {
			t.Fatal(err)
		}
		for path, was := range r.Files {
			if Fingerprint(path) != was {
				t.Errorf("%s counts as changed right after it was read", path)
			}
		}
		return r
	}
	for _, tc := range []struct{ change, text string }{
		{".env", "APP_CERTIFICATE_SECONDARY_FILE=certificate2\n"}, // there was none
		{".env", "APP_CERTIFICATE_SECONDARY_FILE=certificate2\nPORT=9000\n"},
		{"certificate2", "7" + testCert2[1:]},
		{"certificate", "8" + testCert[1:]},
		{"id", "8" + testAppID[1:] + "\n"},
		{"keys.yaml", "- {id: backend, sha256: \"" + apikey.Hash("y") + "\"}\n"},
	} {
		r := loaded()
		write(tc.change, tc.text)
		was, watched := r.Files[tc.change]
		if !watched || Fingerprint(tc.change) == was {
			t.Errorf("a change of %s is not seen; watched are %v", tc.change, keys(r.Files))
		}
	}
	if r := loaded(); r.Listen != ":9000" || r.Projects[0].AppID != "8"+testAppID[1:] || r.Projects[0].Secondary.IsZero() {
		t.Errorf("got %+v", r)
	}
}
