package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/diagnose"
)

func TestFromNow(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "now", 53 * time.Minute: "in 53 minutes", time.Second: "in 1 second", 24*time.Hour - time.Second: "in 23 hours 59 minutes",
		-7 * time.Minute: "7 minutes ago", 24 * time.Hour: "in 1 day", 24*time.Hour + 5*time.Second: "in 1 day", -61 * time.Second: "1 minute 1 second ago",
	} {
		if got := fromNow(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}

// Colours go to a terminal only, and not where NO_COLOR or TERM say otherwise.
func TestPaint(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	if paint(&Process{LookupEnv: none}, new(bytes.Buffer)).on {
		t.Error("a buffer is painted")
	}
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if paint(&Process{LookupEnv: none}, file).on {
		t.Error("a file is painted")
	}
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	if !paint(&Process{LookupEnv: none}, tty).on {
		t.Error("a terminal is not painted")
	}
	for _, env := range []string{"NO_COLOR=1", "TERM=dumb"} {
		lookup := func(name string) (string, bool) { v, ok := strings.CutPrefix(env, name+"="); return v, ok }
		if paint(&Process{LookupEnv: lookup}, tty).on {
			t.Errorf("painted although %s", env)
		}
	}
	if got := (painter{true}).red("x"); got != "\x1b[1;31mx\x1b[0m" {
		t.Errorf("got %q", got)
	}
}

// A report in words holds all that the JSON holds.
func TestPrintReport(t *testing.T) {
	report := diagnose.Report{Verdict: diagnose.Refused, Causes: []diagnose.Cause{{Code: "a_code", Message: "m", Evidence: "e", Fix: "f"}}}
	for lang, want := range map[diagnose.Lang]string{
		diagnose.English: "refused: a login with this token would be refused.\n\n1. m  a_code\n   Shown by: e\n   To mend it: f\n",
		diagnose.Chinese: "拒绝：用此 Token 登录会被拒绝。\n\n1. m  a_code\n   依据：e\n   解决：f\n",
	} {
		var out bytes.Buffer
		printReport(&Process{LookupEnv: os.LookupEnv, Stdout: &out}, report, lang)
		if out.String() != want {
			t.Errorf("%s: got %q, want %q", lang, out.String(), want)
		}
	}
}
