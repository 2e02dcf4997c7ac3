package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rtmauth/rtmauth/internal/caller/apikey"
)

func newAPIKey(p *Process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "apikey",
		Short: "Make API keys for back ends",
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newAPIKeyNew(p))
	return cmd
}

func newAPIKeyNew(p *Process) *cobra.Command {
	var id, caller, expires string
	cmd := &cobra.Command{
		Use:   "new --id ID",
		Short: "Make a key; print it once, and the line for the configuration",
		Long: `Make a key of 256 random bits. The first line printed is the key, for the back
end; it is kept nowhere. The second is the line for callers.api_keys of the
configuration, or for the file of RTMAUTH_API_KEYS_FILE; it holds the key's
SHA-256, from which the key cannot be found.`,
		Example: `  rtmauth apikey new --id backend --expires 2027-01-01`,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			if id == "" || strings.ContainsFunc(id+caller, func(r rune) bool {
				return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
			}) {
				return usagef("--id and --caller must be letters, digits, \"-\", \"_\" and \".\"")
			}
			if expires != "" {
				if _, err := time.Parse(time.DateOnly, expires); err != nil {
					if _, err := time.Parse(time.RFC3339, expires); err != nil {
						return usagef("--expires must be a day such as 2027-01-01, or an RFC 3339 time")
					}
				}
			}
			key, hash := apikey.Generate()
			fmt.Fprintln(p.Stdout, key)
			line := "- {id: " + id
			if caller != "" {
				line += ", caller: " + caller
			}
			line += `, sha256: "` + hash + `"`
			if expires != "" {
				line += ", expires: " + expires
			}
			fmt.Fprintln(p.Stdout, line+"}")
			fmt.Fprintln(p.Stderr, "The first line is the key: give it to the back end now, it is kept nowhere. The second goes under callers.api_keys.")
			return nil
		},
	}
	cmd.Flags().StringVar(&id, "id", "", "the key's `ID`, in logs and, without --caller, in rules")
	cmd.Flags().StringVar(&caller, "caller", "", "the caller's `name` in rules, where a key replaces another")
	cmd.Flags().StringVar(&expires, "expires", "", "the `day` or time from which the key is refused")
	return cmd
}
