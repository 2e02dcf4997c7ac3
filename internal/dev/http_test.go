package dev

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/localguard"
)

const alice = `{"uid":"alice"}`

// Issue 2: with a project of the user's, pages of this machine and what
// --allow-origin adds are answered, nothing else; with the fake one, any.
func TestOrigins(t *testing.T) {
	mine := start(t, Options{AllowOrigins: []string{"https://app.example"}}, userProject...)
	fake := start(t, Options{})
	tests := []struct {
		origin string
		mine   bool
	}{
		{"http://localhost:3000", true},
		{"http://127.0.0.1:5173", true},
		{"http://[::1]:80", true},
		{"https://app.example", true},
		{"null", false},
		{"https://evil.example", false},
		{"http://app.example", false},
		{"http://localhost.evil.example", false},
	}
	for _, tt := range tests {
		for _, r := range []*running{mine, fake} {
			for _, content := range []string{"application/json", "text/plain", "application/x-www-form-urlencoded"} {
				resp, body := r.do("POST", "/fetch_rtm_token", alice, "Origin", tt.origin, "Content-Type", content, "Sec-Fetch-Site", "cross-site")
				admitted := r == fake || tt.mine
				wantOrigin, wantStatus := "", http.StatusForbidden
				switch {
				case r == fake:
					wantOrigin, wantStatus = "*", http.StatusOK
				case tt.mine:
					wantOrigin, wantStatus = tt.origin, http.StatusOK
				}
				if resp.StatusCode != wantStatus || resp.Header.Get("Access-Control-Allow-Origin") != wantOrigin || strings.Contains(body, `"token":"00`) != admitted {
					t.Errorf("%s as %s: got %d, allowed %q, %s", tt.origin, content, resp.StatusCode, resp.Header.Get("Access-Control-Allow-Origin"), body)
				}
				if r == mine && resp.Header.Get("Vary") != "Origin" {
					t.Errorf("%s: Vary is %q", tt.origin, resp.Header.Get("Vary"))
				}
			}
		}
	}
	if !strings.Contains(mine.stderr.String(), "--allow-origin https://evil.example") || strings.Count(mine.stderr.String(), "https://evil.example") != 2 {
		t.Errorf("want one line with the flag:\n%s", mine.stderr)
	}
	if fake.stderr.String() != "" {
		t.Errorf("stderr: %s", fake.stderr)
	}
	if resp, body := mine.do("POST", "/fetch_rtm_token", alice); resp.StatusCode != 200 {
		t.Errorf("a program without an origin: got %d %s", resp.StatusCode, body)
	}
	for _, r := range []*running{mine, fake} {
		if resp, body := r.do("POST", "/fetch_rtm_token", alice, "Sec-Fetch-Site", "cross-site"); resp.StatusCode != 403 || body == "" {
			t.Errorf("cross-site without an origin: got %d %s", resp.StatusCode, body)
		}
	}
}

// Issue 2: the Host header is checked always, on every route.
func TestHosts(t *testing.T) {
	r := start(t, Options{PageDir: t.TempDir(), AllowHosts: []string{"box.lan"}})
	paths := []string{"/", "/inspect", "/log", "/app/app.css", "/sdk/agora-rtm.js", "/page/", "/fetch_rtm_token", "/v1/tokens", "/openapi.json", "/healthz", "/local/info", "/local/rtm", "/local/control/sessions", "/nowhere"}
	for _, path := range paths {
		for _, method := range []string{"GET", "POST", "OPTIONS"} {
			resp, body := r.do(method, path, alice, "Host", "evil.example:8082")
			var answer struct{ Error string }
			if err := json.Unmarshal([]byte(body), &answer); err != nil || resp.StatusCode != 403 || answer.Error == "" {
				t.Errorf("%s %s: got %d %s", method, path, resp.StatusCode, body)
			}
		}
	}
	if got := r.stderr.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"evil.example:8082"`) || !strings.Contains(got, "--allow-host evil.example") {
		t.Errorf("stderr: %s", got)
	}
	for _, host := range []string{"localhost:1", "app.localhost", "[::1]", "127.0.0.2", "box.lan"} {
		if resp, _ := r.do("GET", "/healthz", "", "Host", host); resp.StatusCode != 200 {
			t.Errorf("%s: got %d", host, resp.StatusCode)
		}
	}
}

func TestFetchToken_corsOnEveryAnswer(t *testing.T) {
	r := start(t, Options{}, userProject...)
	for _, tt := range []struct {
		method, body string
		status       int
	}{
		{"POST", alice, 200},
		{"POST", `{`, 400},
		{"POST", `{"uid":""}`, 400},
		{"POST", `{"uid":"` + strings.Repeat("a", 20<<10) + `"}`, 413},
		{"GET", "", 404},
		{"PUT", "", 404},
		{"OPTIONS", "", 200},
	} {
		resp, body := r.do(tt.method, "/fetch_rtm_token", tt.body, "Origin", "http://localhost:3000", "Access-Control-Request-Private-Network", "true")
		h := resp.Header
		if resp.StatusCode != tt.status || h.Get("Access-Control-Allow-Origin") != "http://localhost:3000" || h.Get("Access-Control-Allow-Methods") != "POST, OPTIONS" ||
			h.Get("Access-Control-Allow-Headers") != "*" || h.Get("Access-Control-Allow-Private-Network") != "true" || h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s %.20s: got %d %v %s", tt.method, tt.body, resp.StatusCode, h, body)
		}
	}
	resp, _ := r.do("OPTIONS", "/fetch_rtm_token", "", "Origin", "https://evil.example", "Access-Control-Request-Private-Network", "true")
	if resp.StatusCode != 403 || resp.Header.Get("Access-Control-Allow-Origin") != "" || resp.Header.Get("Access-Control-Allow-Private-Network") != "" {
		t.Errorf("foreign preflight: got %d %v", resp.StatusCode, resp.Header)
	}
}

// Issue 2, what must be shown, 4.
func TestFetchToken_thousandUsers(t *testing.T) {
	r := start(t, Options{}, userProject...)
	v := verifier(t, testAppID, testCertificate)
	together := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			<-together
			user := fmt.Sprintf("user-%d", i)
			if _, err := v.Verify(r.token(user), rtmLogin(user)); err != nil {
				t.Errorf("%s: %v", user, err)
			}
		})
	}
	close(together)
	wg.Wait()
}

func TestInfoAndHealth(t *testing.T) {
	sdk := filepath.Join(t.TempDir(), "sdk.js")
	if err := os.WriteFile(sdk, []byte("globalThis.mine = 1;"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, Options{Version: "v0", TokenVersion: "007", SDKFile: sdk}, userProject...)
	if resp, body := r.do("GET", "/local/info", ""); resp.StatusCode != 200 || body != `{"app_id":"`+testAppID+`","generated":false,"token_version":"007","version":"v0","sdk_file":true}`+"\n" {
		t.Errorf("info: got %d %s", resp.StatusCode, body)
	}
	if resp, body := r.do("GET", "/healthz", ""); resp.StatusCode != 200 || !strings.Contains(body, `"status":"ok"`) {
		t.Errorf("health: got %d %s", resp.StatusCode, body)
	}
	if resp, _ := r.do("DELETE", "/healthz", ""); resp.StatusCode != 405 || resp.Header.Get("Allow") == "" {
		t.Errorf("DELETE: got %d %v", resp.StatusCode, resp.Header)
	}
	if resp, _ := r.do("GET", "/local/info", "", "Origin", "https://evil.example"); resp.StatusCode != 403 {
		t.Errorf("a foreign page: got %d", resp.StatusCode)
	}
	if resp, body := r.do("GET", "/sdk/user.js", ""); resp.StatusCode != 200 || body != "globalThis.mine = 1;" || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("SDK: got %d %s", resp.StatusCode, body)
	}
}

func TestPage(t *testing.T) {
	outside := t.TempDir()
	dir := filepath.Join(outside, "page")
	for name, content := range map[string]string{"page/index.html": "<h1>mine</h1>", "page/client.js": "1", "page/list/a.txt": "a", "page/deep/index.html": "deep", "page/list/.hidden": "canary", "page/.env": "canary", "page/.git/config": "canary", "secret.txt": "canary"} {
		path := filepath.Join(outside, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS != "windows" {
		for link, target := range map[string]string{"out.txt": "../secret.txt", "absolute.txt": filepath.Join(outside, "secret.txt"), "up": "..", "in.js": "client.js"} {
			if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := start(t, Options{PageDir: dir}, userProject...)
	if !strings.Contains(r.stdout.String(), r.url+"/page/") {
		t.Errorf("the banner does not name the page:\n%s", r.stdout)
	}
	tests := []struct {
		path   string
		status int
		body   string
	}{
		{"/page/", 200, "<h1>mine</h1>"},
		{"/page/client.js", 200, "1"},
		{"/page/in.js", 200, "1"},
		{"/page/list/a.txt", 200, "a"},
		{"/page/list/", 404, ""},
		{"/page/list", 404, ""},
		{"/page/deep/", 200, "deep"},
		{"/page/deep", 301, ""},
		{"/page", 307, ""},
		{"/page/.env", 404, ""},
		{"/page/.git/config", 404, ""},
		{"/page/.git/", 404, ""},
		{"/page/list/.hidden", 404, ""},
		{"/page/%2eenv", 404, ""},
		{"/page/out.txt", 404, ""},
		{"/page/absolute.txt", 404, ""},
		{"/page/up/secret.txt", 404, ""},
		{"/page/none", 404, ""},
		{"/page/%2e%2e/secret.txt", 0, ""},
		{"/page/..%2fsecret.txt", 0, ""},
		{"/page/list/..%5c..%5csecret.txt", 0, ""},
	}
	for _, tt := range tests {
		resp, body := r.do("GET", tt.path, "")
		if tt.status != 0 && resp.StatusCode != tt.status || tt.status == 0 && resp.StatusCode < 300 || !strings.Contains(body, tt.body) {
			t.Errorf("%s: got %d %s", tt.path, resp.StatusCode, body)
		}
		if strings.Contains(body, "canary") || strings.Contains(body, "hidden") && resp.StatusCode == 200 {
			t.Errorf("%s: shows what is not the page's: %s", tt.path, body)
		}
		if resp.Header.Get("Content-Security-Policy") != "" {
			t.Errorf("%s: the page's owner decides on its policy", tt.path)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "client.js"), []byte("2"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, body := r.do("GET", "/page/client.js", ""); body != "2" {
		t.Errorf("an edited file: got %s", body)
	}
}

// A known certificate is planted, everything is asked for, and nothing shows it;
// nor one that was made up, but for the ready file.
func TestNothingShowsTheCertificate(t *testing.T) {
	sdk := filepath.Join(t.TempDir(), "sdk.js")
	if err := os.WriteFile(sdk, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o := Options{PageDir: t.TempDir(), SDKFile: sdk, TokenVersion: "007"}
	given := start(t, o, append(userProject, "APP_CERTIFICATE_SECONDARY="+testSecondary)...)
	madeUp := start(t, o)
	for _, r := range []*running{given, madeUp} {
		all := askEverything(r)
		if err := r.stop(); err != nil {
			t.Error(err)
		}
		all += r.stdout.String() + r.stderr.String()
		secrets := []string{testCertificate, testSecondary}
		if r == madeUp {
			secrets = []string{r.ready.Certificate}
		}
		for _, secret := range secrets {
			if i := strings.Index(strings.ToLower(all), secret); i >= 0 {
				t.Errorf("shown: …%s…", all[max(0, i-200):i])
			}
		}
	}
}

// askEverything asks for every path in many ways and returns all that was answered.
func askEverything(r *running) string {
	var all strings.Builder
	bodies := []string{
		"", "{", alice, `{"uid":"alice/"}`, `{"token":"` + r.token("alice") + `","user":"alice"}`, `{"token":"` + r.token("alice") + `x","user":"bob","code":5}`,
		`{"user":"alice","services":[{"type":"rtm"}]}`, `{"by":"1s"}`, `{"user":"alice"}`, `{"app_id":"` + r.ready.AppID + `"}`,
	}
	for _, path := range []string{
		"/", "/inspect", "/log", "/sdk/agora-rtm.js", "/sdk/user.js", "/page/", "/fetch_rtm_token", "/v1/tokens", "/v1/tokens/verify", "/v1/docs", "/openapi.json", "/healthz", "/nowhere",
		"/local/info", "/local/inspect", "/local/explain", "/local/rtm", "/local/control/openapi.json", "/local/control/sessions", "/local/control/sessions/x/drop", "/local/control/events",
		"/local/control/clock", "/local/control/clock/advance", "/local/control/certificates", "/local/control/certificates/x", "/local/control/settings", "/local/control/bans",
		"/local/control/projects", "/local/control/projects/" + r.ready.AppID + "/certificates", "/local/control/reset",
	} {
		for _, body := range bodies {
			for _, method := range []string{"GET", "POST", "OPTIONS", "DELETE", "PATCH"} {
				for _, origin := range []string{"http://localhost", "https://evil.example"} {
					resp, answer := r.do(method, path, body, "Origin", origin, "Content-Type", "application/json")
					fmt.Fprintln(&all, resp.Header, answer)
				}
			}
		}
	}
	return all.String()
}

func TestNotices(t *testing.T) {
	out := newOutput("")
	n := newNotices(out)
	now := time.Unix(1_700_000_000, 0)
	n.now = func() time.Time { return now }
	evil := localguard.Refusal{Kind: localguard.Origin, Value: "https://evil.example\x1b[2J\n", Flag: ""}
	n.refused(evil)
	n.refused(evil)
	if got := out.String(); strings.Count(got, "\n") != 1 || strings.Contains(got, "\x1b") || !strings.Contains(got, `\x1b[2J\n`) {
		t.Errorf("got %q", got)
	}
	now = now.Add(noticeEvery)
	n.refused(evil)
	if got := strings.Count(out.String(), "\n"); got != 2 {
		t.Errorf("a minute later: %d lines", got)
	}
	for i := range 10_000 {
		n.refused(localguard.Refusal{Kind: localguard.Host, Value: fmt.Sprint(i) + strings.Repeat("x", 10_000)})
	}
	if len(n.shown) > noticeValues || strings.Count(out.String(), "\n") > 2+noticeValues+1 || len(out.String()) > 16<<10 {
		t.Errorf("a flood: %d remembered, %d bytes printed", len(n.shown), len(out.String()))
	}
	if !strings.HasSuffix(out.String(), "more origins or hosts than are shown here.\n") {
		t.Error("it does not say that there were more")
	}
	now = now.Add(noticeEvery)
	before := len(out.String())
	n.refused(evil)
	if len(out.String()) == before {
		t.Error("after a flood it says nothing any more")
	}
}
