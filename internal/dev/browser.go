package dev

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"runtime"
)

// browse opens the page, if it can: that it could not is one line, no trouble.
func (o *Options) browse(ctx context.Context, url string, stderr io.Writer) {
	open := o.openBrowser
	if open == nil {
		open = startBrowser
	}
	if err := open(ctx, url+"/"); err != nil {
		fmt.Fprintf(stderr, "Could not open a browser (%v); open %s/ yourself.\n", err, url)
	}
}

func startBrowser(ctx context.Context, url string) error {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...) //nolint:gosec // G204: the names are above, the address is ours
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // only so that no zombie is left; it may run as long as the browser
	return nil
}
