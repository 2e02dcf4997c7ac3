package dev

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// banner prints where to go, what is used and how to stop.
func (o *Options) banner(w io.Writer, url string, p *project) error {
	version, err := o.tokenVersion()
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "rtmauth dev (%s): token server and local RTM service, for development only\n\n", o.Version)
	t := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(t, "  %s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	row("Demo", "%s/", url)
	row("Inspector", "%s/inspect", url)
	row("Log", "%s/log", url)
	if o.PageDir != "" {
		row("Your page", "%s/page/   from %s", url, shown(o.PageDir))
	}
	row("SDK", "%s/sdk/agora-rtm.js (1.x), /sdk/agora-rtm-2.js (2.x)", url)
	if o.SDKFile != "" {
		row("Your SDK", "%s/sdk/user.js   from %s", url, shown(o.SDKFile))
	}
	row("Tokens", `curl -s -XPOST %s/fetch_rtm_token -d '{"uid":"1234"}'   (%s)`, url, version)
	row("", "")
	if p.generated() {
		row("App ID", "%s (fake; the same in every run)", p.AppID)
		row("Certificate", "random, for this run, in memory only")
		row("", "To use your project, set APP_ID and APP_CERTIFICATE, here or in .env")
		row("Origins", "any, as there is nothing of yours to take")
	} else {
		row("App ID", "%s from %s", p.AppID, p.AppIDFrom)
		row("Certificate", "from %s", p.PrimaryFrom)
		if p.SecondaryFrom != "" {
			row("Secondary", "from %s", p.SecondaryFrom)
		}
		row("Origins", "%s", strings.Join(append([]string{"pages of this machine"}, o.AllowOrigins...), ", "))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if o.InsecureListen != "" {
		o.warn(&b)
	}
	b.WriteString("\nCtrl-C stops it.\n")
	lines := strings.Split(b.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	_, err = io.WriteString(w, strings.Join(lines, "\n"))
	return err
}

// warn says what --insecure-listen opens, and what it does not.
func (o *Options) warn(b *strings.Builder) {
	fmt.Fprintf(b, "\nDANGER: other machines reach %s. Whoever does, under a name of --allow-host,\ngets tokens for any user of this project.\n", o.InsecureListen)
	if len(o.AllowHosts) == 0 {
		b.WriteString("No --allow-host is given: only requests under loopback names are answered.\n")
	}
}

// shown is a path as a person would look for it.
func shown(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
