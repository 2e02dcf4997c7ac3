package config

import (
	"os"
	"testing"

	"github.com/rtmauth/rtmauth/internal/caller/apikey"
)

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
