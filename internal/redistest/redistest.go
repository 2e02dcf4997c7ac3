// Package redistest starts real Redis servers for tests.
package redistest

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/fleet"
)

// Server is a redis-server on loopback, which may be stopped and started.
type Server struct {
	t    testing.TB
	port string
	dir  string
	args []string
	cmd  *exec.Cmd
}

// Start starts a server that ends with the test. args are more of its options,
// such as "--requirepass".
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("redis-server is missing: make deps installs it, or says how")
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, port: strconv.Itoa(l.Addr().(*net.TCPAddr).Port), dir: t.TempDir(), args: args}
	_ = l.Close()
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// Addr is its address.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", s.port) }

// URL names it without a password.
func (s *Server) URL() string { return "redis://" + s.Addr() + "/0" }

// Fleet is a connection to it, with the prefix "test:", that ends with the test.
func (s *Server) Fleet() *fleet.Fleet {
	s.t.Helper()
	c, err := fleet.NewConfig(s.URL(), "test:", 2*time.Second)
	if err != nil {
		s.t.Fatal(err)
	}
	f, err := fleet.Open(c, fleet.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(f.Close)
	return f
}

// Start starts it again, with what it held when it was stopped.
func (s *Server) Start() {
	s.t.Helper()
	args := append([]string{"--port", s.port, "--bind", "127.0.0.1", "--dir", s.dir, "--appendonly", "yes", "--save", "", "--loglevel", "warning"}, s.args...)
	s.cmd = exec.Command("redis-server", args...) //nolint:gosec,noctx // the test's own; it ends with Stop
	log := &strings.Builder{}
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", s.Addr())
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(deadline) {
			s.Stop()
			s.t.Fatalf("redis-server in %s does not listen: %v\n%s", filepath.Base(s.dir), err, log)
		}
	}
}

// Stop ends it, at once for its clients.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}
