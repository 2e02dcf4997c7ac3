// Package keyring holds the projects that tokens are made for: an App ID with
// one certificate, or with two while they are being exchanged. Certificates are
// rtmauth.Certificate throughout, which no print path shows.
package keyring

import (
	"errors"
	"fmt"
	"slices"

	"github.com/rtmauth/rtmauth"
)

// ProjectConfig describes a project.
type ProjectConfig struct {
	Name      string              // what configuration and metrics call it; "main" where there is one only
	AppID     string              // 32 hexadecimal characters
	Primary   rtmauth.Certificate // signs every token
	Secondary rtmauth.Certificate // accepted beside it; zero without one
}

// Project signs and verifies tokens of one App ID. It is immutable and safe for
// concurrent use.
type Project struct {
	name         string
	certificates []rtmauth.Certificate
	signer       *rtmauth.Signer
	verifier     *rtmauth.Verifier
}

// NewProject checks a project. It refuses an App ID or a primary certificate
// that is missing or malformed, and any two of App ID, primary and secondary
// certificate that are the same. Options go to the signer: its clock and salt.
func NewProject(c ProjectConfig, options ...rtmauth.SignerOption) (*Project, error) {
	p, err := newProject(c, options)
	if err != nil {
		return nil, fmt.Errorf("project %q: %w", c.Name, err)
	}
	return p, nil
}

func newProject(c ProjectConfig, options []rtmauth.SignerOption) (*Project, error) {
	if c.Name == "" {
		return nil, errors.New("it has no name")
	}
	if c.Primary.IsZero() {
		return nil, errors.New("it has no primary certificate")
	}
	if err := rtmauth.ValidateAppID(c.AppID); err != nil {
		return nil, err
	}
	// An App ID has the shape of a certificate, which is why they get mixed up.
	appID, err := rtmauth.ParseCertificate(c.AppID)
	if err != nil {
		return nil, err
	}
	certificates := []rtmauth.Certificate{c.Primary}
	if !c.Secondary.IsZero() {
		certificates = append(certificates, c.Secondary)
	}
	for i, certificate := range certificates {
		if certificate.Equal(appID) {
			return nil, errors.New("its App ID and its certificate are the same")
		}
		if i == 1 && certificate.Equal(c.Primary) {
			return nil, errors.New("its primary and its secondary certificate are the same")
		}
	}
	p := &Project{name: c.Name, certificates: certificates}
	if p.signer, err = rtmauth.NewSigner(c.AppID, c.Primary, options...); err != nil {
		return nil, err
	}
	if p.verifier, err = rtmauth.NewVerifier(c.AppID, certificates...); err != nil {
		return nil, err
	}
	return p, nil
}

// Name is what configuration and metrics call the project.
func (p *Project) Name() string { return p.name }

// AppID is the project's App ID.
func (p *Project) AppID() string { return p.signer.AppID() }

// Signer signs with the primary certificate.
func (p *Project) Signer() *rtmauth.Signer { return p.signer }

// Verifier accepts tokens of either certificate.
func (p *Project) Verifier() *rtmauth.Verifier { return p.verifier }

// Certificates are the primary and, where there is one, the secondary; the slice
// is the caller's.
func (p *Project) Certificates() []rtmauth.Certificate {
	return slices.Clone(p.certificates)
}

// Shares reports whether the two projects have a certificate in common, so that
// tokens of one are still accepted by the other.
func (p *Project) Shares(other *Project) bool {
	for _, a := range p.certificates {
		for _, b := range other.certificates {
			if a.Equal(b) {
				return true
			}
		}
	}
	return false
}

// Ring is a set of projects, none of which share a name or an App ID. It is
// immutable and safe for concurrent use.
type Ring struct {
	projects []*Project
	byName   map[string]*Project
	byAppID  map[string]*Project
}

// New makes a ring of one project or more; the first is the default.
func New(projects ...*Project) (*Ring, error) {
	if len(projects) == 0 {
		return nil, errors.New("there is no project")
	}
	r := &Ring{projects: slices.Clone(projects), byName: make(map[string]*Project), byAppID: make(map[string]*Project)}
	for _, p := range projects {
		if r.byName[p.Name()] != nil {
			return nil, fmt.Errorf("two projects are named %q", p.Name())
		}
		if other := r.byAppID[p.AppID()]; other != nil {
			return nil, fmt.Errorf("projects %q and %q have one App ID", other.Name(), p.Name())
		}
		r.byName[p.Name()] = p
		r.byAppID[p.AppID()] = p
	}
	return r, nil
}

// Default is the first project.
func (r *Ring) Default() *Project { return r.projects[0] }

// Projects are all projects in the order they were given; the slice is the caller's.
func (r *Ring) Projects() []*Project { return slices.Clone(r.projects) }

// ByName returns the project of that name, nil without one.
func (r *Ring) ByName(name string) *Project { return r.byName[name] }

// ByAppID returns the project of that App ID, nil without one.
func (r *Ring) ByAppID(appID string) *Project { return r.byAppID[appID] }
