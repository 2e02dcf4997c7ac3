//go:build unix

package server_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestServe_hungMount: SIGTERM is heard although a reload by SIGHUP reads a file
// that does not answer.
func TestServe_hungMount(t *testing.T) {
	h := open(t)
	pipe := filepath.Join(h.dir, "rtmauth.yaml")
	if err := os.Remove(pipe); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	h.hup <- struct{}{}
	var held *os.File // as long as it is open, what reads the pipe waits
	eventually(t, "the file is read", func() (ok bool) {
		var err error
		held, err = os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		return err == nil
	})
	defer func() { _ = held.Close() }()
	if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
		t.Errorf("meanwhile: got %d %s", a.status, a.body)
	}
	begun := time.Now()
	if err := h.end(); err != nil || time.Since(begun) > 5*time.Second {
		t.Errorf("ended after %s with %v", time.Since(begun), err)
	}
}
