// Command check runs the repository's checks: a line for each step with what
// it took, the output of what failed, and a closing line that counts.
//
//	go run ./ci/check test [-fuzztime 2s]   what make test does
//	go run ./ci/check lint|fuzz|soak|fmt|tidy likewise
//
// It runs from the top folder of the repository and uses nothing but Go's
// standard library, so that it can run before anything is installed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprintln(stderr, "usage: check test|lint|fuzz|soak|fmt|tidy [-fuzztime 2s]")
		return 2
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(stderr)
	fuzztime := flags.String("fuzztime", "", "run each fuzz target for this time; empty: only its corpus, as a test")
	if err := flags.Parse(args[1:]); err != nil {
		return 2
	}
	tree, err := readTree(".")
	if err != nil {
		fmt.Fprintln(stderr, "check:", err)
		return 1
	}

	var lanes [][]step
	switch args[0] {
	case "test":
		lanes = testLanes(tree, *fuzztime)
	case "lint":
		lanes = [][]step{lintSteps(tree)}
	case "fuzz":
		lanes = [][]step{fuzzSteps(tree, *fuzztime)}
	case "soak":
		lanes = [][]step{soakSteps(tree, stdout)}
	case "fmt":
		lanes = [][]step{fmtSteps(tree)}
	case "tidy":
		lanes = [][]step{tidySteps(tree)}
	default:
		fmt.Fprintf(stderr, "check: no such check: %q\n", args[0])
		return 2
	}

	start := time.Now()
	total := runLanes(ctx, stdout, lanes)
	fmt.Fprintf(stdout, "%s took %s\n%s\n", args[0], time.Since(start).Round(100*time.Millisecond), total)
	if total.failed > 0 || ctx.Err() != nil {
		return 1
	}
	return 0
}
