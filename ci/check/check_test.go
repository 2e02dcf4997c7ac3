package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadEvents(t *testing.T) {
	stream := `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: quiet\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB/sub"}
{"Action":"output","Package":"p","Test":"TestB/sub","Output":"    b_test.go:7: got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestB/sub"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:9: no lamp\n"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"fail","Package":"p"}
{"ImportPath":"q [q.test]","Action":"build-output","Output":"q.go:3: undefined: x\n"}
{"ImportPath":"q [q.test]","Action":"build-fail"}
{"Action":"fail","Package":"q","FailedBuild":"q [q.test]"}
{"Action":"output","Package":"r","Test":"TestDies","Output":"panic: boom\n"}
{"Action":"fail","Package":"r"}
{"Action":"pass","Package":"s","Elapsed":45.6}
`
	var out bytes.Buffer
	got := readEvents(strings.NewReader(stream), &out)
	if got.passed != 1 || got.failed != 4 || got.skipped != 1 {
		t.Errorf("got %s, want 1 passed, 4 failed (two tests, a build, a panic), 1 skipped", got)
	}
	for _, want := range []string{"got 1, want 2", "undefined: x", "panic: boom"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output does not show %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "quiet") {
		t.Error("the output shows what a passed test printed")
	}
	if len(got.notes) != 2 || !strings.Contains(got.notes[0], "no lamp") || !strings.Contains(got.notes[1], "s 46 s") {
		t.Errorf("notes %q do not say why a test was skipped, and which package is slow", got.notes)
	}
}

func TestReadTAP(t *testing.T) {
	got := readTAP([]byte("ok 1 - a\n# tests 5\n# suites 0\n# pass 2\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n# duration_ms 4\n"))
	if want := "2 passed, 2 failed, 1 skipped"; got.String() != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRunLanes_countsAndGoesOn(t *testing.T) {
	one := func(err error) step {
		return step{name: "one", run: func(_ context.Context, out *bytes.Buffer) tally { return verdict(out, err) }}
	}
	var out bytes.Buffer
	total := runLanes(t.Context(), &out, [][]step{{one(errors.New("boom")), one(nil)}, {one(nil)}})
	if want := "2 passed, 1 failed"; total.String() != want {
		t.Errorf("got %q, want %q", total, want)
	}
	if !strings.Contains(out.String(), "boom") {
		t.Errorf("the failure's output is not shown:\n%s", out.String())
	}
}

func TestSilent(t *testing.T) {
	tests := []struct {
		script string
		failed int
	}{
		{"echo go: downloading x >&2", 0},
		{"echo a.go", 1},
		{"exit 1", 1},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		got := silent("s", ".", "run make fmt", "sh", "-c", tt.script).run(t.Context(), &out)
		if got.failed != tt.failed || strings.Contains(out.String(), "run make fmt") != (tt.failed == 1) {
			t.Errorf("%s: got %s and %q", tt.script, got, out.String())
		}
	}
}

// script runs a script of ci/ with a PATH that holds only what fakes makes of it.
func script(t *testing.T, name string, fakes map[string]string) string {
	t.Helper()
	bin := t.TempDir()
	for _, tool := range []string{"sh", "sed", "sort", "printf", "head", "dirname", "id", "cmp", "mkdir"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	for fake, body := range fakes {
		if err := os.WriteFile(filepath.Join(bin, fake), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", filepath.Join("..", name))
	cmd.Env = []string{"PATH=" + bin}
	out, err := cmd.CombinedOutput()
	if err == nil {
		return "ok\n" + string(out)
	}
	return string(out)
}

func TestGoVersion(t *testing.T) {
	tree, err := readTree("../..")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ says, want string }{
		{"go version go1.24.9 linux/amd64", "rtmauth needs Go " + tree.goVersion + " or newer, and this is Go 1.24.9"},
		{"go version go1.9 linux/amd64", "rtmauth needs Go " + tree.goVersion + " or newer, and this is Go 1.9"},
		{"go version go" + tree.goVersion + " linux/amd64", "ok"},
		{"go version go1.26.8 linux/amd64", "ok"},
		{"go version go1.100.1 linux/amd64", "ok"},
		{"go version devel go1.27-abcdef linux/amd64", "ok"},
	}
	for _, tt := range tests {
		if got := script(t, "go-version.sh", map[string]string{"go": "echo '" + tt.says + "'"}); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %q, want it to start with %q", tt.says, got, tt.want)
		}
	}
	if got := script(t, "go-version.sh", nil); !strings.HasPrefix(got, "rtmauth needs Go "+tree.goVersion) {
		t.Errorf("without a go command: got %q", got)
	}
}

// TestGoVersion_goItself shows what someone with an old Go sees who never
// comes near make: go's own first line names the release of go.mod.
func TestGoVersion_goItself(t *testing.T) {
	tree, err := readTree("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// No Go is older than itself, so the roles are turned: a module that asks
	// for a release yet to come.
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module m\n\ngo 1.999.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN=local")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(strings.SplitN(string(out), "\n", 2)[0], "go.mod requires go >= 1.999.0") {
		t.Errorf("go run says %q, which does not name the release of go.mod's go line (here %s)", out, tree.goVersion)
	}
}

func TestDeps_namesWhatIsMissing(t *testing.T) {
	here := map[string]string{"go": "", "node": "", "npm": "", "gcc": ""}
	delete(here, "gcc")
	if got := script(t, "deps.sh", here); !strings.Contains(got, "missing, and to be installed by you: gcc") {
		t.Errorf("without gcc: got %q", got)
	}
	here["gcc"] = ""
	got := script(t, "deps.sh", here) // no apt-get in PATH
	if !strings.Contains(got, "missing, and installed for you only on Debian as root: chromium redis-server curl") {
		t.Errorf("without chromium, redis-server and curl: got %q", got)
	}
}
