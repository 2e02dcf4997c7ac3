package rtmtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

// TestMain fails if a test leaves a goroutine behind, or if the conformance table
// says other than the tests have seen.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if left := leftBehind(); left != "" {
			fmt.Fprintln(os.Stderr, "goroutines left behind:\n"+left)
			code = 1
		}
	}
	if code == 0 {
		if err := checkConformance(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// leftBehind waits a little for goroutines to end and shows those that do not.
func leftBehind() string {
	var stacks string
	for range 100 {
		buf := make([]byte, 1<<20)
		stacks = string(buf[:runtime.Stack(buf, true)])
		if strings.Count(stacks, "rtmtest.") <= strings.Count(stacks, "rtmtest.TestMain")+strings.Count(stacks, "rtmtest.leftBehind") {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
	}
	return stacks
}

// house is a service in memory whose clock stands unless it is turned.
type house struct {
	*Server
	t *testing.T
	p *Project
}

func newHouse(t *testing.T, settings ...func(*Settings)) *house {
	t.Helper()
	s := NewMemoryServer(t, Options{observe: observer(t)})
	p := s.Project("")
	p.Clock().Freeze()
	h := &house{s, t, p}
	h.set(settings...)
	return h
}

// set changes settings.
func (h *house) set(settings ...func(*Settings)) {
	h.t.Helper()
	for _, f := range settings {
		if err := h.p.Change(f); err != nil {
			h.t.Fatal(err)
		}
	}
}

// guest is a client in a test.
type guest struct {
	*Client
	t *testing.T
}

func (h *house) connect(sdk string) *guest {
	h.t.Helper()
	c, err := h.Connect(h.t.Context(), ClientOptions{AppID: h.AppID, SDK: sdk})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(c.Close)
	return &guest{c, h.t}
}

func (h *house) client() *guest { h.t.Helper(); return h.connect("1.x") }

// login is a client that has logged in.
func (h *house) login(user, token string) *guest {
	h.t.Helper()
	c := h.client()
	c.want("login", c.Login(h.t.Context(), user, token), 0)
	c.awaitState(connected)
	return c
}

func (h *house) advance(d time.Duration) {
	h.t.Helper()
	if err := h.Clock().Advance(d); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) fault(c *guest, f LinkFault) {
	h.t.Helper()
	if err := h.p.Fault(c.Session(), f); err != nil {
		h.t.Fatal(err)
	}
}

// want fails unless err has this code, 0 standing for no error.
func (c *guest) want(what string, err error, code int) {
	c.t.Helper()
	got := 0
	var e *Error
	switch {
	case errors.As(err, &e):
		got = e.Code
	case err != nil:
		c.t.Fatalf("%s: %v", what, err)
	}
	if got != code {
		c.t.Fatalf("%s: got code %d (%v), want %d", what, got, err, code)
	}
}

// try makes a call and wants this code.
func (c *guest) try(code int, op string, arguments any) {
	c.t.Helper()
	c.want(op, c.Call(c.t.Context(), op, arguments, nil), code)
}

// next is the next notification as text: "TokenExpired", "MemberLeft(room) bob".
func (c *guest) next() string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
	defer cancel()
	n, err := c.Next(ctx)
	if err != nil {
		c.t.Fatalf("no further notification: %v; heard %v", err, c.all())
	}
	return show(n)
}

func show(n Notification) string {
	s := n.Name
	if n.Channel != "" {
		s += "(" + n.Channel + ")"
	}
	for _, a := range n.Args {
		s += " " + strings.Trim(string(a), `"`)
	}
	return s
}

func (c *guest) all() []string {
	var list []string
	for _, n := range c.Heard() {
		list = append(list, show(n))
	}
	return list
}

// awaitState skips notifications until this state.
func (c *guest) awaitState(state string) {
	c.t.Helper()
	for !strings.HasPrefix(c.next(), "ConnectionStateChanged "+state) {
	}
}

// expect wants exactly these notifications next, and then none that is on its
// way already.
func (c *guest) expect(list ...string) {
	c.t.Helper()
	for _, want := range list {
		if got := c.next(); got != want {
			c.t.Fatalf("got %q, want %q; heard %v", got, want, c.all())
		}
	}
	c.quiet()
}

// quiet wants no further notification. What the service has sent before it
// answers this call has arrived before the answer.
func (c *guest) quiet() {
	c.t.Helper()
	err := c.Call(c.t.Context(), "barrier", nil, nil)
	var e *Error
	if !errors.As(err, &e) {
		c.t.Fatalf("barrier: %v", err)
	}
	c.mu.Lock()
	rest := c.heard[c.Client.next:]
	c.mu.Unlock()
	if len(rest) > 0 {
		c.t.Fatalf("unexpected: %s; heard %v", show(rest[0]), c.all())
	}
}

// certificate parses a certificate of a test.
func certificate(t *testing.T, text string) rtmauth.Certificate {
	t.Helper()
	c, err := rtmauth.ParseCertificate(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// events lists what the project recorded, as "type reason".
func (h *house) events(types ...EventType) []string {
	list, _ := h.p.Events(Filter{Types: types})
	var out []string
	for _, e := range list {
		out = append(out, strings.TrimSpace(string(e.Type)+" "+e.Reason))
	}
	return out
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
