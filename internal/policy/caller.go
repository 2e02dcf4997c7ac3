package policy

import (
	"encoding/json"
	"slices"
	"strings"
)

// Kind says how a caller was recognised.
type Kind string

// The ways to know a caller; package caller implements them.
const (
	KindAPIKey    Kind = "api_key"
	KindJWT       Kind = "jwt"
	KindWebhook   Kind = "webhook"
	KindMTLS      Kind = "mtls"
	KindAnonymous Kind = "anonymous" // only with insecure_anonymous
)

// MayHaveClaim reports whether callers of the kind can have a claim of that name.
// A client certificate's name is its sub; API keys have no claims.
func (k Kind) MayHaveClaim(name string) bool {
	switch k {
	case KindJWT, KindWebhook:
		return true
	case KindMTLS:
		return name == "sub"
	}
	return false
}

// Caller is who is asking, after authentication. Values of it are only made by
// package caller: nothing in it is taken from the request unchecked. A Caller is
// not changed once made; many requests may share one.
type Caller struct {
	Name    string         // the configured name that rules list under callers
	Kind    Kind           // how the caller was recognised
	Subject string         // who exactly, for the audit log: key ID, sub, webhook's user, certificate's subject
	Issuer  string         // JWT only
	KeyID   string         // JWT only: the kid of the key that verified it, for policy explain
	Claims  map[string]any // verified claims, the webhook's attributes, or a certificate's name as sub; nil for API keys
}

// Claim returns the text of a claim. Numbers, lists and objects are not text.
// name is looked up as it is, then as a path of nested objects with dots.
func (c Caller) Claim(name string) (string, bool) {
	if v, ok := c.Claims[name]; ok {
		s, ok := v.(string)
		return s, ok
	}
	head, rest, nested := strings.Cut(name, ".")
	if !nested {
		return "", false
	}
	m, ok := c.Claims[head].(map[string]any)
	if !ok {
		return "", false
	}
	return Caller{Claims: m}.Claim(rest)
}

// HasClaim reports whether the claim is one of the values, or is a list that
// holds one of them. Numbers and booleans compare by their JSON text.
func (c Caller) HasClaim(name string, values []string) bool {
	v, ok := c.Claims[name]
	if !ok {
		head, rest, nested := strings.Cut(name, ".")
		m, isObject := c.Claims[head].(map[string]any)
		return nested && isObject && Caller{Claims: m}.HasClaim(rest, values)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			text, err := json.Marshal(v)
			if err != nil {
				continue
			}
			s = string(text)
		}
		if slices.Contains(values, s) {
			return true
		}
	}
	return false
}
