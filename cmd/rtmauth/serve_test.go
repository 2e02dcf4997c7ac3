package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller/apikey"
)

// service is `rtmauth serve` as a process of its own.
type service struct {
	t          *testing.T
	key        string
	url, admin string
	process    *os.Process
	ended      chan error
}

// serve starts one whose standard error is stderr; more is added to its configuration.
func serve(t *testing.T, stderr *os.File, more string) *service {
	t.Helper()
	s := &service{t: t, ended: make(chan error, 1)}
	key, hash := apikey.Generate()
	s.key = key
	dir := t.TempDir()
	file, ready := filepath.Join(dir, "rtmauth.yaml"), filepath.Join(dir, "ready.json")
	config := `listen: "127.0.0.1:0"
admin: {listen: "127.0.0.1:0"}
projects: [{name: main, app_id: 970ca35de60c44645bbae8a215061b33, primary: {file: cert}}]
callers: {api_keys: [{id: backend, sha256: "` + hash + `"}]}
policy: [{name: all, callers: [backend], users: "*"}]
` + more
	for name, text := range map[string]string{file: config, filepath.Join(dir, "cert"): "5cfd2fd1755d40ecb72977518be15d3b"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("rtmauth", "serve", "--config", file, "--ready-file", ready)
	cmd.Env = append(os.Environ(), raceEnv)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = stderr.Close() // the process has its own: its end is the end of the log
	s.process = cmd.Process
	go func() { s.ended <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var content struct {
		URL   string
		Admin string `json:"admin_url"`
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		data, err := os.ReadFile(ready)
		if err == nil {
			if err := json.Unmarshal(data, &content); err != nil {
				t.Fatal(err)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not get ready")
		}
	}
	s.url, s.admin = content.URL, content.Admin
	return s
}

var patient = &http.Client{Timeout: 8 * time.Second}

// token asks for one and says with which status it was answered.
func (s *service) token() (int, error) {
	r, err := http.NewRequest(http.MethodPost, s.url+"/v1/tokens", strings.NewReader(`{"user":"u"}`))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	r.Header.Set("Content-Type", "application/json")
	resp, err := patient.Do(r)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

func (s *service) get(path string) string {
	s.t.Helper()
	resp, err := patient.Get(s.admin + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// term sends SIGTERM.
func (s *service) term() {
	s.t.Helper()
	if err := s.process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
}

// end is how the process ends within a time.
func (s *service) end(within time.Duration) error {
	s.t.Helper()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(within):
		s.t.Fatalf("it did not end within %v", within)
		return nil
	}
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = r.Close(), w.Close() })
	return r, w
}

// TestServe_unreadPipe starts with a standard error that takes not one byte more.
// No request and no end may wait for it.
func TestServe_unreadPipe(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]int{"refuse": 503, "continue": 201} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			_, w := pipe(t)
			if err := w.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(make([]byte, 4<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("the pipe is not full: %v", err)
			}
			s := serve(t, w, "audit: {on_failure: "+mode+"}\ntimeouts: {drain_delay: 0s}\n")
			answers := make(chan string)
			const requests = 20
			for range requests {
				go func() {
					began := time.Now()
					status, err := s.token()
					if took := time.Since(began); status != want || took > 6*time.Second {
						answers <- fmt.Sprintf("got %d, %v after %v; want %d", status, err, took, want)
						return
					}
					answers <- ""
				}()
			}
			for range requests {
				if wrong := <-answers; wrong != "" {
					t.Error(wrong)
				}
			}
			s.term()
			if err := s.end(8 * time.Second); err == nil {
				t.Error("it ended with 0 although lines were not written")
			}
		})
	}
}

// TestServe_readerGone closes the pipe at the other end, as a log collector that
// crashes does. The process lives on, and does what audit.on_failure says.
func TestServe_readerGone(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]int{"refuse": 503, "continue": 201} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			r, w := pipe(t)
			s := serve(t, w, "audit: {on_failure: "+mode+"}\ntimeouts: {drain_delay: 0s}\n")
			if status, err := s.token(); status != 201 {
				t.Fatalf("got %d, %v", status, err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if status, err := s.token(); status != want {
					t.Errorf("got %d, %v; want %d", status, err, want)
				}
			}
			if m := s.get("/metrics"); mode == "refuse" && (!strings.Contains(m, "\nrtmauth_audit_refused_requests_total 3\n") || strings.Contains(m, "\nrtmauth_log_lost_lines_total 0\n")) {
				t.Errorf("metrics do not tell:\n%s", m)
			}
			s.term()
			if err := s.end(8 * time.Second); err != nil {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

// TestServe_secondSignal shows that the first one leaves the service answering,
// and that the second ends the process in the middle of the drain.
func TestServe_secondSignal(t *testing.T) {
	t.Parallel()
	r, w := pipe(t)
	s := serve(t, w, "timeouts: {drain_delay: 1m}\n")
	s.term()
	log := bufio.NewScanner(r)
	for log.Scan() && !strings.Contains(log.Text(), `"msg":"draining`) {
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	if answer := s.get("/readyz"); answer != "draining\n" {
		t.Errorf("/readyz after the first signal: %q", answer)
	}
	if status, err := s.token(); status != 201 {
		t.Errorf("after the first signal: got %d, %v", status, err)
	}
	s.term()
	var how *exec.ExitError
	if err := s.end(5 * time.Second); !errors.As(err, &how) || how.ExitCode() != -1 {
		t.Errorf("the second signal ended it with %v, want the signal itself", err)
	}
}
