package rtmtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rtmauth/rtmauth"
)

// A Project is one Agora project of the service: an App ID, its certificates,
// the clients that log in to it, and a clock. Projects share nothing, so tests
// with a project each cannot disturb one another.
//
// All of a project's state is guarded by one mutex. What the clock or a client
// causes is decided under it, and what follows is put into the outboxes of the
// sessions, from which a goroutine for each client writes without it.
type Project struct {
	appID   string
	clock   *Clock
	observe func(sdk sdk, kind, name string)

	mu           sync.Mutex
	closed       bool
	settings     Settings
	certificates []rtmauth.Certificate
	verifier     *rtmauth.Verifier // nil without certificates
	banned       map[string]bool
	faults       faults
	logins       windows // by user
	history      history
	sessions     map[string]*session
	made         uint64 // sessions
	random       *rand.Rand
	world1       world1
	world2       world2
}

func newProject(o ProjectOptions, observe func(sdk sdk, kind, name string)) (*Project, error) {
	if err := rtmauth.ValidateAppID(o.AppID); err != nil {
		return nil, err
	}
	if o.Settings.CertMode == "" {
		o.Settings = DefaultSettings()
	}
	if err := o.Settings.Validate(); err != nil {
		return nil, fmt.Errorf("rtmtest: setting %w", err)
	}
	if len(o.Certificates) > 2 {
		return nil, errors.New("rtmtest: a project has at most two App certificates")
	}
	if observe == nil {
		observe = func(sdk, string, string) {}
	}
	p := &Project{
		appID:    o.AppID,
		clock:    NewClock(),
		observe:  observe,
		settings: o.Settings,
		banned:   make(map[string]bool),
		sessions: make(map[string]*session),
		world1:   newWorld1(),
		world2:   newWorld2(),
	}
	p.clock.settle = func() {
		p.mu.Lock()
		defer p.mu.Unlock()
	}
	p.seed()
	if err := p.setCertificates(o.Certificates); err != nil {
		return nil, err
	}
	return p, nil
}

// AppID is the App ID of the project.
func (p *Project) AppID() string { return p.appID }

// Clock is the clock of the project. Tokens for it must be made with its time.
func (p *Project) Clock() *Clock { return p.clock }

func (p *Project) setCertificates(list []rtmauth.Certificate) error {
	var v *rtmauth.Verifier
	if len(list) > 0 {
		var err error
		if v, err = rtmauth.NewVerifier(p.appID, list...); err != nil {
			return err
		}
	}
	p.certificates, p.verifier = append([]rtmauth.Certificate(nil), list...), v
	return nil
}

// seed makes chance follow the settings.
func (p *Project) seed() {
	p.random = nil
	if p.settings.Seed != 0 {
		p.random = rand.New(rand.NewPCG(p.settings.Seed, p.settings.Seed)) //nolint:gosec // it varies the order of events, repeatably
	}
}

// chance reports true half of the time where variation was asked for, and else
// false.
func (p *Project) chance() bool { return p.random != nil && p.random.IntN(2) == 1 }

// note records an event. mu must be held.
func (p *Project) note(e Event) {
	e.At = p.clock.Now()
	p.history.add(e)
}

// An alarm is a timer whose function runs with the project's mutex held, and
// not at all after stop.
type alarm struct {
	timer *Timer
	gone  bool
}

// after makes an alarm. mu must be held.
func (p *Project) after(d time.Duration, f func()) *alarm {
	a := new(alarm)
	a.timer = p.clock.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if a.gone || p.closed {
			return
		}
		a.gone = true
		f()
	})
	return a
}

// stop keeps an alarm, which may be nil, from running. mu must be held.
func (a *alarm) stop() {
	if a != nil && !a.gone {
		a.gone = true
		a.timer.Stop()
	}
}

// pending reports whether the alarm, which may be nil, will still run.
func (a *alarm) pending() bool { return a != nil && !a.gone }

// close ends the project for good.
func (p *Project) close() {
	p.mu.Lock()
	p.closed = true
	for _, s := range p.sessions {
		s.forget()
	}
	if p.history.grown != nil {
		close(p.history.grown)
		p.history.grown = nil
	}
	p.mu.Unlock()
	p.clock.close()
}
