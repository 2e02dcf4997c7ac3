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
	"slices"
	"strings"
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
	return new(authority).authority(t, time.Now().Add(2*time.Hour)) // longer than its certificates
}

// authority makes one below a, or one of its own where a is zero.
func (a *authority) authority(t *testing.T, ends time.Time) *authority {
	t.Helper()
	der, key := a.sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: "CA"}, NotAfter: ends, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func (a *authority) sign(t *testing.T, tmpl *x509.Certificate) ([]byte, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl.SerialNumber = big.NewInt(time.Now().UnixNano())
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = tmpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return der, key
}

func (a *authority) issue(t *testing.T, cn string, dns []string, uri string) tls.Certificate {
	t.Helper()
	tmpl := &x509.Certificate{Subject: pkix.Name{CommonName: cn}, DNSNames: dns, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if uri != "" {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		tmpl.URIs = []*url.URL{u}
	}
	der, key := a.sign(t, tmpl)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// presents is a request over a connection whose client presented certificates.
func presents(t *testing.T, certs ...[]byte) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/v1/tokens", nil)
	r.TLS = &tls.ConnectionState{}
	for _, der := range certs {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		r.TLS.PeerCertificates = append(r.TLS.PeerCertificates, c)
	}
	return r
}

// TestAuthenticate_wrong shows that whoever has a wrong certificate is told what
// is wrong with it, twice over: the second time may come from memory.
func TestAuthenticate_wrong(t *testing.T) {
	ours := newAuthority(t)
	now := time.Now()
	a, err := New([]Config{{Name: "backend", CA: ours.pem, Subjects: []string{"api"}}}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	leaf := func(by *authority, usage x509.ExtKeyUsage, from, to time.Duration) []byte {
		der, _ := by.sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: "api"}, NotBefore: now.Add(from), NotAfter: now.Add(to), ExtKeyUsage: []x509.ExtKeyUsage{usage}})
		return der
	}
	const client = x509.ExtKeyUsageClientAuth
	good := leaf(ours, client, -time.Minute, time.Hour)
	below, ended := ours.authority(t, now.Add(time.Hour)), ours.authority(t, now.Add(-time.Minute))
	stranger := newAuthority(t) // of the same name
	for _, tc := range []struct {
		name      string
		presented [][]byte
		want      string // code, "" for accepted
		says      string
	}{
		{"good", [][]byte{good}, "", ""},
		{"through an authority between", [][]byte{leaf(below, client, -time.Minute, time.Hour), below.cert.Raw}, "", ""},
		{"beside certificates that do not matter", [][]byte{good, stranger.cert.Raw, ours.cert.Raw}, "", ""},
		{"the authority between was not sent", [][]byte{leaf(below, client, -time.Minute, time.Hour)}, "mtls_unverified", "were not sent"},
		{"the authority between has ended", [][]byte{leaf(ended, client, -time.Hour, time.Hour), ended.cert.Raw}, "mtls_unverified", "has ended"},
		{"unknown authority", [][]byte{leaf(stranger, client, -time.Minute, time.Hour)}, "mtls_unverified", "no authority"},
		{"unknown authority, sent with ours", [][]byte{leaf(stranger, client, -time.Minute, time.Hour), stranger.cert.Raw, ours.cert.Raw}, "mtls_unverified", "no authority"},
		{"signed by itself", [][]byte{leaf(new(authority), client, -time.Minute, time.Hour)}, "mtls_unverified", "no authority"},
		{"a server's", [][]byte{leaf(ours, x509.ExtKeyUsageServerAuth, -time.Minute, time.Hour)}, "mtls_unverified", "usage"},
		{"ended", [][]byte{leaf(ours, client, -time.Hour, -time.Minute)}, "mtls_expired", now.Add(-time.Minute).UTC().Format(time.RFC3339)},
		{"not begun", [][]byte{leaf(ours, client, time.Minute, time.Hour)}, "mtls_expired", now.Add(time.Minute).UTC().Format(time.RFC3339)},
		{"ended, unknown authority", [][]byte{leaf(stranger, client, -time.Hour, -time.Minute)}, "mtls_unverified", "no authority"},
		{"more than are looked at", slices.Concat([][]byte{good}, slices.Repeat([][]byte{below.cert.Raw}, maxPresented)), "mtls_unverified", "more than 8"},
	} {
		for range 2 {
			who, err := a.Authenticate(t.Context(), presents(t, tc.presented...))
			var refused *caller.Refused
			switch {
			case tc.want == "":
				if err != nil || who.Name != "backend" || who.Subject != "api" {
					t.Errorf("%s: got %+v, %v", tc.name, who, err)
				}
			case !errors.As(err, &refused) || refused.Code != tc.want || refused.Forbidden || !strings.Contains(refused.Public, tc.says):
				t.Errorf("%s: got %v, want a refusal %s that says %q", tc.name, err, tc.want, tc.says)
			case who.Name != "":
				t.Errorf("%s: an error comes with a caller: %+v", tc.name, who)
			}
		}
	}
}

// TestAuthenticate_remembered lets an authority between end while its
// certificate's verdict is remembered.
func TestAuthenticate_remembered(t *testing.T) {
	ours := newAuthority(t)
	now := time.Now()
	a, err := New([]Config{{Name: "backend", CA: ours.pem, Subjects: []string{"api"}}}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	below := ours.authority(t, now.Add(time.Minute))
	r := presents(t, below.issue(t, "api", nil, "").Certificate[0], below.cert.Raw)
	for range 3 {
		if _, err := a.Authenticate(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if n := a.known.Len(); n != 1 {
		t.Errorf("%d verdicts of one certificate are remembered", n)
	}
	now = now.Add(time.Minute + 2*time.Second)
	var refused *caller.Refused
	if _, err := a.Authenticate(t.Context(), r); !errors.As(err, &refused) || refused.Code != "mtls_unverified" {
		t.Errorf("its authority has ended: got %v", err)
	}
	for i := range 2 * maxRemembered {
		a.judge([]*x509.Certificate{{Raw: []byte{byte(i), byte(i >> 8)}}}, now)
	}
	if n := a.known.Len(); n > maxRemembered {
		t.Errorf("%d verdicts are remembered, want at most %d", n, maxRemembered)
	}
}

// serve answers with who the caller is, or the code of the refusal.
func serve(t *testing.T, a *Authenticator) *httptest.Server {
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
	srv.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, ClientCAs: a.Roots(), MinVersion: tls.VersionTLS12}
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv
}

// TestAuthenticate_resumed asks over connections that resume a session, which
// present no certificate anew.
func TestAuthenticate_resumed(t *testing.T) {
	ours, strange := newAuthority(t), newAuthority(t)
	a, err := New([]Config{{Name: "backend", CA: ours.pem, Subjects: []string{"api"}}}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	srv := serve(t, a)
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	for _, tc := range []struct {
		name  string
		by    *authority
		max   uint16
		http2 bool
		want  string
	}{
		{"TLS 1.2", ours, tls.VersionTLS12, false, "backend api"},
		{"TLS 1.2, unknown authority", strange, tls.VersionTLS12, false, "mtls_unverified"},
		{"TLS 1.3, HTTP/2", ours, tls.VersionTLS13, true, "backend api"},
		{"TLS 1.3, HTTP/2, unknown authority", strange, tls.VersionTLS13, true, "mtls_unverified"},
	} {
		cert := tc.by.issue(t, "api", nil, "")
		cfg := &tls.Config{
			RootCAs: pool, MinVersion: tls.VersionTLS12, MaxVersion: tc.max, ClientSessionCache: tls.NewLRUClientSessionCache(1),
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil },
		}
		for _, resumed := range []bool{false, true} {
			tr := &http.Transport{TLSClientConfig: cfg, ForceAttemptHTTP2: tc.http2}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := tr.RoundTrip(req)
			if err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
			b, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			tr.CloseIdleConnections()
			if got := string(b); got != tc.want || resp.TLS.DidResume != resumed || resp.ProtoAtLeast(2, 0) != tc.http2 {
				t.Errorf("%s: got %q by %s, resumed %v; want %q, resumed %v", tc.name, got, resp.Proto, resp.TLS.DidResume, tc.want, resumed)
			}
		}
	}
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
	srv := serve(t, a)
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
			return err.Error()
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
		{"unknown authority", strange.issue(t, "api.example", nil, ""), "mtls_unverified"},
	} {
		if got := ask(&tc.cert, ""); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
	if got := ask(nil, ""); got != "none" {
		t.Errorf("without a certificate: got %q", got)
	}
	good := ours.issue(t, "api.example", nil, "")
	wrong := strange.issue(t, "api.example", nil, "")
	for _, cert := range []*tls.Certificate{&good, &wrong} {
		if got := ask(cert, "Bearer x"); got != "none" {
			t.Errorf("with another credential: got %q, want it judged by that", got)
		}
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
