package server_test

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
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
	if m := h.metrics(); !strings.Contains(m, "rtmauth_audit_failing 1") || !strings.Contains(m, "rtmauth_audit_refused_requests_total 2") {
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
