package reload_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rtmauth/rtmauth/internal/config"
	"github.com/rtmauth/rtmauth/internal/issue"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/reload"
)

const (
	appA = "970ca35de60c44645bbae8a215061b33"
	appB = "870ca35de60c44645bbae8a215061b33"
)

// place is a folder with a configuration in it, and the certificates c1 to c3.
type place struct {
	t       *testing.T
	dir     string
	log     bytes.Buffer // to be read after synctest.Wait
	loading func()       // called by every load
}

func newPlace(t *testing.T) *place {
	p := &place{t: t, dir: t.TempDir(), loading: func() {}}
	for _, n := range []string{"1", "2", "3"} {
		p.write("c"+n, n+"cfd2fd1755d40ecb72977518be15d3b")
	}
	return p
}

func (p *place) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// projects writes the configuration: its projects, and what else stands in it.
func (p *place) projects(projects string, more ...string) {
	p.t.Helper()
	p.write("rtmauth.yaml", "projects: ["+strings.NewReplacer("APP_A", appA, "APP_B", appB).Replace(projects)+"]\n"+
		strings.Join(append(more, "callers: {api_keys: [{id: backend, sha256: \""+strings.Repeat("0", 64)+"\"}]"), "\n")+"}\n"+
		"policy: [{callers: [backend], users: \"*\"}]\n")
}

// open opens a reloader. The test closes it.
func (p *place) open() *reload.Reloader {
	p.t.Helper()
	r, err := reload.Open(reload.Options{Log: slog.New(slog.NewTextHandler(&p.log, nil)), Load: func() (*config.Resolved, error) {
		p.loading()
		return config.Load(filepath.Join(p.dir, "rtmauth.yaml"), config.OSSource())
	}})
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

func closed(t *testing.T, r *reload.Reloader) {
	t.Helper()
	if err := r.Close(10 * time.Second); err != nil {
		t.Error(err)
	}
}

const one = "{name: main, app_id: APP_A, primary: {file: c1}}"

func TestReload_certificates(t *testing.T) {
	for _, tc := range []struct{ name, before, after, want string }{
		{"the same", one, one, ""},
		{"a second certificate", one, "{name: main, app_id: APP_A, primary: {file: c1}, secondary: {file: c2}}", ""},
		{"exchanged", "{name: main, app_id: APP_A, primary: {file: c1}, secondary: {file: c2}}", "{name: main, app_id: APP_A, primary: {file: c2}}", ""},
		{"another certificate", one, "{name: main, app_id: APP_A, primary: {file: c2}}", `project "main" has no certificate in common`},
		{"another App ID", one, "{name: main, app_id: APP_B, primary: {file: c1}}", `project "main" has another App ID than`},
		{"another App ID and certificate", one, "{name: main, app_id: APP_B, primary: {file: c2}}", `project "main" has another App ID, and no certificate in common`},
		{"renamed", one, "{name: new, app_id: APP_A, primary: {file: c1}}", ""},
		{"renamed, another certificate", one, "{name: new, app_id: APP_A, primary: {file: c2}}", `project "new" has no certificate in common`},
		{"renamed, and the name given to another App", one, "{name: old, app_id: APP_A, primary: {file: c1}}, {name: main, app_id: APP_B, primary: {file: c2}}", `project "main" has another App ID`},
		{"added", one, one + ", {name: more, app_id: APP_B, primary: {file: c2}}", ""},
		{"removed", one + ", {name: more, app_id: APP_B, primary: {file: c2}}", one, ""},
		{"names exchanged", one + ", {name: more, app_id: APP_B, primary: {file: c2}}", "{name: more, app_id: APP_A, primary: {file: c1}}, {name: main, app_id: APP_B, primary: {file: c2}}", `project "more" has another App ID`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPlace(t)
			p.projects(tc.before)
			r := p.open()
			defer closed(t, r)
			before := r.Current()
			p.projects(tc.after)
			err := r.Reload()
			if tc.want == "" {
				if err != nil || r.Current() == before {
					t.Errorf("refused: %v", err)
				}
				return
			}
			var refused reload.Refused
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "certificate_replaced") {
				t.Errorf("got %v, want %s", err, tc.want)
			}
			if r.Current() != before {
				t.Error("the refused configuration runs")
			}
			p.projects(tc.after, "certificate_replaced: true")
			if err := r.Reload(); err != nil {
				t.Errorf("with certificate_replaced: %v", err)
			}
		})
	}
}

// TestWatch_retries: a file that is missing is in no list of those that are
// looked at; once it is there, the reload succeeds.
func TestWatch_retries(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		p.projects(one)
		r := p.open()
		defer closed(t, r)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go r.Watch(ctx)
		p.projects("{name: main, app_id: APP_A, primary: {file: c1}, secondary: {file: later}}")
		time.Sleep(2*reload.PollInterval + time.Millisecond)
		synctest.Wait()
		if n := strings.Count(p.log.String(), "reload failed"); n != 1 || !strings.Contains(p.log.String(), "later") {
			t.Fatalf("a missing file: %d failures logged\n%s", n, &p.log)
		}
		time.Sleep(30*time.Second + time.Millisecond)
		synctest.Wait()
		if n := strings.Count(p.log.String(), "reload failed"); n != 1 {
			t.Errorf("the same failure is logged %d times", n)
		}
		if err := r.Reload(); err == nil || strings.Count(p.log.String(), "reload failed") != 2 {
			t.Errorf("who asks for a reload is not told of the failure again: %v", err)
		}
		p.projects(one) // as it runs: no file differs any more
		time.Sleep(reload.PollInterval + time.Millisecond)
		synctest.Wait()
		if got := r.Current().Generation; got != 2 {
			t.Errorf("the mistake is taken back, and the failure stands; generation %d runs", got)
		}
		p.projects("{name: main, app_id: APP_A, primary: {file: c1}, secondary: {file: later}}")
		time.Sleep(10*reload.PollInterval + time.Millisecond)
		synctest.Wait()
		p.write("later", "2cfd2fd1755d40ecb72977518be15d3b")
		time.Sleep(10*reload.PollInterval + time.Millisecond)
		synctest.Wait()
		if got := r.Current(); got.Generation != 3 || len(got.Ring.Default().Certificates()) != 2 {
			t.Errorf("the file is there; generation %d runs\n%s", got.Generation, &p.log)
		}
		time.Sleep(30*time.Second + time.Millisecond)
		synctest.Wait()
		if got := r.Current().Generation; got != 3 {
			t.Errorf("nothing changes, and generation %d runs", got)
		}
		stop()
		synctest.Wait()
	})
}

// TestWatch_hangs: a read that does not come back keeps neither Watch nor Close
// waiting, and changes nothing once it does.
func TestWatch_hangs(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		p.projects(one, "state_dir: state")
		r := p.open()
		sign(t, r)
		mount := make(chan struct{})
		var reading atomic.Bool
		p.loading = func() { reading.Store(true); <-mount }
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { r.Watch(ctx); close(ended) }()
		p.projects(one, "state_dir: state", "# changed")
		time.Sleep(2 * reload.PollInterval)
		if !reading.Load() {
			t.Fatal("nothing is read")
		}
		stop()
		<-ended // or the test ends: everything in the bubble waits
		closed(t, r)
		if list := kept(t, p); len(list) != 1 {
			t.Errorf("kept by Close: %v", list)
		}
		before := r.Current()
		close(mount)
		synctest.Wait()
		if r.Current() != before {
			t.Error("a reload after the end")
		}
	})
}

// TestClose_hangs: nor does what is done with what was read.
func TestClose_hangs(t *testing.T) {
	p := newPlace(t)
	p.projects(one)
	hang, begun := make(chan struct{}), make(chan struct{})
	opened := false
	r, err := reload.Open(reload.Options{
		Load: func() (*config.Resolved, error) {
			return config.Load(filepath.Join(p.dir, "rtmauth.yaml"), config.OSSource())
		},
		Prepare: func(*config.Resolved) (func(), error) {
			if opened {
				close(begun)
				<-hang
			}
			opened = true
			return func() {}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	reloaded := make(chan error)
	go func() { reloaded <- r.Reload() }()
	<-begun
	if err := r.Close(time.Millisecond); err == nil {
		t.Error("Close says that all is kept")
	}
	close(hang)
	if err := <-reloaded; err != nil {
		t.Errorf("the reload that was under way: %v", err)
	}
	closed(t, r)
}

// sign makes a token and returns when it ends.
func sign(t *testing.T, r *reload.Reloader) time.Time {
	t.Helper()
	token, err := r.Current().Issue.Issue(issue.Asked{
		Caller:  policy.Caller{Name: "backend", Kind: policy.KindAPIKey, Subject: "backend"},
		Request: policy.Request{User: "u", Services: []policy.Service{{Type: policy.RTM}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return token.ExpiresAt
}

// kept is what a process that starts now would know.
func kept(t *testing.T, p *place) []reload.Expiry {
	t.Helper()
	e, err := reload.OpenExpiries(filepath.Join(p.dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	return e.List()
}

// TestWatch_keeps: when the last token of a certificate ends is on disk while
// the service runs, for one that is killed; a week after it is forgotten.
func TestWatch_keeps(t *testing.T) {
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		p.projects(one, "state_dir: state")
		r := p.open()
		defer closed(t, r)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go r.Watch(ctx)
		want := reload.Expiry{Project: "main", Fingerprint: r.Current().Ring.Default().Certificates()[0].Fingerprint()}
		for range 2 {
			want.LastExpiry = sign(t, r).Unix()
			time.Sleep(6 * time.Second)
			if list := kept(t, p); len(list) != 1 || list[0] != want {
				t.Errorf("kept: %+v, want %+v", list, want)
			}
		}
		stop()
		synctest.Wait()
	})
}

func TestOpen_damagedExpiry(t *testing.T) {
	p := newPlace(t)
	p.projects(one, "state_dir: state")
	if err := os.Mkdir(filepath.Join(p.dir, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("state", "certificate-expiry.json")
	load := func() (*config.Resolved, error) {
		return config.Load(filepath.Join(p.dir, "rtmauth.yaml"), config.OSSource())
	}
	for _, text := range []string{"", "[{", `{"main": 1}`} {
		p.write(file, text)
		r, err := reload.Open(reload.Options{Load: load})
		if err == nil || r != nil {
			t.Fatalf("%q is taken", text)
		}
		for _, want := range []string{filepath.Join(p.dir, file), "move it away"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: the error does not say %q: %v", text, want, err)
			}
		}
	}
	if err := os.Rename(filepath.Join(p.dir, file), filepath.Join(p.dir, "away")); err != nil {
		t.Fatal(err)
	}
	r, err := reload.Open(reload.Options{Load: load})
	if err != nil {
		t.Fatalf("after what it says was done: %v", err)
	}
	closed(t, r)
}

// TestReload_issuers: what fetches an unchanged issuer's keys goes on as it is;
// that of one taken out ends.
func TestReload_issuers(t *testing.T) {
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"keys":[]}`))
	}))
	defer keys.Close()
	fetching := func(want int) (n int) { // a goroutine that was told to end takes a moment
		buf := make([]byte, 1<<20)
		for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if n = strings.Count(string(buf[:runtime.Stack(buf, true)]), "jwt.(*Source).Start"); n == want {
				break
			}
		}
		return n
	}
	p := newPlace(t)
	issuers := func(entries ...string) {
		p.projects(one)
		b, err := os.ReadFile(filepath.Join(p.dir, "rtmauth.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		p.write("rtmauth.yaml", strings.Replace(string(b), "{api_keys:", "{jwt: ["+strings.Join(entries, ", ")+"], api_keys:", 1))
	}
	issuer := func(name, more string) string {
		return "{name: " + name + ", issuer: " + name + ", audience: [app], jwks_url: \"" + keys.URL + "/" + name + "\"" + more + "}"
	}
	issuers(issuer("a", ""))
	r := p.open()
	a := r.Current().Sources()[0]
	for _, tc := range []struct {
		name    string
		entries []string
		sources int
		same    bool // a's is the one of the beginning
	}{
		{"unchanged", []string{issuer("a", "")}, 1, true},
		{"one added", []string{issuer("b", ""), issuer("a", "")}, 2, true},
		{"another audience", []string{issuer("a", ", leeway: 1s"), issuer("b", "")}, 2, true},
		{"one taken out", []string{issuer("a", "")}, 1, true},
		{"fetched more often", []string{issuer("a", ", refresh: 30s")}, 1, false},
	} {
		issuers(tc.entries...)
		if err := r.Reload(); err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		same := false
		for _, src := range r.Current().Sources() {
			same = same || src == a
		}
		if n := len(r.Current().Sources()); n != tc.sources || same != tc.same {
			t.Errorf("%s: %d issuers, the first unchanged: %v", tc.name, n, same)
		}
		if n := fetching(tc.sources); n != tc.sources {
			t.Errorf("%s: the keys of %d issuers are fetched, want %d", tc.name, n, tc.sources)
		}
	}
	closed(t, r)
	if n := fetching(0); n != 0 {
		t.Errorf("after Close the keys of %d issuers are fetched", n)
	}
}
