package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// openAPI is the document as the service gives it.
func (h *house) openAPI() map[string]any {
	h.t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(h.do(http.MethodGet, h.url+"/openapi.json", "").body), &doc); err != nil {
		h.t.Fatal(err)
	}
	return doc
}

// at follows keys into a document; nil where there is nothing.
func at(v any, keys ...string) any {
	for _, key := range keys {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

// TestOpenAPI_examples sends the example of each operation, and has the answer
// be as the example is, key by key.
func TestOpenAPI_examples(t *testing.T) {
	h := open(t, "room-*", "room*")
	paths, _ := h.openAPI()["paths"].(map[string]any)
	for _, path := range []string{"/v1/tokens", "/v1/tokens/verify", "/fetch_rtm_token"} {
		operation := at(paths, path, "post")
		request, err := json.Marshal(at(operation, "requestBody", "content", "application/json", "example"))
		if err != nil {
			t.Fatal(err)
		}
		a := h.do(http.MethodPost, h.url+path, string(request), "Authorization", "Bearer "+h.key)
		described := at(operation, "responses", fmt.Sprint(a.status), "content", a.header.Get("Content-Type"))
		want, ok := at(described, "example").(map[string]any)
		if !ok {
			t.Errorf("%s with %s: got %d %s, of which there is no example", path, request, a.status, a.body)
			continue
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(a.body), &got); err != nil {
			t.Fatal(err)
		}
		for key, value := range want {
			if !like(value, got[key]) && key != "reason" { // the example's token is none
				t.Errorf("%s: %q is %v, in the example %v", path, key, got[key], value)
			}
		}
		for key := range got {
			if want[key] == nil && key != "project" { // a verdict names the project if it is known
				t.Errorf("%s: %q is not in the example", path, key)
			}
		}
	}
	if len(paths) != 3 {
		t.Errorf("%d paths are described, 3 have their example sent", len(paths))
	}
}

// like reports whether a value is as in an example: of its type, and the same if
// it is text, but for what "…" stands for.
func like(example, got any) bool {
	text, isText := example.(string)
	if !isText {
		return fmt.Sprintf("%T", example) == fmt.Sprintf("%T", got)
	}
	have, isText := got.(string)
	if beginning, cut := strings.CutSuffix(text, "…"); cut {
		return isText && len(have) > len(beginning) && strings.HasPrefix(have, beginning)
	}
	return have == text
}

// TestOpenAPI_refusals has the service refuse in every way, and looks each answer
// up in the document: its status, its media type, its keys.
func TestOpenAPI_refusals(t *testing.T) {
	h := open(t,
		"callers:\n", "callers:\n  webhook: [{name: sessions, url: \"http://127.0.0.1:1/\", headers: [X-Session]}]\n",
		"state_dir", "limits: [{name: users, by: caller, rate: 1, per: 1h}]\nstate_dir")
	doc := h.openAPI()
	for path, key := range map[string]string{"/v1/tokens": "user", "/v1/tokens/verify": "user", "/fetch_rtm_token": "uid"} {
		users := 0
		fresh := func() []string { // a caller who has not asked yet
			users++
			return []string{"Authorization", "Bearer " + h.issuer.jwt(t, fmt.Sprintf("%s-%d", path, users))}
		}
		busy := fresh()
		h.do(http.MethodPost, h.url+path, `{}`, busy...)
		var seen []string
		for _, tc := range []struct {
			body    string
			headers []string
			status  int
		}{
			{`{`, fresh(), 400},
			{`{}`, nil, 401},
			{`{"` + key + `":"another"}`, fresh(), 403},
			{`{"` + key + `":"` + strings.Repeat("x", 17<<10) + `"}`, fresh(), 413},
			{key + `=u`, append(fresh(), "Content-Type", "text/plain"), 415},
			{`{}`, busy, 429},
			{`{}`, []string{"X-Session", "s"}, 503},
		} {
			if path == "/fetch_rtm_token" && tc.status == 415 {
				continue // curl -d sends JSON as a form, and is answered
			}
			a := h.do(http.MethodPost, h.url+path, tc.body, tc.headers...)
			if a.status != tc.status {
				t.Errorf("%s %.60s: got %d %s, want %d", path, tc.body, a.status, a.body, tc.status)
			}
			response := at(doc, "paths", path, "post", "responses", fmt.Sprint(a.status))
			schema := at(response, "content", a.header.Get("Content-Type"), "schema")
			if schema == nil {
				t.Errorf("%s: %d as %s is not described", path, a.status, a.header.Get("Content-Type"))
				continue
			}
			ref, _ := at(schema, "$ref").(string)
			described := at(doc, "components", "schemas", strings.TrimPrefix(ref, "#/components/schemas/"))
			var got map[string]any
			if err := json.Unmarshal([]byte(a.body), &got); err != nil {
				t.Fatal(err)
			}
			for key := range got {
				if at(described, "properties", key) == nil {
					t.Errorf("%s: %d has %q, which is not described", path, a.status, key)
				}
			}
			required, _ := at(described, "required").([]any)
			for _, key := range required {
				if _, ok := got[key.(string)]; !ok {
					t.Errorf("%s: %d has no %q: %s", path, a.status, key, a.body)
				}
			}
			if (at(response, "headers", "Retry-After") != nil) != (a.header.Get("Retry-After") != "") {
				t.Errorf("%s: %d with Retry-After %q is not as described", path, a.status, a.header.Get("Retry-After"))
			}
			seen = append(seen, fmt.Sprint(a.status))
		}
		for status := range at(doc, "paths", path, "post", "responses").(map[string]any) {
			if status >= "400" && status != "405" && status != "500" && !slices.Contains(seen, status) { // not by a POST, and not by request
				t.Errorf("%s: %s is described and was not seen", path, status)
			}
		}
	}
}

// TestOpenAPI_valid holds the document to the rules of OpenAPI 3.1 that it could
// break.
func TestOpenAPI_valid(t *testing.T) {
	doc := open(t).openAPI()
	if version, _ := doc["openapi"].(string); !regexp.MustCompile(`^3\.1\.\d+$`).MatchString(version) {
		t.Errorf("openapi %q", version)
	}
	for _, key := range []string{"title", "version"} {
		if text, _ := at(doc, "info", key).(string); text == "" {
			t.Errorf("info has no %s", key)
		}
	}
	known := []string{"openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags", "externalDocs"}
	for key := range doc {
		if !slices.Contains(known, key) && !strings.HasPrefix(key, "x-") {
			t.Errorf("unknown key %q", key)
		}
	}
	if dialect, given := doc["jsonSchemaDialect"]; given {
		if u, err := url.Parse(fmt.Sprint(dialect)); err != nil || u.Scheme == "" {
			t.Errorf("jsonSchemaDialect %v is no URI", dialect)
		}
	}
	servers, _ := doc["servers"].([]any)
	for _, server := range servers {
		if u, _ := at(server, "url").(string); u == "" {
			t.Errorf("a server without url: %v", server)
		}
	}
	schemes, _ := at(doc, "components", "securitySchemes").(map[string]any)
	for name, scheme := range schemes {
		needs := map[string][]string{"http": {"scheme"}, "apiKey": {"name", "in"}, "mutualTLS": nil, "oauth2": {"flows"}, "openIdConnect": {"openIdConnectUrl"}}
		fields, ok := needs[fmt.Sprint(at(scheme, "type"))]
		if !ok {
			t.Errorf("security scheme %s is of type %v", name, at(scheme, "type"))
		}
		for _, field := range fields {
			if at(scheme, field) == nil {
				t.Errorf("security scheme %s has no %s", name, field)
			}
		}
	}
	used := map[string]bool{}
	for _, requirement := range doc["security"].([]any) {
		for name := range requirement.(map[string]any) {
			used[name] = true
			if schemes[name] == nil {
				t.Errorf("security names %s, which is no scheme", name)
			}
		}
	}
	for _, name := range []string{"bearer", "apiKey", "mutualTLS"} {
		if !used[name] {
			t.Errorf("security does not name %s", name)
		}
	}
	if about, _ := at(doc, "info", "description").(string); !strings.Contains(about, "cookie") {
		t.Error("nothing says that a session's cookie may be sent")
	}

	ids := map[string]bool{}
	for path, item := range doc["paths"].(map[string]any) {
		if !strings.HasPrefix(path, "/") {
			t.Errorf("path %q", path)
		}
		for method, operation := range item.(map[string]any) {
			name := method + " " + path
			if !slices.Contains([]string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}, method) {
				t.Errorf("%s: no method", name)
			}
			id, _ := at(operation, "operationId").(string)
			if id == "" || ids[id] {
				t.Errorf("%s: operationId %q is missing or not unique", name, id)
			}
			ids[id] = true
			if content, _ := at(operation, "requestBody", "content").(map[string]any); len(content) == 0 {
				t.Errorf("%s: requestBody without content", name)
			}
			responses, _ := at(operation, "responses").(map[string]any)
			if len(responses) == 0 {
				t.Errorf("%s: no responses", name)
			}
			for status, response := range responses {
				if text, _ := at(response, "description").(string); text == "" || !regexp.MustCompile(`^[1-5]\d\d$`).MatchString(status) {
					t.Errorf("%s: response %s without description", name, status)
				}
			}
		}
	}
	var walk func(where string, v any)
	walk = func(where string, v any) {
		switch v := v.(type) {
		case []any:
			for i, one := range v {
				walk(fmt.Sprintf("%s[%d]", where, i), one)
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				if inside, ok := strings.CutPrefix(ref, "#/"); !ok || at(doc, strings.Split(inside, "/")...) == nil {
					t.Errorf("%s: %s leads nowhere", where, ref)
				}
			}
			for key, one := range v {
				if key == "schema" || strings.HasSuffix(where, ".schemas") || strings.HasSuffix(where, ".properties") {
					schema(t, where+"."+key, one)
				}
				walk(where+"."+key, one)
			}
		}
	}
	walk("", doc)
}

// schema checks one JSON Schema of the document, but for those inside it.
func schema(t *testing.T, where string, v any) {
	t.Helper()
	if at(v, "$ref") != nil {
		return
	}
	// Nothing of this API may be null: it answers 400 to one.
	kind, _ := at(v, "type").(string)
	if !slices.Contains([]string{"boolean", "object", "array", "number", "string", "integer"}, kind) {
		t.Errorf("%s: type %v", where, at(v, "type"))
	}
	if kind == "array" && at(v, "items") == nil {
		t.Errorf("%s: an array of what?", where)
	}
	if at(v, "nullable") != nil {
		t.Errorf("%s: nullable is of OpenAPI 3.0", where)
	}
	required, _ := at(v, "required").([]any)
	for _, key := range required {
		if at(v, "properties", fmt.Sprint(key)) == nil {
			t.Errorf("%s: requires %v, which it does not have", where, key)
		}
	}
}
