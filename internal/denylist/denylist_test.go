package denylist_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/denylist"
	"github.com/rtmauth/rtmauth/internal/fleet"
	"github.com/rtmauth/rtmauth/internal/logbuffer"
	"github.com/rtmauth/rtmauth/internal/redistest"
)

const (
	app   = "970ca35de60c44645bbae8a215061b33"
	other = "00000000000000000000000000000001"
)

// clock is turned by tests.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Unix(1_700_000_000, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) turn(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

const maxStale = time.Minute

func openFile(t *testing.T, dir string, c *clock) *denylist.List {
	t.Helper()
	l, err := denylist.OpenFile(dir, c.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func openRedis(t *testing.T, r *redistest.Server, c *clock, log *slog.Logger) *denylist.List {
	t.Helper()
	l, err := denylist.OpenRedis(r.Fleet(), maxStale, c.now, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if err := l.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

// listed says how Check came out: "", "until N", "for good", or the error.
func listed(l *denylist.List, appID, user string) string {
	until, yes, err := l.Check(appID, user)
	switch {
	case err != nil:
		return err.Error()
	case !yes:
		return ""
	case until.IsZero():
		return "for good"
	}
	return fmt.Sprint("until ", until.Unix())
}

func add(t *testing.T, l *denylist.List, entries ...denylist.Entry) {
	t.Helper()
	if err := l.Add(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
}

// TestList holds of both stores.
func TestList(t *testing.T) {
	stores := map[string]func(*testing.T) (list *denylist.List, again func() *denylist.List, c *clock){
		denylist.InState: func(t *testing.T) (*denylist.List, func() *denylist.List, *clock) {
			dir, c := t.TempDir(), newClock()
			l := openFile(t, dir, c)
			return l, func() *denylist.List {
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				l = openFile(t, dir, c)
				return l
			}, c
		},
		denylist.InRedis: func(t *testing.T) (*denylist.List, func() *denylist.List, *clock) {
			r, c := redistest.Start(t), newClock()
			return openRedis(t, r, c, nil), func() *denylist.List { return openRedis(t, r, c, nil) }, c
		},
	}
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			l, again, c := store(t)
			now := c.now().Unix()
			if got := listed(l, app, "alice"); got != "" {
				t.Fatalf("an empty list denies: %s", got)
			}
			add(t, l,
				denylist.Entry{User: "alice", Reason: "spam", Added: now},
				denylist.Entry{User: "bob", AppID: app, Until: now + 60, Added: now},
				denylist.Entry{User: "carol", Until: now + 60, Added: now},
				denylist.Entry{User: "carol", AppID: app, Until: now + 90, Added: now},
			)
			check := func(l *denylist.List, when string, want map[string]string) {
				t.Helper()
				for who, want := range want {
					appID, user, _ := strings.Cut(who, " ")
					if got := listed(l, appID, user); got != want {
						t.Errorf("%s, %s: got %q, want %q", when, who, got, want)
					}
				}
			}
			at := func(s int64) string { return fmt.Sprint("until ", now+s) }
			want := map[string]string{
				app + " alice": "for good", other + " alice": "for good", app + " Alice": "", app + " alic": "",
				app + " bob": at(60), other + " bob": "",
				app + " carol": at(90), other + " carol": at(60),
			}
			check(l, "at once", want)
			l = again()
			check(l, "opened again", want)

			entries, err := l.Entries(t.Context())
			if err != nil || len(entries) != 4 || entries[0] != (denylist.Entry{User: "alice", Reason: "spam", Added: now}) || entries[2].AppID != "" || entries[3].AppID != app {
				t.Errorf("got %v %v", entries, err)
			}
			add(t, l, denylist.Entry{User: "alice", Until: now + 10, Added: now + 1}) // replaces
			check(l, "replaced", map[string]string{app + " alice": at(10)})
			for _, tc := range []struct {
				appID, user string
				want        bool
			}{{"", "alice", true}, {"", "alice", false}, {app, "alice", false}, {"", "bob", false}, {app, "bob", true}} {
				if was, err := l.Remove(t.Context(), tc.appID, tc.user); err != nil || was != tc.want {
					t.Errorf("remove %q of %q: got %t %v, want %t", tc.user, tc.appID, was, err, tc.want)
				}
			}
			check(l, "removed", map[string]string{app + " alice": "", app + " bob": "", app + " carol": at(90)})

			c.turn(59 * time.Second)
			check(l, "a second before its end", map[string]string{other + " carol": at(60)})
			c.turn(time.Second)
			check(l, "at its end", map[string]string{other + " carol": "", app + " carol": at(90)})
			if entries, _ := l.Entries(t.Context()); len(entries) != 1 {
				t.Errorf("after the end of one: %v", entries)
			}
			c.turn(2 * time.Hour)
			if err := l.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			add(t, l, denylist.Entry{User: "dave"})
			if s := l.Status(); s.Entries != 1 || !s.Available || s.Store != name {
				t.Errorf("what ended is still held: %+v", s)
			}
			l = again()
			if s := l.Status(); s.Entries != 1 {
				t.Errorf("what ended is still in the store: %+v", s)
			}
		})
	}
}

func TestList_full(t *testing.T) {
	r, c := redistest.Start(t), newClock()
	const most = 20
	lists := map[string]*denylist.List{"file": openFile(t, t.TempDir(), c).Bound(most), "redis": openRedis(t, r, c, nil).Bound(most)}
	for name, l := range lists {
		fill(t, l, most)
		if err := l.Add(t.Context(), denylist.Entry{User: "alice"}); !errors.Is(err, denylist.ErrFull) {
			t.Errorf("%s: one too many: got %v", name, err)
		}
		if got := listed(l, app, "alice"); got != "" {
			t.Errorf("%s: what was refused is listed: %s", name, got)
		}
		add(t, l, denylist.Entry{User: "u0", Reason: "replaced"})
		if err := l.Add(t.Context(), make([]denylist.Entry, denylist.MaxChange+1)...); err == nil {
			t.Errorf("%s: too many at once are taken", name)
		}
	}
	// A replica that does not know yet that the list is full.
	late := openRedis(t, r, c, nil).Bound(most)
	if _, err := late.Remove(t.Context(), "", "u1"); err != nil {
		t.Fatal(err)
	}
	add(t, lists["redis"], denylist.Entry{User: "u0"})
	if err := lists["redis"].Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	add(t, lists["redis"], denylist.Entry{User: "alice"})
	if err := late.Add(t.Context(), denylist.Entry{User: "bob"}); !errors.Is(err, denylist.ErrFull) {
		t.Errorf("one too many by a replica that is behind: got %v", err)
	}
}

// fill adds n users.
func fill(t *testing.T, l *denylist.List, n int) {
	t.Helper()
	entries := make([]denylist.Entry, n)
	for i := range entries {
		entries[i] = denylist.Entry{User: fmt.Sprint("u", i)}
	}
	add(t, l, entries...)
}

// TestRedis_replicas: what one replica is told, another knows.
func TestRedis_replicas(t *testing.T) {
	r, c := redistest.Start(t), newClock()
	a, b := openRedis(t, r, c, nil), openRedis(t, r, c, nil)
	b.Start()
	b.Start()
	add(t, a, denylist.Entry{User: "alice"})
	eventually(t, "the other replica denies alice", func() bool { return listed(b, app, "alice") == "for good" })
	if was, err := b.Remove(t.Context(), "", "alice"); err != nil || !was {
		t.Fatal(was, err)
	}
	if got := listed(a, app, "alice"); got != "for good" {
		t.Errorf("a replica that does not follow knows: %q", got)
	}
	if err := a.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := listed(a, app, "alice"); got != "" {
		t.Errorf("after a refresh: %q", got)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not seen: %s", what)
		}
	}
}

// TestRedis_outage: the copy counts for maxStale, then nobody can say who is denied.
func TestRedis_outage(t *testing.T) {
	r, c := redistest.Start(t), newClock()
	l := openRedis(t, r, c, nil)
	add(t, l, denylist.Entry{User: "alice"})
	r.Stop()
	for range 3 {
		if err := l.Refresh(t.Context()); err == nil {
			t.Fatal("no Redis, and no error")
		}
	}
	if listed(l, app, "alice") != "for good" || listed(l, app, "bob") != "" {
		t.Error("the copy at hand does not count")
	}
	if err := l.Add(t.Context(), denylist.Entry{User: "bob"}); err == nil || listed(l, app, "bob") != "" {
		t.Errorf("added without Redis: %v", err)
	}
	if _, err := l.Remove(t.Context(), "", "alice"); err == nil || listed(l, app, "alice") != "for good" {
		t.Errorf("removed without Redis: %v", err)
	}
	if _, err := l.Entries(t.Context()); err == nil {
		t.Error("a list without Redis passes for the whole one")
	}
	c.turn(maxStale)
	if got := listed(l, app, "bob"); got != "" {
		t.Errorf("after exactly max_stale: %q", got)
	}
	c.turn(time.Second)
	for _, user := range []string{"alice", "bob"} {
		if _, _, err := l.Check(app, user); !errors.Is(err, denylist.ErrUnavailable) {
			t.Errorf("after max_stale, %s: got %v", user, err)
		}
	}
	if l.Status().Available {
		t.Error("the status says that it is available")
	}
	r.Start()
	eventually(t, "Redis is back", func() bool { return l.Refresh(t.Context()) == nil })
	if listed(l, app, "alice") != "for good" || listed(l, app, "bob") != "" {
		t.Error("after the outage the list is another")
	}
}

// TestRedis_log: the loop says once that the list cannot be read, and that it can
// again; what is asked for gets an error and leaves the log alone.
func TestRedis_log(t *testing.T) {
	r := redistest.Start(t)
	var log logbuffer.Buffer
	l := openRedis(t, r, newClock(), slog.New(slog.NewTextHandler(&log, nil)))
	r.Stop()
	if err := l.Refresh(t.Context()); err == nil || log.String() != "" {
		t.Errorf("a refresh that was asked for: %v, log %q", err, log.String())
	}
	l.Start()
	eventually(t, "the log says so", func() bool { return strings.Contains(log.String(), "cannot be read") })
	r.Start()
	eventually(t, "the log says that it is over", func() bool { return strings.Contains(log.String(), "can be read again") })
	if n := strings.Count(log.String(), "cannot be read"); n != 1 {
		t.Errorf("said %d times:\n%s", n, log.String())
	}
}

func TestRedis_neverRead(t *testing.T) {
	r, c := redistest.Start(t), newClock()
	l, err := denylist.OpenRedis(r.Fleet(), maxStale, c.now, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Check(app, "alice"); !errors.Is(err, denylist.ErrUnavailable) {
		t.Errorf("a list that was never read: got %v", err)
	}
	select {
	case <-l.Loaded():
		t.Error("a list that was never read is loaded")
	default:
	}
	if err := l.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-l.Loaded()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Refresh(ctx); err == nil {
		t.Error("a refresh that was cancelled succeeds")
	}
	if _, err := denylist.OpenRedis(r.Fleet(), 0, c.now, nil); err == nil {
		t.Error("a copy may count without end")
	}
}

// TestRedis_notWhole: what was evicted, half restored or written by another hand
// is no empty list.
func TestRedis_notWhole(t *testing.T) {
	for name, damage := range map[string]func(context.Context, *redis.Client) error{
		"the hash evicted":    func(ctx context.Context, c *redis.Client) error { return c.Del(ctx, "test:deny").Err() },
		"the version evicted": func(ctx context.Context, c *redis.Client) error { return c.Del(ctx, "test:deny:version").Err() },
		"an entry too many":   func(ctx context.Context, c *redis.Client) error { return c.HSet(ctx, "test:deny", "/x", "{}").Err() },
		"no JSON":             func(ctx context.Context, c *redis.Client) error { return c.HSet(ctx, "test:deny", "/alice", "x").Err() },
		"another user's entry": func(ctx context.Context, c *redis.Client) error {
			return c.HSet(ctx, "test:deny", "/alice", `{"user":"bob"}`).Err()
		},
		"a key of another type": func(ctx context.Context, c *redis.Client) error {
			return c.Rename(ctx, "test:deny:version", "test:deny").Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, c := redistest.Start(t), newClock()
			l := openRedis(t, r, c, nil)
			add(t, l, denylist.Entry{User: "alice"})
			if err := damage(t.Context(), r.Fleet().Client()); err != nil {
				t.Fatal(err)
			}
			fresh, err := denylist.OpenRedis(r.Fleet(), maxStale, c.now, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := fresh.Refresh(t.Context()); err == nil {
				t.Fatal("it passes for whole")
			}
			if _, _, err := fresh.Check(app, "bob"); !errors.Is(err, denylist.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRedis_lost: a Redis that lost everything gets the list back from whoever
// comes first, by a look or by a change; one that lost a part is not changed.
func TestRedis_lost(t *testing.T) {
	all, part := []string{"test:deny", "test:deny:version"}, []string{"test:deny"}
	for name, tc := range map[string]struct {
		keys []string
		do   func(context.Context, *denylist.List) error
		ok   bool
	}{
		"everything, a look":   {all, func(ctx context.Context, l *denylist.List) error { return l.Refresh(ctx) }, true},
		"everything, an add":   {all, func(ctx context.Context, l *denylist.List) error { return l.Add(ctx, denylist.Entry{User: "trent"}) }, true},
		"everything, a remove": {all, func(ctx context.Context, l *denylist.List) error { _, err := l.Remove(ctx, "", "carol"); return err }, true},
		"the hash, an add":     {part, func(ctx context.Context, l *denylist.List) error { return l.Add(ctx, denylist.Entry{User: "trent"}) }, false},
		"the hash, a remove":   {part, func(ctx context.Context, l *denylist.List) error { _, err := l.Remove(ctx, "", "carol"); return err }, false},
	} {
		t.Run(name, func(t *testing.T) {
			r, c := redistest.Start(t), newClock()
			a, b := openRedis(t, r, c, nil), openRedis(t, r, c, nil)
			add(t, a, denylist.Entry{User: "mallory"}, denylist.Entry{User: "eve"}, denylist.Entry{User: "carol"})
			if err := b.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			redis := r.Fleet().Client()
			if err := redis.Del(t.Context(), tc.keys...).Err(); err != nil {
				t.Fatal(err)
			}
			if err := tc.do(t.Context(), b); (err == nil) != tc.ok {
				t.Fatalf("got %v", err)
			}
			if !tc.ok { // as the error says
				if err := redis.Del(t.Context(), all...).Err(); err != nil {
					t.Fatal(err)
				}
			}
			for _, l := range []*denylist.List{a, b, openRedis(t, r, c, nil)} {
				if err := l.Refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
				if listed(l, app, "mallory") != "for good" || listed(l, app, "eve") != "for good" {
					t.Error("users are let in again")
				}
			}
		})
	}
}

// TestRedis_fullIsWhole: a change that finds no room leaves the list whole.
func TestRedis_fullIsWhole(t *testing.T) {
	r, c := redistest.Start(t), newClock()
	const most = 20
	a := openRedis(t, r, c, nil).Bound(most)
	add(t, a, denylist.Entry{User: "gone", Until: c.now().Unix() + 1})
	behind := openRedis(t, r, c, nil).Bound(most)
	fill(t, a, most-1)
	c.turn(2 * time.Hour)
	if err := behind.Add(t.Context(), denylist.Entry{User: "x"}, denylist.Entry{User: "y"}); !errors.Is(err, denylist.ErrFull) {
		t.Errorf("two, where one has ended: got %v", err)
	}
	if err := openRedis(t, r, c, nil).Refresh(t.Context()); err != nil {
		t.Errorf("the list is not whole any more: %v", err)
	}
}

// TestRedis_large: a list that takes longer to come than a question may still comes.
func TestRedis_large(t *testing.T) {
	r, c := redistest.Start(t), newClock()
	l := openRedis(t, r, c, nil)
	batch := make([]denylist.Entry, denylist.MaxChange)
	for i := range 20 {
		for j := range batch {
			batch[j] = denylist.Entry{User: fmt.Sprint("u", i, "-", j), Reason: strings.Repeat("r", denylist.MaxReason)}
		}
		add(t, l, batch...)
	}
	config, err := fleet.NewConfig(r.URL(), "test:", time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fleet.Open(config, fleet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	quick, err := denylist.OpenRedis(f, maxStale, c.now, nil)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the list of 20,000 users comes", func() bool { return quick.Refresh(t.Context()) == nil })
	if got := listed(quick, app, "u19-999"); got != "for good" {
		t.Errorf("the last user: %q", got)
	}
}

func TestFile_lockedAndDamaged(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	l := openFile(t, dir, c)
	if _, err := denylist.OpenFile(dir, c.now); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("opened twice: got %v", err)
	}
	add(t, l, denylist.Entry{User: "alice"})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, denylist.FileName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for name, content := range map[string][]byte{
		"nothing": {}, "text": []byte("not a database"), "cut": whole[:len(whole)/4], "cut to one page": whole[:4096], "zeros": make([]byte, len(whole)),
		"an entry changed": bytes.ReplaceAll(whole, []byte(`"user":"alice"`), []byte(`"user":"alicf"`)),
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, denylist.FileName)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := denylist.OpenFile(dir, c.now)
		if err == nil {
			t.Errorf("%s: opened, with %+v", name, l.Status())
			_ = l.Close()
			continue
		}
		if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: the error does not name the file: %v", name, err)
		}
	}
	if _, err := denylist.OpenFile(filepath.Join(dir, "nowhere"), c.now); err == nil {
		t.Error("opened in a folder that is not there")
	}
}

func TestEntry_Validate(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for name, tc := range map[string]struct {
		e    denylist.Entry
		want string // the argument that is wrong
	}{
		"plain":        {denylist.Entry{User: "alice"}, ""},
		"until":        {denylist.Entry{User: "a b#?%", Until: now.Unix() + 1, Reason: strings.Repeat("r", denylist.MaxReason)}, ""},
		"no user":      {denylist.Entry{}, "user ID"},
		"long user":    {denylist.Entry{User: strings.Repeat("x", 65)}, "user ID"},
		"slash":        {denylist.Entry{User: "a/b"}, "user ID"},
		"past":         {denylist.Entry{User: "alice", Until: now.Unix()}, "until"},
		"negative":     {denylist.Entry{User: "alice", Until: -1}, "until"},
		"reason bidi":  {denylist.Entry{User: "alice", Reason: "a\u202eb"}, "reason"},
		"reason bytes": {denylist.Entry{User: "alice", Reason: "a\xffb"}, "reason"},
		"reason wide":  {denylist.Entry{User: "alice", Reason: "垃圾　信息 👩‍💻"}, ""},
		"long reason":  {denylist.Entry{User: "alice", Reason: strings.Repeat("r", denylist.MaxReason+1)}, "reason"},
		"reason lines": {denylist.Entry{User: "alice", Reason: "a\nb"}, "reason"},
	} {
		err := tc.e.Validate(now)
		var argument *rtmauth.ArgumentError
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tc.want != "" && (!errors.As(err, &argument) || argument.Argument != tc.want):
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestList_concurrent is for the race detector.
func TestList_concurrent(t *testing.T) {
	r, c := redistest.Start(t), newClock()
	for _, l := range []*denylist.List{openFile(t, t.TempDir(), c), openRedis(t, r, c, nil)} {
		l.Start()
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				for n := range 20 {
					user := fmt.Sprint("u", i, "-", n)
					if err := l.Add(t.Context(), denylist.Entry{User: user}); err != nil {
						t.Error(err)
					}
					if listed(l, app, user) != "for good" {
						t.Errorf("%s was added and is not listed", user)
					}
					_ = l.Status()
					if was, err := l.Remove(t.Context(), "", user); err != nil || !was {
						t.Errorf("remove %s: %t %v", user, was, err)
					}
				}
			})
		}
		wg.Wait()
		if entries, err := l.Entries(t.Context()); err != nil || len(entries) != 0 {
			t.Errorf("left over: %v %v", entries, err)
		}
	}
}

// BenchmarkCheck is what the list adds to a request: memory alone.
func BenchmarkCheck(b *testing.B) {
	l, err := denylist.OpenFile(b.TempDir(), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	batch := make([]denylist.Entry, denylist.MaxChange)
	for i := range 10 {
		for j := range batch {
			batch[j] = denylist.Entry{User: fmt.Sprint("u", i, "-", j)}
		}
		if err := l.Add(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, yes, err := l.Check(app, "alice"); yes || err != nil {
			b.Fatal(yes, err)
		}
	}
}

// TestEntry_json: what is kept can be read by the next version, and the other
// way round.
func TestEntry_json(t *testing.T) {
	text, err := json.Marshal(denylist.Entry{User: "alice", AppID: app, Until: 2, Reason: "r", Added: 1})
	if want := `{"user":"alice","app_id":"` + app + `","until":2,"reason":"r","added_at":1}`; err != nil || string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
}
