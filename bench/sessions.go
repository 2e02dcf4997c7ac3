package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/rtmtest"
)

// A held is what the local RTM service held: sessions over real WebSockets, all
// logged in at once, with messages flowing among them.
type held struct {
	sessions int
	logins   float64 // a second
	memory   float64 // of the service, a session, in bytes
	offered  float64 // messages a second that were to be sent
	sent     float64 // messages a second that were delivered
	lost     int64
	tail     float64 // 99th percentile from sending to the word that it arrived, in nanoseconds
	resident float64 // of the service at the end, in bytes
	sending  time.Duration
}

// heldTarget is how many sessions the service is to hold on two cores.
const heldTarget = 5000

// workers is how many clients log in, or connect, at the same time.
const workers = 64

// measureSessions logs n users in to a rtmauth dev of its own and lets each send
// a message to the next one every second.
func measureSessions(n int, sending time.Duration, progress io.Writer) (*held, error) {
	dev, url, err := startDev()
	if err != nil {
		return nil, err
	}
	defer dev.stop()
	secret, err := rtmauth.ParseCertificate(certificate)
	if err != nil {
		return nil, err
	}
	signer, err := rtmauth.NewSigner(appID, secret)
	if err != nil {
		return nil, err
	}

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	before := dev.resident()
	fmt.Fprintf(progress, "\r%d sessions ", n)
	clients := make([]*rtmtest.Client, n)
	defer func() {
		for _, c := range clients {
			if c != nil {
				c.Close()
			}
		}
	}()
	start := time.Now()
	err = each(n, func(i int) error {
		c, err := rtmtest.Dial(ctx, url, rtmtest.ClientOptions{AppID: appID})
		if err != nil {
			return err
		}
		clients[i] = c
		token, err := signer.RTM(name(i), life)
		if err != nil {
			return err
		}
		return c.Login(ctx, name(i), token)
	})
	if err != nil {
		return nil, fmt.Errorf("log in: %w", err)
	}
	out := &held{sessions: n, logins: float64(n) / time.Since(start).Seconds(), offered: float64(n), sending: sending}
	out.memory = (dev.resident() - before) / float64(n)

	// One tick a session a second, spread evenly; each waits for the word that
	// its message arrived.
	var mu sync.Mutex
	var times []float64
	var lost atomic.Int64
	var wg sync.WaitGroup
	start = time.Now()
	for i, c := range clients {
		wg.Go(func() {
			for at := start.Add(time.Duration(i) * time.Second / time.Duration(n)); at.Sub(start) < sending; at = at.Add(time.Second) {
				time.Sleep(time.Until(at))
				asked := time.Now()
				var answer struct{ HasPeerReceived bool }
				err := c.Call(ctx, "sendMessageToPeer", map[string]any{
					"peer":    name((i + 1) % n),
					"message": map[string]string{"messageType": "TEXT", "text": "hello"},
				}, &answer)
				if err != nil || !answer.HasPeerReceived {
					lost.Add(1)
					continue
				}
				mu.Lock()
				times = append(times, float64(time.Since(asked)))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	out.sent, out.lost, out.resident = float64(len(times))/took.Seconds(), lost.Load(), dev.resident()
	if len(times) > 0 {
		slices.Sort(times)
		out.tail = times[len(times)*99/100]
	}
	return out, nil
}

func name(i int) string { return fmt.Sprintf("user-%d", i) }

// each does something for 0 to n-1, workers at a time, and gives the first error.
func each(n int, do func(i int) error) error {
	var next atomic.Int64
	var first error
	var once sync.Once
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < n; i = int(next.Add(1) - 1) {
				if err := do(i); err != nil {
					once.Do(func() { first = err })
					return
				}
			}
		})
	}
	wg.Wait()
	return first
}

// startDev starts rtmauth dev with a project and gives its address.
func startDev() (*process, string, error) {
	dir, err := os.MkdirTemp("", "rtmauth-bench-")
	if err != nil {
		return nil, "", err
	}
	defer os.RemoveAll(dir) // the program is open by then
	program, ready := filepath.Join(dir, "rtmauth"), filepath.Join(dir, "ready.json")
	build := exec.Command("go", "build", "-o", program, "./cmd/rtmauth")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("%w\n%s", err, out)
	}
	cmd := exec.Command(program, "dev", "--listen=127.0.0.1:0", "--ready-file="+ready)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "APP_ID="+appID, "APP_CERTIFICATE="+certificate)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	p := &process{cmd: cmd}
	for range 1000 {
		if b, err := os.ReadFile(ready); err == nil {
			var file struct{ URL string }
			if err := json.Unmarshal(b, &file); err != nil {
				p.stop()
				return nil, "", err
			}
			return p, file.URL, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.stop()
	return nil, "", fmt.Errorf("rtmauth dev was not ready within 10 s")
}

func (h *held) missed() []string {
	if h.lost > 0 {
		return []string{fmt.Sprintf("%d messages lost among %d sessions", h.lost, h.sessions)}
	}
	return nil
}

func (h *held) write(w io.Writer) {
	fmt.Fprintf(w, `
## The local RTM service

`+"`rtmauth dev`"+` and its clients, over WebSockets on loopback, share the machine. Each session sends a message to the next one every second and waits for the word that it arrived.

| sessions at once | logins a second | memory of the service a session | messages a second | 99 %% arrived within | lost | target |
|---|---|---|---|---|---|---|
| %d | %.0f | %.0f KB | %.0f of %.0f | %s | %d | %s |

Measured for %v; the service ended with %.0f MB.
`, h.sessions, h.logins, h.memory/1024, h.sent, h.offered, nanoseconds(h.tail), h.lost,
		marked(fmt.Sprintf("%d sessions with messages flowing, none lost", heldTarget), h.sessions >= heldTarget && h.lost == 0), h.sending, h.resident/1e6)
}
