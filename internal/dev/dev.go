// Package dev is `rtmauth dev`: the whole system on one loopback port, put
// together of its parts. It is for development: it knows no callers, and
// whoever may reach it gets tokens for any user.
package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/localguard"
)

// DefaultListen is where dev listens unless it is told otherwise: the port of
// Agora's guide.
const DefaultListen = "127.0.0.1:8082"

// Options are what `rtmauth dev` takes. The zero value of each is its default,
// but for LookupEnv, which must be set.
type Options struct {
	Program string // how the user calls rtmauth, for commands in messages
	Version string // of rtmauth, for people

	LookupEnv func(string) (string, bool)
	Dotenv    string // path of the .env file, read if it is there; empty reads none

	Listen           string          // loopback address
	InsecureListen   string          // any address, in place of Listen
	TokenVersion     rtmauth.Version // of /fetch_rtm_token; 006 unless set
	PageDir          string          // served at /page/
	SDKFile          string          // served at /sdk/user.js
	AllowOrigins     []string
	AllowHosts       []string
	ReadyFile        string
	ControlTokenFile string
	Open             bool

	openBrowser func(ctx context.Context, url string) error // nil: the system's; set in tests
}

// FlagError is a flag that cannot be used, as opposed to trouble in doing so.
type FlagError struct {
	Flag string // like "--listen"
	Err  error
}

func (e *FlagError) Error() string { return e.Flag + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *FlagError) Unwrap() error { return e.Err }

// Run serves until ctx ends, then finishes the requests at hand (for at most
// drainTime) and returns nil. What the user asked for goes to stdout: the
// addresses, once listening has succeeded. Trouble, and requests that were
// refused, go to stderr. A *FlagError says which flag cannot be used.
func Run(ctx context.Context, o Options, stdout, stderr io.Writer) error {
	address, err := o.address()
	if err != nil {
		return err
	}
	project, err := o.project()
	if err != nil {
		return err
	}
	refusals := newNotices(stderr)
	guard, err := o.guard(project.generated(), refusals.refused)
	if err != nil {
		return err
	}
	files, err := o.files()
	if err != nil {
		return err
	}
	defer files.close()

	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	system, err := newSystem(&o, project, guard, refusals, files, log)
	if err != nil {
		return err
	}
	defer system.Close()

	listener, err := listen(ctx, address, o.Program)
	if err != nil {
		return err
	}
	defer listener.Close() // the server closes it too; this is for what fails before it serves

	url := addressURL(listener.Addr())
	server := newServer(ctx, system.Handler(), log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	if o.ReadyFile != "" {
		remove, err := writeReadyFile(o.ReadyFile, url, project)
		if err != nil {
			_ = server.Close()
			return &FlagError{"--ready-file", err}
		}
		defer remove()
	}
	if err := o.banner(stdout, url, project); err != nil {
		_ = server.Close()
		return fmt.Errorf("print the addresses: %w", err)
	}
	if o.Open {
		o.browse(ctx, url, stderr)
	}

	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	system.Close() // ends WebSockets and waiting requests, which Shutdown does not
	return server.drain(ctx, served)
}

// guard admits any origin where there is nothing of the user's to take.
func (o *Options) guard(anyOrigin bool, onRefusal func(localguard.Refusal)) (*localguard.Guard, error) {
	// Each list is tried alone, to name the flag that is wrong.
	if _, err := localguard.New(localguard.Rules{Origins: o.AllowOrigins}); err != nil {
		return nil, &FlagError{"--allow-origin", err}
	}
	guard, err := localguard.New(localguard.Rules{AnyOrigin: anyOrigin, Origins: o.AllowOrigins, Hosts: o.AllowHosts, OnRefusal: onRefusal})
	if err != nil {
		return nil, &FlagError{"--allow-host", err}
	}
	return guard, nil
}

func (o *Options) tokenVersion() (rtmauth.Version, error) {
	switch o.TokenVersion {
	case "", rtmauth.Version006:
		return rtmauth.Version006, nil
	case rtmauth.Version007:
		return rtmauth.Version007, nil
	}
	return "", &FlagError{"--token-version", errors.New("give 006 or 007")}
}
