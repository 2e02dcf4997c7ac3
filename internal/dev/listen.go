package dev

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/rtmauth/rtmauth/internal/localguard"
)

// windowsAddressInUse is WSAEADDRINUSE, which package syscall has on Windows only.
const windowsAddressInUse = syscall.Errno(10048)

// address is where to listen. Port names are refused: which number they mean
// depends on the machine.
func (o *Options) address() (string, error) {
	flag, address := "--listen", o.Listen
	switch {
	case o.InsecureListen != "":
		flag, address = "--insecure-listen", o.InsecureListen
	case address == "":
		address = DefaultListen
	}
	host, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "", &FlagError{flag, fmt.Errorf("%q is not an address with a port, like %s", address, DefaultListen)}
	}
	if o.InsecureListen == "" && !localguard.IsLoopbackHost(joinBare(host)) {
		return "", &FlagError{flag, fmt.Errorf("%q can be reached from other machines, whose users could then make tokens for anyone in your project; listen on 127.0.0.1:%s, or use --insecure-listen if that is what you want", address, port)}
	}
	return address, nil
}

// joinBare puts an IPv6 address back into its brackets.
func joinBare(host string) string {
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return "[" + host + "]"
	}
	return host
}

// listen opens the address. Where it is taken the error is one sentence with the
// likely cause and a command that works.
func listen(ctx context.Context, address, program string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return listener, nil
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, windowsAddressInUse):
		host, _, _ := net.SplitHostPort(address)
		if !localguard.IsLoopbackHost(joinBare(host)) {
			host = "127.0.0.1"
		}
		return nil, fmt.Errorf("%s is in use, %s; stop that, or take a free port: %s dev --listen %s", address, occupant(ctx, address), program, net.JoinHostPort(host, "0"))
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s (ports under 1024 are for the system); take another port: %s dev --listen %s", address, program, DefaultListen)
	}
	return nil, err
}

// occupant says who seems to listen on a loopback address.
func occupant(ctx context.Context, address string) string {
	const other, same = "by another program", "most likely by a `rtmauth dev` that still runs"
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
	if err != nil {
		return other
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r) // no proxy, no redirects
	if err != nil {
		return other
	}
	defer resp.Body.Close()
	var health health
	if json.NewDecoder(io.LimitReader(resp.Body, 4<<10)).Decode(&health) != nil || health.Service != serviceName {
		return other
	}
	return same
}

// addressURL is the URL under which this machine reaches a listener.
func addressURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
