package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestHandler_pages(t *testing.T) {
	for _, path := range []string{"/", "/inspect", "/log"} {
		response := get(t, http.MethodGet, path)
		if response.StatusCode != http.StatusOK {
			t.Fatalf("GET %s: got %d", path, response.StatusCode)
		}
		for name, want := range map[string]string{
			"Content-Type":           "text/html; charset=utf-8",
			"Cache-Control":          "no-store",
			"X-Content-Type-Options": "nosniff",
			"Referrer-Policy":        "no-referrer",
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("GET %s: %s: got %q, want %q", path, name, got, want)
			}
		}
		policy := response.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("GET %s: policy %q lacks %q", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("GET %s: policy %q allows something unsafe", path, policy)
		}
	}
}

func TestHandler_assets(t *testing.T) {
	response := get(t, http.MethodGet, "/app/demo.js")
	if got, want := response.Header.Get("Content-Type"), "text/javascript; charset=utf-8"; got != want {
		t.Errorf("type of a script: got %q, want %q", got, want)
	}
	etag := response.Header.Get("ETag")
	if etag == "" {
		t.Fatal("a script has no ETag")
	}
	if got := get(t, http.MethodGet, "/app/demo.js", "If-None-Match", etag).StatusCode; got != http.StatusNotModified {
		t.Errorf("the same script asked for again: got %d, want 304", got)
	}
	if got := get(t, http.MethodGet, "/app/demo.js").Header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("a page's script is open to other origins: %q", got)
	}
}

func TestHandler_sdkIsForEveryOrigin(t *testing.T) {
	response := get(t, http.MethodGet, "/sdk/agora-rtm.js")
	if response.StatusCode != http.StatusOK {
		t.Fatalf("got %d", response.StatusCode)
	}
	if got := response.Header.Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("Access-Control-Allow-Origin: got %q, want *", got)
	}
	if got := response.Header.Get("Cross-Origin-Resource-Policy"); got != "cross-origin" {
		t.Errorf("Cross-Origin-Resource-Policy: got %q, want cross-origin", got)
	}
}

func TestHandler_nothingElse(t *testing.T) {
	for _, path := range []string{"/app/", "/app", "/app/index.html", "/app/tsconfig.json", "/app/../embed.go", "/embed.go", "/sdk/package.json", "/index.html"} {
		if got := get(t, http.MethodGet, path).StatusCode; got != http.StatusNotFound {
			t.Errorf("GET %s: got %d, want 404", path, got)
		}
	}
	if got := get(t, http.MethodPost, "/").StatusCode; got != http.StatusMethodNotAllowed {
		t.Errorf("POST /: got %d, want 405", got)
	}
}

// The policy forbids inline scripts and styles; a page that holds one would
// look right in the editor and be dead in the browser.
func TestPages_holdNothingInline(t *testing.T) {
	for path, name := range pages {
		body, err := Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, banned := range []string{"<style", "style=", "onclick=", "javascript:", "<script>", "http://", "https://"} {
			if strings.Contains(string(body), banned) {
				t.Errorf("%s (%s) contains %q", name, path, banned)
			}
		}
	}
}

func TestHandler_ownSDKOpensTheDemoPageOnly(t *testing.T) {
	handler := Handler(AllowOwnSDK())
	for path, want := range map[string]bool{"/": true, "/inspect": false, "/log": false, "/app/demo.js": false} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		policy := w.Result().Header.Get("Content-Security-Policy")
		if got := strings.Contains(policy, "wss:"); got != want {
			t.Errorf("%s may connect elsewhere: got %v, want %v", path, got, want)
		}
		if strings.Contains(policy, "'unsafe-inline'") || strings.Contains(policy, "'unsafe-eval'") {
			t.Errorf("%s: policy %q allows something unsafe", path, policy)
		}
	}
	if strings.Contains(get(t, http.MethodGet, "/").Header.Get("Content-Security-Policy"), "wss:") {
		t.Error("without AllowOwnSDK the demo page may connect elsewhere")
	}
}
