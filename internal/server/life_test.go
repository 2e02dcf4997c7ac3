package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/caller/apikey"
)

func TestServe_keyWithdrawn(t *testing.T) {
	h := open(t)
	if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
		t.Fatalf("got %d", a.status)
	}
	other, hash := apikey.Generate()
	h.write("rtmauth.yaml", h.config(basic, "HASH", hash))
	if a := h.reload(); a.status != 200 {
		t.Fatalf("reload: %d %s", a.status, a.body)
	}
	if a := h.token(h.key, `{"user":"u"}`); a.status != 401 || a.field(t, "code") != "api_key_unknown" {
		t.Errorf("the withdrawn key: got %d %s", a.status, a.body)
	}
	if a := h.token(other, `{"user":"u"}`); a.status != 201 {
		t.Errorf("the new key: got %d %s", a.status, a.body)
	}
}

func TestServe_reload(t *testing.T) {
	h := open(t)
	good := h.config(basic)
	bad := h.config(basic, "users: \"*\"", "users: \"*\", life: 25h")
	h.write("rtmauth.yaml", bad)
	a := h.reload()
	if a.status != 422 || !strings.Contains(a.body, "policy[1].life") || !strings.Contains(a.body, "rtmauth.yaml:") {
		t.Errorf("a bad file: got %d %s", a.status, a.body)
	}
	if m := h.metrics(); !strings.Contains(m, `rtmauth_config_reloads_total{result="failure"} 1`) || !strings.Contains(m, "rtmauth_config_last_reload_successful 0") {
		t.Error("a failed reload moves no metric")
	}
	if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
		t.Errorf("after a failed reload: got %d", a.status)
	}
	h.write("rtmauth.yaml", good+"# once more\n")
	h.hup <- struct{}{} // SIGHUP
	eventually(t, "a reload by signal", func() bool {
		return strings.Contains(h.metrics(), "rtmauth_config_last_reload_successful 1")
	})
	h.write("rtmauth.yaml", h.config(basic, "name: all", "name: renamed"))
	eventually(t, "a reload by file change", func() bool {
		return strings.Contains(h.token(h.key, `{"user":"u","services":[{"type":"rtc","channel":"x"}]}`).body, "renamed")
	})
	h.write("rtmauth.yaml", h.config(basic, "127.0.0.1:0\"\nadmin", "127.0.0.1:1\"\nadmin"))
	if a := h.reload(); a.status != 422 {
		t.Errorf("another address by reload: got %d", a.status)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not seen: %s", what)
		}
	}
}

func TestServe_rotation(t *testing.T) {
	h := open(t)
	h.write("cert2", certificate2)
	h.write("cert3", certificate3)
	verdict := func(token string) any {
		return h.do(http.MethodPost, h.url+"/v1/tokens/verify", `{"token":"`+token+`","user":"u"}`, "Authorization", "Bearer "+h.key).field(t, "signed_by")
	}
	first := h.token(h.key, `{"user":"u"}`).field(t, "token").(string)
	primary := "primary: {file: DIR/cert}"
	load := func(projects string, want int) {
		t.Helper()
		h.write("rtmauth.yaml", h.config(basic, primary, projects))
		if a := h.reload(); a.status != want {
			t.Fatalf("%s: got %d %s, want %d", projects, a.status, a.body, want)
		}
	}
	load("primary: {file: DIR/cert}, secondary: {file: DIR/cert2}", 200)
	load("primary: {file: DIR/cert2}, secondary: {file: DIR/cert}", 200)
	second := h.token(h.key, `{"user":"u"}`).field(t, "token").(string)
	if verdict(first) != "secondary" || verdict(second) != "primary" {
		t.Errorf("after the exchange: %v, %v", verdict(first), verdict(second))
	}
	load("primary: {file: DIR/cert2}", 200)
	m := h.metrics()
	if !regexp.MustCompile(`rtmauth_certificate_info\{fingerprint="[0-9a-f]{16}",project="main",slot="primary"\} 1`).MatchString(m) ||
		!regexp.MustCompile(`rtmauth_certificate_last_expiry_timestamp_seconds\{fingerprint="[0-9a-f]{16}",project="main",slot="former"\} `).MatchString(m) {
		t.Errorf("metrics do not tell of the old certificate:\n%s", grep(m, "certificate"))
	}
	load("primary: {file: DIR/cert3}", 422) // nothing in common
	if verdict(second) != "primary" {
		t.Error("the refused reload changed the certificates")
	}
	h.write("rtmauth.yaml", h.config(basic, primary, "primary: {file: DIR/cert3}")+"certificate_replaced: true\n")
	if a := h.reload(); a.status != 200 {
		t.Errorf("certificate_replaced: got %d %s", a.status, a.body)
	}
	// When the last token of each ends survives a restart.
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	h.start()
	if m := h.metrics(); strings.Count(m, `slot="former"`) != 2 {
		t.Errorf("after a restart:\n%s", grep(m, "certificate"))
	}
}

func grep(text, word string) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if strings.Contains(line, word) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func TestServe_issuerOutage(t *testing.T) {
	h := open(t)
	alice := h.issuer.jwt(t, "alice")
	h.issuer.down.Store(true)
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	h.start() // while the issuer is down, by the kept keys
	if a := h.token(alice, `{"user":"alice"}`); a.status != 201 {
		t.Errorf("with kept keys: got %d %s", a.status, a.body)
	}
	if err := h.end(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(h.dir, "state")); err != nil {
		t.Fatal(err)
	}
	h.start() // and without
	for _, a := range []reply{h.token(alice, `{"user":"alice"}`), h.fetch(alice, `{"uid":"alice"}`)} {
		if a.status != 503 || a.header.Get("Retry-After") == "" {
			t.Errorf("without keys: got %d, Retry-After %q; want 503", a.status, a.header.Get("Retry-After"))
		}
	}
	if a := h.token(h.key, `{"user":"u"}`); a.status != 201 {
		t.Errorf("an API key during the outage: got %d", a.status)
	}
	h.issuer.down.Store(false)
	eventually(t, "the keys come", func() bool { return h.token(alice, `{"user":"alice"}`).status == 201 })
}

// TestServe_drain signals while clients ask, each over a new connection: as long
// as drain_delay lasts they are served. The soak test does the same with the
// real program, at full speed.
func TestServe_drain(t *testing.T) {
	t.Parallel()
	h := open(t, "drain_delay: 0s", "drain_delay: 3s")
	var wg sync.WaitGroup
	signalled := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			ask := func() {
				c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
				if a, err := send(c, http.MethodPost, h.url+"/v1/tokens", `{"user":"u"}`, "Authorization", "Bearer "+h.key); err != nil || a.status != 201 {
					t.Errorf("got %d %v", a.status, err)
				}
			}
			ask()
			<-signalled
			for range 5 {
				ask()
			}
		})
	}
	h.stop()
	eventually(t, "not ready while draining", func() bool {
		a, err := send(client, http.MethodGet, h.admin+"/readyz", "")
		return err == nil && a.status == 503
	})
	close(signalled)
	wg.Wait()
	if err := h.end(); err != nil {
		t.Errorf("ended with %v", err)
	}
}
