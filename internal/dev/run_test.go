package dev

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

// Test values: none of them is a real project's.
const (
	testAppID       = "970ca35de60c44645bbae8a215061b33"
	testCertificate = "5cfd2fd1755d40ecb72977518be15d3b"
	testSecondary   = "00112233445566778899aabbccddeeff"
)

var userProject = []string{"APP_ID=" + testAppID, "APP_CERTIFICATE=" + testCertificate}

// output is a terminal: written by the program while the test reads it.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wake  chan struct{}
	until string
}

func newOutput(until string) *output { return &output{wake: make(chan struct{}), until: until} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := o.until != "" && strings.Contains(o.text.String(), o.until)
	n, err := o.text.Write(p)
	if !seen && o.until != "" && strings.Contains(o.text.String(), o.until) {
		close(o.wake)
	}
	return n, err
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// running is a dev that a test has started.
type running struct {
	t              *testing.T
	url            string
	ready          ready
	stdout, stderr *output
	stop           func() error // ends it and returns what Run returned
}

func lookup(env []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, pair := range env {
			if n, value, _ := strings.Cut(pair, "="); n == name {
				return value, true
			}
		}
		return "", false
	}
}

// start runs dev on a free port until the test ends.
func start(t *testing.T, o Options, env ...string) *running {
	t.Helper()
	o.LookupEnv = lookup(env)
	if o.Listen == "" && o.InsecureListen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.ReadyFile == "" {
		o.ReadyFile = filepath.Join(t.TempDir(), "ready.json")
	}
	r := &running{t: t, stdout: newOutput("Ctrl-C stops it."), stderr: newOutput("")}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, o, r.stdout, r.stderr) }()
	r.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	select {
	case <-r.stdout.wake:
	case err := <-done:
		done <- nil
		t.Fatalf("Run: %v\n%s", err, r.stderr)
	}
	data, err := os.ReadFile(o.ReadyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &r.ready); err != nil {
		t.Fatal(err)
	}
	r.url = r.ready.URL
	return r
}

// answer is the head of an answer whose body was read.
type answer struct {
	StatusCode int
	Header     http.Header
}

// do sends a request and returns the answer's head and body; header lists name and value in turn, "Host" sets the host.
func (r *running) do(method, path, body string, header ...string) (answer, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header}, string(data)
}

// token fetches one by the guide's contract.
func (r *running) token(user string) string {
	r.t.Helper()
	resp, body := r.do(http.MethodPost, "/fetch_rtm_token", `{"uid":"`+user+`"}`)
	var answer struct{ Token, Code string }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || resp.StatusCode != 200 || answer.Code != "200" {
		r.t.Fatalf("got %d %s, %v", resp.StatusCode, body, err)
	}
	return answer.Token
}

func verifier(t *testing.T, appID string, certificates ...string) *rtmauth.Verifier {
	t.Helper()
	var parsed []rtmauth.Certificate
	for _, text := range certificates {
		c, err := rtmauth.ParseCertificate(text)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, c)
	}
	v, err := rtmauth.NewVerifier(appID, parsed...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func rtmLogin(user string) rtmauth.Want {
	return rtmauth.Want{At: time.Now(), Service: rtmauth.ServiceRTM, User: user}
}

// Issue 2: without a project it runs all the same.
func TestRun_generatedProject(t *testing.T) {
	r := start(t, Options{})
	if r.ready.AppID != FakeAppID || len(r.ready.Certificate) != 32 || r.ready.ControlURL != r.url+"/local/control" || r.ready.PID != os.Getpid() {
		t.Errorf("ready file: %+v", r.ready)
	}
	verified, err := verifier(t, FakeAppID, r.ready.Certificate).Verify(r.token("alice"), rtmLogin("alice"))
	if err != nil || verified.Version() != rtmauth.Version006 {
		t.Fatalf("got %v", err)
	}
	banner := r.stdout.String()
	for _, want := range []string{r.url + "/\n", r.url + "/inspect", r.url + "/log", FakeAppID, "fake", "APP_ID and APP_CERTIFICATE", "Ctrl-C"} {
		if !strings.Contains(banner, want) {
			t.Errorf("banner has no %q:\n%s", want, banner)
		}
	}
	if strings.Contains(banner, r.ready.Certificate) {
		t.Error("the banner shows the certificate")
	}
	again := start(t, Options{})
	if again.ready.AppID != r.ready.AppID || again.ready.Certificate == r.ready.Certificate {
		t.Errorf("second run: got App ID %s; want the same App ID and another certificate", again.ready.AppID)
	}
}

func TestRun_userProject(t *testing.T) {
	dotenv := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(dotenv, []byte("# mine\nAPP_CERTIFICATE="+testCertificate+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, Options{TokenVersion: "007", Dotenv: dotenv}, "AGORA_APP_ID="+testAppID, "APP_CERTIFICATE_SECONDARY="+testSecondary)
	if r.ready.AppID != testAppID || r.ready.Certificate != "" {
		t.Errorf("ready file: App ID %s, certificate of %d characters", r.ready.AppID, len(r.ready.Certificate))
	}
	verified, err := verifier(t, testAppID, testCertificate).Verify(r.token("alice"), rtmLogin("alice"))
	if err != nil || verified.Version() != rtmauth.Version007 {
		t.Fatalf("got %v", err)
	}
	if life := verified.ExpiresAt().Sub(verified.IssuedAt()); life != time.Hour {
		t.Errorf("lives %v", life)
	}
	for _, want := range []string{testAppID + " from AGORA_APP_ID (environment)", "from APP_CERTIFICATE (" + dotenv + ", line 2)", "from APP_CERTIFICATE_SECONDARY (environment)"} {
		if !strings.Contains(r.stdout.String(), want) {
			t.Errorf("banner has no %q:\n%s", want, r.stdout)
		}
	}
}

func TestRun_refusesToStart(t *testing.T) {
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer occupied.Close()
	taken := occupied.Addr().String()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	unset := "unset APP_ID and APP_CERTIFICATE"
	tests := []struct {
		name string
		o    Options
		env  []string
		flag string // of a *FlagError
		want []string
	}{
		{"malformed certificate", Options{}, []string{"APP_ID=" + testAppID, "APP_CERTIFICATE=" + testCertificate + "0"}, "", []string{"APP_CERTIFICATE (environment)", "32 hexadecimal", unset}},
		{"placeholder", Options{}, []string{"APP_ID=<Your App ID>", "APP_CERTIFICATE=" + testCertificate}, "", []string{"APP_ID (environment)", "placeholder <Your App ID>", unset}},
		{"App ID only", Options{}, []string{"APP_ID=" + testAppID}, "", []string{"APP_ID (environment)", "APP_CERTIFICATE (not set)", unset}},
		{"not loopback", Options{Listen: "0.0.0.0:0"}, nil, "--listen", []string{"other machines", "--insecure-listen"}},
		{"all interfaces", Options{Listen: ":0"}, nil, "--listen", []string{"other machines"}},
		{"no port", Options{Listen: "127.0.0.1"}, nil, "--listen", []string{"127.0.0.1:8082"}},
		{"port by name", Options{Listen: "127.0.0.1:http"}, nil, "--listen", []string{"127.0.0.1:8082"}},
		{"insecure without port", Options{InsecureListen: "0.0.0.0"}, nil, "--insecure-listen", []string{"not an address"}},
		{"origin", Options{AllowOrigins: []string{"*"}}, nil, "--allow-origin", []string{"name each origin"}},
		{"host", Options{AllowHosts: []string{"http://box.lan"}}, nil, "--allow-host", []string{"box.lan"}},
		{"token version", Options{TokenVersion: "008"}, nil, "--token-version", []string{"006 or 007"}},
		{"page is a file", Options{PageDir: file}, nil, "--page", []string{file}},
		{"no such page", Options{PageDir: file + "x"}, nil, "--page", []string{"no such file"}},
		{"no such SDK", Options{SDKFile: file + "x"}, nil, "--sdk", []string{"no such file"}},
		{"SDK is a folder", Options{SDKFile: filepath.Dir(file)}, nil, "--sdk", []string{"is not a file"}},
		{"ready file in no folder", Options{ReadyFile: file + "/x"}, nil, "--ready-file", []string{"--ready-file: write " + file + "/x: "}},
		{"ready file is a folder", Options{ReadyFile: filepath.Dir(file)}, nil, "--ready-file", []string{"is a folder"}},
		{"port taken", Options{Listen: taken, Program: "rtmauth"}, nil, "", []string{taken + " is in use, by another program", "rtmauth dev --listen 127.0.0.1:0"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "port taken" {
				// It accepts and hangs up, as a program that speaks another protocol may.
				go func() {
					if c, err := occupied.Accept(); err == nil {
						c.Close()
					}
				}()
			}
			tt.o.LookupEnv = lookup(tt.env)
			if tt.o.Listen == "" {
				tt.o.Listen = "127.0.0.1:0"
			}
			var stdout, stderr bytes.Buffer
			err := Run(t.Context(), tt.o, &stdout, &stderr)
			if err == nil {
				t.Fatal("it started")
			}
			var flag *FlagError
			if errors.As(err, &flag) != (tt.flag != "") || flag != nil && flag.Flag != tt.flag {
				t.Errorf("got %v, want an error of %q", err, tt.flag)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
			if stdout.Len() > 0 {
				t.Errorf("stdout: %s", &stdout)
			}
			if text := err.Error() + stderr.String(); strings.Contains(text, testCertificate) {
				t.Errorf("it shows the certificate: %s", text)
			}
		})
	}
}

func TestRun_portTakenByDev(t *testing.T) {
	first := start(t, Options{})
	address := strings.TrimPrefix(first.url, "http://")
	err := Run(t.Context(), Options{Listen: address, LookupEnv: lookup(nil), Program: "go run ./cmd/rtmauth"}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "a `rtmauth dev` that still runs") || !strings.Contains(err.Error(), "go run ./cmd/rtmauth dev --listen 127.0.0.1:0") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

func TestRun_readyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ready.json")
	if err := os.WriteFile(path, []byte("of a run that crashed"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := start(t, Options{ReadyFile: path})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	// One that another run wrote in the meantime stays.
	r = start(t, Options{ReadyFile: path})
	other := start(t, Options{ReadyFile: path})
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(path); err != nil || !bytes.Contains(data, []byte(other.url)) {
		t.Errorf("got %s, %v", data, err)
	}
}

// Ctrl-C: what is being answered is answered, and new connections are not taken.
func TestRun_drains(t *testing.T) {
	r := start(t, Options{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"uid":"alice"}`
	fmt.Fprintf(conn, "POST /fetch_rtm_token HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body))
	// The handler asks for the body: it is at work.
	line := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
	if _, err := io.ReadFull(conn, line); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	for { // until the listener is closed
		c, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			break
		}
		c.Close()
	}
	fmt.Fprint(conn, body)
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), `"code":"200"`) {
		t.Errorf("got %s, %v", answer, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// A browser that holds a connection on which it has asked nothing does not keep
// the user waiting.
func TestRun_endsPromptly(t *testing.T) {
	r := start(t, Options{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	began := time.Now()
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took >= drainTime { // net/http alone waits as long
		t.Errorf("it took %v", took)
	}
}

func TestRun_opensBrowser(t *testing.T) {
	opened := make(chan string, 1)
	r := start(t, Options{Open: true, openBrowser: func(_ context.Context, url string) error {
		opened <- url
		return nil
	}})
	if got := <-opened; got != r.url+"/" {
		t.Errorf("opened %s", got)
	}
	r = start(t, Options{Open: true, openBrowser: func(context.Context, string) error { opened <- ""; return errors.New("no browser") }})
	<-opened
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	if got := r.stderr.String(); got != "Could not open a browser (no browser); open "+r.url+"/ yourself.\n" {
		t.Errorf("stderr: %q", got)
	}
}

func TestRun_listens(t *testing.T) {
	for _, address := range []string{"localhost:0", "127.0.0.2:0", "[::1]:0"} {
		if probe, err := net.Listen("tcp", address); err != nil {
			t.Logf("%s: this machine has no such address: %v", address, err)
			continue
		} else if err := probe.Close(); err != nil {
			t.Fatal(err)
		}
		r := start(t, Options{Listen: address})
		if resp, _ := r.do("GET", "/healthz", ""); resp.StatusCode != 200 || strings.HasSuffix(r.url, ":0") {
			t.Errorf("%s: %s answers %d", address, r.url, resp.StatusCode)
		}
	}
}

func TestRun_insecureListen(t *testing.T) {
	r := start(t, Options{InsecureListen: "0.0.0.0:0", AllowHosts: []string{"box.lan"}}, userProject...)
	if !strings.HasPrefix(r.url, "http://127.0.0.1:") || !strings.Contains(r.stdout.String(), "DANGER") {
		t.Errorf("url %s, banner:\n%s", r.url, r.stdout)
	}
	if resp, _ := r.do("POST", "/fetch_rtm_token", `{"uid":"a"}`, "Host", "box.lan:8082"); resp.StatusCode != 200 {
		t.Errorf("admitted host: got %d", resp.StatusCode)
	}
	if resp, _ := r.do("POST", "/fetch_rtm_token", `{"uid":"a"}`, "Host", "box.lan:8082", "Origin", "http://box.lan:8082"); resp.StatusCode != 200 {
		t.Errorf("the demo under the admitted host: got %d", resp.StatusCode)
	}
	if resp, _ := r.do("POST", "/fetch_rtm_token", `{"uid":"a"}`, "Host", "box.lan:8082", "Origin", "http://box.lan:9"); resp.StatusCode != 403 {
		t.Errorf("another page of the admitted host: got %d", resp.StatusCode)
	}
	if resp, _ := r.do("POST", "/fetch_rtm_token", `{"uid":"a"}`, "Host", "0.0.0.0:8082"); resp.StatusCode != 403 {
		t.Errorf("another host: got %d", resp.StatusCode)
	}
}
