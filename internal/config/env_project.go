package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rtmauth/rtmauth"
)

// EnvProject is the App ID and certificates that the environment gives, each with
// the variable or file that it came from.
type EnvProject struct {
	AppID         string
	AppIDFrom     string // like "APP_ID (environment)"
	Primary       rtmauth.Certificate
	PrimaryFrom   string
	Secondary     rtmauth.Certificate // zero where none is given
	SecondaryFrom string
}

// Certificates are the primary and, where there is one, the secondary.
func (p *EnvProject) Certificates() []rtmauth.Certificate {
	if p.Secondary.IsZero() {
		return []rtmauth.Certificate{p.Primary}
	}
	return []rtmauth.Certificate{p.Primary, p.Secondary}
}

// The variables of a project, each with the spelling that Agora's own samples
// use; GetSecret adds _FILE to each.
var (
	appIDNames     = [...]string{"APP_ID", "AGORA_APP_ID"}
	primaryNames   = [...]string{"APP_CERTIFICATE", "AGORA_APP_CERTIFICATE"}
	secondaryNames = [...]string{"APP_CERTIFICATE_SECONDARY", "AGORA_APP_CERTIFICATE_SECONDARY"}
)

// ProjectError says which variable of the project cannot be used and what is
// expected. It never holds a certificate.
type ProjectError struct {
	Variables []string // like "APP_ID (environment)"
	Rule      string
}

func (e *ProjectError) Error() string {
	return strings.Join(e.Variables, " and ") + ": " + e.Rule
}

// Project reads APP_ID, APP_CERTIFICATE and APP_CERTIFICATE_SECONDARY with their
// aliases. Where none of them is given it returns nil without an error. One
// that is malformed, still a placeholder, or given without the others it needs
// is refused: with a *ProjectError, or an error of reading; several are joined.
func (e *Env) Project() (*EnvProject, error) {
	appID, appIDFrom, idErr := e.GetSecret(appIDNames[:]...)
	primary, primaryFrom, primaryErr := e.GetSecret(primaryNames[:]...)
	secondary, secondaryFrom, secondaryErr := e.GetSecret(secondaryNames[:]...)
	if err := errors.Join(idErr, primaryErr, secondaryErr); err != nil {
		return nil, err
	}
	switch {
	case appID == "" && primary == "" && secondary == "":
		return nil, nil
	case primary == "" && secondary != "":
		return nil, &ProjectError{[]string{secondaryFrom, "APP_CERTIFICATE (not set)"}, "a secondary certificate needs the primary one beside it"}
	case appID == "":
		return nil, &ProjectError{[]string{primaryFrom, "APP_ID (not set)"}, "set both, or neither: an App certificate is of use only with the App ID of its project"}
	case primary == "":
		return nil, &ProjectError{[]string{appIDFrom, "APP_CERTIFICATE (not set)"}, "set both, or neither: tokens are signed with the App certificate of the project"}
	}

	p := &EnvProject{AppID: appID, AppIDFrom: appIDFrom, PrimaryFrom: primaryFrom, SecondaryFrom: secondaryFrom}
	p.Primary, primaryErr = parseCertificate(primary, primaryFrom)
	if secondary != "" {
		p.Secondary, secondaryErr = parseCertificate(secondary, secondaryFrom)
	}
	if err := errors.Join(checkAppID(appID, appIDFrom), primaryErr, secondaryErr); err != nil {
		return nil, err
	}
	if strings.EqualFold(appID, primary) {
		return nil, &ProjectError{[]string{appIDFrom, primaryFrom}, "they are the same; the Console shows the App certificate beside the App ID, behind the eye"}
	}
	if secondary == "" {
		return p, nil
	}
	switch {
	case strings.EqualFold(appID, secondary):
		return nil, &ProjectError{[]string{appIDFrom, secondaryFrom}, "they are the same; one of them was pasted twice"}
	case strings.EqualFold(primary, secondary):
		return nil, &ProjectError{[]string{primaryFrom, secondaryFrom}, "they are the same; leave the secondary out unless the project has two certificates"}
	}
	return p, nil
}

func checkAppID(text, from string) error {
	if err := checkText(text); err != nil {
		return &ProjectError{[]string{from}, "an App ID is 32 hexadecimal characters; " + err.Error()}
	}
	if err := rtmauth.ValidateAppID(text); err != nil {
		return &ProjectError{[]string{from}, err.Error()}
	}
	return nil
}

func parseCertificate(text, from string) (rtmauth.Certificate, error) {
	if err := checkText(text); err != nil {
		return rtmauth.Certificate{}, &ProjectError{[]string{from}, "an App certificate is 32 hexadecimal characters; " + err.Error()}
	}
	c, err := rtmauth.ParseCertificate(text)
	if err != nil {
		return rtmauth.Certificate{}, &ProjectError{[]string{from}, err.Error()}
	}
	return c, nil
}

// checkText says what a person did wrong with a value that must be 32
// hexadecimal characters, without repeating it.
func checkText(text string) error {
	if name := Placeholder(text); name != "" {
		return fmt.Errorf("this is still the placeholder %s", name)
	}
	if strings.ContainsAny(text[:1], `"'`+"`") {
		return errors.New("this one has quotes around it that belong to the value")
	}
	for i := range len(text) {
		c := text[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return fmt.Errorf("this one is %d long and its character number %d is none of 0-9 and a-f", len(text), i+1)
		}
	}
	if len(text) != 32 {
		return fmt.Errorf("this one is %d long", len(text))
	}
	return nil
}

// Placeholder returns, quoted as it is commonly written, the placeholder that
// text is: of Agora's guides (`Your_App_ID`, `<Your App Certificate>` and the
// like) or of sample .env files. It returns "" for anything else, so that what it
// returns can be shown even where text should have been a secret.
func Placeholder(text string) string {
	letters := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, text)
	letters = strings.TrimSuffix(strings.TrimSuffix(letters, "here"), "string")
	switch strings.TrimPrefix(strings.TrimPrefix(letters, "your"), "agora") {
	case "appid":
		return "<Your App ID>"
	case "appcertificate", "certificate", "appcert", "cert", "primarycertificate":
		return "<Your App Certificate>"
	case "secondarycertificate", "appcertificatesecondary", "appsecondarycertificate":
		return "<Your Secondary Certificate>"
	}
	if len(text) > 2 && text[0] == '<' && text[len(text)-1] == '>' {
		return "<…>"
	}
	if text != "" && strings.Trim(text, "xX") == "" {
		return "xxx…"
	}
	return ""
}
