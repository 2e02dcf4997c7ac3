package internal_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The READMEs are run: every console block command by command in one shell,
// its output compared ("…" stands for anything), against a dev process of the
// test's own; every sh block too, but for what would run these tests again;
// every Go block is compiled and run.

// A block is a fenced block of a Markdown file.
type block struct {
	lang string
	text string
	line int
}

// markdown reads the headings (their levels) and the fenced blocks of a file.
func markdown(t *testing.T, path string) (headings []int, blocks []block) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var open *block
	number := 0
	for line := range strings.Lines(string(b)) {
		number++
		fence, isFence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")
		switch {
		case isFence && open == nil:
			open = &block{lang: fence, line: number}
		case isFence:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.text += line
		case strings.HasPrefix(line, "#"):
			headings = append(headings, len(line)-len(strings.TrimLeft(line, "#")))
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: a block that does not end", path, open.line)
	}
	return headings, blocks
}

// TestREADME_languages: both READMEs have the same structure and the same code.
func TestREADME_languages(t *testing.T) {
	headings, blocks := markdown(t, "../README.md")
	headingsZH, blocksZH := markdown(t, "../README.zh-CN.md")
	if !slices.Equal(headings, headingsZH) {
		t.Errorf("headings differ: levels %v and %v", headings, headingsZH)
	}
	if len(blocks) != len(blocksZH) {
		t.Fatalf("README.md has %d code blocks, README.zh-CN.md %d", len(blocks), len(blocksZH))
	}
	for i := range blocks {
		if blocks[i].lang != blocksZH[i].lang || blocks[i].text != blocksZH[i].text {
			t.Errorf("README.md:%d and README.zh-CN.md:%d differ", blocks[i].line, blocksZH[i].line)
		}
	}
}

// TestREADME_run runs what README.md shows.
func TestREADME_run(t *testing.T) {
	_, blocks := markdown(t, "../README.md")
	program := filepath.Join(t.TempDir(), "rtmauth")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/rtmauth")
	build.Dir = ".."
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is released
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	url := startDev(t, program)

	// A port for the README's 8090.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	listener.Close()

	shell := newShell(t, program)
	ran := 0
	for _, b := range blocks {
		for _, c := range b.commands(t) {
			switch {
			case strings.Contains(c.text, "rtmauth dev"):
				// Running: startDev. Its flags are tested where they are made.
				continue
			case strings.HasPrefix(c.text, "make "):
				target := exec.CommandContext(t.Context(), "make", "-n", strings.TrimPrefix(c.text, "make "))
				target.Dir = ".."
				if out, err := target.CombinedOutput(); err != nil {
					t.Errorf("README.md:%d: %s: %v\n%s", b.line, c.text, err, out)
				}
				continue
			}
			text := strings.NewReplacer("http://localhost:8082", url, "http://127.0.0.1:8082", url, "localhost:8082", url, "127.0.0.1:8082", url, "8090", port).Replace(c.text)
			got := shell.run(t, strings.ReplaceAll(text, "go run ./cmd/rtmauth", "rtmauth"))
			ran++
			if !like(strings.TrimSpace(c.want)).MatchString(strings.TrimSpace(got)) {
				t.Errorf("README.md:%d: %s\ngot  %s\nwant %s", b.line, c.text, strings.TrimSpace(got), c.want)
			}
		}
	}
	if ran == 0 {
		t.Error("README.md shows no command")
	}
}

// A command of a block, and what it prints.
type command struct{ text, want string }

func (b block) commands(t *testing.T) []command {
	t.Helper()
	var out []command
	switch b.lang {
	case "sh":
		for line := range strings.Lines(b.text) {
			if line, _, _ = strings.Cut(line, " #"); strings.TrimSpace(line) != "" {
				out = append(out, command{text: strings.TrimSpace(line), want: "…"})
			}
		}
	case "console":
		for line := range strings.Lines(b.text) {
			line = strings.TrimRight(line, "\n")
			if text, ok := strings.CutPrefix(line, "$ "); ok {
				out = append(out, command{text: text})
			} else if len(out) == 0 {
				t.Fatalf("README.md:%d: a console block begins with what a command printed", b.line)
			} else if last := &out[len(out)-1]; strings.HasSuffix(last.text, `\`) {
				last.text += "\n" + line
			} else {
				last.want += line + "\n"
			}
		}
	}
	return out
}

// like is a pattern in which "…" stands for anything.
func like(want string) *regexp.Regexp {
	quoted := strings.ReplaceAll(regexp.QuoteMeta(want), "…", `.*?`)
	return regexp.MustCompile(`(?s)^` + quoted + `$`)
}

// A shell is one bash for all commands, so that they share variables. It runs
// in an empty folder, with the program in PATH.
type shell struct {
	in  io.Writer
	out *bufio.Reader
	n   int
}

func newShell(t *testing.T, program string) *shell {
	t.Helper()
	cmd := exec.Command("bash", "--norc", "--noprofile")
	cmd.Dir = t.TempDir()
	cmd.Env = append(without(os.Environ(), "APP_ID", "APP_CERTIFICATE"), "RTMAUTH_ADMIN_LISTEN=127.0.0.1:0", "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return &shell{in: in, out: bufio.NewReader(out)}
}

// run gives what a command printed to both outputs.
func (s *shell) run(t *testing.T, command string) string {
	t.Helper()
	s.n++
	end := fmt.Sprintf("end-of-command-%d", s.n)
	fmt.Fprintf(s.in, "{ %s\n} 2>&1 </dev/null\necho; echo %s\n", command, end)
	var out bytes.Buffer
	for {
		line, err := s.out.ReadString('\n')
		if err != nil {
			t.Fatalf("%s: the shell ended: %v\n%s", command, err, out.String())
		}
		if strings.TrimSpace(line) == end {
			return out.String()
		}
		out.WriteString(line)
	}
}

// startDev starts rtmauth dev without a project and gives its address.
func startDev(t *testing.T, program string) string {
	t.Helper()
	cmd := exec.Command(program, "dev", "--listen=127.0.0.1:0")
	cmd.Dir = t.TempDir()
	cmd.Env = without(os.Environ(), "APP_ID", "APP_CERTIFICATE")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			t.Errorf("rtmauth dev, interrupted: %v", err)
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		for word := range strings.FieldsSeq(lines.Text()) {
			if strings.HasPrefix(word, "http://127.0.0.1:") {
				return strings.TrimSuffix(word, "/")
			}
		}
	}
	t.Fatal("rtmauth dev printed no address")
	return ""
}

// without is an environment without some variables, aliases included.
func without(env []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		name = strings.TrimSuffix(strings.TrimPrefix(name, "AGORA_"), "_FILE")
		return slices.Contains(names, name)
	})
}

// TestREADME_go runs each Go block: a test file as a test, what has no package
// clause as the middle of a main function that then prints token and err.
func TestREADME_go(t *testing.T) {
	_, blocks := markdown(t, "../README.md")
	ran := 0
	for _, b := range blocks {
		if b.lang != "go" {
			continue
		}
		ran++
		name, source, want := "main.go", b.text, "007"
		run := []string{"run"}
		if strings.Contains(source, "_test\n") {
			name, run, want = "readme_test.go", []string{"test", "-count=1"}, "ok"
		} else {
			source = "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"time\"\n\n\t\"" + module + "\"\n)\n\n" +
				"func main() {\n" + b.text + "\nfmt.Println(token, err)\n}\n"
		}
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "go", append(run, file)...)
		cmd.Dir = ".." // imports are looked up from here
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "APP_ID=970CA35de60c44645bbae8a215061b33", "APP_CERTIFICATE=5CFd2fd1755d40ecb72977518be15d3b")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.HasPrefix(string(out), want) {
			t.Errorf("README.md:%d: %v\n%s", b.line, err, out)
		}
	}
	if ran == 0 {
		t.Error("README.md shows no Go")
	}
}

var link = regexp.MustCompile(`\]\(([^)\s#]+)(#[^)\s]*)?\)`)

// TestLinks: what our Markdown links to in this repository is there.
func TestLinks(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/*/*.md", "../web/*.md", "../rtmtest/*.md", "../deploy/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 5 {
		t.Fatalf("found only %d Markdown files", len(files))
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", file, m[1])
			}
		}
	}
}
