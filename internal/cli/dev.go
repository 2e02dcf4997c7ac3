package cli

import (
	"errors"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/dev"
	"github.com/spf13/cobra"
)

func newDev(p *Process) *cobra.Command {
	options := dev.Options{
		Program:   p.Name,
		Version:   buildVersion(),
		LookupEnv: p.LookupEnv,
		Dotenv:    ".env",
	}
	tokenVersion := string(rtmauth.Version006)
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run everything on this machine: token server, local RTM service, demo, inspector",
		Long: `Run the whole system on one loopback port, for development: a token server, a
local RTM login service that enforces the documented rules on a clock that can
be turned, drop-in SDKs for it, a demo page, an inspector and a log.

The project comes from APP_ID and APP_CERTIFICATE (and, if it has two,
APP_CERTIFICATE_SECONDARY): from the environment, else from .env in this folder;
AGORA_ before a name and _FILE after it work too. Without them a fake App ID,
the same in every run, and a random certificate for this run are used.

With the fake App ID, pages of any origin are answered. With your own, only pages
from this machine (loopback origins) and those of --allow-origin are: any page
that you visit could fetch tokens of your project otherwise.

It is not for production, where callers must be known: that is ` + "`rtmauth serve`" + `.`,
		Example: `  rtmauth dev
  APP_ID=… APP_CERTIFICATE=… rtmauth dev --token-version 007
  rtmauth dev --page ./my-page --open
  rtmauth dev --listen 127.0.0.1:0 --ready-file ready.json     # for tests and CI`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("listen") && cmd.Flags().Changed("insecure-listen") {
				return usagef("--listen and --insecure-listen exclude each other")
			}
			options.TokenVersion = rtmauth.Version(tokenVersion)
			ctx, stop := untilSignal(cmd.Context())
			defer stop()
			err := dev.Run(ctx, options, p.Stdout, p.Stderr)
			var flag *dev.FlagError
			if errors.As(err, &flag) {
				return usagef("%w", err)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&options.Listen, "listen", dev.DefaultListen, "loopback `address` to listen on; port 0 takes a free one")
	flags.StringVar(&tokenVersion, "token-version", tokenVersion, "`version` of the tokens of /fetch_rtm_token: 006 or 007")
	flags.StringVar(&options.PageDir, "page", "", "serve your own page from `DIR` at /page/")
	flags.StringVar(&options.SDKFile, "sdk", "", "serve your own copy of an Agora SDK, `FILE`, at /sdk/user.js for the demo page")
	flags.BoolVar(&options.Open, "open", false, "open the demo page in the browser")
	flags.StringVar(&options.ReadyFile, "ready-file", "", "write `FILE` (JSON: url, app_id, …; mode 0600) when ready, remove it at the end")
	flags.StringArrayVar(&options.AllowOrigins, "allow-origin", nil, "answer pages of this `origin` too, like https://app.example (repeatable)")
	flags.StringArrayVar(&options.AllowHosts, "allow-host", nil, "answer under this `host` name too, like box.lan (repeatable)")
	flags.StringVar(&options.ControlTokenFile, "control-token-file", "", "let other machines use /local/control/ with the token in `FILE`, and only with it")
	flags.StringVar(&options.InsecureListen, "insecure-listen", "", "DANGER: listen on an `address` that other machines can reach;\nwhoever reaches it gets tokens for any user of your project")
	_ = cmd.RegisterFlagCompletionFunc("token-version", cobra.FixedCompletions([]string{"006", "007"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagDirname("page")
	return cmd
}
