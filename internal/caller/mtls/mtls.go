// Package mtls recognises back ends by their TLS client certificate.
//
// The handshake has verified the certificate against the authorities of all
// entries; whether one of them still vouches for the name is judged anew on
// every request, so that an entry taken out of the configuration is refused on
// connections that are already open.
package mtls

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller"
	"github.com/rtmauth/rtmauth/internal/policy"
)

// Config is one set of authorities and the names that they vouch for.
type Config struct {
	Name     string   // the caller's name for policy
	CA       []byte   // PEM
	Subjects []string // exact, or a prefix and "*"
}

// Authenticator accepts client certificates. It is immutable.
type Authenticator struct {
	entries []entry
	now     func() time.Time
}

type entry struct {
	name     string
	roots    []*x509.Certificate
	subjects []string
}

// New makes an Authenticator. It refuses an entry without authorities or
// subjects, and a subject that is "*" alone, empty, or has "*" before its end.
func New(configs []Config, now func() time.Time) (*Authenticator, error) {
	a := &Authenticator{now: now}
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

// Roots are all authorities, for the handshake.
func (a *Authenticator) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, e := range a.entries {
		for _, root := range e.roots {
			pool.AddCert(root)
		}
	}
	return pool
}

// Kind returns policy.KindMTLS.
func (*Authenticator) Kind() policy.Kind { return policy.KindMTLS }

// Authenticate implements caller.Authenticator. A request that has an
// Authorization or X-API-Key header is judged by that: both kinds of credential
// may come over one connection of a proxy's.
func (a *Authenticator) Authenticate(_ context.Context, r *http.Request) (policy.Caller, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || len(r.Header["Authorization"]) > 0 || len(r.Header["X-Api-Key"]) > 0 {
		return policy.Caller{}, caller.ErrNoCredential
	}
	if len(r.TLS.VerifiedChains) == 0 {
		return policy.Caller{}, &caller.Refused{Code: "mtls_unverified", Public: "the client certificate is of no authority that this service accepts"}
	}
	leaf := r.TLS.PeerCertificates[0]
	now := a.now()
	if now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return policy.Caller{}, &caller.Refused{Code: "mtls_expired", Public: fmt.Sprintf("the client certificate is good from %s to %s only",
			leaf.NotBefore.UTC().Format(time.RFC3339), leaf.NotAfter.UTC().Format(time.RFC3339))}
	}
	names := namesOf(leaf)
	for i := range a.entries {
		e := &a.entries[i]
		if !e.vouches(r.TLS.VerifiedChains) {
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
