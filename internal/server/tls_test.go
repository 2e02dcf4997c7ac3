package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pair makes a certificate for 127.0.0.1, signed by itself or by an authority.
func pair(t *testing.T, name string, ca *tls.Certificate, isCA bool) (certPEM, keyPEM string, made tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: isCA, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := tmpl, any(key)
	if ca != nil {
		parent, signer = ca.Leaf, ca.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})),
		tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// TestServe_tls renews the certificate as Kubernetes does, by swapping a
// symlinked folder, and takes a client certificate's right away by reload while
// its connection stays open.
func TestServe_tls(t *testing.T) {
	h := prepare(t)
	for _, version := range []string{"v1", "v2"} {
		if err := os.Mkdir(filepath.Join(h.dir, version), 0o700); err != nil {
			t.Fatal(err)
		}
		cert, key, _ := pair(t, version+".example", nil, false)
		h.write(version+"/tls.crt", cert)
		h.write(version+"/tls.key", key)
	}
	point := func(version string) {
		t.Helper()
		link := filepath.Join(h.dir, "next")
		if err := os.Symlink(version, link); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(link, filepath.Join(h.dir, "tls")); err != nil {
			t.Fatal(err)
		}
	}
	point("v1")
	caPEM, _, ca := pair(t, "CA", nil, true)
	_, _, worker := pair(t, "worker-1", &ca, false)
	h.write("ca.pem", caPEM)
	config := func(subject string) string {
		return h.config(basic,
			"state_dir", "log: {level: debug}\ntls: {cert: tls/tls.crt, key: tls/tls.key}\nstate_dir", // relative paths are seen from the file's folder
			"callers:\n", "callers:\n  mtls: [{name: worker, ca_file: ca.pem, subjects: [\""+subject+"\"]}]\n",
			"callers: [backend]", "callers: [backend, worker]")
	}
	h.write("rtmauth.yaml", config("worker-*"))
	h.start()
	url := "https://" + h.server.Addr("public") + "/v1/tokens"

	serverName := func() string {
		conn, err := tls.Dial("tcp", h.server.Addr("public"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return err.Error()
		}
		defer func() { _ = conn.Close() }()
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := serverName(); got != "v1.example" {
		t.Errorf("got %s", got)
	}
	with := func(cert tls.Certificate) *http.Client {
		tr := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{
			InsecureSkipVerify:   true,
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil },
		}}
		t.Cleanup(tr.CloseIdleConnections)
		return &http.Client{Transport: tr}
	}
	c := with(worker)
	if conn, err := tls.Dial("tcp", h.server.Addr("public"), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 is spoken")
	} else if !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: %v", err)
	}
	eventually(t, "the refused handshake, at level debug", func() bool {
		return strings.Contains(h.log.String(), `"level":"DEBUG","msg":"http: TLS handshake error`)
	})
	ask := func() (int, string, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"user":"u"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := c.Do(req)
		if err != nil {
			return 0, "", err.Error()
		}
		defer func() { _ = resp.Body.Close() }()
		return resp.StatusCode, resp.Proto, resp.TLS.PeerCertificates[0].Subject.CommonName
	}
	if status, proto, _ := ask(); status != 201 || proto != "HTTP/2.0" {
		t.Errorf("with a client certificate: %d by %s", status, proto)
	}

	_, _, strange := pair(t, "worker-1", nil, false)
	for key, want := range map[string]struct {
		status int
		says   string
	}{"": {401, "mtls_unverified"}, "Bearer " + h.key: {201, ""}} {
		a, err := send(with(strange), http.MethodPost, url, `{"user":"u"}`, "Authorization", key)
		if err != nil || a.status != want.status || !strings.Contains(a.body, want.says) {
			t.Errorf("with a certificate of an unknown authority and %d bytes of Authorization: got %d %s, %v; want %v", len(key), a.status, a.body, err, want)
		}
	}

	point("v2")
	eventually(t, "the renewed certificate", func() bool { return serverName() == "v2.example" })

	h.write("rtmauth.yaml", config("somebody-else"))
	if a := h.reload(); a.status != 200 {
		t.Fatal(a.body)
	}
	if status, _, name := ask(); status != 403 || name != "v1.example" { // over the old connection
		t.Errorf("after its right was taken: %d (connection of %s)", status, name)
	}

	h.write("v2/tls.key", "broken") // a half-written renewal keeps the old one
	eventually(t, "the failed reload", func() bool { return strings.Contains(h.metrics(), "rtmauth_config_last_reload_successful 0") })
	if got := serverName(); got != "v2.example" {
		t.Errorf("after a broken renewal: %s", got)
	}
}
