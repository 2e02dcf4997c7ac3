package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// demo is the demo page with a user who was logged in by one click.
func demo(t *testing.T, flags ...string) *devPage {
	t.Helper()
	p := openDevPage(t, "/", flags...)
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
	return p
}

// events is the list of events, oldest first: what each line says, without the
// day, which depends on when the test runs.
func (p *devPage) events() []string {
	p.t.Helper()
	return eval[[]string](p.page, `[...document.querySelectorAll('.event > summary .event-words')].reverse()
		.map((e) => [...e.children].filter((c) => !c.matches('.day')).map((c) => c.textContent).join(' '))`)
}

func (p *devPage) awaitEventLine(want string) {
	p.t.Helper()
	p.await(fmt.Sprintf(`[...document.querySelectorAll('.event .event-words')].some((e) => [...e.children].map((c) => c.textContent).join(' ').includes(%s))`, quote(want)))
}

// renewEvery sets the pause between automatic renewals; 0 stops them.
func (p *devPage) renewEvery(seconds string) {
	p.t.Helper()
	p.fill(".renew input", seconds)
}

func TestDemo_logsInByOneClick(t *testing.T) {
	p := openDevPage(t, "/")
	if got := eval[int](p.page, "document.querySelectorAll('button.primary').length"); got != 1 {
		t.Errorf("%d primary actions on a first visit, want 1", got)
	}
	if got := p.text("#token .empty"); !strings.Contains(got, "Log in") {
		t.Errorf("without a token the page says %q, not what to do", got)
	}
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
	p.awaitText(".countdown", "ends in 23 h 59 min")
	p.awaitText(".token-head", "006")
	p.awaitEventLine("CONNECTING LOGIN")
	p.awaitEventLine("CONNECTED LOGIN_SUCCESS")
	p.awaitText("form.login button", "Log out")
	// The rule is in each line that the service decided.
	p.awaitEventLine("Login accepted")
	p.click(".event summary:has(+ .event-more)")
	p.await(`[...document.querySelectorAll('.event .source')].some((e) => e.textContent.includes('documented'))`)

	p.click("form.login button")
	p.awaitState("", "DISCONNECTED")
	p.awaitEventLine("DISCONNECTED LOGOUT")
}

func TestDemo_renewsByItself(t *testing.T) {
	p := openDevPage(t, "/")
	if got := eval[string](p.page, "document.querySelector('.renew input').value"); got != "30" {
		t.Errorf("renews every %s s, want 30", got)
	}
	p.renewEvery("1")
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
	first := p.text(".token-text")
	p.await(`[...document.querySelectorAll('.event .what')].filter((e) => e.textContent === 'Renewed').length >= 2`)
	p.await("document.querySelectorAll('.tl-mark.renewed').length >= 2")
	if got := p.text(".token-text"); got == first {
		t.Error("the token on show is still the first one")
	}
	p.d.awaitEvent("renew_accepted", "alice")
}

func TestDemo_006StaysAfter24Hours(t *testing.T) {
	p := demo(t)
	p.renewEvery("0")
	p.awaitText("#do-advance-24h", "CONNECTED stays")
	p.click("#do-advance-24h")
	p.awaitText(".countdown", "ago")
	p.awaitText(".clock", "+24 h")
	p.awaitState("", "CONNECTED")
	// Then the link is cut: TokenExpired once, and renewing brings it back.
	p.awaitText("#do-drop", "TokenExpired once")
	p.click("#do-drop")
	p.awaitText(".error", "Renew now")
	p.awaitState("", "RECONNECTING")
	p.d.advance("10s")
	p.click(".renew button")
	p.awaitState("", "CONNECTED")
	p.awaitText(".countdown", "ends in")
	lines := strings.Join(p.events(), "\n")
	if got := strings.Count(lines, "TokenExpired"); got != 1 {
		t.Errorf("TokenExpired %d times, want once:\n%s", got, lines)
	}
	if strings.Contains(lines, "ABORTED") {
		t.Errorf("a 006 session was aborted:\n%s", lines)
	}
}

func TestDemo_007EndsAfter24Hours(t *testing.T) {
	p := demo(t, "--token-version", "007")
	p.renewEvery("0")
	p.awaitText(".token-head", "007")
	p.awaitText("#do-advance-24h", "ABORTED")
	p.click("#do-advance-24h")
	p.awaitState("", "ABORTED")
	p.awaitEventLine("ABORTED TOKEN_EXPIRED")
	var seen []string
	for _, line := range p.events() {
		if strings.HasPrefix(line, "Token") || strings.HasPrefix(line, "ABORTED") {
			seen = append(seen, line)
		}
	}
	if got, want := strings.Join(seen, ", "), "TokenPrivilegeWillExpire, TokenExpired, ABORTED TOKEN_EXPIRED"; got != want {
		t.Errorf("the end was told as %q, want %q", got, want)
	}
	// The picture holds it all: the leap, the warning, the end.
	for _, part := range []string{".tl-jump", ".tl-warn", ".tl-end", ".tl-mark.willExpire", ".tl-mark.expired", ".tl-state.bad"} {
		p.await("document.querySelector(" + quote(part) + ")")
	}
	p.awaitText("form.login button", "Log in again")
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
	p.awaitText(".countdown", "ends in")
}

func TestDemo_choosesTheTokenVersion(t *testing.T) {
	p := openDevPage(t, "/")
	p.click("input[value='007'] + span")
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
	p.awaitText(".token-head", "007")
	p.awaitText(".countdown", "ends in 59 min")
}

func TestDemo_rtm2(t *testing.T) {
	p := openDevPage(t, "/", "--token-version", "007")
	p.click("input[value='local-2'] + span")
	p.awaitState("", "IDLE")
	p.renewEvery("0")
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
	p.click("button.add")
	p.click(".user:nth-child(2) input[value='local-2'] + span")
	p.click(".user:nth-child(2) form.login button")
	p.awaitState(".user:nth-child(2) ", "CONNECTED")
	p.fill("#chat-to", "bob")
	p.fill("#chat-text", "over 2.x")
	p.click(".chat-form button")
	p.awaitText(".side:nth-child(2) .thread", "over 2.x")

	p.click(".user:nth-child(1) h2")
	p.awaitText("#do-advance-24h", "FAILED / TOKEN_EXPIRED")
	p.click("#do-advance-24h")
	p.awaitState("", "FAILED")
	p.awaitText(".user:nth-child(1) .why", "TOKEN_EXPIRED")
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
}

func TestDemo_cutLink(t *testing.T) {
	p := demo(t)
	p.click("#do-drop")
	p.awaitState("", "RECONNECTING")
	p.d.advance("10s")
	p.awaitState("", "CONNECTED")
	p.awaitEventLine("RECONNECTING INTERRUPTED")
	// As a table the picture says the same.
	p.click(".as-table summary")
	p.awaitText(".as-table table", "RECONNECTING")
}

func TestDemo_loginElsewhere(t *testing.T) {
	p := demo(t)
	p.click("#do-twin")
	p.awaitState(".user:nth-child(1) ", "ABORTED")
	p.awaitText(".user:nth-child(1) .why", "REMOTE_LOGIN")
	p.awaitState(".user:nth-child(2) ", "CONNECTED")
}

func TestDemo_serviceControls(t *testing.T) {
	p := demo(t)
	p.click("#do-kick")
	p.awaitState("", "ABORTED")
	p.click("#do-ban")
	p.awaitEventLine("Banned")
	p.click("form.login button")
	p.awaitText(".error", "code 2")
	p.awaitText(".error", "banned")
	p.click("#do-ban")
	p.awaitEventLine("Unbanned")
	p.click("form.login button")
	p.awaitState("", "CONNECTED")

	p.click("#do-freeze")
	p.awaitText(".clock", "frozen")
	p.click("#do-freeze")
	p.await("!document.querySelector('.clock-note').textContent.includes('frozen')")

	// Deleting the certificate asks once more. Then renewals are refused.
	p.click("#do-delete-certificate")
	p.awaitText("#do-delete-certificate", "Press again")
	p.click("#do-delete-certificate")
	p.awaitEventLine("Certificate deleted")
	p.click(".renew button:not(:disabled)")
	p.awaitText(".error", "code 6")
	p.awaitState("", "CONNECTED")
	// The refused token opens in the inspector, with the user and the code.
	p.click(".error button")
	p.await("location.pathname === '/inspect' && document.querySelector('#code')?.value === '6'")
	p.await("document.querySelector('#token').value.startsWith('006')")
}

func TestDemo_twoPanesTalk(t *testing.T) {
	p := demo(t)
	p.click("button.add")
	p.await("document.querySelectorAll('.user').length === 2")
	p.click(".user:nth-child(2) form.login button")
	p.awaitState(".user:nth-child(2) ", "CONNECTED")
	p.fill("#chat-to", "bob")
	p.fill("#chat-text", "are you there?")
	p.click(".chat-form button")
	p.awaitText(".side:nth-child(2) .thread", "are you there?")
	p.awaitText(".side:nth-child(1) .thread", "received")
	p.fill("#chat-from", "1")
	p.fill("#chat-kind", "channel")
	p.fill("#chat-text", "hello everybody")
	p.click(".chat-form button")
	p.awaitText(".side:nth-child(1) .thread", "hello everybody")
	// Each user has lanes of its own on the time line.
	p.await("document.querySelectorAll('.tl-name').length === 2")
}

func TestDemo_twoTabsTalk(t *testing.T) {
	a := demo(t)
	b := openPageOf(t, a.d, "/")
	if got := eval[string](b.page, "document.querySelector('form.login input').value"); got != "bob" {
		t.Errorf("the second tab begins as %q, want bob: alice would be pushed out", got)
	}
	b.click("form.login button")
	b.awaitState("", "CONNECTED")
	a.fill("#chat-to", "bob")
	a.fill("#chat-text", "from the other tab")
	a.click(".chat-form button")
	b.awaitText(".thread", "from the other tab")
	a.awaitState("", "CONNECTED")
}

func TestDemo_survivesRestartOfDev(t *testing.T) {
	t.Parallel()
	d := startDev(t, nil)
	p := &devPage{newPage(t), d}
	p.open(d.URL)
	p.await("document.querySelector('form.login button')")
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
	d.kill()
	p.awaitText(".clock", "not reachable")
	d.restart()
	p.awaitText(".clock", "real time")
	p.click("form.login button") // log out, whatever became of the session
	p.awaitText("form.login button", "Log in")
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
}

// pictures is where the screenshot of the READMEs is written: make it anew with
//
//	go test -run TestDemo_picture . -pictures ../docs/images
var pictures = flag.String("pictures", "", "`folder` to write demo.png to")

// TestDemo_picture makes the screenshot that the READMEs show: a session with
// renewals, a link that was cut, and the time line of both.
func TestDemo_picture(t *testing.T) {
	p := openDevPage(t, "/")
	p.run(chromedp.EmulateViewport(1280, 860))
	p.renewEvery("2")
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
	renewed := func(n int) {
		p.await(fmt.Sprintf("document.querySelectorAll('.tl-mark.renewed').length >= %d", n))
	}
	renewed(3)
	p.click("#do-drop")
	p.awaitState("", "RECONNECTING")
	p.awaitState("", "CONNECTED")
	renewed(7)
	p.renewEvery("30")
	p.await("document.querySelector('.tl-state.wait')")
	eval[any](p.page, "document.activeElement.blur(); scrollTo(0, 0)")
	p.run(emulation.SetScrollbarsHidden(true), chromedp.MouseEvent(input.MouseMoved, 1, 1))
	png := p.picture()
	if len(png) < 20_000 || len(png) > 300_000 {
		t.Errorf("the picture has %d bytes, want 20,000 to 300,000", len(png))
	}
	if *pictures == "" {
		return
	}
	if err := os.MkdirAll(*pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*pictures, "demo.png"), png, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("wrote demo.png, %d bytes, at %s", len(png), time.Now().Format(time.TimeOnly))
}

// ownSDK stands for the SDK that a developer has from Agora: it defines
// AgoraRTM, and its login fails as Agora's does for a token it does not accept.
const ownSDK = `globalThis.AgoraRTM = { createInstance: () => ({
	on() {}, removeAllListeners() {},
	async login({ uid, token }) {
		throw Object.assign(new Error('Error Code 5. Told of ' + uid + ' ' + token.slice(0, 3)), { code: 5 });
	},
}) };`

func TestDemo_logsInWithTheUsersOwnSDK(t *testing.T) {
	file := filepath.Join(t.TempDir(), "agora.js")
	if err := os.WriteFile(file, []byte(ownSDK), 0o600); err != nil {
		t.Fatal(err)
	}
	p := openDevPage(t, "/", "--sdk", file)
	p.click("input[value='own'] + span")
	p.awaitText(".user", "Agora, and the App ID of this run is fake")
	p.awaitText("#do-drop", "Not with your SDK file")
	p.click("form.login button")
	// The code it got, and from there to its causes.
	p.awaitText(".error", "code 5")
	p.awaitText(".error", "Told of alice 006")
	p.click(".error button")
	p.await("location.pathname === '/inspect' && document.querySelector('#code')?.value === '5'")
	p.awaitText(".causes", "code_meaning")
}
