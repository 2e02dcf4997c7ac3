// Package localguard keeps web pages that a developer happens to visit away
// from a server on their own machine.
//
// A server on loopback is reachable by every page that a browser on the machine
// opens. Two checks keep strangers out. The Host header must be a loopback name
// or one that was added: a page that has pointed its own name at 127.0.0.1 (DNS
// rebinding) sends its own name. The Origin header must be one that is admitted:
// browsers send it with every request that crosses origins and can have an
// effect, and with every WebSocket handshake. Programs that are not browsers
// send no Origin and pass; the guard is no authentication.
package localguard

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Rules say what a Guard admits beyond loopback.
type Rules struct {
	// AnyOrigin admits every Origin, "null" too. It is for servers that hold
	// nothing worth having. It does not loosen the check of the Host header.
	AnyOrigin bool
	// Origins are admitted beside the loopback ones: "https://app.example",
	// "http://192.0.2.7:3000", or "null", which any page can send.
	Origins []string
	// Hosts are admitted beside the loopback names: "box.lan" with any port,
	// "box.lan:8082" with this one only.
	Hosts []string
	// OnRefusal is called for each refused request, perhaps from several
	// goroutines at once. Nil is allowed.
	OnRefusal func(Refusal)
}

// Kind is the rule that a request broke.
type Kind string

// The kinds of refusal.
const (
	Host      Kind = "Host"           // the Host header names no admitted host
	Origin    Kind = "Origin"         // the Origin header is not admitted
	CrossSite Kind = "Sec-Fetch-Site" // a browser says that another site asks, but not which
)

// Refusal is one refused request.
type Refusal struct {
	Kind  Kind
	Value string // what was sent; not to be trusted: it may be long and hold control characters
	Flag  string // the flag of `rtmauth dev` that admits it; empty where none can
}

// Sentence says to the client what was refused. It does not repeat the value.
func (r Refusal) Sentence() string {
	switch r.Kind {
	case Host:
		return "This server answers only under loopback names and those of --allow-host; the Host header names another."
	case Origin:
		return "This server does not answer pages of this origin. The terminal that runs it shows the flag that admits them."
	default:
		return "This server does not answer requests that another site makes without saying which (no Origin header)."
	}
}

// Guard decides by its Rules. It is safe for concurrent use.
type Guard struct {
	anyOrigin bool
	origins   map[string]bool
	hosts     map[string]bool
	onRefusal func(Refusal)
}

// New checks the rules. The error names the value that cannot be used and says
// what is expected.
func New(rules Rules) (*Guard, error) {
	g := &Guard{
		anyOrigin: rules.AnyOrigin,
		origins:   make(map[string]bool),
		hosts:     make(map[string]bool),
		onRefusal: rules.OnRefusal,
	}
	for _, text := range rules.Origins {
		origin, err := parseOrigin(text)
		if err != nil {
			return nil, fmt.Errorf("origin %q: %w", text, err)
		}
		g.origins[origin] = true
	}
	for _, text := range rules.Hosts {
		name, port, ok := splitHost(text)
		if !ok {
			return nil, fmt.Errorf("host %q: give a name or an address, with a port or without, like box.lan or 192.0.2.7:8082", text)
		}
		g.hosts[joinHost(name, port)] = true
	}
	return g, nil
}

// AllowHost reports whether a Host header is admitted: a loopback name (localhost,
// a name below it, 127.0.0.0/8, [::1]) with any port, or one of Rules.Hosts.
func (g *Guard) AllowHost(host string) bool {
	name, port, ok := splitHost(host)
	if !ok {
		return false
	}
	return isLoopback(name) || g.hosts[joinHost(name, "")] || g.hosts[joinHost(name, port)]
}

// AllowOrigin reports whether an Origin header is admitted. An empty one is not:
// callers that let programs pass look for the header first.
func (g *Guard) AllowOrigin(origin string) bool {
	if origin == "" {
		return false
	}
	if g.anyOrigin {
		return true
	}
	parsed, err := parseOrigin(origin)
	if err != nil {
		return false
	}
	return g.origins[parsed] || IsLoopbackOrigin(parsed)
}

// AnyOrigin reports whether every Origin is admitted.
func (g *Guard) AnyOrigin() bool { return g.anyOrigin }

// Check judges a request by its Host, Origin and Sec-Fetch-Site headers and
// reports a refusal to Rules.OnRefusal. A page that came from this server, under
// a host name that is admitted, is no stranger to it. Methods that change nothing by
// themselves (GET, HEAD, OPTIONS) pass without an Origin whatever
// Sec-Fetch-Site says: that is how a browser follows a link.
func (g *Guard) Check(r *http.Request) (Refusal, bool) {
	if refusal, ok := g.CheckHost(r); !ok {
		return refusal, false
	}
	if origins := r.Header.Values("Origin"); len(origins) > 0 {
		for _, origin := range origins {
			if !g.AllowOrigin(origin) && !IsOwnOrigin(origin, r.Host) {
				return g.refuse(Refusal{Kind: Origin, Value: origin, Flag: originFlag(origin)})
			}
		}
		return Refusal{}, true
	}
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	if site := r.Header.Get("Sec-Fetch-Site"); !safe && site == "cross-site" {
		return g.refuse(Refusal{Kind: CrossSite, Value: site})
	}
	return Refusal{}, true
}

// CheckHost judges the Host header alone, as every route needs it.
func (g *Guard) CheckHost(r *http.Request) (Refusal, bool) {
	if g.AllowHost(r.Host) {
		return Refusal{}, true
	}
	return g.refuse(Refusal{Kind: Host, Value: r.Host, Flag: hostFlag(r.Host)})
}

func (g *Guard) refuse(r Refusal) (Refusal, bool) {
	if g.onRefusal != nil {
		g.onRefusal(r)
	}
	return r, false
}

// IsLoopbackOrigin reports whether an Origin header is that of a page which was
// loaded over HTTP from this machine, at any port.
func IsLoopbackOrigin(origin string) bool {
	parsed, err := parseOrigin(origin)
	if err != nil || parsed == "null" {
		return false
	}
	scheme, host, _ := strings.Cut(parsed, "://")
	name, _, ok := splitHost(host)
	return ok && (scheme == "http" || scheme == "https") && isLoopback(name)
}

// IsOwnOrigin reports whether an Origin header is that of a page which came from
// the host that it now sends a request to; the host must have been admitted.
func IsOwnOrigin(origin, host string) bool {
	parsed, err := parseOrigin(origin)
	if err != nil {
		return false
	}
	for _, scheme := range []string{"http", "https"} { // https where something in front speaks TLS
		if own, err := parseOrigin(scheme + "://" + host); err == nil && own == parsed {
			return true
		}
	}
	return false
}

// IsLoopbackHost reports whether a host, with a port or without, is a loopback name.
func IsLoopbackHost(host string) bool {
	name, _, ok := splitHost(host)
	return ok && isLoopback(name)
}

func isLoopback(name string) bool {
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true // RFC 6761, section 6.3: never resolved to another machine
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Zone() == "" && addr.Unmap().IsLoopback()
}

// parseOrigin reads a serialized origin (RFC 6454, section 6.2) in lower case,
// without the port where it is the scheme's own.
func parseOrigin(text string) (string, error) {
	if text == "null" {
		return text, nil
	}
	if text == "*" {
		return "", errors.New(`"*" would let every page that is open in a browser here use this server; name each origin`)
	}
	wanted := errors.New("give scheme://host or scheme://host:port and nothing after it, like https://app.example")
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(text, "?#") {
		return "", wanted
	}
	name, port, ok := splitHost(u.Host)
	if !ok {
		return "", wanted
	}
	if u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		port = ""
	}
	return u.Scheme + "://" + joinHost(name, port), nil
}

// splitHost reads host or host:port; the name comes in lower case, an IPv6
// address without its brackets.
func splitHost(text string) (name, port string, ok bool) {
	name = text
	if strings.HasPrefix(text, "[") || strings.Contains(text, ":") {
		if bare, found := strings.CutSuffix(text, "]"); found {
			name = strings.TrimPrefix(bare, "[")
		} else {
			var err error
			name, port, err = net.SplitHostPort(text)
			if err != nil || port == "" || len(port) > 5 || strings.Trim(port, "0123456789") != "" {
				return "", "", false
			}
		}
		if strings.HasPrefix(text, "[") {
			addr, err := netip.ParseAddr(name)
			return addr.String(), port, err == nil && addr.Is6()
		}
	}
	name = strings.ToLower(name)
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return "", "", false
		}
	}
	return name, port, name != "" && len(name) <= 253
}

func joinHost(name, port string) string {
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if port == "" {
		return name
	}
	return name + ":" + port
}

func originFlag(origin string) string {
	parsed, err := parseOrigin(origin)
	if err != nil {
		return "" // a flag made of it would be refused, or worse: it is pasted into a shell
	}
	return "--allow-origin " + parsed
}

func hostFlag(host string) string {
	name, _, ok := splitHost(host)
	if !ok {
		return ""
	}
	return "--allow-host " + joinHost(name, "")
}
