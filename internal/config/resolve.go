package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/caller/apikey"
	"github.com/rtmauth/rtmauth/internal/caller/jwt"
	"github.com/rtmauth/rtmauth/internal/caller/mtls"
	"github.com/rtmauth/rtmauth/internal/caller/webhook"
	"github.com/rtmauth/rtmauth/internal/fleet"
	"github.com/rtmauth/rtmauth/internal/keyring"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/ratelimit"
)

// maxFile bounds files that are no secrets: key sets, authorities.
const maxFile = 512 << 10

// Resolved is a configuration that was checked, with its secrets read. Printing
// it shows none of them.
type Resolved struct {
	*Config
	Projects  []keyring.ProjectConfig
	APIKeys   []apikey.Key
	JWT       []ResolvedJWT
	Webhooks  []webhook.Config
	MTLS      []mtls.Config
	Rules     *policy.Policy
	Kinds     map[string]policy.Kind // of callers, by name: how each is recognised
	Proxies   []netip.Prefix
	Limits    []ratelimit.Limit
	Redis     fleet.Config // zero: none
	AdminKey  Text
	HashUsers Text
	TLSCert   []byte
	TLSKey    Text
	// Files are those that the configuration was read from, with the
	// Fingerprint of what they held then, so that a change can be seen.
	Files map[string][sha256.Size]byte
	// Warnings are about what works and is probably not meant.
	Warnings []string
}

// ResolvedJWT is an issuer whose source of keys is not made yet: a reload keeps
// those that did not change.
type ResolvedJWT struct {
	Issuer jwt.Issuer         // without Source
	source **jwt.SourceConfig // may hold a shared secret; see Text
}

// Source is where the issuer's keys come from.
func (r ResolvedJWT) Source() jwt.SourceConfig { return **r.source }

// Resolve checks what the values mean and reads the secrets and files that they
// name. It changes nothing, asks no other server, and reports everything wrong
// at once, as Errors.
func (c *Config) Resolve(from Source) (*Resolved, error) {
	names := map[string]policy.Kind{}
	v := &resolver{c: c, names: names, out: &Resolved{Config: c, Kinds: names, Files: map[string][sha256.Size]byte{}}}
	v.from = from.recorded(v.out.Files)
	v.listeners()
	v.projects()
	v.callers()
	v.policy()
	v.shared()
	v.rest()
	if err := v.errs.sorted(); err != nil {
		return nil, err
	}
	return v.out, nil
}

type resolver struct {
	c     *Config
	from  Source
	out   *Resolved
	errs  Errors
	names map[string]policy.Kind // callers
}

func (v *resolver) fail(path, format string, args ...any) {
	v.errs = append(v.errs, &Error{File: v.c.name, Position: v.c.Position(path), Path: path, Text: fmt.Sprintf(format, args...)})
}

func (v *resolver) warn(path, format string, args ...any) {
	e := &Error{File: v.c.name, Position: v.c.Position(path), Path: path, Text: fmt.Sprintf(format, args...)}
	v.out.Warnings = append(v.out.Warnings, e.Error())
}

// secret reads a secret; a zero one stays zero.
func (v *resolver) secret(path string, s Secret) Text {
	if s.IsZero() || v.from.SkipSecrets {
		return Text{}
	}
	text, err := v.c.Read(s, v.from)
	if err != nil {
		v.fail(path, "%v", err)
	}
	return text
}

func (v *resolver) read(path, file string) []byte {
	b, err := v.c.readFile(file, maxFile, v.from)
	if err != nil {
		v.fail(path, "%v", err)
	}
	return b
}

func (v *resolver) listeners() {
	v.address("listen", v.c.Listen, true)
	v.address("admin.listen", v.c.Admin.Listen, false)
	v.address("probes.listen", v.c.Probes.Listen, false)
	v.apart("admin.listen", v.c.Admin.Listen, "listen", v.c.Listen)
	v.apart("probes.listen", v.c.Probes.Listen, "listen", v.c.Listen)
	v.apart("probes.listen", v.c.Probes.Listen, "admin.listen", v.c.Admin.Listen)
	if host, _, err := net.SplitHostPort(v.c.Admin.Listen); err == nil && !isLoopback(host) {
		v.warn("admin.listen", "other machines reach it, and it is plain HTTP: its key can be read on the way; probes.listen is for /healthz, /readyz and /metrics alone")
	}
	v.out.AdminKey = v.secret("admin.key", v.c.Admin.Key)
	if n := len(v.out.AdminKey.Reveal()); n > 0 && n < 16 {
		v.fail("admin.key", "is shorter than 16 characters")
	}
	switch cert, key := v.c.TLS.Cert, v.c.TLS.Key; {
	case v.from.SkipSecrets:
	case (cert == "") != (key == ""):
		v.fail("tls", "cert and key go together")
	case cert != "":
		certPEM, keyPEM := v.read("tls.cert", cert), v.read("tls.key", key)
		if certPEM != nil && keyPEM != nil {
			if err := checkKeyPair(certPEM, keyPEM); err != nil {
				v.fail("tls", "%v", err)
			}
			v.out.TLSCert, v.out.TLSKey = certPEM, NewText(keyPEM)
		}
	}
}

func (v *resolver) address(path, addr string, needed bool) {
	if addr == "" {
		if needed {
			v.fail(path, "must be an address such as :8082")
		}
		return
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		v.fail(path, "must be an address such as :8082 or 127.0.0.1:8082")
		return
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		v.fail(path, "must have a port between 0 and 65535")
	}
}

// apart refuses two listeners of one address, of which the second would not start.
func (v *resolver) apart(path, addr, otherPath, other string) {
	host, port, err := net.SplitHostPort(addr)
	otherHost, otherPort, otherErr := net.SplitHostPort(other)
	if err != nil || otherErr != nil || port != otherPort || strings.Trim(port, "0") == "" {
		return
	}
	if host == otherHost || isWildcard(host) || isWildcard(otherHost) {
		v.fail(path, "has the address of %s; each listener needs its own", otherPath)
	}
}

func isWildcard(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (v *resolver) projects() {
	if len(v.c.Projects) == 0 {
		v.fail("projects", "at least one is needed")
	}
	var made []*keyring.Project
	for i, p := range v.c.Projects {
		path := fmt.Sprintf("projects[%d]", i)
		pc := keyring.ProjectConfig{Name: p.Name, AppID: p.AppID.Text}
		if !p.AppID.From.IsZero() {
			pc.AppID = string(v.secret(path+".app_id", p.AppID.From).Reveal())
		}
		ok := true
		certificate := func(key string, s Secret) (out rtmauth.Certificate) {
			text := v.secret(path+"."+key, s)
			if text.IsZero() {
				ok = ok && s.IsZero()
				return out
			}
			out, err := rtmauth.ParseCertificate(string(text.Reveal()))
			if err != nil {
				v.fail(path+"."+key, "%s: %v", s, err)
				ok = false
			}
			return out
		}
		pc.Primary, pc.Secondary = certificate("primary", p.Primary), certificate("secondary", p.Secondary)
		if !ok || pc.AppID == "" || v.from.SkipSecrets {
			continue
		}
		project, err := keyring.NewProject(pc)
		if err != nil {
			v.fail(path, "%v", err)
			continue
		}
		v.out.Projects = append(v.out.Projects, pc)
		made = append(made, project)
	}
	if v.from.SkipSecrets {
		return
	}
	if len(made) == len(v.c.Projects) && len(made) > 0 {
		if _, err := keyring.New(made...); err != nil {
			v.fail("projects", "%v", err)
		}
	}
}

func (v *resolver) rest() {
	for i, origin := range v.c.CORS.Origins {
		if err := checkOrigin(origin); err != nil {
			v.fail(fmt.Sprintf("cors.origins[%d]", i), "%v", err)
		}
	}
	if v.c.CORS.Credentials && len(v.c.CORS.Origins) == 0 {
		v.fail("cors.credentials", "goes with origins")
	}
	for i, text := range v.c.Proxies {
		p, err := netip.ParsePrefix(text)
		if err != nil || p != p.Masked() {
			v.fail(fmt.Sprintf("trusted_proxies[%d]", i), "must be a network such as 10.0.0.0/8")
			continue
		}
		v.out.Proxies = append(v.out.Proxies, p)
	}
	v.oneOf("fetch_rtm_token.token_version", v.c.Fetch.Version, "006", "007")
	v.oneOf("log.level", v.c.Log.Level, "debug", "info", "warn", "error")
	v.oneOf("log.format", v.c.Log.Format, "json", "text")
	v.oneOf("audit.on_failure", v.c.Audit.OnFailure, "refuse", "continue")
	v.out.HashUsers = v.secret("audit.hash_users", v.c.Audit.HashUsers)
	if n := len(v.out.HashUsers.Reveal()); n > 0 && n < 32 {
		v.fail("audit.hash_users", "is shorter than 32 characters")
	}
	if v.c.CertificateReplaced {
		v.warn("certificate_replaced", "while this is set no reload is refused for leaving a project no certificate in common with the running one: take it out again after the reload that it is for")
	}
	t := v.c.Timeouts
	for path, d := range map[string]time.Duration{"timeouts.header": t.Header, "timeouts.read": t.Read, "timeouts.write": t.Write, "timeouts.idle": t.Idle, "timeouts.shutdown": t.Shutdown} {
		if d <= 0 || d > time.Hour {
			v.fail(path, "must be greater than 0s and at most 1h")
		}
	}
	if t.Drain < 0 || t.Drain > 10*time.Minute {
		v.fail("timeouts.drain_delay", "must be between 0s and 10m")
	}
}

func (v *resolver) oneOf(path, got string, allowed ...string) {
	if !slices.Contains(allowed, got) {
		v.fail(path, "must be one of %s", strings.Join(allowed, ", "))
	}
}

// checkOrigin refuses what a browser never sends as Origin, which would never match.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != origin || strings.ToLower(origin) != origin {
		return errors.New("must be an origin as browsers send it, such as https://app.example: no path, no slash at the end, lower case, no \"*\"")
	}
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return errors.New("must not name the scheme's own port: browsers leave it out")
	}
	return nil
}

// Override sets the scalars that the environment may override beside a file.
func (c *Config) Override(lookup func(string) (string, bool)) {
	for name, dst := range map[string]*string{"RTMAUTH_LISTEN": &c.Listen, "RTMAUTH_ADMIN_LISTEN": &c.Admin.Listen, "RTMAUTH_LOG_LEVEL": &c.Log.Level} {
		if text, ok := lookup(name); ok && text != "" {
			*dst = text
		}
	}
}

// Load reads a configuration file, with the environment's overrides, and
// resolves it. A missing file is an error of the file system.
func Load(path string, from Source) (*Resolved, error) {
	files := map[string][sha256.Size]byte{}
	text, err := from.recorded(files).ReadFile(path)
	if err != nil {
		var pathErr *os.PathError
		if errors.As(err, &pathErr) {
			return nil, Errors{{File: path, Text: "cannot be read: " + pathErr.Err.Error()}}
		}
		return nil, err
	}
	c, shape := parse(text, path)
	if c == nil {
		return nil, shape.sorted()
	}
	c.Override(from.LookupEnv)
	r, err := c.Resolve(from)
	if len(shape) == 0 {
		if err == nil {
			maps.Copy(r.Files, files)
		}
		return r, err
	}
	// Both kinds of error at once, but for those that only follow from a value
	// that could not be decoded.
	var meaning Errors
	errors.As(err, &meaning)
	for _, e := range meaning {
		if !slices.ContainsFunc(shape, func(s *Error) bool { return within(e.Path, s.Path) || within(s.Path, e.Path) }) {
			shape = append(shape, e)
		}
	}
	return nil, shape.sorted()
}

// within reports whether a path is another, or lies below it.
func within(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || above == "" || rest[0] == '.' || rest[0] == '[')
}
