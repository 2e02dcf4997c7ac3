package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/parser"
)

// envName is what messages call the environment-only form.
const envName = "environment"

// FromEnv is the configuration that the environment alone gives, for serve
// without --config: the project of APP_ID and APP_CERTIFICATE (see Env.Project),
// PORT or SERVER_PORT, CORS_ALLOW_ORIGIN, RTMAUTH_API_KEYS_FILE,
// RTMAUTH_JWT_ISSUER and RTMAUTH_JWT_AUDIENCE, and what Override takes. API keys
// may have RTM tokens for any user, JWT callers for their own. Everything wrong
// is reported at once, as Errors that say which variable.
func FromEnv(env *Env, from Source) (*Resolved, error) {
	files := map[string][sha256.Size]byte{}
	c := &Config{name: envName, dir: "."}
	f := &envForm{c: c, d: &decoder{c: c}, env: env.noting(files), from: from.recorded(files), variables: map[string]string{"admin.listen": "RTMAUTH_ADMIN_LISTEN (not set)"}}
	f.d.defaults(reflect.ValueOf(c).Elem(), "", nil)
	f.project()
	f.text("listen", func(port string) { c.Listen = ":" + port }, "PORT", "SERVER_PORT")
	f.text("listen", func(addr string) { c.Listen = addr }, "RTMAUTH_LISTEN")
	f.text("admin.listen", func(addr string) { c.Admin.Listen = addr }, "RTMAUTH_ADMIN_LISTEN")
	f.text("log.level", func(level string) { c.Log.Level = level }, "RTMAUTH_LOG_LEVEL")
	f.text("cors.origins", func(origins string) {
		for origin := range strings.SplitSeq(origins, ",") {
			c.CORS.Origins = append(c.CORS.Origins, strings.TrimSuffix(strings.TrimSpace(origin), "/"))
		}
	}, "CORS_ALLOW_ORIGIN")
	f.text("callers.api_keys", f.keys, "RTMAUTH_API_KEYS_FILE")
	f.jwt()
	if len(c.Callers.APIKeys)+len(c.Callers.JWT) == 0 && !f.isBroken("callers") {
		f.fail("callers", errors.New("there is no way to know a caller: set RTMAUTH_API_KEYS_FILE, or RTMAUTH_JWT_ISSUER with RTMAUTH_JWT_AUDIENCE, or name a file with --config"))
	}
	r, err := c.Resolve(Source{
		ReadFile: from.ReadFile,
		LookupEnv: func(name string) (string, bool) {
			text, _, err := f.env.GetSecret(name, "AGORA_"+name)
			return text, err == nil && text != ""
		},
	})
	if err := f.all(err); err != nil {
		return nil, err
	}
	maps.Copy(r.Files, files)
	return r, nil
}

// envForm makes a Config of variables.
type envForm struct {
	c         *Config
	d         *decoder
	env       *Env
	from      Source
	errs      Errors
	variables map[string]string // by the key they stand for, as Env.Get says where they came from
	broken    []string          // keys whose variables cannot be used
}

// fail notes an error that names its variable, and the key that it stands for.
func (f *envForm) fail(path string, err error) {
	f.broken = append(f.broken, path)
	var several Errors
	if !errors.As(err, &several) {
		several = Errors{{Text: err.Error()}}
	}
	f.errs = append(f.errs, several...)
}

// isBroken reports whether an error at path may only follow from a variable that
// cannot be used.
func (f *envForm) isBroken(path string) bool {
	return slices.ContainsFunc(f.broken, func(b string) bool { return within(path, b) || within(b, path) })
}

// all is everything wrong, with what Resolve found where keys have their
// variables' names.
func (f *envForm) all(resolved error) error {
	var meaning Errors
	if resolved != nil && !errors.As(resolved, &meaning) {
		return resolved
	}
	for _, e := range meaning {
		if f.isBroken(e.Path) {
			continue
		}
		for path := e.Path; path != ""; path = parent(path) {
			if name := f.variables[path]; name != "" {
				e.File, e.Path = "", name
				break
			}
		}
		f.errs = append(f.errs, e)
	}
	return f.errs.sorted()
}

// text takes a variable for the key at path. Nothing given changes nothing.
func (f *envForm) text(path string, set func(string), names ...string) {
	value, from, err := f.env.Get(names...)
	switch {
	case err != nil:
		f.fail(path, err)
	case value != "":
		f.variables[path] = from
		set(value)
	}
}

func (f *envForm) project() {
	project, err := f.env.Project()
	if err == nil && project == nil {
		err = errors.New("APP_ID and APP_CERTIFICATE are not set (or APP_ID_FILE and APP_CERTIFICATE_FILE); set them, or name a file with --config")
	}
	if err != nil {
		f.fail("projects", err)
		return
	}
	f.variables["projects"] = project.AppIDFrom + " and " + project.PrimaryFrom
	// Resolve reads them again, by the names that Env knows all spellings of.
	p := Project{Name: "main", AppID: Value{From: Secret{Env: "APP_ID"}}, Primary: Secret{Env: "APP_CERTIFICATE"}}
	if !project.Secondary.IsZero() {
		p.Secondary = Secret{Env: "APP_CERTIFICATE_SECONDARY"}
	}
	f.c.Projects = []Project{p}
}

// keys reads the file of API keys, and permits them RTM tokens for any user.
func (f *envForm) keys(file string) {
	keys, err := readKeys(file, f.from)
	if err != nil {
		f.fail("callers.api_keys", err)
		return
	}
	f.c.Callers.APIKeys = keys
	rule := Rule{Name: "API keys", Users: []string{"*"}}
	for _, k := range keys {
		name := k.Caller
		if name == "" {
			name = k.ID
		}
		rule.Callers = append(rule.Callers, name)
	}
	f.d.defaults(reflect.ValueOf(&rule).Elem(), "", map[string]bool{"users": true})
	f.c.Policy = append(f.c.Policy, rule)
}

func (f *envForm) jwt() {
	issuer, issuerFrom, issuerErr := f.env.Get("RTMAUTH_JWT_ISSUER")
	audience, audienceFrom, audienceErr := f.env.Get("RTMAUTH_JWT_AUDIENCE")
	switch err := errors.Join(issuerErr, audienceErr); {
	case err != nil:
		f.fail("callers.jwt", err)
		return
	case (issuer == "") != (audience == ""):
		f.fail("callers.jwt", errors.New("RTMAUTH_JWT_ISSUER and RTMAUTH_JWT_AUDIENCE go together: without an audience the issuer's tokens for other applications would be accepted"))
		return
	case issuer == "":
		return
	}
	f.variables["callers.jwt"] = issuerFrom + " and " + audienceFrom
	j := JWT{Name: "jwt", Issuer: issuer, Algorithms: []string{"RS256", "ES256"}}
	for name := range strings.SplitSeq(audience, ",") {
		j.Audience = append(j.Audience, strings.TrimSpace(name))
	}
	f.d.defaults(reflect.ValueOf(&j).Elem(), "", map[string]bool{"algorithms": true})
	f.c.Callers.JWT = []JWT{j}
}

// readKeys reads a file with a list of API keys, written as under
// callers.api_keys.
func readKeys(path string, from Source) ([]APIKey, error) {
	c := &Config{positions: map[string]Position{}, name: path, dir: "."}
	text, err := c.readFile(path, maxFile, from)
	if err != nil && !isPath(path) {
		err = errNoPath
	}
	if err != nil {
		return nil, fmt.Errorf("RTMAUTH_API_KEYS_FILE: %w", err)
	}
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, Errors{syntaxError(path, err)}
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, Errors{{File: path, Text: "must be a list of keys, as `rtmauth apikey new` prints them"}}
	}
	var keys []APIKey
	d := &decoder{c: c}
	d.value(file.Docs[0].Body, reflect.ValueOf(&keys).Elem(), "")
	if err := d.errs.sorted(); err != nil {
		return nil, err
	}
	return keys, nil
}
