package server

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/reload"
)

// request is what the middlewares know of a request. It goes with the context.
type request struct {
	snapshot *reload.Snapshot // one configuration from beginning to end
	id       string
	trace    string
	client   string
	route    string // a pattern, for metrics and the audit log
	began    time.Time
	caller   policy.Caller // set by authenticate
	known    bool
}

type requestKey struct{}

// of returns what is known of r. Every request has passed the middlewares.
func of(r *http.Request) *request {
	q, _ := r.Context().Value(requestKey{}).(*request)
	return q
}

func with(r *http.Request, q *request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), requestKey{}, q))
}

// requestID is 64 random bits; they need not be secret.
func requestID() string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64()) //nolint:gosec // names a request; no secret
	return hex.EncodeToString(b[:])
}

// givenID is the X-Request-Id of a trusted proxy, if it is one to put into logs.
func givenID(h http.Header) string {
	ids := h["X-Request-Id"]
	if len(ids) != 1 || ids[0] == "" || len(ids[0]) > 64 {
		return ""
	}
	for _, c := range ids[0] {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return ""
		}
	}
	return ids[0]
}

// traceID is the trace of a W3C traceparent, "" for anything that is not one.
func traceID(h http.Header) string {
	given := h["Traceparent"]
	if len(given) != 1 || len(given[0]) != 55 {
		return ""
	}
	parts := strings.Split(given[0], "-")
	if len(parts) != 4 || len(parts[0]) != 2 || parts[0] == "ff" || len(parts[1]) != 32 || len(parts[2]) != 16 || parts[1] == strings.Repeat("0", 32) {
		return ""
	}
	for _, p := range parts {
		for _, c := range p {
			if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
				return ""
			}
		}
	}
	return parts[1]
}

// clientAddress is who sent the request: the peer, or, where the peer is a
// trusted proxy, the first address of X-Forwarded-For from the right that is not
// one. What a client wrote to the left of that is never looked at.
func clientAddress(r *http.Request, trusted []netip.Prefix) (addr string, viaProxy bool) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "", false
	}
	if len(trusted) == 0 {
		return host, false
	}
	peer, err := netip.ParseAddr(host)
	if err != nil || !in(peer, trusted) {
		return host, false
	}
	list := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	client := peer
	for i := len(list) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(list[i]))
		if err != nil {
			break
		}
		client = hop
		if !in(hop, trusted) {
			break
		}
	}
	return client.Unmap().String(), true
}

func in(a netip.Addr, nets []netip.Prefix) bool {
	a = a.Unmap().WithZone("")
	for _, n := range nets {
		if n.Contains(a) {
			return true
		}
	}
	return false
}
