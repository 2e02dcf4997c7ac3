// Package redistest starts real Redis servers for tests.
package redistest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/fleet"
)

// Server is a redis-server on loopback, which may be stopped and started.
type Server struct {
	t     testing.TB
	port  string
	dir   string
	args  []string
	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd has ended
}

// Start starts a server that ends with the test. args are more of its options,
// such as "--requirepass".
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("redis-server is missing: make deps installs it, or says how")
	}
	s := &Server{t: t, dir: t.TempDir(), args: args}
	t.Cleanup(s.Stop)
	for range 5 { // another process may take the port that is free now
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, s.port, _ = net.SplitHostPort(l.Addr().String())
		_ = l.Close()
		if err = s.start(); err == nil {
			return s
		}
		t.Logf("redis-server: %v", err)
	}
	t.Fatal("redis-server does not start")
	return nil
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
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) start() error {
	args := append([]string{"--port", s.port, "--bind", "127.0.0.1", "--dir", s.dir, "--appendonly", "yes", "--save", "", "--loglevel", "warning"}, s.args...)
	cmd := exec.Command("redis-server", args...) //nolint:gosec,noctx // the test's own; it ends with Stop
	log := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	s.cmd, s.ended = cmd, ended
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		select {
		case <-ended: // whoever answers at the port is somebody else
			s.cmd = nil
			return fmt.Errorf("it ended:\n%s", log)
		case <-time.After(5 * time.Millisecond):
		}
		if s.answers() {
			return nil
		}
	}
	s.Stop()
	return fmt.Errorf("it does not answer:\n%s", log)
}

// answers reports whether it speaks, with a password or without.
func (s *Server) answers() bool {
	c, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), "tcp", s.Addr())
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	answer, err := bufio.NewReader(c).ReadString('\n')
	return err == nil && (strings.HasPrefix(answer, "+PONG") || strings.HasPrefix(answer, "-NOAUTH"))
}

// Stop ends it, at once for its clients.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.ended
	s.cmd = nil
}
