// Command bench measures rtmauth beside what else there is, in one run on one
// machine, and prints one table: the ratio first, then both times.
//
//	go run .           tokens, servers and sessions: the whole report
//	go run . serve     servers alone; it needs no npm package
//	go run . sessions  sessions of the local RTM service alone
//
// Each contender is calibrated once and then measured in rounds, all contenders
// in turn within each round, so that what else the machine does hits all alike.
// A time is the median of its rounds.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	rounds := flags.Int("rounds", 9, "rounds; a time is their median")
	slice := flags.Duration("slice", 100*time.Millisecond, "how long each contender runs in each round")
	serverRounds := flags.Int("server-rounds", 21, "rounds for servers")
	serverSlice := flags.Duration("server-slice", 500*time.Millisecond, "how long each server is asked in each round")
	sessions := flags.Int("sessions", heldTarget, "sessions of the local RTM service")
	sending := flags.Duration("sending", 10*time.Second, "for how long they send messages")
	out := flags.String("o", "", "write the report to this file too, as docs/benchmarks.md")
	strict := flags.Bool("strict", false, "exit 1 when a target is missed")
	only := "" // a part, to be measured alone
	if len(args) > 0 && (args[0] == "serve" || args[0] == "sessions") {
		only, args = args[0], args[1:]
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	}

	if name := os.Getenv(asServer); name != "" {
		return serveOther(name, stdout)
	}

	var report strings.Builder
	var missed []string
	if only == "" {
		rows, err := measureTokens(*rounds, *slice, stderr)
		if err != nil {
			return err
		}
		writeReport(&report, rows, *rounds, *slice)
		missed = missedTargets(rows)
	}
	if only != "sessions" {
		servers, err := measureServers(*serverRounds, *serverSlice, stderr)
		if err != nil {
			return err
		}
		servers.write(&report)
		missed = append(missed, servers.missed()...)
	}
	if only != "serve" {
		local, err := measureSessions(*sessions, *sending, stderr)
		if err != nil {
			return err
		}
		local.write(&report)
		missed = append(missed, local.missed()...)
	}
	if _, err := io.WriteString(stdout, report.String()); err != nil {
		return err
	}
	if *out != "" {
		if err := os.WriteFile(*out, []byte(report.String()), 0o644); err != nil {
			return err
		}
	}
	if *strict && len(missed) > 0 {
		return fmt.Errorf("targets missed: %s", strings.Join(missed, "; "))
	}
	return nil
}

// measureTokens measures what makes and verifies tokens.
func measureTokens(rounds int, slice time.Duration, progress io.Writer) ([]row, error) {
	peer, err := startPeer()
	if err != nil {
		return nil, err
	}
	defer peer.close()
	rows, err := tokenRows(peer)
	if err != nil {
		return nil, err
	}
	return rows, measure(rows, rounds, slice, progress)
}

// machine says where the figures come from.
func machine() string {
	model := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	node := "unknown"
	if v, err := exec.Command("node", "--version").Output(); err == nil {
		node = strings.TrimSpace(string(v))
	}
	return fmt.Sprintf("%s, %d cores, %s/%s, %s, Node.js %s", model, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), node)
}
