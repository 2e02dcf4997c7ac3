package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// pure is the environment of every step that needs no race detector. It is what
// the program is built with, and they share what is compiled for one another.
var pure = []string{"CGO_ENABLED=0"}

// testLanes is what make test runs. The first lane is the longest step, the
// second everything else: two cores, two lanes.
func testLanes(t *tree, fuzztime string) [][]step {
	main := []step{goTest("go test -race ./...", ".", nil, "-race", "-timeout=8m", "./...")}

	rest := []step{gofmtStep(t)}
	if len(t.generates) > 0 {
		rest = append(rest, generateStep(t))
	}
	rest = append(rest,
		simple("CGO_ENABLED=0 go build ./...", ".", pure, "go", "build", "./..."),
		simple("go vet ./...", ".", pure, "go", "vet", "./..."))
	for _, m := range t.soaks {
		rest = append(rest, simple("go vet -tags soak ("+m+")", m, pure, "go", "vet", "-tags=soak", "./..."))
	}
	for _, m := range t.modules {
		rest = append(rest, silent("go mod tidy -diff ("+m+")", m, "go.mod or go.sum is not tidy: run make tidy", "go", "mod", "tidy", "-diff"))
	}
	rest = append(rest, oldestGo(t))
	for _, path := range t.tsconfigs {
		rest = append(rest, simple("tsc -p "+path, ".", nil, "node", "ci/node/node_modules/typescript/bin/tsc", "--noEmit", "-p", path))
	}
	if len(t.nodeTests) > 0 {
		rest = append(rest, nodeTest("node --test", t.nodeTests))
	}
	for _, m := range t.nested() {
		// They test the built binary and what npm installed, which go test's cache does not watch.
		rest = append(rest,
			simple("go vet ("+m+")", m, pure, "go", "vet", "./..."),
			goTest("go test ("+m+")", m, pure, "-count=1", "-timeout=8m", "./..."))
	}
	if fuzztime != "" {
		rest = append(rest, fuzzSteps(t, fuzztime)...)
	}
	return [][]step{main, rest}
}

func gofmtStep(t *tree) step {
	return silent("gofmt", ".", "these files are not formatted: run make fmt", "gofmt", append([]string{"-l"}, t.goFiles...)...)
}

// oldestGo compiles and type-checks everything, tests included, with the very
// release that go.mod names. Where that release cannot be fetched, it says so
// and counts as skipped: the language version and vet's stdversion check of
// the standard library's newer parts still hold, from the steps beside it. In
// CI a release that cannot be fetched is a failure.
func oldestGo(t *tree) step {
	toolchain := "GOTOOLCHAIN=go" + t.goVersion
	return step{name: "go vet ./... with Go " + t.goVersion, run: func(ctx context.Context, out *bytes.Buffer) tally {
		if err := command(ctx, out, ".", []string{toolchain}, "go", "version"); err != nil {
			if os.Getenv("CI") != "" {
				return verdict(out, err)
			}
			return tally{skipped: 1, notes: []string{
				"skipped: Go " + t.goVersion + " could not be fetched, so nothing was compiled with it; go.mod's language version and vet's stdversion check were used instead",
			}}
		}
		out.Reset()
		return verdict(out, command(ctx, out, ".", slices.Concat(pure, []string{toolchain}), "go", "vet", "./..."))
	}}
}

// generateStep runs go generate and fails when a file changes by it. The tree
// then holds what it should have held.
func generateStep(t *tree) step {
	return step{name: "go generate", run: func(ctx context.Context, out *bytes.Buffer) tally {
		before, err := gitState(ctx)
		if err != nil {
			return verdict(out, err)
		}
		for _, path := range t.generates {
			if err := command(ctx, out, ".", nil, "go", "generate", "./"+path); err != nil {
				return verdict(out, err)
			}
		}
		after, err := gitState(ctx)
		if err == nil && before != after {
			err = fmt.Errorf("go generate changed files (git diff shows them): commit what it made")
		}
		return verdict(out, err)
	}}
}

// gitState is a digest of the work tree against the last commit.
func gitState(ctx context.Context) (string, error) {
	var b bytes.Buffer
	for _, args := range [][]string{{"diff", "HEAD"}, {"status", "--porcelain"}} {
		if err := command(ctx, &b, ".", nil, "git", args...); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", sha256.Sum256(b.Bytes())), nil
}

// fuzzSteps runs each fuzz target for a time. A failing input is kept by go
// test below testdata/fuzz, where the next go test runs it as a test.
func fuzzSteps(t *tree, fuzztime string) []step {
	steps := make([]step, 0, len(t.fuzz))
	for _, f := range t.fuzz {
		steps = append(steps, step{name: "fuzz " + f.String() + " " + fuzztime, run: func(ctx context.Context, out *bytes.Buffer) tally {
			args := []string{"test", "-run=^$", "-fuzz=^" + f.name + "$", "-fuzztime=" + fuzztime, "-fuzzminimizetime=5s", f.dir}
			err := command(ctx, out, f.module, nil, "go", args...)
			// Go's fuzzer sometimes reports its own deadline as a failure. It
			// found nothing then; run it again.
			if err != nil && bytes.Contains(out.Bytes(), []byte("context deadline exceeded")) && !bytes.Contains(out.Bytes(), []byte("Failing input")) {
				out.Reset()
				err = command(ctx, out, f.module, nil, "go", args...)
			}
			return verdict(out, err)
		}})
	}
	return steps
}

// soakSteps runs the tests that take load and minutes: TestSoak… in files
// built with the tag soak. They print figures as they go.
func soakSteps(t *tree, stdout io.Writer) []step {
	var steps []step
	for _, m := range t.soaks {
		steps = append(steps, step{name: "soak (" + m + ")", run: func(ctx context.Context, out *bytes.Buffer) tally {
			w := io.MultiWriter(stdout, out)
			err := command(ctx, w, m, nil, "go", "test", "-tags=soak", "-run=^TestSoak", "-v", "-p=1", "-count=1", "-timeout=60m", "./...")
			t := tally{
				passed: strings.Count(out.String(), "\n--- PASS: "),
				failed: strings.Count(out.String(), "\n--- FAIL: "),
			}
			out.Reset() // already shown
			if err != nil && t.failed == 0 {
				t.add(verdict(out, err))
			}
			return t
		}})
	}
	return steps
}
