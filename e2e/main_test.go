package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// patience bounds every wait for something that needs no clock to be turned:
// generous, because two busy cores may be all there is.
const patience = 30

// shared is what all tests of a run have in common.
var shared struct {
	dir     string // temporary, removed at the end
	binary  string // rtmauth
	browser *browser
}

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	// Most of these tests wait, the guide's for half a minute: they may do so together, however few cores there are.
	flag.Parse()
	if err := flag.Set("test.parallel", "12"); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	dir, err := os.MkdirTemp("", "rtmauth-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	shared.dir = dir
	shared.binary = filepath.Join(dir, "rtmauth")
	build := exec.Command("go", "build", "-o", shared.binary, "./cmd/rtmauth")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "e2e: go build ./cmd/rtmauth: %v\n%s", err, out)
		return 1
	}
	shared.browser, err = startBrowser(filepath.Join(dir, "profile"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	defer shared.browser.stop()
	return m.Run()
}
