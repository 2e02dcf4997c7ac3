package rtmtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/rtmauth/rtmauth"
)

// TB is what this package needs of a [testing.TB].
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Context() context.Context
}

// A Server is a Service on a loopback port, for tests of programs that speak to
// it, with a project that it made up.
type Server struct {
	*Service
	URL         string // http://127.0.0.1:port
	AppID       string // of the default project
	Certificate string // the default project's primary certificate, if the server made it; else empty
	signer      *rtmauth.Signer
}

// NewServer starts a Server and closes it when the test ends. If o names no
// project it makes one with a random App ID and certificate and the default
// settings. It fails the test if it cannot start.
func NewServer(tb TB, o Options) *Server {
	tb.Helper()
	s := newServer(tb, o)
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("rtmtest: %v", err)
	}
	s.URL = "http://" + listener.Addr().String()
	h := &http.Server{Handler: s.Service, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- h.Serve(listener) }()
	tb.Cleanup(func() {
		_ = s.Close() // ends the WebSockets, of which the HTTP server knows nothing
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			tb.Fatalf("rtmtest: shut down: %v", err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			tb.Fatalf("rtmtest: serve: %v", err)
		}
	})
	return s
}

// NewMemoryServer is [NewServer] without a port: clients come with
// [Service.Connect]. Made inside a [testing/synctest] bubble it lives on the
// time of the bubble.
func NewMemoryServer(tb TB, o Options) *Server {
	tb.Helper()
	s := newServer(tb, o)
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func newServer(tb TB, o Options) *Server {
	tb.Helper()
	s := new(Server)
	if len(o.Projects) == 0 {
		s.Certificate = randomHex(16)
		c, err := rtmauth.ParseCertificate(s.Certificate)
		if err != nil {
			tb.Fatalf("rtmtest: %v", err)
		}
		o.Projects = []ProjectOptions{{AppID: randomHex(16), Certificates: []rtmauth.Certificate{c}}}
	}
	service, err := NewService(o)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	first := o.Projects[0]
	s.Service, s.AppID = service, first.AppID
	if len(first.Certificates) > 0 {
		if s.signer, err = rtmauth.NewSigner(first.AppID, first.Certificates[0], rtmauth.WithClock(s.Clock().Now)); err != nil {
			tb.Fatalf("%v", err)
		}
	}
	return s
}

// Clock is the clock of the default project.
func (s *Server) Clock() *Clock { return s.Project("").Clock() }

// Token makes a 007 token for the default project, with its primary certificate
// and by its clock. It panics if that is not possible: the user ID is not
// allowed, the life is not from 1 s to 24 h, or there is no certificate.
func (s *Server) Token(user string, life time.Duration) string {
	return s.mint(func(g *rtmauth.Signer) (string, error) { return g.RTM(user, life) })
}

// Token006 is Token for a 006 token, which lives for 24 hours.
func (s *Server) Token006(user string) string {
	return s.mint(func(g *rtmauth.Signer) (string, error) { return g.RTM006(user, rtmauth.MaxLife) })
}

func (s *Server) mint(sign func(*rtmauth.Signer) (string, error)) string {
	if s.signer == nil {
		panic("rtmtest: the default project has no certificate")
	}
	token, err := sign(s.signer)
	if err != nil {
		panic("rtmtest: " + err.Error())
	}
	return token
}
