package keyring_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/keyring"
)

const (
	appID     = "970ca35de60c44645bbae8a215061b33"
	otherID   = "870ca35de60c44645bbae8a215061b33"
	primary   = "5cfd2fd1755d40ecb72977518be15d3b"
	secondary = "00112233445566778899aabbccddeeff"
)

func certificate(t *testing.T, text string) rtmauth.Certificate {
	t.Helper()
	c, err := rtmauth.ParseCertificate(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func project(t *testing.T, name, id, first, second string) *keyring.Project {
	t.Helper()
	c := keyring.ProjectConfig{Name: name, AppID: id, Primary: certificate(t, first)}
	if second != "" {
		c.Secondary = certificate(t, second)
	}
	p, err := keyring.NewProject(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// While two certificates are exchanged, tokens of either are accepted and new
// ones are signed by the primary.
func TestProject_exchange(t *testing.T) {
	before := project(t, "main", appID, primary, "")
	during := project(t, "main", appID, secondary, primary)
	for i, p := range []*keyring.Project{before, during} {
		token, err := p.Signer().RTM("alice", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		verified, err := during.Verifier().Verify(token, rtmauth.Want{At: time.Now(), Service: rtmauth.ServiceRTM, User: "alice"})
		if err != nil {
			t.Fatal(err)
		}
		if want := 1 - i; verified.SignedBy() != want {
			t.Errorf("signed by %d, want %d", verified.SignedBy(), want)
		}
	}
	if !before.Shares(during) || before.Shares(project(t, "main", appID, secondary, "")) {
		t.Error("Shares is wrong")
	}
}

func TestNewProject_refuses(t *testing.T) {
	for name, c := range map[string]keyring.ProjectConfig{
		"no name":              {AppID: appID, Primary: certificate(t, primary)},
		"no certificate":       {Name: "main", AppID: appID},
		"secondary only":       {Name: "main", AppID: appID, Secondary: certificate(t, primary)},
		"no App ID":            {Name: "main", Primary: certificate(t, primary)},
		"malformed App ID":     {Name: "main", AppID: "app", Primary: certificate(t, primary)},
		"primary is App ID":    {Name: "main", AppID: appID, Primary: certificate(t, appID)},
		"secondary is App ID":  {Name: "main", AppID: appID, Primary: certificate(t, primary), Secondary: certificate(t, appID)},
		"secondary is primary": {Name: "main", AppID: appID, Primary: certificate(t, primary), Secondary: certificate(t, primary)},
	} {
		if p, err := keyring.NewProject(c); err == nil || p != nil {
			t.Errorf("%s: got %v, %v", name, p, err)
		} else if strings.Contains(err.Error(), primary) {
			t.Errorf("%s: the error shows the certificate: %v", name, err)
		}
	}
}

func TestRing(t *testing.T) {
	a, b := project(t, "main", appID, primary, ""), project(t, "other", otherID, secondary, "")
	ring, err := keyring.New(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if ring.Default() != a || ring.ByName("other") != b || ring.ByAppID(otherID) != b || ring.ByName("none") != nil || ring.ByAppID("") != nil || len(ring.Projects()) != 2 {
		t.Error("a project is not where it belongs")
	}
	for name, projects := range map[string][]*keyring.Project{
		"none":      nil,
		"same name": {a, project(t, "main", otherID, primary, "")},
		"same ID":   {a, project(t, "other", appID, primary, "")},
	} {
		if ring, err := keyring.New(projects...); err == nil || ring != nil {
			t.Errorf("%s: got %v, %v", name, ring, err)
		}
	}
}

func TestProject_printsNoCertificate(t *testing.T) {
	p := project(t, "main", appID, primary, secondary)
	ring, err := keyring.New(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{p, *p, ring, *ring, struct{ r *keyring.Ring }{ring}} {
			text := fmt.Sprintf(verb, value)
			if strings.Contains(text, primary) || strings.Contains(text, secondary) || strings.Contains(text, fmt.Sprintf("%x", primary)) {
				t.Errorf("%s of %T shows a certificate", verb, value)
			}
		}
	}
}
