package cli

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// docs/dev.md lists every flag of `rtmauth dev`, and no other.
func TestDev_flagsAreDocumented(t *testing.T) {
	data, err := os.ReadFile("../../docs/dev.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(data), "## Flags")
	table, _, _ = strings.Cut(table, "\n## ")
	documented := make(map[string]bool)
	for line := range strings.Lines(table) {
		if rest, ok := strings.CutPrefix(line, "| `--"); ok {
			name, _, _ := strings.Cut(rest, "`")
			name, _, _ = strings.Cut(name, " ")
			documented[name] = true
		}
	}
	for _, name := range regexp.MustCompile(`(?m)^ +--([a-z-]+)`).FindAllStringSubmatch(newDev(&Process{}).LocalFlags().FlagUsages(), -1) {
		if !documented[name[1]] {
			t.Errorf("--%s is not documented", name[1])
		}
		delete(documented, name[1])
	}
	for name := range documented {
		t.Errorf("--%s is documented and does not exist", name)
	}
}

func TestProgramName(t *testing.T) {
	for arg0, want := range map[string]string{
		"rtmauth": "rtmauth", "./rtmauth": "./rtmauth", "/usr/bin/rtmauth": "/usr/bin/rtmauth", "/tmp/go-build123/b001/exe/rtmauth": "go run ./cmd/rtmauth",
	} {
		if got := programName(arg0); got != want {
			t.Errorf("%s: got %s, want %s", arg0, got, want)
		}
	}
}
