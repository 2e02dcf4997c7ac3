package rtmtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/rtmtest"
)

// exampleTB stands for the *testing.T that a test has.
type exampleTB struct{ cleanups []func() }

func (*exampleTB) Helper()                           {}
func (tb *exampleTB) Cleanup(f func())               { tb.cleanups = append(tb.cleanups, f) }
func (*exampleTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (*exampleTB) Context() context.Context          { return context.Background() }

func (tb *exampleTB) done() {
	for i := len(tb.cleanups) - 1; i >= 0; i-- {
		tb.cleanups[i]()
	}
}

// A 007 token lives for an hour, which takes no time.
func ExampleNewServer() {
	t := new(exampleTB) // in a test: the *testing.T
	defer t.done()
	ctx := t.Context()

	s := rtmtest.NewServer(t, rtmtest.Options{})
	c, err := rtmtest.Dial(ctx, s.URL, rtmtest.ClientOptions{AppID: s.AppID})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	if err := c.Login(ctx, "alice", s.Token("alice", time.Hour)); err != nil {
		fmt.Println(err)
		return
	}
	if err := s.Clock().Advance(time.Hour); err != nil {
		fmt.Println(err)
		return
	}
	for range 5 {
		n, err := c.Next(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(strings.TrimSpace(n.Name + " " + n.Text(0) + " " + n.Text(1)))
	}
	// Output:
	// ConnectionStateChanged CONNECTING LOGIN
	// ConnectionStateChanged CONNECTED LOGIN_SUCCESS
	// TokenPrivilegeWillExpire
	// TokenExpired
	// ConnectionStateChanged ABORTED TOKEN_EXPIRED
}

// A token is judged without anything running.
func ExampleCheckLogin() {
	const appID = "0123456789abcdef0123456789abcdef"
	certificate, err := rtmauth.ParseCertificate("fedcba9876543210fedcba9876543210")
	if err != nil {
		fmt.Println(err)
		return
	}
	signer, err := rtmauth.NewSigner(appID, certificate)
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := signer.RTM("alice", time.Hour)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rtmtest.CheckLogin(token, appID, "alice", certificate))
	var refused *rtmtest.Error
	if err := rtmtest.CheckLogin(token, appID, "Alice", certificate); errors.As(err, &refused) {
		fmt.Println(refused.Code, refused.Name)
	}
	// Output:
	// <nil>
	// 5 LOGIN_ERR_INVALID_TOKEN
}

// TestBubble is how a client of one's own is tested with fake time: in the
// bubble the service's clock is the bubble's.
func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := rtmtest.NewMemoryServer(t, rtmtest.Options{})
		c, err := s.Connect(t.Context(), rtmtest.ClientOptions{AppID: s.AppID})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.Login(t.Context(), "alice", s.Token("alice", time.Hour)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 3 { // the renewal that is tested
			if _, err := c.Await(t.Context(), "TokenPrivilegeWillExpire"); err != nil {
				t.Fatal(err)
			}
			if err := c.RenewToken(t.Context(), s.Token("alice", time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := time.Since(start), 3*(time.Hour-30*time.Second); got < want-3*time.Second || got > want {
			t.Errorf("three renewals took %v, want %v", got, want)
		}
		if c.State() != "CONNECTED" {
			t.Errorf("the client is %s", c.State())
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if c.State() != "ABORTED" {
			t.Errorf("the client is %s", c.State())
		}
	})
}
