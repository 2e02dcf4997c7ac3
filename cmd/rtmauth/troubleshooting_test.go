package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/diagnose"
)

// A section of docs/troubleshooting: a pain and the commands that answer it.
type section struct {
	id       string
	heading  string
	commands []string
	finds    []string
}

// readSections divides the page; outline is its structure without its words.
func readSections(t *testing.T, file string) (sections []section, outline []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	finds := regexp.MustCompile("^(?:Finds: |结果：)(.*)$")
	quoted := regexp.MustCompile("`([^`]+)`")
	var s *section
	code, id := false, ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			code = !code
			outline = append(outline, line)
		case code:
			outline = append(outline, line)
			if s != nil {
				s.commands = append(s.commands, line)
			}
		case strings.HasPrefix(line, `<a id="`):
			id = strings.TrimSuffix(strings.TrimPrefix(line, `<a id="`), `"></a>`)
			outline = append(outline, line)
		case strings.HasPrefix(line, "### "):
			sections = append(sections, section{id: id, heading: line})
			s = &sections[len(sections)-1]
			outline = append(outline, "###")
		case strings.HasPrefix(line, "#"):
			s = nil
			outline = append(outline, strings.Repeat("#", strings.Count(line[:strings.IndexByte(line, ' ')], "#")))
		case finds.MatchString(line):
			for _, m := range quoted.FindAllStringSubmatch(finds.FindStringSubmatch(line)[1], -1) {
				s.finds = append(s.finds, m[1])
			}
			outline = append(outline, fmt.Sprint("finds ", s.finds))
		case line != "":
			outline = append(outline, "text")
		}
	}
	return sections, outline
}

// TestTroubleshooting runs what docs/troubleshooting.md tells its readers to run,
// with a token that has the pain, and looks for what it says they will find.
func TestTroubleshooting(t *testing.T) {
	sections, outline := readSections(t, "../../docs/troubleshooting.md")
	_, chinese := readSections(t, "../../docs/troubleshooting.zh-CN.md")
	outline, chinese = withoutWraps(outline), withoutWraps(chinese)
	if !slices.Equal(outline, chinese) {
		for i := range min(len(outline), len(chinese)) {
			if outline[i] != chinese[i] {
				t.Fatalf("the pages differ in structure at %q and %q", outline[i], chinese[i])
			}
		}
		t.Fatalf("the pages have %d and %d parts", len(outline), len(chinese))
	}
	var ids []string
	for _, s := range sections {
		ids = append(ids, s.id)
	}
	for n := 1; n <= 38; n++ {
		if id := fmt.Sprint("p", n); !slices.Contains(ids, id) {
			t.Errorf("no section %s", id)
		}
	}

	pains := pains(t)
	for _, s := range sections {
		t.Run(s.id, func(t *testing.T) {
			if len(s.commands) == 0 {
				t.Fatal("no command")
			}
			if len(s.finds) == 0 && !strings.HasPrefix(s.commands[0], "rtmauth dev") {
				t.Fatal("the section does not say what its command finds")
			}
			output := ""
			for _, command := range s.commands {
				if strings.HasPrefix(command, "rtmauth dev") {
					command += " --help" // that the flags exist; other tests run it
				}
				output += run(t, command, pains[s.id])
			}
			for _, want := range s.finds {
				if !strings.Contains(output, want) {
					t.Errorf("%s\ndoes not show %q:\n%s", strings.Join(s.commands, "\n"), want, output)
				}
			}
			if strings.Contains(output, certificate) {
				t.Error("the output shows the certificate")
			}
			t.Logf("%s\n%s\n%s", s.heading, strings.Join(s.commands, "\n"), output)
		})
	}
}

// The pages list every cause, in the order in which explain gives them.
func TestTroubleshooting_causes(t *testing.T) {
	for _, file := range []string{"../../docs/troubleshooting.md", "../../docs/troubleshooting.zh-CN.md"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var got []diagnose.Code
		for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\|").FindAllStringSubmatch(string(data), -1) {
			got = append(got, diagnose.Code(m[1]))
		}
		if !slices.Equal(got, diagnose.Codes()) {
			t.Errorf("%s lists %v, want %v", file, got, diagnose.Codes())
		}
	}
}

// withoutWraps makes one of lines of text that follow each other.
func withoutWraps(outline []string) []string {
	return slices.CompactFunc(outline, func(a, b string) bool { return a == "text" && b == "text" })
}

const (
	appID       = "970CA35de60c44645bbae8a215061b33"
	certificate = "5CFd2fd1755d40ecb72977518be15d3b"
)

// run runs a line of the page in a shell; exit codes 0, 2 and 3 are answers.
func run(t *testing.T, command, token string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "sh", "-c", command)
	c.Dir = t.TempDir()
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.Dir, raceEnv, "APP_ID=" + appID, "APP_CERTIFICATE=" + certificate, "TOKEN=" + token}
	if token == noProject {
		c.Env = c.Env[:3]
	}
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 3 && exit.ExitCode() != 2) {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

const noProject = "(no project)"

// pains are the tokens of the sections that are about one.
func pains(t *testing.T) map[string]string {
	t.Helper()
	must := func(token string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	now := time.Now()
	signer := func(key string, issued time.Time) *rtmauth.Signer {
		t.Helper()
		c, err := rtmauth.ParseCertificate(key)
		if err != nil {
			t.Fatal(err)
		}
		s, err := rtmauth.NewSigner(appID, c, rtmauth.UnsafeAnyLife(), rtmauth.WithClock(func() time.Time { return issued }))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := signer(certificate, now)
	rtm := func(user string) rtmauth.Service {
		return rtmauth.Service{Type: rtmauth.ServiceRTM, User: user, Privileges: []rtmauth.Privilege{{ID: rtmauth.PrivilegeLogin, Expire: 3600}}}
	}
	end := uint32(now.Add(24 * time.Hour).Unix())
	return map[string]string{
		"p1": "", "p5": "", "p34": "", "p38": "", "p26": "", "p29": "", "p30": "", "p32": "", "p27": "",
		"p2":  must(s.RTC006("demo", "", rtmauth.RolePublisher, 24*time.Hour)),
		"p3":  must(s.RTC006("alice", "", rtmauth.RolePublisher, 24*time.Hour)),
		"p4":  must(signer("0123456789abcdef0123456789abcdef", now).RTM006("alice", time.Hour)),
		"p6":  must(s.Sign006("room", "alice", rtmauth.Privilege{ID: rtmauth.PrivilegeLogin006, Expire: end})),
		"p7":  must(s.RTM006("alice", time.Hour)),
		"p8":  must(s.RTC("room", rtmauth.UID(7), rtmauth.RolePublisher, time.Hour)),
		"p9":  must(s.RTC("room", rtmauth.UID(7), rtmauth.RolePublisher, time.Hour)),
		"p10": must(s.RTM("alice", time.Hour)),
		"p11": must(s.Sign(time.Hour, rtm("用户"))),
		"p12": must(s.RTM("alice", time.Duration(now.Unix()+3600)*time.Second)),
		"p13": must(signer(certificate, now.Add(-2*time.Hour)).RTM("alice", time.Hour)),
		"p14": must(signer(certificate, now.Add(-48*time.Hour)).RTC("room", rtmauth.UID(7), rtmauth.RolePublisher, 7*24*time.Hour)),
		"p15": must(s.Sign006("alice", "", rtmauth.Privilege{ID: rtmauth.PrivilegeLogin006, Expire: 100000})),
		"p16": must(s.RTM("alice", time.Hour)),
		"p17": must(s.Sign006("room", "0", rtmauth.Privilege{ID: rtmauth.PrivilegeJoin, Expire: end}, rtmauth.Privilege{ID: rtmauth.PrivilegePublishAudio, Expire: end})),
		"p18": must(s.RTM("alice", time.Hour)),
		"p19": must(s.RTM006("alice", time.Hour)),
		"p20": must(signer(certificate, now.Add(-2*time.Hour)).RTC("room", rtmauth.UID(7), rtmauth.RolePublisher, time.Hour)),
		"p21": must(s.RTC("lobby", rtmauth.UID(7), rtmauth.RolePublisher, time.Hour)),
		"p22": must(s.RTM("alice", time.Hour)),
		"p23": must(s.RTM("alice", time.Hour)),
		"p24": must(s.RTM("alice", time.Hour)),
		"p25": must(s.RTM("alice", time.Hour)),
		"p28": must(s.RTC("room", rtmauth.UID(7), rtmauth.RoleSubscriber, time.Hour)),
		"p31": must(s.Sign(time.Hour, rtm(":uid"))),
		"p33": noProject,
		"p35": must(s.RTM("alice", time.Hour)),
		"p36": must(s.RTM("alice", time.Hour)),
		"p37": "005" + base64.StdEncoding.EncodeToString(make([]byte, 120)),
	}
}
