package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/diagnose"
	"github.com/spf13/cobra"
)

func newTokenExplain(p *Process) *cobra.Command {
	var (
		request         diagnose.Request
		user, channel   string
		certificateFile string
		oldFiles        []string
		asJSON          bool
	)
	cmd := &cobra.Command{
		Use:   "explain TOKEN|-",
		Short: "Say why a login with a token is refused",
		Long: `Say why a login with a token would be refused: every cause that shows, the one to
fix first at the front, each with a stable code, what shows it, and what mends it.
Damaged tokens are read as far as they go.

Give whatever is known of the attempt; what is not given is not checked. The App ID
(the client's, unless --app-id names it) and the certificates come from the
environment as for the other token commands, if they are there.

The verdict is "ok", "refused", or "unknown" where nothing is wrong but no
certificate was given. Some causes are notes, such as what --code means; they are
listed but leave the verdict as it is.

Exit codes: 0 no cause, 3 causes found, 1 trouble, 2 wrong usage.`,
		Example: `  rtmauth token explain 007eJx… --user alice
  rtmauth token explain - --user alice --sdk 1.x --code 5 --json < token.txt
  rtmauth token explain 006… --user alice --old-certificate-file old.txt --lang zh`,
		Args: tokenArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags := cmd.Flags()
			if flags.Changed("user") {
				request.User = &user
			}
			if flags.Changed("channel") {
				request.Channel = &channel
			}
			if flags.Changed("code") && request.Code == "" {
				return usagef("--code is empty: give the number that the SDK gave")
			}
			if !flags.Changed("lang") {
				request.Lang = locale(p)
			}
			attempt, err := request.Attempt(p.Now())
			if err != nil {
				return usagef("%w", err)
			}
			if attempt.Project, err = explainProject(p, certificateFile); err != nil {
				return err
			}
			if attempt.OldKeys, err = oldKeys(oldFiles); err != nil {
				return err
			}
			if attempt.Token, err = readToken(p, args[0]); err != nil {
				return err
			}
			report := diagnose.Explain(attempt)
			if asJSON {
				err = writeJSON(p.Stdout, report)
			} else {
				printReport(p, report, attempt.Lang)
			}
			if err == nil && len(report.Causes) > 0 {
				err = &exitError{code: exitNo}
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&user, "user", "", "the user `ID` that logs in; for RTC the uid or account")
	flags.StringVar(&request.AppID, "app-id", "", "the App `ID` that the client uses (default: APP_ID)")
	flags.StringVar(&channel, "channel", "", "the channel `NAME` (RTC, Streaming, FCDN) or room (APaaS)")
	flags.StringVar(&request.Service, "service", "", "what the token is used for: rtm, rtc, chat, fpa, apaas, rtm2, streaming or fcdn (default rtm)")
	flags.StringVar(&request.SDK, "sdk", "", "the client's RTM SDK: 1.x, 2.x or a `version` like 1.4.2")
	flags.StringVar(&request.Code, "code", "", "the error `code` that the SDK gave: 5, 6, 101, 110, -10005, …")
	flags.StringVar(&request.At, "at", "", "the `TIME` of the attempt, RFC 3339 or Unix seconds (default: now)")
	flags.StringVar(&certificateFile, "certificate-file", "", "read the App certificate from `FILE`, a secondary one from its second line\n(default: APP_CERTIFICATE or APP_CERTIFICATE_FILE)")
	flags.StringArrayVar(&oldFiles, "old-certificate-file", nil, "`FILE` with certificates that the project had before, one a line (repeatable)")
	flags.StringVar(&request.Lang, "lang", "", "`language` of the answer: en or zh (default: by LC_ALL, LC_MESSAGES or LANG)")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.RegisterFlagCompletionFunc("service", cobra.FixedCompletions(serviceNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("sdk", cobra.FixedCompletions([]string{"1.x", "2.x"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("lang", cobra.FixedCompletions([]string{"en", "zh"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagFilename("certificate-file")
	_ = cmd.MarkFlagFilename("old-certificate-file")
	return cmd
}

// locale is the language of the environment, or English.
func locale(p *Process) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v, _ := p.LookupEnv(name); v != "" {
			lang, _ := diagnose.ParseLang(v) // any other language: English
			return string(lang)
		}
	}
	return string(diagnose.English)
}

// explainProject is the project of the environment as it is, right or wrong:
// what is wrong with it is for explain to say. It may be missing.
func explainProject(p *Process, certificateFile string) (diagnose.Project, error) {
	var project diagnose.Project
	env, err := config.ReadEnv(p.LookupEnv, ".env")
	if err != nil {
		return project, err
	}
	if project.AppID, _, err = env.GetSecret("APP_ID", "AGORA_APP_ID"); err != nil {
		return project, err
	}
	if certificateFile != "" {
		text, err := secretFile(certificateFile)
		if err != nil {
			return project, err
		}
		for line := range strings.Lines(text) { // a secondary one stands on the second, as for verify
			if line = strings.TrimSpace(line); line != "" && len(project.Keys) < 2 {
				project.Keys = append(project.Keys, diagnose.KeyText(line))
			}
		}
		return project, nil
	}
	for _, names := range [][]string{{"APP_CERTIFICATE", "AGORA_APP_CERTIFICATE"}, {"APP_CERTIFICATE_SECONDARY", "AGORA_APP_CERTIFICATE_SECONDARY"}} {
		text, _, err := env.GetSecret(names...)
		if err != nil {
			return project, err
		}
		if text != "" {
			project.Keys = append(project.Keys, diagnose.KeyText(text))
		}
	}
	return project, nil
}

func oldKeys(files []string) ([]diagnose.Key, error) {
	var keys []diagnose.Key
	for _, file := range files {
		text, err := secretFile(file)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if len(keys) == maxOldKeys {
				return nil, errors.New("too many old certificates")
			}
			keys = append(keys, diagnose.KeyText(line))
		}
	}
	return keys, nil
}

const maxOldKeys = 64

func printReport(p *Process, r diagnose.Report, lang diagnose.Lang) {
	c, out := paint(p, p.Stdout), p.Stdout
	say := func(en, zh string) string {
		if lang == diagnose.Chinese {
			return zh
		}
		return en
	}
	switch r.Verdict {
	case diagnose.Refused:
		fmt.Fprintln(out, c.red(say("refused", "拒绝"))+say(": a login with this token would be refused.", "：用此 Token 登录会被拒绝。"))
	case diagnose.Unknown:
		fmt.Fprintln(out, c.yellow(say("unknown", "未知"))+say(": nothing is wrong as far as that shows, but the signature was not checked.", "：目前没有发现问题，但未校验签名。"))
	default:
		fmt.Fprintln(out, c.green(say("ok", "正常"))+say(": nothing stands against a login with this token.", "：没有发现妨碍登录的问题。"))
	}
	for i, cause := range r.Causes {
		fmt.Fprintf(out, "\n%d. %s  %s\n", i+1, c.bold(cause.Message), c.faint(string(cause.Code)))
		fmt.Fprintf(out, "   %s%s\n", say("Shown by: ", "依据："), cause.Evidence)
		fmt.Fprintf(out, "   %s%s\n", say("To mend it: ", "解决："), cause.Fix)
	}
}
