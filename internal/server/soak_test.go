//go:build soak

package server_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// The soak tests take load and minutes: make soak, or
//
//	go test -tags=soak -run '^TestSoak' -v -count=1 ./internal/server
//
// They send to this machine alone, print figures while they run, and end by
// themselves.

// load keeps asking until stop, with a new connection for every request if
// fresh is set, and counts.
type load struct {
	requests, failures atomic.Int64
	mu                 sync.Mutex
	first              string // failure
	wg                 sync.WaitGroup
}

func (l *load) fail(what string) {
	if l.failures.Add(1) == 1 {
		l.mu.Lock()
		l.first = what
		l.mu.Unlock()
	}
}

func (l *load) run(n int, stop <-chan struct{}, fresh bool, ask func(*http.Client) (reply, error), want int) {
	for range n {
		l.wg.Go(func() {
			tr := &http.Transport{DisableKeepAlives: fresh}
			defer tr.CloseIdleConnections()
			c := &http.Client{Transport: tr, Timeout: 20 * time.Second}
			for {
				select {
				case <-stop:
					return
				default:
				}
				a, err := ask(c)
				l.requests.Add(1)
				if err != nil || a.status != want {
					l.fail(fmt.Sprint(a.status, " ", err, " ", a.body))
				}
			}
		})
	}
}

func (l *load) report(t *testing.T, least int64) {
	t.Helper()
	l.wg.Wait()
	t.Logf("requests %d, failures %d", l.requests.Load(), l.failures.Load())
	if n := l.failures.Load(); n > 0 {
		t.Errorf("%d failures; the first: %s", n, l.first)
	}
	if n := l.requests.Load(); n < least {
		t.Errorf("only %d requests: too few to show anything", n)
	}
}

func (h *house) asks() func(*http.Client) (reply, error) {
	return func(c *http.Client) (reply, error) {
		return send(c, http.MethodPost, h.url+"/fetch_rtm_token", `{"uid":"u"}`, "Authorization", "Bearer "+h.key)
	}
}

// TestSoak_reload reloads a hundred times under load: good, broken, good, with
// the certificates exchanged now and then.
func TestSoak_reload(t *testing.T) {
	h := open(t)
	h.write("cert2", certificate2)
	good := []string{
		h.config(basic, "primary: {file: DIR/cert}", "primary: {file: DIR/cert}, secondary: {file: DIR/cert2}"),
		h.config(basic, "primary: {file: DIR/cert}", "primary: {file: DIR/cert2}, secondary: {file: DIR/cert}"),
		h.config(basic),
	}
	bad := []string{"listen: [", h.config(basic, "projects:", "projekts:"), h.config(basic, "DIR/cert", "DIR/nowhere"), ""}
	stop := make(chan struct{})
	var l load
	l.run(8, stop, false, h.asks(), 200)
	alice := h.issuer.jwt(t, "alice")
	l.run(4, stop, false, func(c *http.Client) (reply, error) {
		return send(c, http.MethodPost, h.url+"/fetch_rtm_token", `{"uid":"alice"}`, "Authorization", "Bearer "+alice)
	}, 200)
	l.run(2, stop, false, func(c *http.Client) (reply, error) {
		return send(c, http.MethodPost, h.url+"/v1/tokens", `{"user":"bob"}`, "Authorization", "Bearer "+alice)
	}, 403)
	loaded, refused := 0, 0
	for i := range 100 {
		text, want := good[i%len(good)], 200
		if i%4 == 3 {
			text, want = bad[i/4%len(bad)], 422
		}
		h.write("rtmauth.yaml", text)
		a := h.reload()
		if a.status != want {
			t.Fatalf("reload %d: got %d %s, want %d", i, a.status, a.body, want)
		}
		if want == 200 {
			loaded++
		} else {
			refused++
		}
		if i%20 == 19 {
			t.Logf("%d reloads: %d loaded, %d refused; requests %d, failures %d", i+1, loaded, refused, l.requests.Load(), l.failures.Load())
		}
		time.Sleep(20 * time.Millisecond)
	}
	close(stop)
	l.report(t, 1000)
}

// program builds the real binary and starts `rtmauth serve`.
func program(t *testing.T, h *house) (*exec.Cmd, func() string) {
	t.Helper()
	binary := filepath.Join(h.dir, "rtmauth")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/rtmauth/rtmauth/cmd/rtmauth").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ready := filepath.Join(h.dir, "ready.json")
	cmd := exec.Command(binary, "serve", "--config", filepath.Join(h.dir, "rtmauth.yaml"), "--ready-file", ready)
	cmd.Stderr = h.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _, _ = cmd.Process.Wait() })
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		b, err := os.ReadFile(ready)
		if err == nil {
			r := reply{body: string(b)}
			h.url, h.admin = r.field(t, "url").(string), r.field(t, "admin_url").(string)
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not ready; log:\n%s", h.log)
		}
	}
	return cmd, func() string { return h.log.String() }
}

// TestSoak_sigterm ends the real program under load, while clients keep
// connecting for 3 s after the signal. Not one request may fail.
func TestSoak_sigterm(t *testing.T) {
	h := prepare(t)
	h.write("rtmauth.yaml", h.config(basic, "timeouts: {drain_delay: 0s, shutdown: 10s}", "timeouts: {drain_delay: 5s, shutdown: 20s}"))
	cmd, log := program(t, h)
	stop := make(chan struct{})
	var l load
	l.run(8, stop, true, h.asks(), 200)  // a new connection for every request
	l.run(8, stop, false, h.asks(), 200) // connections kept
	time.Sleep(time.Second)
	t.Logf("before the signal: requests %d, failures %d", l.requests.Load(), l.failures.Load())
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	notReady := false
	for began := time.Now(); time.Since(began) < 3*time.Second; time.Sleep(50 * time.Millisecond) {
		a, err := send(client, http.MethodGet, h.admin+"/readyz", "")
		notReady = notReady || err == nil && a.status == 503
	}
	close(stop)
	l.report(t, 1000)
	if !notReady {
		t.Error("/readyz was not 503 while draining")
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the program ended with %v; log:\n%s", err, log())
		}
	case <-time.After(30 * time.Second):
		t.Error("the program does not end")
	}
}

// TestSoak_secondSignal ends the program at once; the first signal does not.
func TestSoak_secondSignal(t *testing.T) {
	h := prepare(t)
	h.write("rtmauth.yaml", h.config(basic, "drain_delay: 0s", "drain_delay: 1m"))
	cmd, _ := program(t, h)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	eventually(t, "draining", func() bool { return strings.Contains(h.log.String(), `"msg":"draining`) })
	if a, err := h.asks()(client); err != nil || a.status != 200 {
		t.Errorf("after the first signal: got %d %v", a.status, err)
	}
	began := time.Now()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the second signal took %v", took)
	}
}

// TestSoak_issuerOutage takes the issuer away for half the time: callers with
// good JWTs notice nothing, and what they send never reaches the issuer.
func TestSoak_issuerOutage(t *testing.T) {
	h := open(t)
	stop := make(chan struct{})
	var l, wrong load
	l.run(6, stop, false, func(c *http.Client) (reply, error) {
		return send(c, http.MethodPost, h.url+"/v1/tokens", `{"user":"alice"}`, "Authorization", "Bearer "+h.issuer.jwt(t, "alice"))
	}, 201)
	unknownKid := h.issuer.jwt(t, "alice")
	parts := strings.Split(unknownKid, ".")
	forged := "eyJhbGciOiJFUzI1NiIsImtpZCI6InVua25vd24iLCJ0eXAiOiJKV1QifQ." + parts[1] + "." + parts[2]
	wrong.wg.Go(func() {
		c := &http.Client{Timeout: 20 * time.Second}
		for {
			select {
			case <-stop:
				return
			default:
			}
			began := time.Now()
			a, err := send(c, http.MethodPost, h.url+"/v1/tokens", `{"user":"alice"}`, "Authorization", "Bearer "+forged)
			wrong.requests.Add(1)
			if err != nil || a.status != 401 && a.status != 503 || time.Since(began) > 5*time.Second {
				wrong.fail(fmt.Sprint(a.status, err, time.Since(began)))
			}
		}
	})
	asked := h.issuer.asked.Load()
	for i := range 4 {
		h.issuer.down.Store(i%2 == 0)
		time.Sleep(2500 * time.Millisecond)
		t.Logf("issuer down %v: requests %d, failures %d; of forged JWTs %d", i%2 == 0, l.requests.Load(), l.failures.Load(), wrong.requests.Load())
	}
	close(stop)
	l.report(t, 500)
	wrong.report(t, 50)
	if n := h.issuer.asked.Load() - asked; n > 4 {
		t.Errorf("the issuer was asked %d times in 10 s", n)
	}
}

// TestSoak_slowClients opens 5,000 connections that send their request a byte at
// a time, or nothing, and looks at how others fare meanwhile.
func TestSoak_slowClients(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = limit.Max
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	const slow = 5000
	if limit.Cur < 2*slow+500 {
		t.Fatalf("%d open files are allowed; the test needs %d: ulimit -n", limit.Cur, 2*slow+500)
	}
	h := prepare(t)
	h.write("rtmauth.yaml", h.config(basic, "timeouts: {drain_delay: 0s", "timeouts: {header: 5s, read: 8s, drain_delay: 0s"))
	program(t, h)
	addr := strings.TrimPrefix(h.url, "http://")

	stop := make(chan struct{})
	var slowWG sync.WaitGroup
	var opened, closed atomic.Int64
	for i := range slow {
		slowWG.Go(func() {
			time.Sleep(time.Duration(rand.IntN(2000)) * time.Millisecond)
			conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
			if err != nil {
				t.Errorf("slow client %d: %v", i, err)
				return
			}
			defer func() { _ = conn.Close() }()
			opened.Add(1)
			request := "POST /fetch_rtm_token HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + h.key + "\r\nContent-Length: 1000\r\n\r\n{"
			if i%2 == 0 {
				request = request[:20+i%40] // never gets through its headers
			}
			for j := 0; ; j++ {
				select {
				case <-stop:
					return
				case <-time.After(time.Second):
				}
				if j < len(request) {
					if _, err := conn.Write([]byte{request[j]}); err != nil {
						closed.Add(1)
						return
					}
				}
			}
		})
	}
	time.Sleep(3 * time.Second)
	t.Logf("%d slow connections are open", opened.Load())
	halt := make(chan struct{})
	var l load
	var worst atomic.Int64
	l.run(8, halt, true, func(c *http.Client) (reply, error) {
		began := time.Now()
		a, err := h.asks()(c)
		if took := int64(time.Since(began)); took > worst.Load() {
			worst.Store(took)
		}
		return a, err
	}, 200)
	for range 3 {
		time.Sleep(3 * time.Second)
		t.Logf("others: requests %d, failures %d, slowest %v; the service closed %d slow ones", l.requests.Load(), l.failures.Load(), time.Duration(worst.Load()).Round(time.Millisecond), closed.Load())
	}
	close(halt)
	l.report(t, 500)
	close(stop)
	slowWG.Wait()
	if closed.Load() < slow*9/10 {
		t.Errorf("the service closed only %d of %d slow connections", closed.Load(), slow)
	}
}

// TestSoak_memory asks the real program for ten minutes (RTMAUTH_SOAK has another
// time), with ever new JWTs, unknown routes and unknown credentials. What it
// holds at the end must be what it held after the first third, in which it fills
// the memory for JWTs.
func TestSoak_memory(t *testing.T) {
	length := 10 * time.Minute
	if text := os.Getenv("RTMAUTH_SOAK"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		length = d
	}
	h := prepare(t)
	h.write("rtmauth.yaml", h.config(basic))
	program(t, h)
	stop := make(chan struct{})
	var l load
	l.run(6, stop, false, func(c *http.Client) (reply, error) {
		return send(c, http.MethodPost, h.url+"/v1/tokens", `{"user":"alice"}`, "Authorization", "Bearer "+h.issuer.jwt(t, "alice"))
	}, 201)
	l.run(1, stop, false, func(c *http.Client) (reply, error) {
		return send(c, http.MethodGet, h.url+fmt.Sprintf("/x%d", rand.Uint64()), "", "Authorization", fmt.Sprintf("Bearer %d", rand.Uint64()))
	}, 404)
	l.run(1, stop, false, func(c *http.Client) (reply, error) {
		return send(c, http.MethodPost, h.url+"/v1/tokens", `{"user":"alice"}`, "Authorization", fmt.Sprintf("Bearer rtmauth_%d", rand.Uint64()))
	}, 401)
	const looks = 30
	var resident [looks]float64 // MB
	for i := range resident {
		time.Sleep(length / looks)
		h.log.Take() // what the test itself keeps
		a, err := send(client, http.MethodGet, h.admin+"/metrics", "")
		if err != nil {
			t.Fatal(err)
		}
		resident[i] = metric(t, a.body, "process_resident_memory_bytes") / 1e6
		t.Logf("%v: resident %.1f MB, goroutines %.0f, series %d; requests %d, failures %d", (length * time.Duration(i+1) / looks).Round(time.Second),
			resident[i], metric(t, a.body, "go_goroutines"), strings.Count(a.body, "\n"), l.requests.Load(), l.failures.Load())
	}
	close(stop)
	l.report(t, 1000)
	first, last := slices.Max(resident[looks/3:2*looks/3]), slices.Max(resident[2*looks/3:])
	t.Logf("at most %.1f MB in the second third, %.1f MB in the last", first, last)
	if last > first*1.1+2 {
		t.Errorf("memory is not flat: %.1f MB became %.1f MB", first, last)
	}
}

// metric reads one without labels from a page of metrics.
func metric(t *testing.T, page, name string) float64 {
	t.Helper()
	for line := range strings.Lines(page) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}
