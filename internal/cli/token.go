package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func newTokenCommand(p *Process) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, read, verify and explain tokens",
		Long: `Make tokens, show what they hold, verify them, and find out why one is refused.

The project comes from APP_ID and APP_CERTIFICATE (and, if it has two,
APP_CERTIFICATE_SECONDARY): from the environment, else from .env in this folder;
AGORA_ before a name and _FILE after it work too. A certificate is never a flag's
value, where other users of the machine and the shell's history would see it.`,
		Args: unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTokenNew(p), newTokenInspect(p), newTokenVerify(p), newTokenExplain(p))
	return cmd
}

// maxStdin bounds what is read of a token on standard input: more than any
// token is long, URL-encoded too.
const maxStdin = 256 << 10

// tokenArg checks that there is one token.
func tokenArg(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usagef("give the token, or - to read it from standard input")
	case len(args) > 1:
		return usagef("give one token; put it in quotes if it holds spaces")
	}
	return nil
}

// readToken is the token of an argument, or of standard input for "-". One line
// break at the end of the input belongs to the pipe, not to the token.
func readToken(p *Process, arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	data, err := io.ReadAll(io.LimitReader(p.Stdin, maxStdin+1))
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	if len(data) > maxStdin {
		return "", fmt.Errorf("standard input holds more than %d bytes; no token is that long", maxStdin)
	}
	text := strings.TrimSuffix(string(data), "\n")
	return strings.TrimSuffix(text, "\r"), nil
}

// projectFlags say where the project comes from if not from the environment.
type projectFlags struct {
	appID           string
	certificateFile string
}

func (f *projectFlags) register(cmd *cobra.Command, appIDUsage string) {
	cmd.Flags().StringVar(&f.appID, "app-id", "", appIDUsage)
	cmd.Flags().StringVar(&f.certificateFile, "certificate-file", "", "read the App certificate from `FILE`, a secondary one from its second line\n(default: APP_CERTIFICATE or APP_CERTIFICATE_FILE)")
	_ = cmd.MarkFlagFilename("certificate-file")
}

// project is the App ID and the certificates: flags before the environment,
// and a question on the terminal for a certificate that neither has.
func (f *projectFlags) project(p *Process) (appID string, certificates []rtmauth.Certificate, err error) {
	env, err := config.ReadEnv(p.LookupEnv, ".env")
	if err != nil {
		return "", nil, err
	}
	if appID, _, err = env.GetSecret("APP_ID", "AGORA_APP_ID"); err != nil {
		return "", nil, err
	}
	text, _, err := env.GetSecret("APP_CERTIFICATE", "AGORA_APP_CERTIFICATE")
	if err != nil {
		return "", nil, err
	}
	switch {
	case *f != projectFlags{}:
	case text != "":
		given, err := env.Project()
		if err != nil {
			return "", nil, err
		}
		return given.AppID, given.Certificates(), nil
	case appID == "":
		return "", nil, usagef("which project? Set APP_ID and APP_CERTIFICATE, or give --app-id and --certificate-file")
	}
	if f.appID != "" {
		appID = f.appID
	}
	if err := rtmauth.ValidateAppID(appID); err != nil {
		return "", nil, usagef("%w: set APP_ID or give --app-id", err)
	}
	switch {
	case f.certificateFile != "":
		text, err = secretFile(f.certificateFile)
	case text == "":
		text, err = askSecret("App certificate of " + appID + ": ")
	default:
		var secondary string
		secondary, _, err = env.GetSecret("APP_CERTIFICATE_SECONDARY", "AGORA_APP_CERTIFICATE_SECONDARY")
		text += " " + secondary
	}
	if err != nil {
		return "", nil, err
	}
	for _, text := range strings.Fields(text) {
		c, err := rtmauth.ParseCertificate(text)
		switch {
		case err != nil && f.certificateFile != "":
			return "", nil, fmt.Errorf("%s: %w", f.certificateFile, err)
		case err != nil:
			return "", nil, err
		}
		certificates = append(certificates, c)
	}
	return appID, certificates, nil
}

// secretFile reads a file of certificates without the space around them.
func secretFile(path string) (string, error) {
	const most = 4 << 10
	f, err := os.Open(path) //nolint:gosec // the file that the user names
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(data), "\ufeff"))
	switch {
	case len(data) > most:
		return "", fmt.Errorf("%s is longer than %d bytes: it is not a certificate", path, most)
	case text == "":
		return "", fmt.Errorf("%s is empty", path)
	}
	return text, nil
}

// askSecret asks on the terminal itself: standard input stays free for data.
func askSecret(question string) (string, error) {
	missing := usagef("APP_ID without APP_CERTIFICATE: set APP_CERTIFICATE or APP_CERTIFICATE_FILE, or give --certificate-file")
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return "", missing
	}
	defer tty.Close()
	if !term.IsTerminal(int(tty.Fd())) {
		return "", missing
	}
	fmt.Fprint(tty, question)
	secret, err := term.ReadPassword(int(tty.Fd()))
	fmt.Fprintln(tty)
	if err != nil {
		return "", errors.New("the certificate could not be read from the terminal")
	}
	return strings.TrimSpace(string(secret)), nil
}

// A painter colours text for people.
type painter struct{ on bool }

// paint colours only on a terminal, and not where NO_COLOR asks for none.
func paint(p *Process, w io.Writer) painter {
	if v, _ := p.LookupEnv("NO_COLOR"); v != "" {
		return painter{}
	}
	if v, _ := p.LookupEnv("TERM"); v == "dumb" {
		return painter{}
	}
	f, ok := w.(*os.File)
	return painter{ok && term.IsTerminal(int(f.Fd()))}
}

func (c painter) with(code, s string) string {
	if !c.on {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (c painter) bold(s string) string   { return c.with("1", s) }
func (c painter) red(s string) string    { return c.with("1;31", s) }
func (c painter) green(s string) string  { return c.with("1;32", s) }
func (c painter) yellow(s string) string { return c.with("1;33", s) }
func (c painter) faint(s string) string  { return c.with("2", s) }
