package outbound

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"
)

func TestCheckURL(t *testing.T) {
	const plain = "must begin with https://"
	for url, want := range map[string]string{ // "" is accepted
		"https://id.example/keys":       "",
		"https://id.example:8443/k?a=b": "",
		"HTTPS://id.example":            "",
		"https://10.0.0.1/keys":         "",
		"http://localhost:8080/keys":    "",
		"http://127.0.0.1/keys":         "",
		"http://127.8.9.1/keys":         "",
		"http://[::1]:8080/keys":        "",
		"http://[::ffff:127.0.0.1]/":    "",

		"http://id.example/keys":         plain,
		"http://localhost.evil.example/": plain,
		"http://127.0.0.1.evil.example/": plain,
		"http://127.1/":                  plain,
		"http://0x7f000001/":             plain,
		"http://0.0.0.0/":                plain,
		"http://10.0.0.1/":               plain,
		"http://[::ffff:10.0.0.1]/":      plain,
		"ftp://127.0.0.1/keys":           plain,
		"file://localhost/etc/passwd":    plain,
		"unix://localhost/socket":        plain,
		"file:///etc/passwd":             "absolute",
		"https://":                       "absolute",
		"https://:443/keys":              "absolute",
		"https:id.example":               "absolute",
		"//id.example/keys":              plain,
		"id.example/keys":                "absolute",
		"":                               "absolute",
		"https://user@id.example/":       "user or password",
		"https://user:pw@id.example/":    "user or password",
		"http://127.0.0.1@evil.example/": "user or password",
		"https://id.example/keys#part":   "fragment",
		"https://id.example/%zz":         "not a URL",
		"https://id.example\n/":          "not a URL",
		"https://id.example:port/":       "not a URL",
	} {
		err := CheckURL(url)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: refused: %v", url, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: got %v, want a refusal that says %q", url, err, want)
		case err != nil && strings.Contains(err.Error(), "evil"):
			t.Errorf("%q: the refusal repeats it: %v", url, err)
		}
	}
}

func TestNewClient_followsNoRedirect(t *testing.T) {
	var followed atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			followed.Add(1)
			return
		}
		code := http.StatusFound
		if r.Method == http.MethodPost {
			code = http.StatusPermanentRedirect // would be sent with its body
		}
		http.Redirect(w, r, "/moved", code)
	}))
	defer srv.Close()
	c := NewClient(10*time.Second, nil)
	defer c.CloseIdleConnections()
	for method, want := range map[string]int{http.MethodGet: http.StatusFound, http.MethodPost: http.StatusPermanentRedirect} {
		req, err := http.NewRequestWithContext(t.Context(), method, srv.URL, strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want || followed.Load() != 0 {
			t.Errorf("%s: got %d, followed %d times; want the redirect itself", method, resp.StatusCode, followed.Load())
		}
	}
}

// TestNewClient_timeout asks servers that begin an answer or do not, and do not
// end it.
func TestNewClient_timeout(t *testing.T) {
	for _, begun := range []bool{false, true} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if begun {
				_, _ = io.WriteString(w, "some")
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done() // until nobody waits any more
		}))
		c := NewClient(50*time.Millisecond, nil)
		ctx, cancel := context.WithCancel(t.Context())
		patience := time.AfterFunc(10*time.Second, cancel) // and that is no timeout of the client's
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if err == nil {
			_, err = ReadBody(resp, 1<<10)
			_ = resp.Body.Close()
		}
		var e net.Error
		if !errors.As(err, &e) || !e.Timeout() {
			t.Errorf("begun %v: got %v, want a timeout", begun, err)
		}
		patience.Stop()
		cancel()
		srv.Close()
	}
}

// endless is an answer that counts what was read of it and does not end.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) { e.read += len(p); return len(p), nil }

func TestReadBody(t *testing.T) {
	read := func(r io.Reader) ([]byte, error) {
		return ReadBody(&http.Response{Body: io.NopCloser(r)}, 10)
	}
	for body, ok := range map[string]bool{"": true, "short": true, "0123456789": true, "0123456789a": false} {
		got, err := read(strings.NewReader(body))
		if ok && (err != nil || string(got) != body) || !ok && (err == nil || got != nil) {
			t.Errorf("%q: got %q, %v", body, got, err)
		}
	}
	e := &endless{}
	if got, err := read(e); err == nil || got != nil || e.read > 11 {
		t.Errorf("an endless answer: got %d bytes, %v, after %d were read", len(got), err, e.read)
	}
	cut := errors.New("cut")
	if got, err := read(io.MultiReader(strings.NewReader("some"), iotest.ErrReader(cut))); !errors.Is(err, cut) || got != nil {
		t.Errorf("an answer that breaks off: got %q, %v", got, err)
	}
}
