package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
)

// TestServe_auditTrouble writes the audit log to a disk that is full.
func TestServe_auditTrouble(t *testing.T) {
	const full = "/dev/full" // Linux; elsewhere TestAudit_fullDisk stands alone
	if _, err := os.Stat(full); err != nil {
		return
	}
	h := prepare(t)
	h.write("rtmauth.yaml", h.config(basic)+"audit: {file: "+full+"}\n")
	h.start()
	for _, a := range []reply{h.token(h.key, `{"user":"u"}`), h.fetch(h.key, `{"uid":"u"}`)} {
		if a.status != 503 || a.header.Get("Retry-After") == "" || strings.Contains(a.body, "007") || strings.Contains(a.body, "006") {
			t.Errorf("refuse: got %d %s", a.status, a.body)
		}
	}
	for path, body := range map[string]string{"/v1/tokens": `{"user":"u"}`, "/fetch_rtm_token": `{"uid":"u"}`} {
		seen := map[string]bool{}
		for range 20 {
			seen[h.do(http.MethodPost, h.url+path, body, "Authorization", "Bearer "+h.key).header.Get("Retry-After")] = true
		}
		if len(seen) < 2 {
			t.Errorf("%s: all are sent away for %v s", path, seen)
		}
	}
	if m := h.metrics(); !strings.Contains(m, "rtmauth_audit_failing 1") || !strings.Contains(m, "rtmauth_audit_refused_requests_total 42") {
		t.Errorf("it does not show:\n%s", grep(m, "audit"))
	}
	h.write("rtmauth.yaml", h.config(basic)+"audit: {file: "+full+", on_failure: continue}\n")
	if a := h.reload(); a.status != 200 {
		t.Fatal(a.body)
	}
	if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
		t.Errorf("continue: got %d %s", a.status, a.body)
	}
	eventually(t, "the lost line is counted", func() bool { return strings.Contains(h.metrics(), "rtmauth_audit_lost_lines_total 1") })
}

// TestServe_forgedKey sends JWTs that a stranger made, by a key of the stranger's.
// They must not fill the log with warnings, as trouble of the service's own does.
func TestServe_forgedKey(t *testing.T) {
	app := httptest.NewServer(http.NotFoundHandler())
	defer app.Close()
	h := open(t, "callers:\n", "callers:\n  webhook: [{name: sessions, url: \""+app.URL+"\", headers: [Cookie]}]\n",
		"algorithms: [ES256]", "algorithms: [ES256], refresh: 24h")
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, kid := range []string{"x1", "x2"} {
		forged := gojwt.NewWithClaims(gojwt.SigningMethodES256, gojwt.MapClaims{"iss": h.issuer.URL, "sub": "alice", "aud": "app", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix()})
		forged.Header["kid"] = kid
		text, err := forged.SignedString(stranger)
		if err != nil {
			t.Fatal(err)
		}
		a := h.token(text, `{"user":"alice"}`)
		if wait, err := strconv.Atoi(a.header.Get("Retry-After")); a.status != 503 || a.field(t, "code") != "jwt_key_pending" || err != nil || wait > 120 {
			t.Errorf("got %d %s, to be asked again after %q s", a.status, a.body, a.header.Get("Retry-After"))
		}
	}
	const line = "a caller could not be judged"
	if m := h.metrics(); !strings.Contains(m, `rtmauth_authentications_total{kind="jwt",outcome="jwt_key_pending"} 2`) {
		t.Errorf("not counted:\n%s", grep(m, "authentications"))
	}
	if a := h.do(http.MethodPost, h.url+"/v1/tokens", `{"user":"alice"}`, "Cookie", "s=1"); a.status != 503 {
		t.Errorf("the app's server is broken: got %d", a.status)
	}
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	if strings.Count(h.log.String(), line) != 1 || !strings.Contains(grep(h.log.String(), line), "webhook") {
		t.Errorf("want one line, of the app's server and not of a stranger's JWT:\n%s", h.log)
	}
}

// TestServe_slowClient holds connections that never finish a request; the soak
// test holds 5,000.
func TestServe_slowClient(t *testing.T) {
	h := open(t, "timeouts: {drain_delay: 0s", "timeouts: {header: 300ms, read: 600ms, drain_delay: 0s")
	addr := strings.TrimPrefix(h.url, "http://")
	for _, begin := range []string{"", "POST /v1/to", "POST /v1/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + h.key + "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, begin); err != nil {
			t.Fatal(err)
		}
		if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
			t.Errorf("beside a slow client: got %d", a.status)
		}
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.Copy(io.Discard, conn); err != nil { // until the service closes it
			t.Errorf("%.20q: the service keeps a client that does not go on: %v", begin, err)
		}
		_ = conn.Close()
	}
}
