// Package e2e holds the tests that need a real browser: the built rtmauth
// binary is started, a page is opened in headless Chromium, and what a person
// or an app would see is asserted. It is a module of its own so that the
// library and the binary do not depend on chromedp.
//
// A new test starts a server with startDev and a tab with newPage. Waiting is
// always for a condition, with a deadline; nothing sleeps.
//
// The screenshot of the READMEs is made anew with
//
//	go test -run TestDemo_picture . -pictures ../docs/images
package e2e
