package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
)

// toolsBin is where make lint builds the tools. The folder is not committed.
const toolsBin = ".cache/bin"

// lintSteps is what make lint runs: every tool at the version that
// ci/tools/go.mod pins, over every module.
func lintSteps(t *tree) []step {
	bin, err := filepath.Abs(toolsBin)
	if err != nil {
		bin = toolsBin
	}
	tool := func(name string) string { return filepath.Join(bin, name) }

	steps := []step{
		simple("build the pinned tools (minutes, the first time)", toolsModule, nil, "go", "build", "-o", bin+"/", "tool"),
		silent("gofumpt", ".", "these files are not formatted: run make fmt", tool("gofumpt"), slices.Concat([]string{"-l"}, t.goFiles)...),
	}
	for _, m := range t.modules {
		steps = append(steps,
			simple("staticcheck ("+m+")", m, nil, tool("staticcheck"), "-tags=soak", "./..."),
			simple("golangci-lint ("+m+")", m, nil, tool("golangci-lint"), "run", "--build-tags=soak", "./..."),
			govulncheck(tool("govulncheck"), m))
	}
	return steps
}

// govulncheck looks for known vulnerabilities that the code can reach. Its
// database is on the network: where that cannot be reached, the step says so
// and counts as skipped, because nothing was checked.
func govulncheck(program, module string) step {
	return step{name: "govulncheck (" + module + ")", run: func(ctx context.Context, out *bytes.Buffer) tally {
		err := command(ctx, out, module, nil, program, "./...")
		var exit *exec.ExitError
		// govulncheck exits 3 for findings and 1 for trouble of its own.
		if errors.As(err, &exit) && exit.ExitCode() == 1 && bytes.Contains(out.Bytes(), []byte("fetching vulnerabilities")) {
			return tally{skipped: 1, notes: []string{
				fmt.Sprintf("skipped: govulncheck's database cannot be reached from here, so known vulnerabilities were not looked for in %s", module),
			}}
		}
		return verdict(out, err)
	}}
}

// fmtSteps formats the Go files in place.
func fmtSteps(t *tree) []step {
	args := slices.Concat([]string{"tool", "-modfile=" + toolsModule + "/go.mod", "gofumpt", "-w"}, t.goFiles)
	return []step{simple("gofumpt -w", ".", nil, "go", args...)}
}

// tidySteps bring go.mod and go.sum of every module up to date. What the main
// module requires, the nested ones require through it: a change there is a
// change to all.
func tidySteps(t *tree) []step {
	var steps []step
	for _, m := range append(t.modules, toolsModule) {
		steps = append(steps, simple("go mod tidy ("+m+")", m, nil, "go", "mod", "tidy"))
	}
	return steps
}
