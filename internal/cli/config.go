package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/policy"
)

func newConfig(p *Process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Write, check and document the configuration of serve",
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigInit(p), newConfigCheck(p), newConfigReference(p))
	return cmd
}

const defaultConfig = "rtmauth.yaml"

func newConfigInit(p *Process) *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a commented configuration to FILE (default: rtmauth.yaml)",
		Long:  "Write a commented configuration to FILE, rtmauth.yaml by default. A file that is there is left alone.",
		Args:  atMostOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			file := defaultConfig
			if len(args) == 1 {
				file = args[0]
			}
			f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, os.ErrExist) {
				return fmt.Errorf("%s is there already and is left as it is", file)
			}
			if err != nil {
				return err
			}
			_, err = io.WriteString(f, config.Example)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
			fmt.Fprintf(p.Stderr, "%s is written. Next: put the hash of a key into it (rtmauth apikey new --id backend), then rtmauth config check %s\n", file, file)
			return nil
		},
	}
}

func newConfigCheck(p *Process) *cobra.Command {
	var skip bool
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Say everything that is wrong with a configuration",
		Long: `Say everything that is wrong with a configuration, with line and column; without
FILE, with that of the environment. Nothing is changed, no server is asked, no
secret is printed. Of a configuration that is right it prints, for each rule, how
long the service may be away before a user notices (its outage budget: life less
renewal) and how long a token stays good after its user lost the right to it (its
revocation horizon). Where a rule permits tokens of two lives, the budget is that
of the shorter and the horizon that of the longer. Then it says where the deny
list is kept, and what each limit is.`,
		Args: atMostOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := checkConfig(p, args, skip)
			if err != nil {
				return err
			}
			for _, w := range r.Warnings {
				fmt.Fprintf(p.Stderr, "warning: %s\n", w)
			}
			return errors.Join(printRules(p.Stdout, r), printShared(p.Stdout, r))
		},
	}
	cmd.Flags().BoolVar(&skip, "skip-secrets", false, "do not look at secrets, for a machine that does not have them")
	return cmd
}

func checkConfig(p *Process, args []string, skip bool) (*config.Resolved, error) {
	if len(args) == 0 {
		return loader(p, "")()
	}
	source := config.OSSource()
	source.LookupEnv, source.SkipSecrets = p.LookupEnv, skip
	return config.Load(args[0], source)
}

func printRules(w io.Writer, r *config.Resolved) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RULE\tCALLERS\tLIFE\tRENEWED AFTER\tOUTAGE BUDGET\tREVOCATION HORIZON")
	row := func(rule policy.Rule) {
		note := ""
		if rule.Revocation() > rule.Life {
			note = " (006)"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s%s\n", rule.Name, join(rule.Callers), rule.Life, rule.RenewIn(rule.Life), rule.Outage(), rule.Revocation(), note)
	}
	for _, rule := range r.Rules.Rules {
		row(rule)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Rules.Implied)) {
		who := policy.Caller{Name: name, Kind: r.Kinds[name]}
		if rules := r.Rules.RulesFor(who); len(rules) == 1 && rules[0].Name == r.Rules.Implied[name].Name {
			row(rules[0])
		}
	}
	return t.Flush()
}

// printShared says where the deny list is, and what the limits come to.
func printShared(w io.Writer, r *config.Resolved) error {
	where := "off: set state_dir or redis"
	if store := r.DenyStore(); store != "" {
		where = "in " + store
	}
	_, err := fmt.Fprintf(w, "deny list: %s\n", where)
	for _, l := range r.Limits {
		callers := ""
		if len(l.Callers) > 0 {
			callers = " (" + join(l.Callers) + ")"
		}
		_, lineErr := fmt.Fprintf(w, "limit %q: by %s%s, %d in %s, %d at once\n", l.Name, l.By, callers, l.Rate, l.Per, l.Burst)
		err = errors.Join(err, lineErr)
	}
	return err
}

func join(list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}

func newConfigReference(p *Process) *cobra.Command {
	return &cobra.Command{
		Use:   "reference",
		Short: "Print the reference of all keys, in Markdown",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(p.Stdout, config.Reference())
			return err
		},
	}
}

// atMostOne is for commands that take one argument or none.
func atMostOne(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usagef("give at most one %s", name)
		}
		return nil
	}
}

// short writes a time for people.
func short(at time.Time) string { return at.UTC().Format(time.RFC3339) }
