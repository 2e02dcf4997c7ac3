package rtmtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/localguard"
)

// Options are what a Service is made of. The zero value of each field but
// Projects is its default.
type Options struct {
	// Projects are the projects that the service begins with, at least one. The
	// first is the default: the control plane's paths without an App ID are its.
	Projects []ProjectOptions

	// AllowHost judges the Host header of every request; nil admits loopback
	// names only.
	AllowHost func(host string) bool

	// AllowOrigin judges the Origin header of a WebSocket handshake; nil admits
	// loopback origins only. Clients that send none are no browsers and pass.
	AllowOrigin func(origin string) bool

	// ControlToken, if set, must come with each request to the control plane
	// that does not come from this machine, as "Authorization: Bearer …".
	ControlToken string

	observe func(sdk sdk, kind, name string) // what a conformance test saw
}

// ProjectOptions describe a project.
type ProjectOptions struct {
	AppID        string                // 32 hexadecimal characters
	Certificates []rtmauth.Certificate // none, the primary, or the primary and the secondary
	Settings     Settings              // the zero Settings are DefaultSettings
}

// maxProjects bounds what the control plane can make.
const maxProjects = 10_000

// A Service is a local RTM service. It is an [http.Handler] of /local/rtm, the
// WebSocket that clients speak to, and of /local/control/, its control plane.
// It is safe for concurrent use.
type Service struct {
	options Options
	control http.Handler

	mu       sync.RWMutex
	first    *Project
	projects map[string]*Project
	closed   bool

	running context.Context // ends when the service closes
	stop    context.CancelFunc
	conns   sync.WaitGroup
}

// NewService makes a service. The error says which option cannot be used.
func NewService(o Options) (*Service, error) {
	if len(o.Projects) == 0 {
		return nil, errors.New("rtmtest: a service needs a project")
	}
	if o.AllowHost == nil {
		o.AllowHost = localguard.IsLoopbackHost
	}
	if o.AllowOrigin == nil {
		o.AllowOrigin = localguard.IsLoopbackOrigin
	}
	s := &Service{options: o, projects: make(map[string]*Project)}
	s.control = s.newControl()
	s.running, s.stop = context.WithCancel(context.Background())
	for _, po := range o.Projects {
		if _, err := s.AddProject(po); err != nil {
			_ = s.Close()
			return nil, err
		}
	}
	return s, nil
}

// AddProject makes a further project. It is what POST /local/control/projects
// does.
func (s *Service) AddProject(o ProjectOptions) (*Project, error) {
	p, err := newProject(o, s.options.observe)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		err = errors.New("rtmtest: the service is closed")
	case s.projects[p.appID] != nil:
		err = fmt.Errorf("rtmtest: there is a project %s already", p.appID)
	case len(s.projects) >= maxProjects:
		err = fmt.Errorf("rtmtest: there are %d projects; remove one first", maxProjects)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	if s.first == nil {
		s.first = p
	}
	s.projects[p.appID] = p
	return p, nil
}

// RemoveProject ends a project and closes its sessions. It reports false if
// there is none of this App ID. The default project stays.
func (s *Service) RemoveProject(appID string) bool {
	s.mu.Lock()
	p := s.projects[appID]
	if p == nil || p == s.first {
		s.mu.Unlock()
		return false
	}
	delete(s.projects, appID)
	s.mu.Unlock()
	p.close()
	return true
}

// Project returns the project of an App ID, nil if there is none. With "" it
// returns the default project.
func (s *Service) Project(appID string) *Project {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if appID == "" {
		return s.first
	}
	return s.projects[appID]
}

// appIDs lists the projects, the default first.
func (s *Service) appIDs() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := []string{s.first.appID}
	for _, id := range slices.Sorted(maps.Keys(s.projects)) {
		if id != s.first.appID {
			list = append(list, id)
		}
	}
	return list
}

// Close ends all sessions, closes their WebSockets and waits for what the
// service runs. It may be called more than once.
func (s *Service) Close() error {
	s.mu.Lock()
	s.closed = true
	projects := make([]*Project, 0, len(s.projects))
	for _, p := range s.projects {
		projects = append(projects, p)
	}
	s.mu.Unlock()
	s.stop()
	for _, p := range projects {
		p.close()
	}
	s.conns.Wait()
	return nil
}

// ServeHTTP serves /local/rtm and /local/control/.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !s.options.AllowHost(r.Host):
		writeError(w, http.StatusForbidden, "The local RTM service answers only under loopback names and hosts that were allowed; the Host header names another.")
	case r.URL.Path == "/local/rtm":
		s.serveSocket(w, r)
	default:
		s.serveControl(w, r)
	}
}

func (s *Service) serveSocket(w http.ResponseWriter, r *http.Request) {
	for _, origin := range r.Header.Values("Origin") {
		if !s.options.AllowOrigin(origin) {
			writeError(w, http.StatusForbidden, "The local RTM service does not answer pages of this origin.")
			return
		}
	}
	if r.Header.Get("Upgrade") == "" {
		writeError(w, http.StatusUpgradeRequired, "This is the WebSocket of the local RTM service: use a client of it, such as /sdk/agora-rtm.js.")
		return
	}
	// The origin was judged above: the library cannot admit "null".
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered
	}
	conn.SetReadLimit(maxFrame)
	s.serve(r.Context(), socket{conn})
}

// helloTimeout is how long a client may take to say hello.
const helloTimeout = 10 * time.Second

// serve speaks to one client until it or the service closes.
func (s *Service) serve(ctx context.Context, t transport) {
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		t.Close(websocket.StatusGoingAway, "the service is closed")
		return
	}
	s.conns.Add(1)
	s.mu.RUnlock()
	defer s.conns.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.running, cancel)()

	a, err := s.hello(ctx, t)
	if err != nil {
		t.Close(websocket.StatusPolicyViolation, err.Error())
		return
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		a.write(ctx)
		cancel()
	}()
	status, reason := a.read(ctx)
	cancel()
	<-written
	a.session.detach(a)
	t.Close(status, reason)
}

var errHello = errors.New("the first frame must be hello")

// hello reads the first frame and attaches the client to a new session or to
// the one that it names.
func (s *Service) hello(ctx context.Context, t transport) (*attachment, error) {
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	data, err := t.Read(ctx)
	if err != nil {
		return nil, errHello
	}
	r, err := parseRequest(data)
	if err != nil || r.Op != "hello" || r.ID != 0 {
		return nil, errHello
	}
	var h helloArgs
	if err := json.Unmarshal(r.Args, &h); err != nil || h.Protocol != protocol || h.SDK != sdk1 && h.SDK != sdk2 {
		err := &Error{Code: 400, Name: "PROTOCOL", Message: `This service speaks protocol 1 with "sdk" 1.x or 2.x: the client is of another version of rtmauth.`}
		_ = t.Write(ctx, encode(result{Error: err})) // it is being closed
		return nil, errors.New("protocol not spoken here")
	}
	// A client of an unknown App ID is let in, to be told so at its login.
	appID, _ := text(h.AppID)
	p := s.Project(appID)
	known := p != nil && appID != ""
	if p == nil {
		p = s.Project("")
	}
	a := &attachment{transport: t}
	w, err := p.attach(a, h, known)
	if err != nil {
		return nil, err
	}
	if err := t.Write(ctx, encode(result{OK: w})); err != nil {
		a.session.detach(a)
		return nil, err
	}
	return a, nil
}

// randomHex is n random bytes in hexadecimal.
func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
