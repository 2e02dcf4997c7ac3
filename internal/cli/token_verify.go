package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/diagnose"
	"github.com/spf13/cobra"
)

func newTokenVerify(p *Process) *cobra.Command {
	var (
		project                       projectFlags
		user, channel, service, atArg string
		asJSON                        bool
	)
	cmd := &cobra.Command{
		Use:   "verify TOKEN|-",
		Short: "Verify a token with the project's certificates",
		Long: `Verify that a token is signed with a certificate of the project and lets a user
in at a time, as a service that keeps the documented rules would. It says which
certificate has signed, or the one reason of refusal and what mends it.

The user is always compared; for RTC, where --user is the uid or account, 0 stands
for the uid 0.

Exit codes: 0 valid, 3 refused, 1 trouble, 2 wrong usage.`,
		Example: `  rtmauth token verify 007eJx… --user alice
  rtmauth token verify - --service rtc --channel room --user 7 --at 2026-11-23T20:00:00Z < token.txt`,
		Args: tokenArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			want, err := wantOf(p, cmd, service, user, channel, atArg)
			if err != nil {
				return err
			}
			token, err := readToken(p, args[0])
			if err != nil {
				return err
			}
			if atArg == "" {
				want.At = p.Now() // after reading: what writes into a pipe may have made the token just now
			}
			appID, certificates, err := project.project(p)
			if err != nil {
				return err
			}
			return verify(p, token, appID, certificates, want, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&user, "user", "", "the user `ID` that logs in; for RTC the uid or account")
	flags.StringVar(&channel, "channel", "", "the channel `NAME` (RTC, Streaming, FCDN) or room (APaaS)")
	flags.StringVar(&service, "service", "rtm", "what the token is for: rtm, rtc, chat, fpa, apaas, rtm2, streaming or fcdn")
	flags.StringVar(&atArg, "at", "", "verify for this `TIME`, RFC 3339 or Unix seconds (default: now)")
	project.register(cmd, "the expected App `ID` (default: APP_ID)")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.RegisterFlagCompletionFunc("service", cobra.FixedCompletions(serviceNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func serviceNames() []string {
	var names []string
	for t := rtmauth.ServiceRTC; t <= rtmauth.ServiceRTM2; t++ {
		names = append(names, t.String())
	}
	return names
}

// wantOf checks the flags of verify.
func wantOf(p *Process, cmd *cobra.Command, service, user, channel, at string) (rtmauth.Want, error) {
	want := rtmauth.Want{User: user, Channel: channel}
	var err error
	if want.Service, err = diagnose.ParseService(service); err != nil {
		return want, usagef("--%w", err)
	}
	if want.At, err = diagnose.ParseTime(at, p.Now()); err != nil {
		return want, usagef("--at: %w", err)
	}
	userGiven, channelGiven := cmd.Flags().Changed("user"), cmd.Flags().Changed("channel")
	switch want.Service {
	case rtmauth.ServiceRTC, rtmauth.ServiceStreaming, rtmauth.ServiceFCDN:
		if !channelGiven || !userGiven {
			return want, usagef("%s tokens are for one channel and user: give --channel and --user (0 for uid 0)", want.Service)
		}
		if user == "0" {
			want.User = rtmauth.UID(0)
		}
	case rtmauth.ServiceRTM, rtmauth.ServiceRTM2:
		if !userGiven {
			return want, usagef("%s tokens are for one user: give --user", want.Service)
		}
		if channelGiven {
			return want, usagef("%s tokens are not bound to channels: leave --channel out; a stream channel needs an RTC token", want.Service)
		}
	case rtmauth.ServiceFPA:
		if userGiven || channelGiven {
			return want, usagef("fpa tokens have no user and no channel")
		}
	case rtmauth.ServiceChat:
		if channelGiven {
			return want, usagef("chat tokens are not bound to channels: leave --channel out")
		}
	}
	return want, nil
}

// verdict is the outcome of verify for machines.
type verdict struct {
	Valid     bool           `json:"valid"`
	Reason    rtmauth.Reason `json:"reason,omitempty"`
	SignedBy  string         `json:"signed_by,omitempty"` // "primary" or "secondary"
	ExpiresAt int64          `json:"expires_at,omitempty"`
	Message   string         `json:"message,omitempty"`
	Fix       string         `json:"fix,omitempty"`
}

func verify(p *Process, token, appID string, certificates []rtmauth.Certificate, want rtmauth.Want, asJSON bool) error {
	verifier, err := rtmauth.NewVerifier(appID, certificates...)
	if err != nil {
		return err
	}
	v, err := verifier.Verify(token, want)
	var refused *rtmauth.RefusedError
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	c := paint(p, p.Stdout)
	if refused == nil {
		by := []string{"primary", "secondary"}[v.SignedBy()]
		if asJSON {
			return writeJSON(p.Stdout, verdict{Valid: true, SignedBy: by, ExpiresAt: v.ExpiresAt().Unix()})
		}
		fmt.Fprintf(p.Stdout, "%s: signed with the %s certificate; ends %s\n", c.green("valid"), by, moment(v.ExpiresAt(), want.At))
		return nil
	}
	// The verifier has the reason; explain knows the words for it.
	message, fix := plain(refused), ""
	report := diagnose.Explain(diagnose.Attempt{
		Token: token, AppID: appID, User: &want.User, Channel: &want.Channel, Service: want.Service, At: want.At,
		Project: diagnose.Project{AppID: appID, Keys: diagnose.KeysOf(certificates)},
	})
	if report.Verdict == diagnose.Refused {
		cause := report.Causes[0]
		for _, c := range slices.Backward(report.Causes) {
			if slices.Contains(causesOf(refused.Reason), c.Code) {
				cause = c
			}
		}
		message, fix = cause.Message+" "+cause.Evidence, cause.Fix
	}
	if asJSON {
		if err := writeJSON(p.Stdout, verdict{Reason: refused.Reason, Message: message, Fix: fix}); err != nil {
			return err
		}
		return &exitError{code: exitNo}
	}
	fmt.Fprintf(p.Stdout, "%s: %s\n%s\n", c.red("refused"), refused.Reason, message)
	if fix != "" {
		fmt.Fprintf(p.Stdout, "To mend it: %s\n", fix)
	}
	return &exitError{code: exitNo}
}

// causesOf are the causes that can stand behind a reason, where the first of a
// report may be another one: that of an earlier check of explain.
func causesOf(r rtmauth.Reason) []diagnose.Code {
	switch r {
	case rtmauth.ReasonUser:
		return []diagnose.Code{diagnose.UserMismatch, diagnose.UIDZeroVsAccount, diagnose.UserEmpty}
	case rtmauth.ReasonChannel:
		return []diagnose.Code{diagnose.ChannelMismatch}
	case rtmauth.ReasonServiceMissing:
		return []diagnose.Code{diagnose.RTMServiceMissing, diagnose.RTCServiceMissing, diagnose.ServiceMissing}
	case rtmauth.ReasonPrivilegeMissing:
		return []diagnose.Code{diagnose.LoginPrivilegeMissing, diagnose.PrivilegeMissing}
	case rtmauth.ReasonExpired:
		return []diagnose.Code{diagnose.ExpireZero, diagnose.Expired, diagnose.PrivilegeExpired}
	case rtmauth.ReasonNotYetValid:
		return []diagnose.Code{diagnose.IssuedInFuture}
	}
	return nil
}
