package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// devServer is a running `rtmauth dev`.
type devServer struct {
	t    *testing.T
	args []string
	env  []string

	URL         string // without a slash at the end
	AppID       string
	Certificate string // empty where the test gave one

	cmd    *exec.Cmd
	exited chan struct{} // closed when the process is gone
	output syncBuffer
}

// startDev starts `rtmauth dev` on a free port with the further flags, and
// stops it when the test ends. It has no App ID or certificate but those of
// the flags and of env, each "NAME=value".
func startDev(t *testing.T, env []string, flags ...string) *devServer {
	t.Helper()
	d := &devServer{t: t, env: env, args: flags}
	d.start("127.0.0.1:0")
	t.Cleanup(func() {
		d.kill()
		if t.Failed() {
			t.Logf("rtmauth dev %s:\n%s", strings.Join(d.args, " "), d.output.String())
		}
	})
	return d
}

func (d *devServer) start(listen string) {
	d.t.Helper()
	dir := d.t.TempDir() // no .env of the developer
	ready := filepath.Join(dir, "ready.json")
	d.cmd = exec.Command(shared.binary, append([]string{"dev", "--listen", listen, "--ready-file", ready}, d.args...)...)
	d.cmd.Dir = dir
	d.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, d.env...)
	d.cmd.Stdout, d.cmd.Stderr = &d.output, &d.output
	if err := d.cmd.Start(); err != nil {
		d.t.Fatalf("start rtmauth dev: %v", err)
	}
	exited := make(chan struct{})
	d.exited = exited
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait() // how it ended is in its output
		close(exited)
	}(d.cmd)
	d.awaitReady(ready)
}

// awaitReady reads the ready file as soon as it is there.
func (d *devServer) awaitReady(file string) {
	d.t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	deadline := time.After(patience * time.Second)
	for {
		var ready struct {
			URL         string `json:"url"`
			AppID       string `json:"app_id"`
			Certificate string `json:"certificate"`
		}
		if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &ready) == nil {
			d.URL, d.AppID, d.Certificate = strings.TrimSuffix(ready.URL, "/"), ready.AppID, ready.Certificate
			return
		}
		select {
		case <-look.C:
		case <-d.exited:
			d.t.Fatalf("rtmauth dev ended before it was ready:\n%s", d.output.String())
		case <-deadline:
			d.t.Fatalf("rtmauth dev wrote no ready file:\n%s", d.output.String())
		}
	}
}

// kill ends the process as a crash would, and waits until it is gone.
func (d *devServer) kill() {
	_ = d.cmd.Process.Signal(syscall.SIGKILL) // an error means that it is gone already
	<-d.exited
}

// restart starts it again on the port it had.
func (d *devServer) restart() {
	d.t.Helper()
	d.start(strings.TrimPrefix(d.URL, "http://"))
}

// token asks the token server as the guide's client does.
func (d *devServer) token(user string) string {
	d.t.Helper()
	answer := d.post("/fetch_rtm_token", map[string]any{"uid": user})
	token, _ := answer["token"].(string)
	if token == "" {
		d.t.Fatalf("no token for %q: %v", user, answer)
	}
	return token
}

// control calls the control plane.
func (d *devServer) control(path string, body any) map[string]any {
	d.t.Helper()
	return d.post("/local/control"+path, body)
}

// advance turns the clock on and returns when every timer due has fired.
func (d *devServer) advance(by string) {
	d.t.Helper()
	d.control("/clock/advance", map[string]any{"by": by})
}

// session returns the ID of the newest session of a user.
func (d *devServer) session(user string) string {
	d.t.Helper()
	answer := d.do(http.MethodGet, "/local/control/sessions", nil)
	sessions, _ := answer["sessions"].([]any)
	id := ""
	for _, s := range sessions {
		if s, ok := s.(map[string]any); ok && s["user"] == user {
			id, _ = s["id"].(string)
		}
	}
	if id == "" {
		d.t.Fatalf("no session of %q: %v", user, answer)
	}
	return id
}

// awaitEvent waits until the service has decided something of the type about
// the user.
func (d *devServer) awaitEvent(kind, user string) {
	d.t.Helper()
	query := url.Values{"type": {kind}, "user": {user}, "since": {"0"}, "wait": {"10s"}}
	answer := d.do(http.MethodGet, "/local/control/events?"+query.Encode(), nil)
	if events, _ := answer["events"].([]any); len(events) == 0 {
		d.t.Fatalf("no event %s of %q within 10 s: %v", kind, user, answer)
	}
}

func (d *devServer) post(path string, body any) map[string]any {
	d.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	return d.do(http.MethodPost, path, text)
}

func (d *devServer) do(method, path string, body []byte) map[string]any {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), method, d.URL+path, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := (&http.Client{Timeout: patience * time.Second}).Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if response.StatusCode/100 != 2 {
		d.t.Fatalf("%s %s: %s: %s", method, path, response.Status, text)
	}
	answer := map[string]any{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			d.t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
	return answer
}

// syncBuffer is a bytes.Buffer that a process may write to while a test reads.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
