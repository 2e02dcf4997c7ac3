// Package mtls recognises back ends by their TLS client certificate.
//
// The handshake asks for a certificate and sees that the client has its key, no
// more: what a TLS alert says reaches nobody, and a client that is known by
// another credential may have any certificate. Whether an authority of the
// entries vouches for it is judged here, on every request, so that a wrong one is
// told what is wrong, and an entry taken out of the configuration is refused on
// connections that are already open, and on sessions that are resumed.
package mtls

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/recent"
)

// Bounds on the work that a client's certificates make.
const (
	maxPresented  = 8           // a certificate and one or two authorities between are usual
	maxRemembered = 1024        // verdicts; one for each client that is in use
	verdictLife   = time.Minute // an authority between may end meanwhile
)

// Config is one set of authorities and the names that they vouch for.
type Config struct {
	Name     string   // the caller's name for policy
	CA       []byte   // PEM
	Subjects []string // exact, or a prefix and "*"
}

// Authenticator accepts client certificates. What it accepts is immutable; it
// remembers what it verified, as a verification costs more than all the rest of a
// request, and a client could ask for many over one connection.
type Authenticator struct {
	entries []entry
	roots   *x509.CertPool
	now     func() time.Time
	known   *recent.Map[[sha256.Size]byte, verdict] // by a digest of all that was presented
}

// verdict is what came of verifying: chains to authorities of the entries, or
// why there are none.
type verdict struct {
	chains [][]*x509.Certificate
	err    *caller.Refused
	at     time.Time
}

type entry struct {
	name     string
	roots    []*x509.Certificate
	subjects []string
}

// New makes an Authenticator. It refuses an entry without authorities or
// subjects, and a subject that is "*" alone, empty, or has "*" before its end.
func New(configs []Config, now func() time.Time) (*Authenticator, error) {
	a := &Authenticator{roots: x509.NewCertPool(), now: now, known: recent.New[[sha256.Size]byte, verdict](maxRemembered)}
	for _, c := range configs {
		e := entry{name: c.Name, subjects: c.Subjects}
		if c.Name == "" {
			return nil, errors.New("needs a name")
		}
		for rest := c.CA; ; {
			var block *pem.Block
			block, rest = pem.Decode(rest)
			if block == nil {
				break
			}
			cert, err := x509.ParseCertificate(block.Bytes)
			if block.Type != "CERTIFICATE" || err != nil || !cert.IsCA {
				return nil, errors.New("ca_file: holds something that is no certificate of an authority")
			}
			e.roots = append(e.roots, cert)
			a.roots.AddCert(cert)
		}
		if len(e.roots) == 0 {
			return nil, errors.New("ca_file: holds no certificate")
		}
		if len(c.Subjects) == 0 {
			return nil, errors.New("subjects: at least one is needed")
		}
		for _, s := range c.Subjects {
			if literal := strings.TrimSuffix(s, "*"); literal == "" || strings.Contains(literal, "*") {
				return nil, errors.New("subjects: each must be a name, or a prefix and \"*\"")
			}
		}
		a.entries = append(a.entries, e)
	}
	return a, nil
}

// Roots are all authorities, for the handshake to name: clients that have
// several certificates choose by them.
func (a *Authenticator) Roots() *x509.CertPool { return a.roots }

// Kind returns policy.KindMTLS.
func (*Authenticator) Kind() policy.Kind { return policy.KindMTLS }

// Authenticate implements caller.Authenticator. A request that has an
// Authorization or X-API-Key header is judged by that: both kinds of credential
// may come over one connection of a proxy's.
func (a *Authenticator) Authenticate(_ context.Context, r *http.Request) (policy.Caller, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || len(r.Header["Authorization"]) > 0 || len(r.Header["X-Api-Key"]) > 0 {
		return policy.Caller{}, caller.ErrNoCredential
	}
	now := a.now()
	v := a.judge(r.TLS.PeerCertificates, now)
	if v.err != nil {
		return policy.Caller{}, v.err
	}
	leaf := r.TLS.PeerCertificates[0]
	if now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return policy.Caller{}, &caller.Refused{Code: "mtls_expired", Public: fmt.Sprintf("the client certificate is good from %s to %s only",
			leaf.NotBefore.UTC().Format(time.RFC3339), leaf.NotAfter.UTC().Format(time.RFC3339))}
	}
	names := namesOf(leaf)
	for i := range a.entries {
		e := &a.entries[i]
		if !e.vouches(v.chains) {
			continue
		}
		for _, name := range names {
			if e.accepts(name) {
				return policy.Caller{Name: e.name, Kind: policy.KindMTLS, Subject: name, Claims: map[string]any{"sub": name}}, nil
			}
		}
	}
	return policy.Caller{}, &caller.Refused{Code: "mtls_subject", Forbidden: true, Public: "the client certificate's name is not among those that are accepted of its authority"}
}

// judge verifies what a client presented, or remembers what came of it.
func (a *Authenticator) judge(presented []*x509.Certificate, now time.Time) verdict {
	if len(presented) > maxPresented {
		return verdict{err: unverified("the client presented more than %d certificates", maxPresented)}
	}
	h := sha256.New()
	for _, c := range presented {
		h.Write(c.Raw) // DER says its own length
	}
	id := [sha256.Size]byte(h.Sum(nil))
	if v, ok := a.known.Get(id); ok && now.Sub(v.at).Abs() < verdictLife {
		return v
	}
	v := a.verify(presented, now)
	a.known.Put(id, v)
	return v
}

// verify looks for chains to the authorities. A leaf that has ended, or not
// begun, is verified as of when it was good, so that whoever is refused for that
// is known to be of an accepted authority.
func (a *Authenticator) verify(presented []*x509.Certificate, now time.Time) verdict {
	leaf, between := presented[0], x509.NewCertPool()
	for _, c := range presented[1:] {
		between.AddCert(c)
	}
	at := now
	if at.After(leaf.NotAfter) {
		at = leaf.NotAfter
	}
	if at.Before(leaf.NotBefore) {
		at = leaf.NotBefore
	}
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots: a.roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err == nil {
		return verdict{chains: chains, at: now}
	}
	var invalid x509.CertificateInvalidError
	_ = errors.As(err, &invalid)
	why := "is of no authority that this service accepts, or the authorities between were not sent with it"
	switch invalid.Reason {
	case x509.IncompatibleUsage:
		why = "is not for TLS clients (extended key usage)"
	case x509.Expired:
		why = "is of an authority that has ended, or not begun"
	}
	return verdict{err: unverified("the client certificate %s", why), at: now} // not err, which tells names of the client's
}

func unverified(format string, args ...any) *caller.Refused {
	return &caller.Refused{Code: "mtls_unverified", Public: fmt.Sprintf(format, args...)}
}

func (e *entry) vouches(chains [][]*x509.Certificate) bool {
	for _, chain := range chains {
		if len(chain) == 0 {
			continue
		}
		root := chain[len(chain)-1]
		for _, ours := range e.roots {
			if bytes.Equal(root.Raw, ours.Raw) {
				return true
			}
		}
	}
	return false
}

func (e *entry) accepts(name string) bool {
	for _, s := range e.subjects {
		if prefix, ok := strings.CutSuffix(s, "*"); ok {
			if strings.HasPrefix(name, prefix) {
				return true
			}
		} else if name == s {
			return true
		}
	}
	return false
}

// namesOf are the names that a certificate speaks for: its DNS and URI names, or
// its common name where it has neither.
func namesOf(c *x509.Certificate) []string {
	out := append([]string(nil), c.DNSNames...)
	for _, u := range c.URIs {
		out = append(out, u.String())
	}
	if len(out) == 0 && c.Subject.CommonName != "" {
		out = append(out, c.Subject.CommonName)
	}
	return out
}

var _ caller.Authenticator = (*Authenticator)(nil)
