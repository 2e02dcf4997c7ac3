package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

var errNoChromium = errors.New("no Chromium found: install Debian's package with `apt-get install -y chromium`, " +
	"or put any Chromium or Chrome into PATH under the name chromium")

// browser is one headless Chromium that all tests share; each test has its
// own browser context, that is its own cookies and storage.
type browser struct {
	ctx  context.Context
	stop func()
}

// startBrowser starts Chromium so that it talks to 127.0.0.1 only and does
// nothing of its own accord.
func startBrowser(profile string) (*browser, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, errNoChromium
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.WindowSize(1280, 900),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-default-apps", true),
		chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		// A tab that is not in front must keep its timers.
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("mute-audio", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
	}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses to run as root
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	// What this chromedp does not know of a newer Chromium's events is no concern of these tests.
	ctx, stopTab := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
	if err := chromedp.Run(ctx); err != nil {
		stopAlloc()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return &browser{ctx: ctx, stop: func() { stopTab(); stopAlloc() }}, nil
}

// openTab opens a tab in a new browser context. It does so by hand, because a
// new browser context has no window to put a tab into, and chromedp does not
// ask for one.
func (b *browser) openTab() (ctx context.Context, closeTab func(), err error) {
	do := cdp.WithExecutor(b.ctx, chromedp.FromContext(b.ctx).Browser)
	browserContext, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(do)
	if err != nil {
		return nil, nil, err
	}
	tab, err := target.CreateTarget("about:blank").WithBrowserContextID(browserContext).WithNewWindow(true).Do(do)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(tab))
	closeTab = func() {
		cancel()
		within, done := context.WithTimeout(do, patience*time.Second)
		defer done()
		_ = target.DisposeBrowserContext(browserContext).Do(within) // the whole browser ends soon after
	}
	if err := chromedp.Run(ctx); err != nil {
		closeTab()
		return nil, nil, err
	}
	return ctx, closeTab, nil
}

// page is one tab.
type page struct {
	t   *testing.T
	ctx context.Context

	mu      sync.Mutex
	console []string      // lines of the console, in order
	errors  []string      // uncaught exceptions and what the browser itself complains about
	changed chan struct{} // closed and replaced at each new line
}

// newPage opens a tab in a browser context of its own. The test fails at its
// end if a script of the page threw and nobody caught it.
func newPage(t *testing.T) *page {
	t.Helper()
	ctx, closeTab, err := shared.browser.openTab()
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	p := &page{t: t, ctx: ctx, changed: make(chan struct{})}
	chromedp.ListenTarget(ctx, p.listen)
	t.Cleanup(func() {
		closeTab()
		if t.Failed() {
			t.Logf("console:\n  %s", strings.Join(p.consoleLines(), "\n  "))
		}
		for _, e := range p.pageErrors() {
			t.Errorf("the page: %s", e)
		}
	})
	p.run(runtime.Enable(), log.Enable())
	return p
}

func (p *page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		var words []string
		for _, arg := range e.Args {
			words = append(words, objectText(arg))
		}
		p.console = append(p.console, strings.Join(words, " "))
	case *runtime.EventExceptionThrown:
		p.errors = append(p.errors, e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		p.console = append(p.console, e.Entry.Text)
		if e.Entry.Source == log.SourceSecurity { // a violated Content-Security-Policy, for one
			p.errors = append(p.errors, e.Entry.Text)
		}
	default:
		return
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// objectText is what the console shows for a value: the text itself for a
// text, else JSON or the browser's description.
func objectText(o *runtime.RemoteObject) string {
	var text string
	switch {
	case o.Type == runtime.TypeString && json.Unmarshal(o.Value, &text) == nil:
		return text
	case len(o.Value) > 0:
		return string(o.Value)
	default:
		return o.Description
	}
}

func (p *page) consoleLines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.console...)
}

func (p *page) pageErrors() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.errors...)
}

// awaitConsole waits until a line of the console holds text.
func (p *page) awaitConsole(text string, atMost time.Duration) {
	p.t.Helper()
	deadline := time.After(atMost)
	for {
		p.mu.Lock()
		lines, changed := p.console, p.changed
		p.mu.Unlock()
		for _, line := range lines {
			if strings.Contains(line, text) {
				return
			}
		}
		select {
		case <-changed:
		case <-deadline:
			p.t.Fatalf("no line %q in the console after %v", text, atMost)
		}
	}
}

// run performs browser actions, within patience.
func (p *page) run(actions ...chromedp.Action) {
	p.t.Helper()
	p.runWithin(patience*time.Second, actions...)
}

func (p *page) runWithin(atMost time.Duration, actions ...chromedp.Action) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, atMost)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		p.t.Fatalf("browser: %v", err)
	}
}

// open loads a page and waits for its load event.
func (p *page) open(address string) {
	p.t.Helper()
	p.run(chromedp.Navigate(address))
}

// eval evaluates a JavaScript expression, waits for it where it is a promise,
// and returns it as T; undefined is the zero value.
func eval[T any](p *page, expression string) T {
	p.t.Helper()
	var value T
	p.run(chromedp.ActionFunc(func(ctx context.Context) error {
		result, exception, err := runtime.Evaluate(expression).WithAwaitPromise(true).WithReturnByValue(true).Do(ctx)
		switch {
		case err != nil:
			return err
		case exception != nil:
			return exception
		case result.Type == runtime.TypeUndefined:
			return nil
		}
		return json.Unmarshal(result.Value, &value)
	}))
	return value
}
