package compat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/server/compat"
)

const appID = "970ca35de60c44645bbae8a215061b33"

// minter makes real tokens, in the version it is told to.
type minter struct {
	signer  *rtmauth.Signer
	version rtmauth.Version
	err     error
}

func (m *minter) MintRTM(_ *http.Request, user string, life time.Duration) (string, error) {
	switch {
	case m.err != nil:
		return "", m.err
	case m.version == rtmauth.Version007:
		return m.signer.RTM(user, life)
	default:
		return m.signer.RTM006(user, life)
	}
}

func (m *minter) Refused(*http.Request, string) {}

func setUp(t *testing.T) (*minter, *rtmauth.Verifier) {
	t.Helper()
	certificate, err := rtmauth.ParseCertificate("5cfd2fd1755d40ecb72977518be15d3b")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := rtmauth.NewSigner(appID, certificate)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := rtmauth.NewVerifier(appID, certificate)
	if err != nil {
		t.Fatal(err)
	}
	return &minter{signer: signer}, verifier
}

func ask(h http.Handler, method, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, "/fetch_rtm_token", strings.NewReader(body)))
	return w
}

func TestTutorial(t *testing.T) {
	for _, version := range []rtmauth.Version{rtmauth.Version006, rtmauth.Version007} {
		m, verifier := setUp(t)
		m.version = version
		for _, body := range []string{`{"uid":"alice"}`, `{"UID":"alice","other":[1]}`, " {\"uid\":\"alice\"}\n"} {
			w := ask(&compat.Tutorial{Minter: m}, http.MethodPost, body)
			if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s: got %d, %v", body, w.Code, w.Header())
			}
			var answer map[string]any
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer) != 2 || answer["code"] != "200" {
				t.Fatalf("%s: got %s, %v", body, w.Body, err)
			}
			verified, err := verifier.Verify(fmt.Sprint(answer["token"]), rtmauth.Want{At: time.Now(), Service: rtmauth.ServiceRTM, User: "alice"})
			if err != nil || verified.Version() != version {
				t.Fatalf("%s: %v", body, err)
			}
			life := 24 * time.Hour
			if version == rtmauth.Version007 {
				life = time.Hour
			}
			if got := verified.ExpiresAt().Sub(verified.IssuedAt()).Round(time.Minute); got != life {
				t.Errorf("%s: lives %v, want %v", version, got, life)
			}
		}
	}
}

func TestTutorial_errors(t *testing.T) {
	m, _ := setUp(t)
	tests := []struct {
		name, method, body string
		status             int
		want               string
	}{
		{"GET", http.MethodGet, "", 404, "POST"},
		{"PUT", http.MethodPut, `{"uid":"alice"}`, 404, "POST"},
		{"DELETE", http.MethodDelete, "", 404, "POST"},
		{"empty body", http.MethodPost, "", 400, "empty"},
		{"not JSON", http.MethodPost, "uid=alice", 400, "JSON"},
		{"two values", http.MethodPost, `{"uid":"alice"} {"uid":"bob"}`, 400, "one JSON value"},
		{"number", http.MethodPost, `{"uid":1}`, 400, `"uid" must be a string`},
		{"list", http.MethodPost, `["alice"]`, 400, "an object"},
		{"missing", http.MethodPost, `{}`, 400, `"uid" is missing`},
		{"null", http.MethodPost, `{"uid":null}`, 400, `"uid" is missing`},
		{"the whole is null", http.MethodPost, `null`, 400, `"uid" is missing`},
		{"empty", http.MethodPost, `{"uid":""}`, 400, "The user ID must not be empty."},
		{"65 long", http.MethodPost, `{"uid":"` + strings.Repeat("a", 65) + `"}`, 400, "64"},
		{"character", http.MethodPost, `{"uid":"a/é"}`, 400, "user ID"},
		{"duplicate", http.MethodPost, `{"uid":"alice","uid":"bob"}`, 400, "twice"},
		{"case", http.MethodPost, `{"uid":"alice","Uid":"bob"}`, 400, "only in case"},
		{"deep duplicate", http.MethodPost, `{"uid":"alice","x":{"a":1,"A":2}}`, 400, "only in case"},
		{"a key of the client's own, twice", http.MethodPost, `{"alice":1,"alice":2}`, 400, "a key is given twice"},
		{"16 KiB and one", http.MethodPost, `{"uid":"alice"}` + strings.Repeat(" ", compat.MaxBody-14), 413, "16384"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(&compat.Tutorial{Minter: m}, tt.method, tt.body)
			var answer struct {
				Token *string
				Code  string
				Error string
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			if w.Code != tt.status || answer.Code != fmt.Sprint(tt.status) || answer.Token == nil || *answer.Token != "" || !strings.Contains(answer.Error, tt.want) {
				t.Errorf("got %d %s, want %d with %q", w.Code, w.Body, tt.status, tt.want)
			}
			if strings.Contains(w.Body.String(), "alice") || strings.Contains(w.Body.String(), "bob") {
				t.Errorf("the answer repeats what was sent: %s", w.Body)
			}
		})
	}
	if w := ask(&compat.Tutorial{Minter: m}, http.MethodPost, `{"uid":"alice"}`+strings.Repeat(" ", compat.MaxBody-15)); w.Code != 200 {
		t.Errorf("16 KiB: got %d", w.Code)
	}
	if w := ask(&compat.Tutorial{Minter: m}, http.MethodOptions, ""); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("OPTIONS: got %d %s", w.Code, w.Body)
	}
}

func TestTutorial_minterErrors(t *testing.T) {
	m, _ := setUp(t)
	tests := []struct {
		name   string
		err    error
		status int
		body   string
		retry  string
		logged bool
	}{
		{"denied", &compat.Error{Status: 403, Message: "no such rule", Err: errors.New("cause-canary")}, 403, `{"token":"","code":"403","error":"no such rule"}`, "", false},
		{"later", &compat.Error{Status: 503, Message: "later", RetryAfter: 1500 * time.Millisecond, Err: errors.New("cause-canary")}, 503, `{"token":"","code":"503","error":"later"}`, "2", false},
		{"unknown", errors.New("cause-canary"), 500, `{"token":"","code":"500","error":"The server could not make a token; its log says why."}`, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			m.err = tt.err
			w := ask(&compat.Tutorial{Minter: m, Log: slog.New(slog.NewTextHandler(&log, nil))}, http.MethodPost, `{"uid":"alice"}`)
			if w.Code != tt.status || w.Body.String() != tt.body || w.Header().Get("Retry-After") != tt.retry {
				t.Errorf("got %d %s, Retry-After %q", w.Code, w.Body, w.Header().Get("Retry-After"))
			}
			if got := strings.Contains(log.String(), "cause-canary"); got != tt.logged {
				t.Errorf("log: %s", &log)
			}
		})
	}
}

// A thousand users ask at once, over real connections, and each gets its own
// token: the guide's original hands out whichever was made last.
func TestTutorial_thousandUsers(t *testing.T) {
	m, verifier := setUp(t)
	server := httptest.NewServer(&compat.Tutorial{Minter: m})
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			user := fmt.Sprintf("user-%d", i)
			resp, err := client.Post(server.URL, "application/json", strings.NewReader(`{"uid":"`+user+`"}`))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			var answer struct{ Token string }
			data, err := io.ReadAll(resp.Body)
			if err == nil {
				err = json.Unmarshal(data, &answer)
			}
			if err == nil {
				_, err = verifier.Verify(answer.Token, rtmauth.Want{At: time.Now(), Service: rtmauth.ServiceRTM, User: user})
			}
			if err != nil {
				t.Errorf("%s: %v", user, err)
			}
		})
	}
	wg.Wait()
}
