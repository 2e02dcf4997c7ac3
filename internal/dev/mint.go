package dev

import (
	"net/http"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/keyring"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/server/compat"
	"github.com/rtmauth/rtmauth/internal/server/native"
)

// projectName is what the one project of dev is called.
const projectName = "main"

// minter makes tokens of every kind for whoever asks: everybody who may reach
// dev is its one caller, and may have anything.
type minter struct {
	issuer  *issue.Service
	version rtmauth.Version // of what MintRTM makes
	caller  policy.Caller
}

var (
	_ compat.RTMMinter = (*minter)(nil)
	_ native.Minter    = (*minter)(nil)
)

func newMinter(p *project, version rtmauth.Version, now func() time.Time) (*minter, error) {
	keys, err := keyring.NewProject(keyring.ProjectConfig{Name: projectName, AppID: p.AppID, Primary: p.Primary, Secondary: p.Secondary}, rtmauth.WithClock(now))
	if err != nil {
		return nil, err
	}
	ring, err := keyring.New(keys)
	if err != nil {
		return nil, err
	}
	m := &minter{version: version, caller: policy.Caller{Name: "developer", Kind: policy.KindAnonymous}}
	m.issuer, err = issue.New(issue.Options{Ring: ring, Policy: policy.InsecureAllowAll(m.caller.Name, projectName), Now: now})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// MintRTM makes a login token in the version of --token-version.
func (m *minter) MintRTM(r *http.Request, user string, life time.Duration) (string, error) {
	token, err := m.Mint(r, policy.Request{User: user, Services: []policy.Service{{Type: policy.RTM}}, Life: life, Version: m.version})
	return token.Text, err
}

// Mint makes the token that a request of the native API asks for.
func (m *minter) Mint(r *http.Request, q policy.Request) (issue.Token, error) {
	return m.issuer.Issue(m.asked(r, q))
}

// Verify judges a token of this project.
func (m *minter) Verify(r *http.Request, v issue.ToVerify) (issue.Verdict, error) {
	return m.issuer.Verify(m.asked(r, policy.Request{}), v)
}

// Refused does nothing: dev keeps no record of requests.
func (m *minter) Refused(*http.Request, string) {}

func (m *minter) asked(r *http.Request, q policy.Request) issue.Asked {
	return issue.Asked{Caller: m.caller, Request: q, Route: r.URL.Path, Client: r.RemoteAddr}
}
