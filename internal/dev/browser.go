package dev

import (
	"fmt"
	"io"
	"os/exec"
	"runtime"
)

// browse opens the page, if it can: that it could not is one line, no trouble.
func (o *Options) browse(url string, stderr io.Writer) {
	open := o.openBrowser
	if open == nil {
		open = startBrowser
	}
	if err := open(url + "/"); err != nil {
		fmt.Fprintf(stderr, "Could not open a browser (%v); open %s/ yourself.\n", err, url)
	}
}

func startBrowser(url string) error {
	name, args := "xdg-open", []string{url}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", url}
	}
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // only so that no zombie is left; it may run as long as the browser
	return nil
}
