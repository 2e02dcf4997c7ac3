package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

// TestDev asks a running rtmauth dev for tokens as the guide's page does, and
// holds them beside what the official packages make of the same user, time and
// salt: 006 to the byte, 007 after inflation.
func TestDev(t *testing.T) {
	const user = "1234"
	s := sample{AppID: "970CA35de60c44645bbae8a215061b33", Certificate: "5CFd2fd1755d40ecb72977518be15d3b"}
	program := filepath.Join(t.TempDir(), "rtmauth")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/rtmauth")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	n := newNode(t)

	t.Run("006", func(t *testing.T) {
		token := fetch(t, startDev(t, program, s), user)
		read, err := rtmauth.Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		services := read.Services()
		if len(services) != 1 || len(services[0].Privileges) != 1 {
			t.Fatalf("services %+v, want one privilege of one", services)
		}
		theirs := n.text(t, "build006", map[string]any{
			"app_id": s.AppID, "certificate": s.Certificate, "channel": user, "user": "",
			"salt": read.Salt(), "ts": read.Expire(), "privileges": pairs(services[0].Privileges),
		})
		if token != theirs {
			t.Errorf("dev   %s\ntheirs %s", token, theirs)
		}
		// The guide asks for one hour.
		if end, want := int64(services[0].Privileges[0].Expire), read.IssuedAt().Add(time.Hour).Unix(); end != want {
			t.Errorf("the login privilege ends at %d, want %d", end, want)
		}
	})
	t.Run("007", func(t *testing.T) {
		token := fetch(t, startDev(t, program, s, "--token-version=007"), user)
		read, err := rtmauth.Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		s := s
		s.Issued, s.Expire, s.Salt, s.Services = uint32(read.IssuedAt().Unix()), 3600, read.Salt(), []rtmauth.Service{
			{Type: rtmauth.ServiceRTM, User: user, Privileges: []rtmauth.Privilege{{ID: rtmauth.PrivilegeLogin, Expire: 3600}}},
		}
		if theirs := n.text(t, "build007", s.args007()); !bytes.Equal(inflated(t, token), inflated(t, theirs)) {
			t.Errorf("dev    %x\ntheirs %x", inflated(t, token), inflated(t, theirs))
		}
	})
}

// startDev starts rtmauth dev with a project of the user's and gives its address.
func startDev(t *testing.T, program string, s sample, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, append([]string{"dev", "--listen=127.0.0.1:0"}, args...)...)
	cmd.Dir = t.TempDir() // no .env
	cmd.Env = append(os.Environ(), "APP_ID="+s.AppID, "APP_CERTIFICATE="+s.Certificate)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			t.Errorf("rtmauth dev, interrupted: %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		for word := range strings.FieldsSeq(lines.Text()) {
			if strings.HasPrefix(word, "http://127.0.0.1:") {
				return strings.TrimSuffix(word, "/")
			}
		}
	}
	t.Fatal("rtmauth dev printed no address")
	return ""
}

// fetch is the curl command of the guide.
func fetch(t *testing.T, url, user string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"uid": user})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(url+"/fetch_rtm_token", "application/x-www-form-urlencoded", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Token, Code string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || answer.Code != "200" {
		t.Fatalf("status %d, code %q", resp.StatusCode, answer.Code)
	}
	return answer.Token
}
