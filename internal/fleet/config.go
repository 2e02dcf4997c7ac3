package fleet

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Config says which Redis, and under which names. It holds a password and does
// not show it: what is behind two pointers, no way of printing follows.
type Config struct{ p **settings }

type settings struct {
	url     string
	prefix  string
	timeout time.Duration
	options *redis.Options
}

// MaxTimeout is the longest that one question to Redis may take.
const MaxTimeout = 5 * time.Second

// NewConfig reads an address: redis://user:password@host:6379/0, rediss:// for
// TLS, unix:///path for a socket. prefix begins every key (those of limits after "rate:",
// which the library puts there), timeout bounds every question. Errors hold nothing of the address.
func NewConfig(url, prefix string, timeout time.Duration) (Config, error) {
	if timeout < time.Millisecond || timeout > MaxTimeout {
		return Config{}, fmt.Errorf("timeout must be between 1ms and %s", MaxTimeout)
	}
	if strings.ContainsFunc(prefix, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return Config{}, errors.New("prefix must be printable ASCII without spaces")
	}
	o, err := redis.ParseURL(url)
	if err != nil { // may quote the address
		return Config{}, errors.New("url must be redis://user:password@host:6379/0, rediss://… for TLS, or unix:///path")
	}
	if o.TLSConfig != nil {
		if o.TLSConfig.InsecureSkipVerify {
			return Config{}, errors.New("url must not have skip_verify: whoever is in between could read and change everything")
		}
		o.TLSConfig.MinVersion = tls.VersionTLS12
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = timeout, timeout, timeout, timeout
	o.ContextTimeoutEnabled = true
	o.MaxRetries = 1 // a connection that Redis closed while it was idle
	o.MaxRetryBackoff = -1
	o.DialerRetries = 1 // whoever asks has no time for more
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	s := &settings{url: url, prefix: prefix, timeout: timeout, options: o}
	return Config{&s}, nil
}

// IsZero reports whether no Redis is named.
func (c Config) IsZero() bool { return c.p == nil }

// Exposed reports whether a password goes to another machine in the clear.
func (c Config) Exposed() bool {
	if c.IsZero() {
		return false
	}
	o := (*c.p).options
	host, _, err := net.SplitHostPort(o.Addr)
	ip, ipErr := netip.ParseAddr(host)
	local := o.Network == "unix" || err == nil && (host == "localhost" || ipErr == nil && ip.IsLoopback())
	return o.Password != "" && o.TLSConfig == nil && !local
}

// Equal reports whether two configurations name the same Redis in the same way.
func (c Config) Equal(other Config) bool {
	if c.IsZero() || other.IsZero() {
		return c.IsZero() && other.IsZero()
	}
	a, b := *c.p, *other.p
	return a.url == b.url && a.prefix == b.prefix && a.timeout == b.timeout
}
