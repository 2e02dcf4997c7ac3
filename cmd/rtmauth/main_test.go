package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rtmauth": main})
}

// raceEnv keeps a program that was built with -race from sleeping for a second
// whenever it ends, which is the race detector's default: the tests here start
// hundreds. Races are still reported, and end it with code 66.
const raceEnv = "GORACE=atexit_sleep_ms=0"

// The scripts run this program as its users do.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"APP_ID", "APP_CERTIFICATE", "APP_CERTIFICATE_SECONDARY"} {
				for _, name := range []string{name, "AGORA_" + name, name + "_FILE", "AGORA_" + name + "_FILE"} {
					env.Vars = dropVar(env.Vars, name)
				}
			}
			env.Vars = append(env.Vars, raceEnv)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": ready,
			"ask":   ask,
			"code":  code,
			"term":  term,
			"hold":  hold,
			"gone":  gone,
			"line":  line,
		},
	})
}

func dropVar(vars []string, name string) []string {
	var kept []string
	for _, v := range vars {
		if !strings.HasPrefix(v, name+"=") {
			kept = append(kept, v)
		}
	}
	return kept
}

// ready FILE waits for a ready file and sets URL, CERTIFICATE, PORT and PID from it.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready FILE")
	}
	var content struct {
		URL, Certificate string
		PID              int
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil {
			ts.Check(json.Unmarshal(data, &content))
			break
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s was not written: %v", args[0], err)
		}
	}
	ts.Setenv("URL", content.URL)
	ts.Setenv("CERTIFICATE", content.Certificate)
	ts.Setenv("PORT", content.URL[strings.LastIndex(content.URL, ":")+1:])
	ts.Setenv("PID", strconv.Itoa(content.PID))
}

// ask METHOD URL [BODY] [NAME=VALUE]... sends a request, like curl -d does, and
// prints the status and the body; with ! the status must be 400 or more.
func ask(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: ask METHOD URL [BODY] [NAME=VALUE]...")
	}
	body := ""
	if len(args) > 2 {
		body = args[2]
	}
	r, err := http.NewRequest(args[0], args[1], strings.NewReader(body))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, header := range args[min(3, len(args)):] {
		name, value, _ := strings.Cut(header, "=")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if (resp.StatusCode >= 400) != neg {
		ts.Fatalf("%s %s: %s\n%s", args[0], args[1], resp.Status, answer)
	}
	fmt.Fprintf(ts.Stdout(), "%d %s\n", resp.StatusCode, answer)
}

// code N COMMAND [ARG]... runs a command that must end with the exit code N.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND [ARG]...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		coded, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = coded.ExitCode()
	}
	if want := args[0]; fmt.Sprint(got) != want {
		ts.Fatalf("%s ended with code %d, want %s", args[1], got, want)
	}
}

// term sends SIGTERM to PID, as a supervisor does.
func term(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: term")
	}
	pid, err := strconv.Atoi(ts.Getenv("PID"))
	ts.Check(err)
	process, err := os.FindProcess(pid)
	ts.Check(err)
	ts.Check(process.Signal(syscall.SIGTERM))
}

// hold makes a request to 127.0.0.1:PORT that is not finished before the script ends.
func hold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: hold")
	}
	conn, err := net.Dial("tcp", "127.0.0.1:"+ts.Getenv("PORT"))
	ts.Check(err)
	ts.Defer(func() { conn.Close() })
	_, err = fmt.Fprint(conn, "POST /fetch_rtm_token HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n")
	ts.Check(err)
	_, err = conn.Read(make([]byte, 1)) // the handler asks for the body
	ts.Check(err)
}

// line NAME FILE N sets the variable NAME to the Nth line of a file.
func line(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: line NAME FILE N")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	lines := strings.Split(ts.ReadFile(args[1]), "\n")
	if n < 1 || n > len(lines) {
		ts.Fatalf("%s has no line %d", args[1], n)
	}
	ts.Setenv(args[0], lines[n-1])
}

// gone waits until 127.0.0.1:PORT takes no connections any more.
func gone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: gone")
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+ts.Getenv("PORT"))
		if err != nil {
			return
		}
		conn.Close()
		if time.Now().After(deadline) {
			ts.Fatalf("it still listens")
		}
	}
}
