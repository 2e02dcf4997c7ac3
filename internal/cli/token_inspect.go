package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth/internal/diagnose"
	"github.com/spf13/cobra"
)

const notVerified = "NOT VERIFIED: anyone can write a token that says this. To check it, use `token verify`."

func newTokenInspect(p *Process) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect TOKEN|-",
		Short: "Show what a token holds, without verifying it",
		Long: `Show what a token holds: version, App ID, times, salt, services, privileges and
the fingerprint that audit logs carry. Nothing is verified.

Privileges in the JSON are as the token holds them: in 007 seconds from the issue
time, 0 for no time of their own; in 006 Unix seconds.

Exit codes: 0 readable, 3 not readable, 1 trouble, 2 wrong usage.`,
		Example: `  rtmauth token inspect 007eJx…
  rtmauth token new --user alice | rtmauth token inspect - --json`,
		Args: tokenArg,
		RunE: func(_ *cobra.Command, args []string) error {
			token, err := readToken(p, args[0])
			if err != nil {
				return err
			}
			view, err := diagnose.Inspect(token)
			if err != nil {
				fmt.Fprintf(p.Stderr, "not readable: %s\nTo find out why, use `token explain`, which reads damaged tokens too.\n", plain(err))
				return &exitError{code: exitNo}
			}
			if asJSON {
				fmt.Fprintln(p.Stderr, notVerified)
				return writeJSON(p.Stdout, view)
			}
			printView(p, view)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func printView(p *Process, v diagnose.View) {
	c, out, now := paint(p, p.Stdout), p.Stdout, p.Now()
	row := func(name, value string) { fmt.Fprintf(out, "%-14s%s\n", name, value) }
	fmt.Fprintln(out, c.yellow(notVerified))
	row("version", v.Version)
	row("App ID", v.AppID)
	if v.IssuedAt != nil {
		row("issued", moment(time.Unix(*v.IssuedAt, 0), now))
	} else {
		row("issued", moment(time.Unix(v.ExpiresAt, 0).Add(-24*time.Hour), now)+c.faint("   24 hours before its end, where builders put it"))
	}
	end := moment(time.Unix(v.ExpiresAt, 0), now)
	if v.ExpiresAt <= now.Unix() {
		end = c.red(end)
	}
	if v.Expire != nil && v.ExpiresAt-*v.IssuedAt != int64(*v.Expire) {
		end += c.yellow(fmt.Sprintf("   made for %d s; more than 24 hours is cut", *v.Expire))
	}
	row("ends", end)
	row("salt", fmt.Sprint(v.Salt))
	row("fingerprint", v.Fingerprint)
	for _, s := range v.Services {
		row("service", c.bold(s.Name))
		printService(row, v, s, now)
	}
	if v.UnknownServices > 0 {
		row("service", fmt.Sprintf("%d more that cannot be read: their type is not known", v.UnknownServices))
	}
	if len(v.Services) == 0 && v.UnknownServices == 0 {
		row("service", "none")
	}
	if v.ChannelCRC32 != nil {
		row("checksums", fmt.Sprintf("channel (RTM: user ID) %08x, uid %08x; a 006 token does not hold the names", *v.ChannelCRC32, *v.UIDCRC32))
	}
}

func printService(row func(name, value string), v diagnose.View, s diagnose.ServiceView, now time.Time) {
	name := func(label string, value *string, empty string) {
		switch {
		case value == nil:
		case *value == "":
			row("  "+label, `""  `+empty)
		default:
			row("  "+label, fmt.Sprintf("%q", *value))
		}
	}
	name("user", s.User, "no user")
	name("channel", s.Channel, "empty")
	name("room", s.Room, "no room")
	name("uid", s.UID, "uid 0: any uid")
	if s.Role != nil && *s.Role != -1 {
		row("  role", fmt.Sprint(*s.Role))
	}
	for _, privilege := range slices.Sorted(maps.Keys(s.Privileges)) {
		value := s.Privileges[privilege]
		until := "as long as the token"
		if end := v.PrivilegeEnd(value); !end.IsZero() {
			until = "until " + moment(end, now)
		}
		row("  may", privilege+", "+until)
	}
	if len(s.Privileges) == 0 {
		row("  may", "nothing: no privileges")
	}
	for _, permission := range s.Permissions {
		names := make([]string, 0, len(permission.Names))
		for _, n := range permission.Names {
			names = append(names, fmt.Sprintf("%q", n))
		}
		row("  may", permission.Access+" "+strings.ReplaceAll(permission.Resource, "_", " ")+" "+strings.Join(names, ", "))
	}
}

// moment is a time in UTC and as seen from now: "… (in 53 minutes)".
func moment(t, now time.Time) string {
	return t.UTC().Format("2006-01-02 15:04:05") + " UTC (" + fromNow(t.Sub(now)) + ")"
}

// fromNow says a distance in its two largest units.
func fromNow(d time.Duration) string {
	d = d.Round(time.Second)
	if d == 0 {
		return "now"
	}
	form := "in %s"
	if d < 0 {
		d, form = -d, "%s ago"
	}
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}
	var parts []string
	for _, u := range units {
		n := d / u.size
		d %= u.size
		if n > 0 {
			plural := "s"
			if n == 1 {
				plural = ""
			}
			parts = append(parts, fmt.Sprintf("%d %s%s", n, u.name, plural))
		} else if len(parts) > 0 {
			break // 1 day, not 1 day 5 seconds
		}
		if len(parts) == 2 {
			break
		}
	}
	return fmt.Sprintf(form, strings.Join(parts, " "))
}
