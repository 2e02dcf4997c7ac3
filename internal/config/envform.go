package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/parser"
)

// envName is what messages call the environment-only form.
const envName = "environment"

// FromEnv is the configuration that the environment alone gives, for serve
// without --config: the project of APP_ID and APP_CERTIFICATE (see Env.Project),
// PORT or SERVER_PORT, CORS_ALLOW_ORIGIN, RTMAUTH_API_KEYS_FILE,
// RTMAUTH_JWT_ISSUER and RTMAUTH_JWT_AUDIENCE. API keys may have RTM tokens for
// any user, JWT callers for their own.
func FromEnv(env *Env, from Source) (*Resolved, error) {
	c := &Config{positions: nil, name: envName, dir: "."}
	d := &decoder{c: c}
	d.defaults(reflect.ValueOf(c).Elem(), "", nil)
	files := map[string][sha256.Size]byte{}
	env = env.noting(files)

	project, err := env.Project()
	if err != nil {
		return nil, err
	}
	if project == nil {
		return nil, errors.New("APP_ID and APP_CERTIFICATE are not set (or APP_ID_FILE and APP_CERTIFICATE_FILE); set them, or name a file with --config")
	}
	// Resolve reads them again, by the names that Env knows all spellings of.
	p := Project{Name: "main", AppID: Value{From: Secret{Env: "APP_ID"}}, Primary: Secret{Env: "APP_CERTIFICATE"}}
	if !project.Secondary.IsZero() {
		p.Secondary = Secret{Env: "APP_CERTIFICATE_SECONDARY"}
	}
	c.Projects = []Project{p}

	if port, _, err := env.Get("PORT", "SERVER_PORT"); err != nil {
		return nil, err
	} else if port != "" {
		c.Listen = ":" + port
	}
	if origins, _, err := env.Get("CORS_ALLOW_ORIGIN"); err != nil {
		return nil, err
	} else if origins != "" {
		for origin := range strings.SplitSeq(origins, ",") {
			c.CORS.Origins = append(c.CORS.Origins, strings.TrimSuffix(strings.TrimSpace(origin), "/"))
		}
	}
	// Not by env.Get, which would give what is in the file.
	if keysFile, _ := from.LookupEnv("RTMAUTH_API_KEYS_FILE"); keysFile != "" {
		if c.Callers.APIKeys, err = readKeys(keysFile, from.recorded(files)); err != nil {
			return nil, err
		}
		rule := Rule{Name: "API keys", Users: []string{"*"}}
		for _, k := range c.Callers.APIKeys {
			name := k.Caller
			if name == "" {
				name = k.ID
			}
			rule.Callers = append(rule.Callers, name)
		}
		d.defaults(reflect.ValueOf(&rule).Elem(), "", map[string]bool{"users": true})
		c.Policy = append(c.Policy, rule)
	}
	if err := envJWT(c, d, env); err != nil {
		return nil, err
	}
	c.Override(from.LookupEnv)
	r, err := c.Resolve(Source{
		ReadFile: from.ReadFile,
		LookupEnv: func(name string) (string, bool) {
			text, _, err := env.GetSecret(name, "AGORA_"+name)
			return text, err == nil && text != ""
		},
	})
	if err != nil {
		return nil, err
	}
	maps.Copy(r.Files, files)
	return r, nil
}

func envJWT(c *Config, d *decoder, env *Env) error {
	issuer, _, err := env.Get("RTMAUTH_JWT_ISSUER")
	if err != nil {
		return err
	}
	audience, _, err := env.Get("RTMAUTH_JWT_AUDIENCE")
	if err != nil {
		return err
	}
	if (issuer == "") != (audience == "") {
		return errors.New("RTMAUTH_JWT_ISSUER and RTMAUTH_JWT_AUDIENCE go together: without an audience the issuer's tokens for other applications would be accepted")
	}
	if issuer == "" {
		return nil
	}
	j := JWT{Name: "jwt", Issuer: issuer, Audience: strings.Split(audience, ","), Algorithms: []string{"RS256", "ES256"}}
	d.defaults(reflect.ValueOf(&j).Elem(), "", map[string]bool{"algorithms": true})
	c.Callers.JWT = []JWT{j}
	return nil
}

// readKeys reads a file with a list of API keys, written as under
// callers.api_keys.
func readKeys(path string, from Source) ([]APIKey, error) {
	c := &Config{positions: map[string]Position{}, name: path, dir: "."}
	text, err := c.readFile(path, maxFile, from)
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
