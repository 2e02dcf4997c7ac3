package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// A step is one check. What it prints is shown only when it fails.
type step struct {
	name string
	run  func(ctx context.Context, out *bytes.Buffer) tally
}

// A tally counts what a step did. A step that is one yes or no counts as one.
type tally struct {
	passed, failed, skipped int
	notes                   []string // shown below the step's line, whatever came of it
}

// String is the plain closing line.
func (t tally) String() string {
	s := fmt.Sprintf("%d passed, %d failed", t.passed, t.failed)
	if t.skipped > 0 {
		s += fmt.Sprintf(", %d skipped", t.skipped)
	}
	return s
}

func (t *tally) add(other tally) {
	t.passed += other.passed
	t.failed += other.failed
	t.skipped += other.skipped
}

// verdict is the tally of a step that is one yes or no.
func verdict(out *bytes.Buffer, err error) tally {
	if err != nil {
		fmt.Fprintln(out, err)
		return tally{failed: 1}
	}
	return tally{passed: 1}
}

// runLanes runs the lanes side by side and each lane's steps in order, and
// goes on after a failure, so that one run shows everything that is wrong.
func runLanes(ctx context.Context, stdout io.Writer, lanes [][]step) tally {
	var (
		mu    sync.Mutex
		total tally
		wg    sync.WaitGroup
	)
	for _, lane := range lanes {
		wg.Go(func() {
			for _, s := range lane {
				if ctx.Err() != nil {
					return
				}
				var out bytes.Buffer
				start := time.Now()
				t := s.run(ctx, &out)
				mu.Lock()
				report(stdout, s.name, t, time.Since(start), out.Bytes())
				total.add(t)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return total
}

func report(w io.Writer, name string, t tally, took time.Duration, out []byte) {
	word, count := "ok", ""
	if t.failed > 0 {
		word = "FAIL"
	}
	if t.passed+t.failed+t.skipped > 1 {
		count = fmt.Sprintf("%4d", t.passed+t.failed)
	}
	fmt.Fprintf(w, "%-4s  %-52s %4s  %6.1fs\n", word, name, count, took.Seconds())
	for _, note := range t.notes {
		fmt.Fprintf(w, "      %s\n", note)
	}
	if t.failed > 0 {
		fmt.Fprintf(w, "%s\n", bytes.TrimRight(out, "\n"))
	}
}

// command runs a program in dir with extra environment settings and gives
// what it printed, standard error included, to out.
func command(ctx context.Context, out io.Writer, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return nil
}

// simple is a step that is one command, passed when the command exits 0.
func simple(name, dir string, env []string, program string, args ...string) step {
	return step{name: name, run: func(ctx context.Context, out *bytes.Buffer) tally {
		return verdict(out, command(ctx, out, dir, env, program, args...))
	}}
}

// silent is a step that is one command, passed when it exits 0 and its standard
// output is empty. On standard error Go also says what it downloads.
func silent(name, dir, complaint, program string, args ...string) step {
	return step{name: name, run: func(ctx context.Context, out *bytes.Buffer) tally {
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Dir = dir
		var stdout bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, out
		err := cmd.Run()
		out.Write(stdout.Bytes())
		if err != nil || stdout.Len() > 0 {
			err = errors.Join(err, errors.New(complaint))
		}
		return verdict(out, err)
	}}
}
