package e2e

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// app is a test page with its clients, against a dev of its own.
type app struct {
	*page
	d *devServer
}

// startApp opens the page with the RTM 1.x drop-in.
func startApp(t *testing.T, env []string, flags ...string) *app {
	t.Helper()
	return openApp(t, "rtm1.html", env, flags)
}

// startApp2 opens the page with the RTM 2.x drop-in.
func startApp2(t *testing.T, env []string, flags ...string) *app {
	t.Helper()
	return openApp(t, "rtm2.html", env, flags)
}

func openApp(t *testing.T, page string, env, flags []string) *app {
	t.Helper()
	t.Parallel()
	dir, err := filepath.Abs("testdata/apps")
	if err != nil {
		t.Fatal(err)
	}
	d := startDev(t, env, append([]string{"--page", dir}, flags...)...)
	p := newPage(t)
	p.open(d.URL + "/page/" + page)
	return &app{p, d}
}

// js calls a function of the page with arguments that JSON can hold and
// returns what its promise gives.
func js[T any](a *app, function string, args ...any) T {
	a.t.Helper()
	words := make([]string, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			a.t.Fatal(err)
		}
		words[i] = string(text)
	}
	return eval[T](a.page, "("+function+")("+strings.Join(words, ", ")+")")
}

// hears asserts what a client has heard, in order, after everything that the
// service has sent so far has arrived.
func (a *app) hears(name string, want ...string) {
	a.t.Helper()
	if got := js[[]string](a, "lines", name); !slices.Equal(got, want) {
		a.t.Fatalf("%s heard\n  %s\nwant\n  %s", name, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// awaits waits until a client has heard a line, and asserts all that it heard.
func (a *app) awaits(name string, want ...string) {
	a.t.Helper()
	js[[]string](a, "until", name+": "+want[len(want)-1])
	a.hears(name, want...)
}

// awaitsLast waits until a line is the last that a client heard.
func (a *app) awaitsLast(name, want string) {
	a.t.Helper()
	got := js[[]string](a, "until", name+": "+want)
	if got[len(got)-1] != want {
		a.t.Fatalf("%s heard last %q, want %q", name, got[len(got)-1], want)
	}
}
