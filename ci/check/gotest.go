package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// goTest is a step that runs go test in a module and counts its tests,
// subtests included, from go test's own events.
func goTest(name, module string, env []string, args ...string) step {
	return step{name: name, run: func(ctx context.Context, out *bytes.Buffer) tally {
		cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
		cmd.Dir = module
		cmd.Env = append(os.Environ(), env...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			return verdict(out, err)
		}
		if err := cmd.Start(); err != nil {
			return verdict(out, err)
		}
		t := readEvents(pipe, out)
		err = cmd.Wait()
		if err != nil && t.failed == 0 {
			out.Write(stderr.Bytes())
			fmt.Fprintln(out, err)
			t.failed++
		}
		if err == nil && t.passed+t.failed+t.skipped == 0 {
			fmt.Fprintf(out, "go test ran no test in %s\n", module)
			t.failed++
		}
		return t
	}}
}

// event is a line of go test -json.
type event struct {
	Action, Package, ImportPath, Test, Output, FailedBuild string

	Elapsed float64 // seconds
}

// slow is how long a package's tests may take before the step names it: make
// test has ten minutes on two cores for everything.
const slow = 30

// readEvents counts the tests of a go test -json stream and writes what the
// failed ones printed to out. A package that fails outside any test (it does
// not build, it exits, it times out) counts as one failure.
func readEvents(r io.Reader, out io.Writer) tally {
	var t tally
	type key struct{ pkg, test string }
	printed := make(map[key][]string) // output of what has not ended yet
	failedIn := make(map[string]bool) // packages with a failed test
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(out, lines.Text()) // go itself, before the first event
			continue
		}
		k := key{e.Package, e.Test}
		switch e.Action {
		case "output":
			printed[k] = append(printed[k], e.Output)
		case "build-output":
			printed[key{e.ImportPath, ""}] = append(printed[key{e.ImportPath, ""}], e.Output)
		case "pass":
			if e.Test != "" {
				t.passed++
			} else if e.Elapsed > slow {
				t.notes = append(t.notes, fmt.Sprintf("slow: %s %.0f s", e.Package, e.Elapsed))
			}
			delete(printed, k)
		case "skip":
			if e.Test != "" {
				t.skipped++
				t.notes = append(t.notes, fmt.Sprintf("skipped: %s %s: %s", e.Package, e.Test, reason(printed[k])))
			}
			delete(printed, k)
		case "fail":
			if e.Test != "" {
				t.failed++
				failedIn[e.Package] = true
			} else if !failedIn[e.Package] {
				t.failed++
			}
			if e.FailedBuild != "" {
				flush(out, printed[key{e.FailedBuild, ""}])
				delete(printed, key{e.FailedBuild, ""})
			}
			// Unfinished tests of a package that died: their output holds the panic.
			if e.Test == "" {
				for other, text := range printed {
					if other.pkg == e.Package && other.test != "" {
						flush(out, text)
						delete(printed, other)
					}
				}
			}
			flush(out, printed[k])
			delete(printed, k)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(out, err)
		t.failed++
	}
	slices.Sort(t.notes)
	return t
}

func flush(out io.Writer, text []string) {
	for _, s := range text {
		if strings.HasPrefix(s, "=== ") {
			continue // RUN, PAUSE, CONT
		}
		io.WriteString(out, s)
	}
}

// reason finds what a skipped test said.
func reason(text []string) string {
	for _, s := range text {
		s = strings.TrimSpace(s)
		if s != "" && !strings.HasPrefix(s, "===") && !strings.HasPrefix(s, "---") {
			return s
		}
	}
	return "no reason given"
}
