// Command bench measures rtmauth beside what else there is, in one run on one
// machine, and prints one table: the ratio first, then both times.
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
	"slices"
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
	serverRounds := flags.Int("server-rounds", 5, "rounds for servers")
	serverSlice := flags.Duration("server-slice", 2*time.Second, "how long each server is asked in each round")
	sessions := flags.Int("sessions", heldTarget, "sessions of the local RTM service")
	sending := flags.Duration("sending", 10*time.Second, "for how long they send messages")
	out := flags.String("o", "", "write the report to this file too, as docs/benchmarks.md")
	strict := flags.Bool("strict", false, "exit 1 when a target is missed")
	if err := flags.Parse(args); err != nil {
		return err
	}

	if name := os.Getenv(asServer); name != "" {
		return serveOther(name, stdout)
	}

	peer, err := startPeer()
	if err != nil {
		return err
	}
	defer peer.close()
	rows, err := tokenRows(peer)
	if err != nil {
		return err
	}
	if err := measure(rows, *rounds, *slice, stderr); err != nil {
		return err
	}

	servers, err := measureServers(*serverRounds, *serverSlice, stderr)
	if err != nil {
		return err
	}
	local, err := measureSessions(*sessions, *sending, stderr)
	if err != nil {
		return err
	}

	var report strings.Builder
	writeReport(&report, rows, *rounds, *slice)
	servers.write(&report)
	local.write(&report)
	if _, err := io.WriteString(stdout, report.String()); err != nil {
		return err
	}
	if *out != "" {
		if err := os.WriteFile(*out, []byte(report.String()), 0o644); err != nil {
			return err
		}
	}
	if missed := slices.Concat(missedTargets(rows), servers.missed(), local.missed()); *strict && len(missed) > 0 {
		return fmt.Errorf("targets missed: %s", strings.Join(missed, "; "))
	}
	return nil
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
