package config

import (
	"strings"
	"testing"
)

// FuzzDotenv checks that nothing panics, that no error shows what the file
// holds, and that what is read goes back through quotes unchanged.
func FuzzDotenv(f *testing.F) {
	for _, seed := range []string{"A=1", "export A='x\ny' # z", `A="\n"`, "A", "=\n", "A=\"x\"\r\nB=2", "\ufeffA=#", "A=1\nA=2", "A='", `A="\`} {
		f.Add([]byte(seed))
	}
	const canary = "secretcanary"
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parseDotenv(append([]byte("S='"+canary+"'\n"), data...))
		if err != nil {
			if entries != nil || strings.Contains(err.Error(), canary) {
				t.Errorf("got %v, %v", entries, err)
			}
			return
		}
		if got := entries["S"]; got.value != canary || got.line != 1 {
			t.Errorf("the first line became %+v", got)
		}
		quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "\r", `\r`)
		for name, entry := range entries {
			again, err := parseDotenv([]byte(name + `="` + quote.Replace(entry.value) + `"`))
			if err != nil || again[name].value != entry.value {
				t.Errorf("%s: %q became %q, %v", name, entry.value, again[name].value, err)
			}
		}
	})
}
