package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/reload"
)

func newPolicy(p *Process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Test the policy of a configuration, and explain its decisions",
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPolicyTest(p), newPolicyExplain(p))
	return cmd
}

func newPolicyTest(p *Process) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "test FILE",
		Short: "Run a table of requests against the policy",
		Long: `Run a table of requests against the policy of a configuration, without secrets
and without asking anyone:

  config: rtmauth.yaml
  cases:
    - {name: her own, caller: web, claims: {sub: alice}, user: alice, want: granted, rule: own}
    - {name: another, caller: web, claims: {sub: alice}, user: bob,   want: "denied: user"}

A case wants granted, denied, denied and the reason, or invalid: what no rule can
grant, such as a user ID that RTM does not take. For rtc, channel, uid and role
can be given, for rtm2 permissions: [{resource: …, access: …, names: […]}].

Exit code 0: as wanted; 3: not.`,
		Args: exactlyOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			cases, err := config.ParseCases(text, args[0])
			if err != nil {
				return err
			}
			if file == "" {
				file = cases.Config
			}
			if file == "" {
				return usagef("name the configuration: config in %s, or --config", args[0])
			}
			r, err := checkConfig(p, []string{file}, true)
			if err != nil {
				return err
			}
			if err := cases.Check(r); err != nil {
				return err
			}
			failed := 0
			for _, c := range cases.Cases {
				if why := c.Run(r, p.Now()); why != "" {
					failed++
					fmt.Fprintf(p.Stdout, "FAIL  %s: %s\n", c.Name, why)
				} else {
					fmt.Fprintf(p.Stdout, "ok    %s\n", c.Name)
				}
			}
			fmt.Fprintf(p.Stdout, "%d passed, %d failed\n", len(cases.Cases)-failed, failed)
			if failed > 0 {
				return &exitError{code: exitNo}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration `FILE` (default: what the table names)")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml")
	return cmd
}

// exactlyOne is for commands that take one argument.
func exactlyOne(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("give one %s", name)
		}
		return nil
	}
}

// asked is the request of `policy explain`.
type asked struct {
	user, channel, uid, role, version, project string
	services                                   []string
	life                                       time.Duration
}

func (a *asked) request() policy.Request {
	q := policy.Request{User: a.user, Version: rtmauth.Version(a.version), Project: a.project, Life: a.life}
	for _, s := range a.services {
		service := policy.Service{Type: s}
		if s == policy.RTC {
			service.Channel, service.UID, service.Role = a.channel, a.uid, a.role
		}
		q.Services = append(q.Services, service)
	}
	return q
}

func newPolicyExplain(p *Process) *cobra.Command {
	var file, credential string
	var a asked
	cmd := &cobra.Command{
		Use:   "explain --config FILE --credential - --user ID",
		Short: "Say what a real credential would be granted, and why",
		Long: `Take a real JWT or API key from standard input and a request, judge both as serve
would, and show the way: issuer, key, audience, clock, rule and grant. The
issuer's keys are fetched. No token is made and the credential is not shown.

Exit code 0: granted; 3: not.`,
		Example: `  rtmauth policy explain --config rtmauth.yaml --credential - --user alice < jwt.txt`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if credential != "-" {
				return usagef("--credential must be -: a credential on the command line would be seen by other users of the machine")
			}
			text, err := io.ReadAll(io.LimitReader(p.Stdin, 64<<10))
			if err != nil {
				return err
			}
			if strings.TrimSpace(string(text)) == "" {
				return errors.New("standard input holds no credential")
			}
			r, err := loader(p, file)()
			if err != nil {
				return err
			}
			return explainPolicy(cmd, p, r, strings.TrimSpace(string(text)), a)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&file, "config", "", "configuration `FILE` (default: the environment alone)")
	flags.StringVar(&credential, "credential", "", "- : read the JWT or API key from standard input")
	flags.StringVar(&a.user, "user", "", "the `user` asked for")
	flags.StringArrayVar(&a.services, "service", []string{policy.RTM}, "a `service` asked for (repeatable)")
	flags.StringVar(&a.channel, "channel", "", "rtc: the `channel`")
	flags.StringVar(&a.uid, "uid", "", "rtc: the `uid`")
	flags.StringVar(&a.role, "role", "", "rtc: publisher or subscriber")
	flags.StringVar(&a.version, "token-version", "", "006 or 007")
	flags.StringVar(&a.project, "project", "", "the `project` asked for")
	flags.DurationVar(&a.life, "life", 0, "the `life` asked for")
	_ = cmd.MarkFlagFilename("config", "yaml", "yml")
	return cmd
}

func explainPolicy(cmd *cobra.Command, p *Process, r *config.Resolved, credential string, a asked) error {
	say := func(what, format string, args ...any) {
		fmt.Fprintf(p.Stdout, "%-11s %s\n", what, fmt.Sprintf(format, args...))
	}
	no := &exitError{code: exitNo}
	judge, err := reload.NewJudge(r, p.Now)
	if err != nil {
		return err
	}
	defer judge.Close()
	if facts, ok := judge.Facts(credential); ok {
		say("credential", "JWT, algorithm %s, key %q", facts.Algorithm, facts.KeyID)
		say("issuer", "%s", known(facts.Issuer, judge.Issuers()))
		say("subject", "%q", facts.Subject)
		say("audience", "%q; wanted: %s", facts.Audience, judge.Wanted(facts.Issuer))
		say("clock", "now %s; issued %s, expires %s", short(p.Now()), timeOr(facts.IssuedAt), timeOr(facts.Expires))
	} else {
		say("credential", "no JWT; taken for an API key")
	}
	for _, err := range judge.FetchKeys(cmd.Context()) {
		say("keys", "not fetched: %v", err)
	}
	who, err := judge.Caller(cmd.Context(), credential)
	if err != nil {
		say("caller", "refused: %v", err)
		return no
	}
	say("caller", "%s (%s), %s", who.Name, who.Kind, who.Subject)
	q := a.request()
	if err := issue.Check(q); err != nil {
		say("request", "refused: %v", err)
		return no
	}
	for _, rule := range r.Rules.RulesFor(who) {
		alone := policy.Policy{Rules: []policy.Rule{rule}}
		if _, denial := alone.Decide(who, q, p.Now()); denial != nil {
			say("rule", "%s", denial.Text)
		} else {
			say("rule", "%q permits it", rule.Name)
			break
		}
	}
	grant, denial := r.Rules.Decide(who, q, p.Now())
	if denial != nil {
		say("denied", "%s", denial.Text)
		return no
	}
	say("granted", "a %s token of project %s for user %q until %s, to be renewed after %s", grant.Version, grant.Project, grant.User, short(grant.Ends), grant.Renew)
	if r.DenyStore() != "" || len(r.Limits) > 0 {
		say("not asked", "deny list and limits, which the running service has: %s deny list --user …", p.Name)
	}
	for _, s := range grant.Services {
		say("service", "%s", strings.Join(slices.DeleteFunc([]string{s.Type, s.Channel, s.UID, s.Role}, func(s string) bool { return s == "" }), " "))
	}
	return nil
}

func known(issuer string, issuers []string) string {
	if slices.Contains(issuers, issuer) {
		return fmt.Sprintf("%q, configured", issuer)
	}
	return fmt.Sprintf("%q, not configured (configured: %s)", issuer, strings.Join(issuers, ", "))
}

func timeOr(at time.Time) string {
	if at.IsZero() {
		return "(not said)"
	}
	return short(at)
}
