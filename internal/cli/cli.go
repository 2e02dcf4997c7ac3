// Package cli is the command line of rtmauth: one file per command, which
// parses flags and calls the package that does the work.
//
// What a command is asked for goes to standard output, everything else to
// standard error. Exit codes: 0 done, 1 trouble, 2 wrong usage, and 3 where a
// command's answer is no (a token is not readable, refused, or has a cause).
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Process is what a command gets of the world.
type Process struct {
	Name      string   // how the user called this program, for commands in messages: "rtmauth", "go run ./cmd/rtmauth"
	Args      []string // without the program's name
	LookupEnv func(string) (string, bool)
	Stdin     io.Reader
	Stdout    io.Writer
	Stderr    io.Writer
	Now       func() time.Time
}

// OSProcess is the process that this program runs in.
func OSProcess() Process {
	return Process{
		Name:      programName(os.Args[0]),
		Args:      os.Args[1:],
		LookupEnv: os.LookupEnv,
		Stdin:     os.Stdin,
		Stdout:    os.Stdout,
		Stderr:    os.Stderr,
		Now:       time.Now,
	}
}

// The exit codes.
const (
	exitOK      = 0
	exitTrouble = 1
	exitUsage   = 2
	exitNo      = 3
)

// exitError ends the program with a code. With a nil error nothing is printed:
// the command has said what there is to say.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usagef is an error of usage: exit code 2, with a pointer to the help.
func usagef(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// Main runs the command that the arguments name and returns the exit code.
func Main(ctx context.Context, p Process) int {
	root := newRoot(&p)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	exit := &exitError{exitTrouble, err}
	errors.As(err, &exit)
	if exit.err != nil {
		fmt.Fprintf(p.Stderr, "%s: %s\n", cmd.CommandPath(), plain(err))
		if exit.code == exitUsage {
			fmt.Fprintf(p.Stderr, "See `%s --help`.\n", cmd.CommandPath())
		}
	}
	return exit.code
}

// plain is an error as people read it: those of the library begin with its name,
// which is this program's too.
func plain(err error) string { return strings.Replace(err.Error(), "rtmauth: ", "", 1) }

func newRoot(p *Process) *cobra.Command {
	root := &cobra.Command{
		Use:   "rtmauth",
		Short: "Token authentication for Agora RTM (Signaling)",
		Long: `rtmauth is token authentication for Agora RTM (Signaling), whole: it makes
tokens, serves them to callers it knows, keeps clients renewed, checks tokens,
says why a token is refused, and gives developers a local RTM login service with
a clock that they can turn.

New here? Run ` + "`rtmauth dev`" + ` and open the address that it prints.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			return unknownCommand(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetArgs(p.Args)
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%w", err) })
	root.SuggestionsMinimumDistance = 2
	root.AddCommand(
		newDev(p),
		newServe(p),
		newConfig(p),
		newAPIKey(p),
		newPolicy(p),
		newDeny(p),
		newRotate(p),
		newStatus(p),
		newTokenCommand(p),
		newVersion(p),
	)
	root.InitDefaultHelpFlag()
	return root
}

// noArgs is cobra.NoArgs with this program's exit code.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("unexpected argument %q", args[0])
	}
	return nil
}

// unknownCommand is for commands that only have subcommands.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return usagef("unknown command %q; did you mean %q?", args[0], near[0])
	}
	return usagef("unknown command %q", args[0])
}
