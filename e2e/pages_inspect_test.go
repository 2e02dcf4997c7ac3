package e2e

import (
	"strings"
	"testing"
)

func TestInspector_saysWhyATokenIsRefused(t *testing.T) {
	p := openDevPage(t, "/inspect")
	p.awaitText("#verdict", "Paste a token")
	p.fill("#token", tokenFor(t, p.d, "alice"))
	p.fill("#user", "alice")
	p.awaitText("#verdict", "Nothing is wrong")

	// It follows the typing: another user is the first cause, and open.
	p.fill("#user", "Alice")
	p.awaitText("#verdict", "refused")
	p.awaitText(".cause[open]", "user_mismatch")
	p.awaitText(".cause[open]", "Fix")

	p.fill("header select", "zh")
	p.awaitText("#verdict", "拒绝")
	p.await(`/[\u4e00-\u9fff]/.test(document.querySelector('.cause b').textContent)`)
}

func TestInspector_showsAnatomyAndLife(t *testing.T) {
	p := openDevPage(t, "/inspect")
	p.fill("#token", tokenFor(t, p.d, "alice"))
	p.awaitText(".meaning", "alice")
	p.await("document.querySelector('.meaning').innerText.includes('Fingerprint')")
	p.awaitText("#life", "Will expire")
	p.await("document.querySelector('#life .tl-token')")
	p.awaitText(".fields", "Signature")
	p.awaitText(".fields", p.d.AppID)
	// Every byte has a field, and pointing at one lights the other up.
	bytes := eval[int](p.page, "document.querySelector('.byte-runs').textContent.replaceAll(' ', '').length / 2")
	fields := eval[int](p.page, `[...document.querySelectorAll('.fields tbody tr td:nth-child(2)')].reduce((n, e) => n + Number(/(\d+) B/.exec(e.textContent)[1]), 0)`)
	if bytes == 0 || bytes != fields {
		t.Errorf("%d bytes are drawn, the fields hold %d", bytes, fields)
	}
	eval[any](p.page, "document.querySelector('.fields tbody tr:nth-child(3)').focus()")
	if got := eval[string](p.page, "document.querySelector('.byte-runs .lit')?.title ?? ''"); got != "Issue time" {
		t.Errorf("with the row of the issue time in focus, %q is lit in the bytes", got)
	}
	eval[any](p.page, "document.querySelector('.byte-runs .run:nth-child(5)').focus()")
	if got := p.text(".fields tr.lit th"); got != "Salt" {
		t.Errorf("with the salt's bytes in focus, %q is lit in the table", got)
	}
}

func TestInspector_readsHalfAToken(t *testing.T) {
	p := openDevPage(t, "/inspect")
	// Compressed by C zlib, and broken off.
	const token = "007eJxTYOCdJftjyTM2zxW6Xhm/5T0j5LdcUt/xYVt48fb5Mp3PX9coMFiaGzg7GpumpJoZJJuYmJmYJiUlplokGhmaGpgZJhkbu38RYIhgYmBgZABhJiBmBPM5GUpSi0viS4tTiwBZVh6A"
	p.fill("#token", token[:len(token)-40])
	p.awaitText(".fields", "970CA35de60c44645bbae8a215061b33")
	p.awaitText("#verdict", "refused")
	p.awaitText(".problems", "as far as it goes")
}

func TestInspector_keepsTheTokenToItself(t *testing.T) {
	p := openDevPage(t, "/")
	p.click("form.login button")
	p.awaitState("", "CONNECTED")
	p.await("document.querySelector('.token-text')?.textContent") // is drawn after the state
	token := p.text(".token-text")
	p.click("#token .tools button")
	p.await("location.pathname === '/inspect' && document.querySelector('#token')?.value")
	if got := eval[string](p.page, "document.querySelector('#token').value"); got != token {
		t.Errorf("the demo's token did not arrive")
	}
	p.awaitText("#verdict", "Nothing is wrong")
	const secret = "0123456789abcdef0123456789abcdef"
	p.fill("#certificate", secret)
	p.awaitText("#verdict", "refused")
	if got := eval[string](p.page, "location.href + document.referrer"); strings.Contains(got, token[:20]) || strings.Contains(got, secret) {
		t.Errorf("an address holds what was typed: %s", got)
	}
	stored := eval[string](p.page, "JSON.stringify([{ ...sessionStorage }, { ...localStorage }])")
	if strings.Contains(stored, secret) {
		t.Error("the certificate was stored")
	}
	if strings.Contains(eval[string](p.page, "JSON.stringify({ ...localStorage })"), token[:20]) {
		t.Error("the token outlives the tab")
	}
	p.open(p.d.URL + "/inspect")
	p.await("document.querySelector('#token')?.value.length > 0")
	if got := eval[string](p.page, "document.querySelector('#certificate').value"); got != "" {
		t.Error("the certificate came back after a reload")
	}
}

func TestLog_isLive(t *testing.T) {
	a := demo(t)
	p := openPageOf(t, a.d, "/log")
	p.awaitText(".log-table", "Login accepted")
	// Live: what happens in the other tab shows here.
	a.click(".renew button")
	p.awaitText(".log-table", "Renewed")

	p.fill("#filter", "alice renew")
	p.await("[...document.querySelectorAll('.log-row')].every((row) => row.textContent.includes('Renewed'))")
	p.fill("#filter", "nobody at all")
	p.awaitText(".empty", "No event holds these words")
	p.fill("#filter", "")
	p.await("document.querySelectorAll('.log-row').length > 2")

	// A row opens to what was decided and by which rule.
	p.fill("#filter", "login_accepted")
	p.await("document.querySelectorAll('.log-row').length === 1")
	p.click(".row-button")
	p.awaitText(".log-more", "documented")
	p.await("document.querySelectorAll('.checks .held').length > 10")
	p.fill("#filter", "")

	p.click(".log-bar button")
	p.awaitText(".log-bar button", "Resume")
	rows := eval[int](p.page, "document.querySelectorAll('.log-row').length")
	a.click("form.login button")
	p.awaitText("[role=status]", "waiting")
	if got := eval[int](p.page, "document.querySelectorAll('.log-row').length"); got != rows {
		t.Errorf("paused, the list grew from %d to %d rows", rows, got)
	}
	p.click(".log-bar button")
	p.awaitText(".log-table", "LOGOUT")
}
