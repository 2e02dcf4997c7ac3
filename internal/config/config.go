package config

import (
	"time"
)

// Config is the configuration of `rtmauth serve`, as it is written. Its tags are
// the key, the default, and the text of the reference; a change here changes
// `rtmauth config reference` and docs/configuration.md.
type Config struct {
	Listen string `yaml:"listen" default:":8082" doc:"Address of the public listener."`
	Admin  Admin  `yaml:"admin" doc:"The listener for operations."`
	Probes Probes `yaml:"probes" doc:"A listener with /healthz, /readyz and /metrics alone, for an address that the admin listener should not have, such as the pod's."`
	TLS    TLS    `yaml:"tls" doc:"TLS of the public listener. Files are read again when they change."`
	State  string `yaml:"state_dir" doc:"Folder for what should outlive the process: issuers' keys, when the last token of a certificate ends. Made with mode 0700 if it is not there. Without it nothing is kept."`

	Projects  []Project `yaml:"projects" doc:"The Agora projects that tokens are made for. The first is the default." required:"true"`
	Callers   Callers   `yaml:"callers" doc:"Who may ask: at least one way to know a caller."`
	Anonymous bool      `yaml:"insecure_anonymous" doc:"DANGER: requests without a credential are caller \"anonymous\". Whoever reaches the service gets what rules give that name; \"*\" in a rule is not it."`
	Policy    []Rule    `yaml:"policy" doc:"What callers may have. Rules are tried in order, the first that permits the whole request grants it. A jwt or webhook caller that no rule names gets RTM tokens for its own user; a key or certificate that no rule names gets nothing."`

	CORS    CORS     `yaml:"cors" doc:"Which web pages may call the service."`
	Fetch   Fetch    `yaml:"fetch_rtm_token" doc:"POST /fetch_rtm_token, the contract of Agora's guide."`
	Proxies []string `yaml:"trusted_proxies" doc:"Networks (CIDR) whose X-Forwarded-For is believed, from the right. Default: none."`

	Limits []Limit  `yaml:"limits" doc:"How often may be asked; a request that is too many is answered with 429. Default: no limit."`
	Deny   DenyList `yaml:"deny_list" doc:"The users who get no token, whatever rules say: rtmauth deny add, or the admin API. Kept in Redis where redis is set, else in state_dir; without either it is off."`
	Redis  Redis    `yaml:"redis" doc:"What replicas share: limits, the deny list, when the last tokens of certificates end. Without it each process has its own. With it, no token is made while Redis is away for longer than deny_list.max_stale."`

	Log      Log      `yaml:"log" doc:"The service's log, on standard error."`
	Audit    Audit    `yaml:"audit" doc:"One line per decision."`
	Timeouts Timeouts `yaml:"timeouts" doc:"Bounds on slow clients, and the shutdown."`

	CertificateReplaced bool `yaml:"certificate_replaced" doc:"Let a reload leave a project no certificate in common with the running one, or give its name to another App ID: tokens already out stop working at Agora's side as soon as the old certificate is deleted there. Set it for that one reload."`

	positions map[string]Position
	name      string
	dir       string
}

// Admin is the listener for operations.
type Admin struct {
	Listen string `yaml:"listen" default:"127.0.0.1:8083" doc:"Address. Empty turns the listener off."`
	Key    Secret `yaml:"key" doc:"Key for /admin/v1/…, at least 16 characters. Without it that part answers 403."`
}

// Probes is a listener that needs no key.
type Probes struct {
	Listen string `yaml:"listen" doc:"Address."`
}

// TLS names certificate files.
type TLS struct {
	Cert string `yaml:"cert" doc:"File of the certificate chain, PEM."`
	Key  string `yaml:"key" doc:"File of its private key, PEM."`
}

// Project is an Agora project.
type Project struct {
	Name      string `yaml:"name" required:"true" doc:"Its name in rules, logs and metrics."`
	AppID     Value  `yaml:"app_id" required:"true" doc:"App ID, 32 hexadecimal characters."`
	Primary   Secret `yaml:"primary" required:"true" doc:"The App certificate that signs."`
	Secondary Secret `yaml:"secondary" doc:"The other App certificate, accepted beside it. Exchange the two to sign with it."`
}

// Callers are the ways to know who asks.
type Callers struct {
	APIKeys []APIKey  `yaml:"api_keys" doc:"Keys for back ends, made by rtmauth apikey new."`
	JWT     []JWT     `yaml:"jwt" doc:"Issuers of JWTs, for front ends."`
	Webhook []Webhook `yaml:"webhook" doc:"The app's own server, asked who a request's cookies are."`
	MTLS    []MTLS    `yaml:"mtls" doc:"Client certificates. Needs tls."`
}

// APIKey is one key.
type APIKey struct {
	ID      string `yaml:"id" required:"true" doc:"The key's ID in logs."`
	Caller  string `yaml:"caller" doc:"The caller's name in rules. Default: the ID. Keys that replace one another share it."`
	SHA256  string `yaml:"sha256" required:"true" doc:"Hexadecimal SHA-256 of the key."`
	Expires Date   `yaml:"expires" doc:"The day, or the RFC 3339 time, from which the key is refused."`
}

// JWT is one issuer.
type JWT struct {
	Name       string              `yaml:"name" required:"true" doc:"The caller's name in rules."`
	Issuer     string              `yaml:"issuer" required:"true" doc:"The iss of its JWTs, compared byte for byte. Its keys are found by OpenID Connect discovery unless one of the next three is given."`
	JWKSURL    string              `yaml:"jwks_url" doc:"Address of its key set."`
	KeyFile    string              `yaml:"key_file" doc:"File with its key set (JWK) or one public key (PEM)."`
	Secret     Secret              `yaml:"secret" doc:"Shared secret of at least 32 bytes, for HS256, HS384 and HS512 alone."`
	Audience   []string            `yaml:"audience" doc:"One of these must be in aud."`
	Require    map[string][]string `yaml:"require" doc:"Claims and the values they may have, for issuers whose JWTs have no aud. audience or require is needed."`
	Algorithms []string            `yaml:"algorithms" default:"RS256" doc:"The signature algorithms that are accepted."`
	Leeway     time.Duration       `yaml:"leeway" default:"30s" doc:"How far clocks may differ, at most 5m."`
	Refresh    time.Duration       `yaml:"refresh" default:"1m" doc:"How often keys are fetched. Requests never cause a fetch."`
	MaxKeyAge  time.Duration       `yaml:"max_key_age" default:"24h" doc:"How long keys are good while the issuer cannot be reached."`
}

// Webhook is the app's own server.
type Webhook struct {
	Name    string        `yaml:"name" required:"true" doc:"The caller's name in rules."`
	URL     string        `yaml:"url" required:"true" doc:"Fixed address; https, or http to this machine. Answers 200 {\"user\":\"…\",\"attributes\":{…}}, 401 or 403."`
	Headers []string      `yaml:"headers" default:"Cookie" doc:"Request headers that are forwarded. A request with none of them is not asked about."`
	Timeout time.Duration `yaml:"timeout" default:"2s" doc:"After it the answer is 503."`
	Cache   time.Duration `yaml:"cache" default:"10s" doc:"How long an answer is remembered, at most 1m; 0s asks every time."`
}

// MTLS is one certificate authority for client certificates.
type MTLS struct {
	Name     string   `yaml:"name" required:"true" doc:"The caller's name in rules."`
	CAFile   string   `yaml:"ca_file" required:"true" doc:"File of the authorities' certificates, PEM."`
	Subjects []string `yaml:"subjects" required:"true" doc:"Accepted names: exact, or a prefix and \"*\". Compared with the certificate's DNS and URI names, and its common name where it has neither."`
}

// Rule permits some callers some tokens.
type Rule struct {
	Name        string           `yaml:"name" doc:"Its name in denials and logs. Default: \"rule N\"."`
	Callers     []string         `yaml:"callers" required:"true" doc:"Names of callers; \"*\" is every known caller, and never \"anonymous\"."`
	Projects    []string         `yaml:"projects" doc:"Names of projects. Default: the first project."`
	Users       []string         `yaml:"users" doc:"User IDs: exact, \"prefix-*\", \"*\", or with \"{claim}\". Default: \"{sub}\" where all callers are jwt or webhook; else required."`
	Services    []string         `yaml:"services" default:"rtm" doc:"rtm, rtc, rtm2, chat, chat_app, fpa."`
	Channels    []string         `yaml:"channels" doc:"RTC channels, written like users. Default: none."`
	UIDs        []string         `yaml:"uids" doc:"RTC uids, written like users. Default: as users. A token for uid 0 lets anyone join: only where \"0\" itself is in this list."`
	Roles       []string         `yaml:"roles" default:"publisher,subscriber" doc:"RTC roles."`
	RTM2        []RTM2Permission `yaml:"rtm2" doc:"What an RTM2 permission list may hold. Default: nothing."`
	Versions    []string         `yaml:"versions" default:"006,007" doc:"Token formats."`
	Life        time.Duration    `yaml:"life" default:"24h" doc:"The longest life, and the one given where none is asked; at most 24h."`
	Renew       time.Duration    `yaml:"renew" default:"1h" doc:"When clients are told to renew; four fifths of the life if that is sooner."`
	Allow00624h bool             `yaml:"allow_006_24h" doc:"Permit 006 although life is under 24h: 006 lives 24h whatever is asked."`
	Verify      bool             `yaml:"verify" doc:"The callers may use /v1/tokens/verify."`
}

// RTM2Permission permits entries of an RTM2 permission list.
type RTM2Permission struct {
	Resource string   `yaml:"resource" required:"true" doc:"message_channels, stream_channels, group_channels, server_groups or users."`
	Access   []string `yaml:"access" required:"true" doc:"read, write."`
	Names    []string `yaml:"names" required:"true" doc:"Written like users."`
}

// CORS says which pages may call.
type CORS struct {
	Origins     []string `yaml:"origins" doc:"Exact origins, such as https://app.example. Default: none."`
	Credentials bool     `yaml:"credentials" doc:"Let those pages send cookies, for a webhook."`
}

// Fetch is the contract of Agora's guide.
type Fetch struct {
	Enabled bool   `yaml:"enabled" default:"true" doc:"Serve it."`
	Version string `yaml:"token_version" default:"006" doc:"006, which every RTM SDK reads, or 007."`
}

// Limit bounds how often one address or one caller may ask.
type Limit struct {
	Name    string        `yaml:"name" required:"true" doc:"Its name in answers and metrics."`
	By      string        `yaml:"by" required:"true" doc:"address: the client's address (of IPv6 the /64), before it is known who asks; mind trusted_proxies. caller: one API key, one user of an issuer or webhook, one client certificate."`
	Callers []string      `yaml:"callers" doc:"by caller: the callers that it binds. Default: all."`
	Rate    int           `yaml:"rate" required:"true" doc:"Requests in every per, for each address or caller."`
	Per     time.Duration `yaml:"per" default:"1m" doc:"1s to 24h."`
	Burst   int           `yaml:"burst" doc:"Requests at once. Default: as rate."`
}

// DenyList is how the deny list is read.
type DenyList struct {
	MaxStale time.Duration `yaml:"max_stale" default:"1m" doc:"With redis: how long the copy at hand counts while Redis does not answer. Then requests get 503: nobody knows who is denied."`
}

// Redis is where replicas share.
type Redis struct {
	URL     Secret        `yaml:"url" required:"true" doc:"redis://user:password@host:6379/0, rediss:// for TLS, unix:///path. One server, or an address that fails over; no cluster. Needs maxmemory-policy noeviction."`
	Prefix  string        `yaml:"prefix" default:"rtmauth:" doc:"Begins every key, so that several services can use one Redis; before the keys of limits stands rate:. An ACL has to permit ~rtmauth:* and ~rate:rtmauth:*."`
	Timeout time.Duration `yaml:"timeout" default:"250ms" doc:"For one question, at most 5s."`
}

// Log is the service's log.
type Log struct {
	Level  string `yaml:"level" default:"info" doc:"debug, info, warn or error."`
	Format string `yaml:"format" default:"json" doc:"json or text."`
}

// Audit is the log of decisions.
type Audit struct {
	File      string `yaml:"file" doc:"File that lines are appended to, opened again on reload. Default: the service's log."`
	OnFailure string `yaml:"on_failure" default:"refuse" doc:"What happens while lines cannot be written: refuse requests with 503, or continue and count the lost lines."`
	HashUsers Secret `yaml:"hash_users" doc:"Key, at least 32 characters; users are then written as HMAC-SHA-256 under it."`
}

// Timeouts bound slow clients and the shutdown.
type Timeouts struct {
	Header   time.Duration `yaml:"header" default:"5s" doc:"For a request's headers."`
	Read     time.Duration `yaml:"read" default:"10s" doc:"For a whole request."`
	Write    time.Duration `yaml:"write" default:"20s" doc:"From the end of the headers to the end of the answer."`
	Idle     time.Duration `yaml:"idle" default:"120s" doc:"For an idle connection."`
	Drain    time.Duration `yaml:"drain_delay" default:"5s" doc:"After SIGTERM /readyz answers 503 and new connections are still served this long, so that load balancers notice."`
	Shutdown time.Duration `yaml:"shutdown" default:"20s" doc:"Then requests under way have this long."`
}

// Position is where a value stands in the file; the zero Position is nowhere.
type Position struct{ Line, Column int }

// Position returns where the value at a path such as "projects[0].app_id"
// stands, or the nearest value around it.
func (c *Config) Position(path string) Position {
	for path != "" {
		if p, ok := c.positions[path]; ok {
			return p
		}
		path = parent(path)
	}
	return c.positions[""]
}

func parent(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' || path[i] == '[' {
			return path[:i]
		}
	}
	return ""
}

// Name is the file's name, for messages.
func (c *Config) Name() string { return c.name }
