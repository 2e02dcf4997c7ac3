package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/rtmauth/rtmauth"
)

// devPage is one of the pages of dev in a tab of its own.
type devPage struct {
	*page
	d *devServer
}

// openDevPage starts a dev and opens a page of it. At the end of the test the
// page must have said nothing to the console: no error, no warning, no request
// that failed.
func openDevPage(t *testing.T, path string, flags ...string) *devPage {
	t.Helper()
	t.Parallel()
	d := startDev(t, nil, flags...)
	return openPageOf(t, d, path)
}

func openPageOf(t *testing.T, d *devServer, path string) *devPage {
	t.Helper()
	p := &devPage{newPage(t), d}
	p.open(d.URL + path)
	p.await("document.querySelector('main .card') !== null")
	t.Cleanup(func() {
		for _, line := range p.consoleLines() {
			t.Errorf("the console of %s: %s", path, line)
		}
	})
	return p
}

// await waits until a JavaScript expression is true, on whatever page the tab
// comes to show meanwhile.
func (p *devPage) await(expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience*time.Second)
	defer cancel()
	for {
		err := chromedp.Run(ctx, chromedp.Poll("Boolean("+expression+")", nil, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(0)))
		switch {
		case err == nil:
			return
		case ctx.Err() != nil:
			p.t.Fatalf("not within %d s: %s\nThe page is %s and says:\n%s", patience, expression,
				eval[string](p.page, "document.visibilityState"), p.text("main"))
		case errors.As(err, new(*runtime.ExceptionDetails)):
			p.t.Fatalf("browser: %v", err)
		}
		// The page with which the wait began is gone: wait on in the next one.
		time.Sleep(20 * time.Millisecond)
	}
}

// click clicks an element once it has come to rest.
func (p *devPage) click(selector string) {
	p.t.Helper()
	p.await("document.querySelector(" + quote(selector) + ")")
	eval[any](p.page, `new Promise((resolve) => {
		let before = '';
		const look = () => {
			const element = document.querySelector(`+quote(selector)+`);
			element.scrollIntoView({ block: 'center' });
			const now = JSON.stringify(element.getBoundingClientRect());
			if (now === before) return resolve();
			before = now;
			setTimeout(look, 100);
		};
		look();
	})`)
	p.run(chromedp.Click(selector, chromedp.ByQuery))
}

// fill puts text into a field as typing does: the page hears of it.
func (p *devPage) fill(selector, text string) {
	p.t.Helper()
	words, err := json.Marshal([]string{selector, text})
	if err != nil {
		p.t.Fatal(err)
	}
	eval[bool](p.page, fmt.Sprintf(`(([selector, text]) => {
		const field = document.querySelector(selector);
		field.value = text;
		field.dispatchEvent(new Event('input', { bubbles: true }));
		field.dispatchEvent(new Event('change', { bubbles: true }));
		return true;
	})(%s)`, words))
}

// text returns what an element says, "" where there is none.
func (p *devPage) text(selector string) string {
	p.t.Helper()
	return eval[string](p.page, "document.querySelector("+quote(selector)+")?.innerText ?? ''")
}

// awaitText waits until an element's text holds what is wanted.
func (p *devPage) awaitText(selector, want string) {
	p.t.Helper()
	p.await(fmt.Sprintf("document.querySelector(%s)?.innerText.includes(%s)", quote(selector), quote(want)))
}

// awaitState waits for a connection state of the user whose card the selector
// leads to; "" leads to the first.
func (p *devPage) awaitState(card, want string) {
	p.t.Helper()
	p.await(fmt.Sprintf("document.querySelector(%s)?.textContent === %s", quote(card+".state"), quote(want)))
}

// look sets the width of the window, the theme of the system and the language
// of the page.
type look struct {
	width         int64
	theme, locale string
}

func (p *devPage) look(l look) {
	p.t.Helper()
	height := int64(900)
	p.run(
		chromedp.EmulateViewport(l.width, height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.theme}}),
	)
	p.fill("header select", l.locale)
}

// violations runs axe on the page as it is now.
func (p *devPage) violations() []string {
	p.t.Helper()
	source, err := os.ReadFile("../ci/node/node_modules/axe-core/axe.min.js")
	if err != nil {
		p.t.Fatalf("axe-core is not there: run make deps: %v", err)
	}
	eval[any](p.page, string(source)+"\n;undefined")
	return eval[[]string](p.page, `axe.run(document, { resultTypes: ['violations'] }).then((result) =>
		result.violations.map((v) => v.id + ': ' + v.help + '\n    ' + v.nodes.map((n) => n.html.slice(0, 200)).join('\n    ')))`)
}

// overflow is by how many pixels the page is wider than the window.
func (p *devPage) overflow() int {
	p.t.Helper()
	return eval[int](p.page, "document.documentElement.scrollWidth - innerWidth")
}

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(text)
}

// everyLook is each width, theme and language that the pages are made for.
func everyLook() []look {
	var all []look
	for _, width := range []int64{360, 768, 1280} {
		for _, theme := range []string{"light", "dark"} {
			for _, locale := range []string{"en", "zh"} {
				all = append(all, look{width, theme, locale})
			}
		}
	}
	return all
}

func TestPages_accessibleInEveryLook(t *testing.T) {
	for _, path := range []string{"/", "/inspect", "/log"} {
		t.Run("of "+path, func(t *testing.T) {
			p := openDevPage(t, "/")
			// Something must be there to look at: a login, its token, its events.
			p.click("form.login button")
			p.awaitState("", "CONNECTED")
			switch path {
			case "/inspect":
				p.click("#token .tools button")
				p.await("location.pathname === '/inspect' && document.querySelector('.fields tr')")
			case "/log":
				p.open(p.d.URL + path)
				p.await("document.querySelector('.log-row')")
				p.click(".row-button")
			}
			for _, l := range everyLook() {
				p.look(l)
				if got := p.overflow(); got > 0 {
					t.Errorf("%+v: the page is %d px wider than the window", l, got)
				}
				if l.width == 768 && l.locale == "zh" {
					continue // nothing is there that axe has not seen in another look
				}
				if got := p.violations(); len(got) > 0 {
					t.Errorf("%+v: axe says:\n  %s", l, strings.Join(got, "\n  "))
				}
			}
		})
	}
}

func TestPages_reachableByKeyboard(t *testing.T) {
	for _, path := range []string{"/", "/inspect", "/log"} {
		t.Run("of "+path, func(t *testing.T) {
			p := openDevPage(t, path)
			// Every control must get focus by Tab, in the order of the page, and show it.
			want := eval[int](p.page, `[...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
				.filter((e) => e.checkVisibility() && !e.disabled && e.type !== 'radio').length`)
			if want < 8 {
				t.Fatalf("only %d controls", want)
			}
			seen := map[string]bool{}
			for range want + 40 {
				p.run(chromedp.KeyEvent("\t"))
				at := eval[string](p.page, `(() => {
					const e = document.activeElement;
					if (e === document.body) return '';
					e.dataset.tab ??= String(document.querySelectorAll('[data-tab]').length + 1);
					const style = getComputedStyle(e.type === 'radio' ? e.nextElementSibling : e);
					const shown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
					return e.matches('a[href], button, input, select, textarea, summary') && e.type !== 'radio'
						? (shown ? e.dataset.tab : 'hidden: ' + e.outerHTML.slice(0, 120)) : '-';
				})()`)
				if strings.HasPrefix(at, "hidden") {
					t.Errorf("focus does not show on %s", at)
				}
				if at != "" && at != "-" {
					seen[at] = true
				}
			}
			if len(seen) < want {
				t.Errorf("Tab reaches %d of %d controls", len(seen), want)
			}
		})
	}
}

func TestPages_rememberLanguageAndTheme(t *testing.T) {
	p := openDevPage(t, "/")
	p.awaitText("form.login button", "Log in")
	p.fill("header select", "zh")
	p.awaitText("form.login button", "登录")
	p.click("header button.icon")
	p.await("document.documentElement.dataset.theme === 'dark'")
	p.open(p.d.URL + "/log")
	p.awaitText("h1", "本地服务")
	if got := eval[string](p.page, "document.documentElement.dataset.theme + ' ' + document.documentElement.lang"); got != "dark zh-CN" {
		t.Errorf("after going to another page: %q, want dark zh-CN", got)
	}
	if got := eval[string](p.page, "getComputedStyle(document.body).colorScheme + getComputedStyle(document.body).backgroundColor"); !strings.Contains(got, "14, 17, 22") {
		t.Errorf("the dark page is painted %s", got)
	}
}

// rubbish is what a person with bad intentions types.
const rubbish = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`

func TestPages_showRubbishAsText(t *testing.T) {
	p := openDevPage(t, "/")
	p.fill("form.login input", `<b onclick="x">`)
	p.click("form.login button")
	p.awaitText(".error", "ASCII")
	p.fill("form.login input", "<i>=#:;[x]?@^_")
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
	p.fill("#chat-to", "<i>=#:;[x]?@^_")
	p.fill("#chat-text", rubbish)
	p.click(".chat-form button")
	p.awaitText(".thread", rubbish)

	p.open(p.d.URL + "/inspect")
	p.await("document.querySelector('#token')")
	p.fill("#user", rubbish)
	p.fill("#token", tokenFor(t, p.d, "<svg onload=alert(1)>"))
	p.awaitText(".meaning", "<svg onload=alert(1)>")
	p.fill("#token", rubbish)
	p.awaitText("#verdict", "not")

	if got := eval[string](p.page, "document.title"); strings.Contains(got, "owned") {
		t.Errorf("a script of the user ran: title %q", got)
	}
	if got := eval[int](p.page, "document.querySelectorAll('main img, main script, main i').length"); got != 0 {
		t.Errorf("%d elements were made of text", got)
	}
}

// picture is what the window shows, as PNG.
func (p *devPage) picture() []byte {
	p.t.Helper()
	var png []byte
	p.run(chromedp.ActionFunc(func(ctx context.Context) error {
		return chromedp.CaptureScreenshot(&png).Do(ctx)
	}))
	return png
}

// tokenFor mints a 007 token outside of dev, with dev's own certificate.
func tokenFor(t *testing.T, d *devServer, user string) string {
	t.Helper()
	certificate, err := rtmauth.ParseCertificate(d.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := rtmauth.NewSigner(d.AppID, certificate)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signer.RTM(user, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}
