package mtls

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller"
)

type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "CA"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func (a *authority) issue(t *testing.T, cn string, dns []string, uri string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: cn}, DNSNames: dns, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if uri != "" {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		tmpl.URIs = []*url.URL{u}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestAuthenticate goes through real handshakes.
func TestAuthenticate(t *testing.T) {
	ours, theirs, strange := newAuthority(t), newAuthority(t), newAuthority(t)
	now := time.Now()
	a, err := New([]Config{
		{Name: "backend", CA: ours.pem, Subjects: []string{"api.example", "spiffe://prod/*"}},
		{Name: "partner", CA: theirs.pem, Subjects: []string{"partner.example"}},
	}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := a.Authenticate(r.Context(), r)
		var refused *caller.Refused
		switch {
		case err == nil:
			_, _ = io.WriteString(w, who.Name+" "+who.Subject)
		case errors.Is(err, caller.ErrNoCredential):
			_, _ = io.WriteString(w, "none")
		case errors.As(err, &refused):
			_, _ = io.WriteString(w, refused.Code)
		}
	}))
	srv.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: a.Roots(), MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	defer srv.Close()
	ask := func(cert *tls.Certificate, header string) string {
		pool := x509.NewCertPool()
		pool.AddCert(srv.Certificate())
		cfg := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
		if cert != nil { // sent whatever authorities the server names
			cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return cert, nil }
		}
		tr := &http.Transport{TLSClientConfig: cfg}
		defer tr.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			req.Header.Set("Authorization", header)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			return "handshake refused"
		}
		defer func() { _ = resp.Body.Close() }()
		b, _ := io.ReadAll(resp.Body)
		return string(b)
	}
	for _, tc := range []struct {
		name string
		cert tls.Certificate
		want string
	}{
		{"DNS name", ours.issue(t, "x", []string{"api.example"}, ""), "backend api.example"},
		{"URI by prefix", ours.issue(t, "x", nil, "spiffe://prod/worker"), "backend spiffe://prod/worker"},
		{"common name", ours.issue(t, "api.example", nil, ""), "backend api.example"},
		{"common name beside another DNS name does not count", ours.issue(t, "api.example", []string{"other"}, ""), "mtls_subject"},
		{"name of the other authority", ours.issue(t, "partner.example", nil, ""), "mtls_subject"},
		{"the other authority", theirs.issue(t, "partner.example", nil, ""), "partner partner.example"},
		{"unknown name", ours.issue(t, "nobody", nil, ""), "mtls_subject"},
		{"unknown authority", strange.issue(t, "api.example", nil, ""), "handshake refused"},
	} {
		if got := ask(&tc.cert, ""); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
	if got := ask(nil, ""); got != "none" {
		t.Errorf("without a certificate: got %q", got)
	}
	good := ours.issue(t, "api.example", nil, "")
	if got := ask(&good, "Bearer x"); got != "none" {
		t.Errorf("with another credential: got %q, want it judged by that", got)
	}
	now = now.Add(2 * time.Hour) // a connection outlives its certificate
	if got := ask(&good, ""); got != "mtls_expired" {
		t.Errorf("expired: got %q", got)
	}
}

func TestNew_refuses(t *testing.T) {
	ca := newAuthority(t)
	leaf := ca.issue(t, "x", nil, "")
	for name, c := range map[string]Config{
		"no subjects": {Name: "b", CA: ca.pem},
		"any subject": {Name: "b", CA: ca.pem, Subjects: []string{"*"}},
		"inner star":  {Name: "b", CA: ca.pem, Subjects: []string{"a*b"}},
		"empty":       {Name: "b", CA: ca.pem, Subjects: []string{""}},
		"no CA":       {Name: "b", Subjects: []string{"a"}},
		"not a CA":    {Name: "b", CA: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Certificate[0]}), Subjects: []string{"a"}},
		"a key":       {Name: "b", CA: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), Subjects: []string{"a"}},
		"no name":     {CA: ca.pem, Subjects: []string{"a"}},
	} {
		if _, err := New([]Config{c}, time.Now); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
