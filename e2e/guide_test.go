package e2e

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// renewal is how long the guide's client waits before it renews for the first
// time. This is the one test that lets real time pass: the guide's own client
// has its own timer.
const renewal = 30 * time.Second

// axios is where the guide's page gets its HTTP client from; the tests have it from npm.
const axios = "https://unpkg.com/axios/dist/axios.min.js"

// TestGuide runs the guide's index.html and client.js, in which nothing but
// the placeholders and the address of axios is replaced. The guide is not part
// of this repository, so where it is absent TestGuide_ownClient has to do.
func TestGuide(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../shared/seed/rtm-token-guide.zh.md")
	if errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("CI") != "" {
			t.Fatal("the guide is not beside this repository, and CI must run it")
		}
		t.Skip("the guide is not beside this repository: TestGuide_ownClient runs an equal client")
	}
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"index.html": codeBlock(t, string(text), "html"),
		"client.js":  codeBlock(t, string(text), "js"),
	}
	if !strings.Contains(files["index.html"], axios) {
		t.Fatalf("the guide's page does not load %s", axios)
	}
	files["index.html"] = strings.ReplaceAll(files["index.html"], axios, "./axios.min.js")
	module, err := os.ReadFile("../ci/node/node_modules/axios/dist/axios.min.js")
	if err != nil {
		t.Fatalf("axios is missing, run make deps: %v", err)
	}
	files["axios.min.js"] = string(module)
	runGuide(t, files)
}

func TestGuide_ownClient(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, name := range []string{"index.html", "client.js"} {
		text, err := os.ReadFile(filepath.Join("testdata/guide", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	runGuide(t, files)
}

// runGuide opens the page from disk, as the guide says (its origin is then
// null), and through `dev --page`.
func runGuide(t *testing.T, files map[string]string) {
	t.Run("from disk", func(t *testing.T) {
		t.Parallel()
		d := startDev(t, nil)
		page := url.URL{Scheme: "file", Path: filepath.Join(writePage(t, d, t.TempDir(), files), "index.html")}
		watchGuide(t, d, page.String())
	})
	t.Run("dev --page", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		d := startDev(t, nil, "--page", dir)
		writePage(t, d, dir, files)
		watchGuide(t, d, d.URL+"/page/")
	})
	t.Run("dev --page, own App ID", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		d := startDev(t, []string{"APP_ID=" + strings.Repeat("a1", 16), "APP_CERTIFICATE=" + strings.Repeat("b2", 16)}, "--page", dir)
		writePage(t, d, dir, files)
		watchGuide(t, d, d.URL+"/page/")
	})
}

// watchGuide opens the page and reads its console.
func watchGuide(t *testing.T, d *devServer, address string) {
	t.Helper()
	p := newPage(t)
	p.open(address)
	p.awaitConsole("State changed To: CONNECTING Reason: LOGIN", patience*time.Second)
	p.awaitConsole("State changed To: CONNECTED Reason: LOGIN_SUCCESS", patience*time.Second)
	p.awaitConsole("Renew RTM token at", renewal+patience*time.Second)
	// The guide's client does not look at what became of its renewal: ask the service.
	d.awaitEvent("renew_accepted", "1234")
}

// writePage writes the files with the guide's placeholders replaced and
// returns their folder.
func writePage(t *testing.T, d *devServer, dir string, files map[string]string) string {
	t.Helper()
	replace := strings.NewReplacer(
		"<path to the JS file>", d.URL+"/sdk/agora-rtm.js",
		"<Your App ID>", d.AppID,
		"<Your Host URL and port>", strings.TrimPrefix(d.URL, "http://"),
	)
	for name, text := range files {
		if name != "axios.min.js" {
			text = replace.Replace(text)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// codeBlock returns the one fenced block of a language in a Markdown text.
func codeBlock(t *testing.T, markdown, language string) string {
	t.Helper()
	fence := regexp.MustCompile("(?ms)^ *```" + language + "\n(.*?)^ *```$")
	blocks := fence.FindAllStringSubmatch(markdown, -1)
	if len(blocks) != 1 {
		t.Fatalf("got %d blocks of %s in the guide, want 1", len(blocks), language)
	}
	return blocks[0][1]
}
