// Package outbound is how authenticators ask other servers: bounded answers,
// bounded time, no redirects, and plain http only to this machine.
package outbound

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// CheckURL refuses addresses that answers about callers must not come from:
// anything but https, except http to a loopback address, and URLs that hold a
// user, a password or a fragment.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("is not a URL")
	case u.Host == "" || u.Hostname() == "":
		return errors.New("must be an absolute URL")
	case u.User != nil:
		return errors.New("must not hold a user or password")
	case u.Fragment != "":
		return errors.New("must not hold a fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && Loopback(u.Hostname()):
		return nil
	}
	return errors.New("must begin with https:// (http:// only to this machine)")
}

// Loopback reports whether host is this machine by its text alone, without
// asking a name server.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// NewClient returns a client that follows no redirect and takes at most timeout
// for a whole exchange. transport may be nil.
func NewClient(timeout time.Duration, transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: min(timeout, 5*time.Second)}).DialContext,
			TLSHandshakeTimeout:    min(timeout, 5*time.Second),
			ResponseHeaderTimeout:  timeout,
			MaxResponseHeaderBytes: 64 << 10,
			MaxIdleConnsPerHost:    16,
			IdleConnTimeout:        30 * time.Second,
			ForceAttemptHTTP2:      true,
		}
	}
	return &http.Client{
		Transport: transport,
		Timeout:   timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// ReadBody reads an answer of at most limit bytes; a longer one is an error.
func ReadBody(resp *http.Response, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("the answer is longer than %d bytes", limit)
	}
	return body, nil
}
