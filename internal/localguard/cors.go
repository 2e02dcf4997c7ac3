package localguard

import (
	"net/http"
	"strings"
)

// SetCORS sets the headers by which a browser lets the page that asked read the
// answer; call it before anything is written, errors too. Where any origin is
// admitted that is "*"; else an admitted origin is named, and nothing is set for
// others. methods are those of the route, like "POST, OPTIONS". Credentials
// (cookies) are never allowed: nothing here uses them.
func (g *Guard) SetCORS(h http.Header, r *http.Request, methods string) {
	h.Set("Access-Control-Allow-Methods", methods)
	h.Set("Access-Control-Allow-Headers", allowHeaders(r))
	h.Set("Access-Control-Expose-Headers", "Date")
	origin := r.Header.Get("Origin")
	switch {
	case g.anyOrigin:
		h.Set("Access-Control-Allow-Origin", "*")
	default:
		h.Add("Vary", "Origin")
		if !g.AllowOrigin(origin) {
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
	}
	// Browsers that guard private networks ask this before a page from the
	// internet may reach a server on loopback.
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
}

// allowHeaders is "*", which covers every header but Authorization.
func allowHeaders(r *http.Request) string {
	for name := range strings.SplitSeq(r.Header.Get("Access-Control-Request-Headers"), ",") {
		if strings.EqualFold(strings.TrimSpace(name), "Authorization") {
			return "*, Authorization"
		}
	}
	return "*"
}
