package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/rtmauth/rtmauth/internal/denylist"
	"github.com/rtmauth/rtmauth/internal/diagnose"
	"github.com/rtmauth/rtmauth/internal/server"
)

func newDeny(p *Process) *cobra.Command {
	var admin adminFlags
	cmd := &cobra.Command{
		Use:   "deny",
		Short: "Say which users get no token, whatever the policy says",
		Long: `Say which users get no token of a running serve, whatever its policy says. What is
changed counts at once, and within a second at the other replicas.

A token that is out already stays good until it ends: RTM has no way to call one
back. To end a session at once, ban the user at Agora as well.`,
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	admin.register(cmd)
	cmd.AddCommand(newDenyAdd(p, &admin), newDenyRemove(p, &admin), newDenyList(p, &admin))
	return cmd
}

func newDenyAdd(p *Process, admin *adminFlags) *cobra.Command {
	var project, until, reason, from string
	var life time.Duration
	cmd := &cobra.Command{
		Use:   "add USER...|-",
		Short: "Put users on the deny list",
		Long: `Put users on the deny list: those of the arguments, with - those of standard
input, one a line, or with --from what ` + "`rtmauth deny list --json`" + ` printed. A user who
is on it is entered anew.`,
		Example: `  rtmauth deny add mallory --for 24h --reason "spam, ticket 4711"
  rtmauth deny add - < users.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			template := server.DenyEntry{Project: project, Reason: reason}
			switch {
			case (len(args) == 0) == (from == ""):
				return usagef("give users, - to read them from standard input, or --from FILE")
			case len(args) > 1 && slices.Contains(args, "-"):
				return usagef("- goes alone: it reads the users from standard input")
			case from != "" && (project != "" || reason != "" || until != "" || life != 0):
				return usagef("--from takes project, end and reason from the file")
			case until != "" && life != 0:
				return usagef("give --for or --until, not both")
			case life < 0 || life > 0 && life < time.Second:
				return usagef("--for must be at least 1s")
			case life > 0:
				template.Until = p.Now().Add(life).Unix()
			case until != "":
				at, err := diagnose.ParseTime(until, p.Now())
				if err != nil {
					return usagef("--until: %w", err)
				}
				template.Until = at.Unix()
			}
			entries, err := deniedUsers(p, args, from, template)
			if err != nil {
				return err
			}
			return addDenied(cmd, p, admin, entries)
		},
	}
	cmd.Flags().StringVar(&project, "project", "", "of one `project`, by name or App ID (default: of every project)")
	cmd.Flags().DurationVar(&life, "for", 0, "how `long`, such as 24h (default: until removed)")
	cmd.Flags().StringVar(&until, "until", "", "until when: RFC 3339 `time` or Unix seconds")
	cmd.Flags().StringVar(&reason, "reason", "", "why, in a `line` for operators; the user does not see it")
	cmd.Flags().StringVar(&from, "from", "", "add what `FILE` holds, or - standard input, as deny list --json prints it")
	_ = cmd.MarkFlagFilename("from", "json")
	return cmd
}

// deniedUsers are the entries to add.
func deniedUsers(p *Process, args []string, from string, template server.DenyEntry) ([]server.DenyEntry, error) {
	if from != "" {
		text, err := readAll(p, from)
		if err != nil {
			return nil, err
		}
		return keptEntries(p, from, text)
	}
	users := args
	if len(args) == 1 && args[0] == "-" {
		var err error
		if users, err = stdinUsers(p); err != nil {
			return nil, err
		}
	}
	entries := make([]server.DenyEntry, len(users))
	for i, user := range users {
		entries[i] = template
		entries[i].User = user
	}
	return entries, nil
}

// keptEntries are those that deny list --json printed, without the ones that have
// ended since.
func keptEntries(p *Process, from string, text []byte) ([]server.DenyEntry, error) {
	var in struct {
		Entries *[]server.DenyEntry `json:"entries"`
	}
	if err := json.Unmarshal(text, &in); err != nil || in.Entries == nil {
		return nil, fmt.Errorf("%s does not hold what `%s deny list --json` prints", from, p.Name)
	}
	now, all := p.Now().Unix(), len(*in.Entries)
	kept := slices.DeleteFunc(*in.Entries, func(e server.DenyEntry) bool { return e.Until != 0 && e.Until <= now })
	if ended := all - len(kept); ended > 0 {
		fmt.Fprintf(p.Stderr, "%d of %d had ended and are left out\n", ended, all)
	}
	return kept, nil
}

// stdinUsers are the lines of standard input. A space at an end of one is hardly
// meant, would be another user, and is not seen when it is printed.
func stdinUsers(p *Process) ([]string, error) {
	var users []string
	lines := bufio.NewScanner(p.Stdin)
	for n := 1; lines.Scan(); n++ {
		user := strings.TrimSuffix(lines.Text(), "\r")
		if user != strings.TrimSpace(user) {
			return nil, fmt.Errorf("line %d begins or ends with a space; if it is meant, give that user as an argument", n)
		}
		if user != "" {
			users = append(users, user)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	if len(users) == 0 {
		return nil, errors.New("standard input names no user")
	}
	return users, nil
}

// readAll reads a file, or standard input for "-".
func readAll(p *Process, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(io.LimitReader(p.Stdin, maxAdminAnswer))
	}
	return os.ReadFile(file) //nolint:gosec // the file that the user names
}

// addDenied adds as many at once as the service takes.
func addDenied(cmd *cobra.Command, p *Process, admin *adminFlags, entries []server.DenyEntry) error {
	all := len(entries)
	for done := 0; done < all; {
		n := min(all-done, denylist.MaxChange)
		var added server.DenyEntries
		if err := admin.ask(cmd.Context(), p, http.MethodPost, "/admin/v1/deny", server.DenyEntries{Entries: entries[done : done+n]}, &added); err != nil {
			if done > 0 {
				return fmt.Errorf("users %d to %d of %d: %w\nThe %d before them were added", done+1, done+n, all, err, done)
			}
			return err
		}
		done += n
		switch {
		case all > denylist.MaxChange:
			fmt.Fprintf(p.Stderr, "%d of %d users added\n", done, all)
		default:
			for _, e := range added.Entries {
				fmt.Fprintf(p.Stdout, "%s  %s  %s\n", e.User, projectOr(e), strings.TrimRight(untilOr(e)+"  "+e.Reason, " "))
			}
		}
	}
	return nil
}

func newDenyRemove(p *Process, admin *adminFlags) *cobra.Command {
	var project string
	cmd := &cobra.Command{
		Use:     "rm USER...|-",
		Aliases: []string{"remove"},
		Short:   "Take users off the deny list",
		Long: `Take users off the deny list, those of the arguments or with - those of standard
input, one a line: the entry of every project, or with --project that of one.
Exit code 3: one of them was not on it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("give at least one USER, or - to read them from standard input")
			}
			if len(args) > 1 && slices.Contains(args, "-") {
				return usagef("- goes alone: it reads the users from standard input")
			}
			if len(args) == 1 && args[0] == "-" {
				var err error
				if args, err = stdinUsers(p); err != nil {
					return err
				}
			}
			absent := false
			for _, user := range args {
				in := map[string]string{"user": user, "project": project}
				err := admin.ask(cmd.Context(), p, http.MethodPost, "/admin/v1/deny/remove", in, &struct{}{})
				var refused *adminError
				switch {
				case errors.As(err, &refused) && refused.Code == "not_listed":
					absent = true
					fmt.Fprintf(p.Stderr, "%s is not on the list%s\n", user, ofProject(project))
				case err != nil:
					return err
				}
			}
			if absent {
				return &exitError{code: exitNo}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&project, "project", "", "the entry of one `project`, by name or App ID (default: that of every project)")
	return cmd
}

func newDenyList(p *Process, admin *adminFlags) *cobra.Command {
	var user string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Print the deny list",
		Long:  "Print the deny list, by user. Exit code 3: --user is not on it.",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path := "/admin/v1/deny"
			if user != "" {
				path += "?user=" + url.QueryEscape(user)
			}
			var list server.DenyEntries
			if err := admin.ask(cmd.Context(), p, http.MethodGet, path, nil, &list); err != nil {
				return err
			}
			if err := printDenied(p.Stdout, list, asJSON); err != nil {
				return err
			}
			if user != "" && len(list.Entries) == 0 {
				return &exitError{code: exitNo}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "this `user` alone")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, which deny add --from takes")
	return cmd
}

func printDenied(w io.Writer, list server.DenyEntries, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(list)
	}
	if len(list.Entries) == 0 {
		fmt.Fprintln(w, "nobody is denied")
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "USER\tPROJECT\tUNTIL\tADDED\tREASON")
	for _, e := range list.Entries {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", e.User, projectOr(e), end(e), short(time.Unix(e.AddedAt, 0)), e.Reason)
	}
	return t.Flush()
}

func projectOr(e server.DenyEntry) string {
	if e.Project == "" {
		return "every project"
	}
	return e.Project
}

func untilOr(e server.DenyEntry) string {
	if e.Until == 0 {
		return "until removed"
	}
	return "until " + short(time.Unix(e.Until, 0))
}

// end is untilOr in the column of that name.
func end(e server.DenyEntry) string {
	if e.Until == 0 {
		return "(no end)"
	}
	return short(time.Unix(e.Until, 0))
}

func ofProject(project string) string {
	if project == "" {
		return " for every project"
	}
	return " for project " + project
}
