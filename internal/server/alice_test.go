package server_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// attempt is a request of alice's, whoever she is known by.
type attempt struct {
	method, path, body string
	headers            []string // beside her credential's, not in place of it
	want               int      // 0: whatever, as long as no token is another's
}

// everyWay asks for bob in every way that a request can carry a user, and for
// alice as it should be done. bob is a JWT of his.
func everyWay(bob, apiKey string) []attempt {
	var attempts []attempt
	add := func(path, body string, headers ...string) {
		attempts = append(attempts, attempt{http.MethodPost, path, body, headers, 0})
	}
	for _, path := range []string{"/v1/tokens", "/fetch_rtm_token"} {
		key := map[string]string{"/v1/tokens": "user", "/fetch_rtm_token": "uid"}[path]
		upper := strings.ToUpper(key)
		own := `"` + key + `":"alice"`
		done := map[string]int{"/v1/tokens": 201, "/fetch_rtm_token": 200}[path]
		for range 5 {
			attempts = append(attempts, attempt{http.MethodPost, path, `{` + own + `}`, nil, done})
		}
		attempts = append(attempts, attempt{http.MethodPost, path, `{"` + key + `":"bob"}`, nil, 403})
		for _, body := range []string{
			`{"` + key + `":"bob"}`,
			`{` + own + `,"` + key + `":"bob"}`,
			`{"` + key + `":"bob",` + own + `}`,
			`{` + own + `,"` + upper + `":"bob"}`,
			`{"` + upper + `":"bob",` + own + `}`,
			`{"` + upper + `":"bob"}`,
			`{` + own + `,"\u0075` + key[1:] + `":"bob"}`,
			`{` + own + `}{"` + key + `":"bob"}`,
			`[{` + own + `},{"` + key + `":"bob"}]`,
			`{"` + key + `":["alice","bob"]}`,
			`{"` + key + `":{"` + key + `":"bob"}}`,
			`{"` + key + `":"alice\u0000bob"}`,
			`{"` + key + `":"bob\u0000alice"}`,
			`{"` + key + `":"ＢＯＢ"}`,
			`{"` + key + `":" bob"}`, `{"` + key + `":"bob "}`, `{"` + key + `":"Bob"}`,
			`{"` + key + `":"{sub}"}`, `{"` + key + `":"*"}`, `{"` + key + `":""}`, `{"` + key + `":null}`, `{}`,
			`{` + own + `,"rtmuid":"bob","userId":"bob","account":"bob","sub":"bob","name":"bob"}`,
			`{` + own + `,"services":[{"type":"rtm","uid":"bob"}]}`,
			`{` + own + `,"services":[{"type":"rtm","user":"bob"}]}`,
			`{` + own + `,"services":[{"type":"rtc","channel":"room-1","uid":"bob"}]}`,
			`{` + own + `,"services":[{"type":"rtm2"},{"type":"rtm"}],"project":"main"}`,
			`{` + own + `,"services":[{"type":"chat_app"}]}`,
			"\ufeff" + `{"` + key + `":"bob"}`,
		} {
			add(path, body)
			add(path, body, "Content-Type", "text/plain")
			add(path, body, "Content-Type", "application/x-www-form-urlencoded")
		}
		for _, query := range []string{"?user=bob", "?uid=bob", "?uid=alice&uid=bob", "?uid=bob&uid=alice", "?%75id=bob", ";uid=bob", "?", "?access_token=" + bob} {
			add(path+query, `{`+own+`}`)
			add(path+query, ``)
		}
		add(path+"/bob", `{`+own+`}`)
		add(path+"/%2e%2e/bob", `{`+own+`}`)
		add(path, key+`=bob`, "Content-Type", "application/x-www-form-urlencoded")
		add(path, "--x\r\nContent-Disposition: form-data; name=\""+key+"\"\r\n\r\nbob\r\n--x--\r\n", "Content-Type", "multipart/form-data; boundary=x")
		for _, header := range []string{"X-User", "X-User-Id", "X-Forwarded-User", "X-Remote-User", "Remote-User", "X-Auth-Request-User", "Uid", "User", "Sub", "From", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "Forwarded", "X-Forwarded-For", "X-Request-Id"} {
			add(path, `{`+own+`}`, header, "bob")
			add(path, `{"`+key+`":"bob"}`, header, "bob")
		}
		for _, cookie := range []string{"uid=bob", "user=bob; uid=bob", "Authorization=Bearer " + apiKey} {
			add(path, `{"`+key+`":"bob"}`, "Cookie", cookie)
		}
		for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions, "MINT"} {
			attempts = append(attempts, attempt{method, path, `{"` + key + `":"bob"}`, nil, 0})
		}
	}
	add("/v1/tokens/verify", `{"token":"x","user":"bob"}`)
	return attempts
}

// TestServe_aliceCannotBeBob asks for bob as alice on every route, in every way
// that a request can carry a user, all at once, whatever alice is known by. No
// answer may hold a token that is good for bob; alice's own requests among them
// are answered with hers.
func TestServe_aliceCannotBeBob(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header["X-Session"]) != 1 || r.Header.Get("X-Session") != "session-of-alice" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"user":"alice"}`))
	}))
	defer app.Close()
	h := prepare(t)
	caPEM, _, ca := pair(t, "CA", nil, true)
	_, _, certificate := pair(t, "alice", &ca, false)
	cert, key, _ := pair(t, "public.example", nil, false)
	h.write("ca.pem", caPEM)
	h.write("tls.crt", cert)
	h.write("tls.key", key)
	h.write("rtmauth.yaml", h.config(basic,
		"state_dir", "tls: {cert: tls.crt, key: tls.key}\nstate_dir",
		"callers:\n", "callers:\n  mtls: [{name: machines, ca_file: ca.pem, subjects: [alice]}]\n  webhook: [{name: sessions, url: \""+app.URL+"\", headers: [X-Session]}]\n",
		"callers: [web]", "callers: [web, machines, sessions]"))
	h.start()
	base := "https://" + h.server.Addr("public")
	alice, bob := h.issuer.jwt(t, "alice"), h.issuer.jwt(t, "bob")
	newClient := func(http2 bool, certificates ...tls.Certificate) *http.Client {
		tr := &http.Transport{ForceAttemptHTTP2: http2, MaxIdleConnsPerHost: 64, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: certificates}}
		t.Cleanup(tr.CloseIdleConnections)
		return &http.Client{Transport: tr}
	}
	bearer := []string{"Authorization", "Bearer " + alice}
	both := []attempt{}
	for path, name := range map[string]string{"/v1/tokens": "user", "/fetch_rtm_token": "uid", "/v1/tokens/verify": "user"} {
		for _, user := range []string{"alice", "bob"} {
			for _, second := range [][]string{{"Authorization", "Bearer " + bob}, {"Authorization", "Bearer " + h.key}, {"X-API-Key", bob}, {"X-API-Key", h.key}, {"authorization", "Bearer " + bob}} {
				both = append(both, attempt{http.MethodPost, path, `{"` + name + `":"` + user + `"}`, second, 401})
			}
		}
	}
	type try struct {
		attempt
		as         string
		client     *http.Client
		credential []string
		chunked    bool
	}
	var tries []try
	h1, h2 := newClient(false), newClient(true)
	for _, way := range []struct {
		as         string
		client     *http.Client
		credential []string
		chunked    bool
		more       []attempt
	}{
		{"by JWT", h1, bearer, false, both},
		{"by JWT, over HTTP/2", h2, bearer, false, both},
		{"by JWT, in chunks", h1, bearer, true, nil},
		{"by a session", h2, []string{"X-Session", "session-of-alice"}, false, nil},
		{"by a client certificate", newClient(true, certificate), nil, true, nil},
	} {
		for _, a := range append(everyWay(bob, h.key), way.more...) {
			tries = append(tries, try{a, way.as, way.client, way.credential, way.chunked})
		}
	}

	rand.Shuffle(len(tries), func(i, j int) { tries[i], tries[j] = tries[j], tries[i] })
	var wg sync.WaitGroup
	var mu sync.Mutex
	own, protocols := map[string]int{}, map[string]int{}
	work := make(chan try)
	for range 8 {
		wg.Go(func() {
			for a := range work {
				name := fmt.Sprintf("%s: %s %s %s %v", a.as, a.method, a.path, a.body, a.headers)
				status, proto, text, err := a.send(a.client, base, a.credential, a.chunked)
				if err != nil || status >= 500 || a.want != 0 && status != a.want {
					t.Errorf("%s: got %d %s, %v; want %d", name, status, text, err, a.want)
					continue
				}
				tokens := regexp.MustCompile(`00[67][A-Za-z0-9+/=]{20,}`).FindAllString(text, -1)
				for _, token := range tokens {
					if whose := user(t, token, "alice", "bob", "Bob", "BOB", "", "*", "{sub}", " bob", "bob "); whose != "alice" {
						t.Errorf("%s: alice got a token of %q", name, whose)
					}
				}
				mu.Lock()
				protocols[proto]++
				if status == a.want && status < 300 && len(tokens) == 1 {
					own[a.as]++
				}
				mu.Unlock()
			}
		})
	}
	for _, a := range tries {
		work <- a
	}
	close(work)
	wg.Wait()
	for _, a := range tries {
		if own[a.as] != 10 {
			t.Fatalf("alice %s got %d tokens of her own among the others, want 10", a.as, own[a.as])
		}
	}
	if len(tries) < 1500 || protocols["HTTP/1.1"] < 500 || protocols["HTTP/2.0"] < 500 {
		t.Errorf("only %d attempts: %v", len(tries), protocols)
	}
}

// send asks with every header beside the others of its name.
func (a attempt) send(c *http.Client, base string, credential []string, chunked bool) (status int, proto, text string, err error) {
	var body io.Reader = strings.NewReader(a.body)
	if chunked && a.body != "" {
		body = struct{ io.Reader }{body} // of a length that is not known
	}
	req, err := http.NewRequestWithContext(context.Background(), a.method, base+a.path, body)
	if err != nil {
		return 0, "", "", err
	}
	req.Header.Set("Content-Type", "application/json")
	for _, headers := range [][]string{credential, a.headers} {
		for i := 0; i < len(headers); i += 2 {
			if headers[i] == "Content-Type" {
				req.Header.Del(headers[i])
			}
			req.Header.Add(headers[i], headers[i+1])
		}
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, "", "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Proto, string(b), err
}
