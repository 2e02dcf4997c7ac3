package cli

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/rtmauth/rtmauth/internal/atomicfile"
	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/server"
)

func newServe(p *Process) *cobra.Command {
	var file, readyFile string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve tokens in production, to callers that are known",
		Long: `Serve tokens to callers that are known: back ends by API key or client
certificate, front ends by the JWTs or sessions that they have. What each may
have is policy. Nobody gets anything without a way to know them.

The configuration is one YAML file: ` + "`rtmauth config init`" + ` writes one with
comments, ` + "`rtmauth config check`" + ` says what is wrong with it. Without --config the
environment alone is used: APP_ID, APP_CERTIFICATE, and RTMAUTH_API_KEYS_FILE or
RTMAUTH_JWT_ISSUER with RTMAUTH_JWT_AUDIENCE.

SIGHUP, a change of a file, or the admin API reload it; what is wrong then leaves
the running configuration in place. SIGTERM drains; a second one ends at once.`,
		Example: `  rtmauth config init && rtmauth serve --config rtmauth.yaml
  APP_ID=… APP_CERTIFICATE_FILE=… RTMAUTH_API_KEYS_FILE=keys.yaml rtmauth serve`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// A standard error that nobody reads any more must not end the
			// process: lines that cannot be written are the logs' to count.
			signal.Ignore(syscall.SIGPIPE)
			s, err := server.New(server.Options{Load: loader(p, file), Version: buildVersion(), Now: p.Now, Stderr: p.Stderr})
			if err != nil {
				return fmt.Errorf("not started:\n%w", err)
			}
			if _, chosen := p.LookupEnv("GOGC"); !chosen {
				// What lives is a few megabytes, so that the default would
				// collect every few hundred requests.
				debug.SetGCPercent(300)
			}
			hup := make(chan os.Signal, 1)
			signal.Notify(hup, syscall.SIGHUP)
			defer signal.Stop(hup)
			ctx, stop := untilSignal(cmd.Context())
			defer stop()
			reloads := make(chan struct{})
			go func() {
				for {
					select {
					case <-hup:
						select {
						case reloads <- struct{}{}:
						case <-ctx.Done():
						}
					case <-ctx.Done():
						return
					}
				}
			}()
			if readyFile != "" {
				go func() {
					select {
					case <-s.Started():
						writeReady(p, s, readyFile)
					case <-ctx.Done():
					}
				}()
				defer func() { _ = os.Remove(readyFile) }()
			}
			return told(p, cmd, s.Run(ctx, reloads))
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration `FILE` (default: the environment alone)")
	cmd.Flags().StringVar(&readyFile, "ready-file", "", "write `FILE` (JSON: url, admin_url, pid; mode 0600) when ready, remove it at the end")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml")
	return cmd
}

// told prints an error as Main would, but does not wait for a standard error that
// takes nothing.
func told(p *Process, cmd *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		fmt.Fprintf(p.Stderr, "%s: %s\n", cmd.CommandPath(), plain(err))
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
	return &exitError{code: exitTrouble}
}

func writeReady(p *Process, s *server.Server, path string) {
	scheme := "http://"
	if s.TLS() {
		scheme = "https://"
	}
	content := map[string]any{"url": scheme + reachable(s.Addr("public")), "pid": os.Getpid()}
	if addr := s.Addr("admin"); addr != "" {
		content["admin_url"] = "http://" + reachable(addr)
	}
	b, err := json.Marshal(content)
	if err == nil {
		err = atomicfile.Write(path, append(b, '\n'))
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "the ready file was not written: %v\n", err)
	}
}

// reachable is an address that a client on this machine can use.
func reachable(addr string) string {
	if host, port, err := net.SplitHostPort(addr); err == nil && (host == "::" || host == "0.0.0.0") {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// loader reads the configuration file, or the environment where there is none.
func loader(p *Process, file string) func() (*config.Resolved, error) {
	source := config.OSSource()
	source.LookupEnv = p.LookupEnv
	return func() (*config.Resolved, error) {
		if file != "" {
			return config.Load(file, source)
		}
		env, err := config.ReadEnv(p.LookupEnv, ".env")
		if err != nil {
			return nil, err
		}
		return config.FromEnv(env, source)
	}
}
