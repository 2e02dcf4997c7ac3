package dev

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/config"
)

// FakeAppID is used where the user gives no project. It has the shape of an App
// ID and plainly is none, and is the same in every run, so that pages that hold
// it survive a restart.
const FakeAppID = "00000000000000000000000000facade"

// project is the App ID and certificates of this run.
type project struct {
	config.EnvProject
	reveal func() string // the certificate that was generated; nil where the user gave one
}

// generated reports whether the project is made up, so that nothing of the
// user's can be taken from it.
func (p *project) generated() bool { return p.reveal != nil }

// project reads the user's, or makes one up.
func (o *Options) project() (*project, error) {
	env, err := config.ReadEnv(o.LookupEnv, o.Dotenv)
	if err != nil {
		return nil, err
	}
	given, err := env.Project()
	if err != nil {
		return nil, fmt.Errorf("%w.\nTo run without a project of your own, unset APP_ID and APP_CERTIFICATE (and take them out of .env): a fake App ID and a random certificate are used then", err)
	}
	if given != nil {
		return &project{EnvProject: *given}, nil
	}
	text := randomCertificate()
	certificate, err := rtmauth.ParseCertificate(text)
	if err != nil {
		return nil, err
	}
	return &project{
		EnvProject: config.EnvProject{AppID: FakeAppID, Primary: certificate},
		reveal:     func() string { return text },
	}, nil
}

func randomCertificate() string {
	var key [16]byte
	_, _ = rand.Read(key[:]) // never fails: it ends the program instead
	return hex.EncodeToString(key[:])
}
