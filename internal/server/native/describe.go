package native

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rtmauth/rtmauth/internal/server/problem"
)

//go:embed page.html
var pageText string

// operations are what the API does, in the order the page shows them.
var operations = []struct {
	id, path, summary, description string
	in, out                        reflect.Type
	status                         int
	refusals                       []int
	request, answer                string // examples; a test sends and compares them
}{
	{
		id: "createToken", path: "/v1/tokens", summary: "Make a token",
		description: "Makes a token for a user, if the caller may have it. Fetch the next one `renew_in` seconds later.",
		in:          reflect.TypeFor[TokensRequest](), out: reflect.TypeFor[TokensAnswer](), status: http.StatusCreated,
		refusals: []int{400, 401, 403, 405, 413, 415, 500, 503},
		request:  `{"user":"alice","services":[{"type":"rtm"},{"type":"rtc","channel":"room","uid":"7","role":"publisher"}],"life":"1h","version":"007"}`,
		answer:   `{"token":"007…","version":"007","app_id":"…","user":"alice","issued_at":1700000000,"expires_at":1700003600,"expires_in":3600,"renew_at":1700002710,"renew_in":2710}`,
	},
	{
		id: "verifyToken", path: "/v1/tokens/verify", summary: "Verify a token",
		description: "Says whether a token is good for a user now. For callers with `verify: true` in a rule: it tells strangers which tokens are good.",
		in:          reflect.TypeFor[VerifyRequest](), out: reflect.TypeFor[VerifyAnswer](), status: http.StatusOK,
		refusals: []int{400, 401, 403, 405, 413, 415, 500, 503},
		request:  `{"token":"007…","user":"alice"}`,
		answer:   `{"valid":false,"reason":"expired"}`,
	},
}

// describe makes the OpenAPI document and the page of it.
func describe(version string) (document, page []byte, err error) {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	api := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "rtmauth", Version: version,
			Description: "Tokens for Agora RTM (Signaling) and its other services. Every error is an RFC 9457 problem whose `type` is `" + problem.URN + "` and its `code`.",
		},
		Components: &huma.Components{
			Schemas: registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "An API key of this service, or a JWT of an issuer that it trusts."},
				"apiKey": {Type: "apiKey", In: "header", Name: "X-API-Key", Description: "An API key of this service, where Authorization is taken."},
			},
		},
		Security: []map[string][]string{{"bearer": {}}, {"apiKey": {}}},
	}
	refusal := registry.Schema(reflect.TypeFor[problem.Body](), true, "Problem")
	for _, o := range operations {
		in, out := registry.Schema(o.in, true, ""), registry.Schema(o.out, true, "")
		responses := map[string]*huma.Response{
			strconv.Itoa(o.status): {Description: o.summary, Content: map[string]*huma.MediaType{"application/json": {Schema: out, Example: example(o.answer)}}},
		}
		for _, status := range o.refusals {
			responses[strconv.Itoa(status)] = &huma.Response{
				Description: http.StatusText(status), Content: map[string]*huma.MediaType{"application/problem+json": {Schema: refusal}},
			}
		}
		api.AddOperation(&huma.Operation{
			OperationID: o.id, Method: http.MethodPost, Path: o.path, Summary: o.summary, Description: o.description,
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: in, Example: example(o.request)}}},
			Responses:   responses,
		})
	}
	raw, err := json.Marshal(api)
	if err != nil {
		return nil, nil, fmt.Errorf("describe the API: %w", err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, raw, "", "  "); err != nil {
		return nil, nil, err
	}
	pretty.WriteByte('\n')
	page, err = renderPage(api, registry)
	return pretty.Bytes(), page, err
}

// example is the text's value, so that the document holds JSON and not a string.
func example(text string) any {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	return v
}

type pageField struct {
	Name, Type, Doc string
	Required        bool
}

type pageSchema struct {
	Name   string
	Fields []pageField
}

type pageOperation struct {
	Method, Path, Summary, Doc, Request, Answer string
	Status                                      int
	In, Out                                     pageSchema
	Nested                                      []pageSchema
	Refusals                                    []string
}

func renderPage(api *huma.OpenAPI, registry huma.Registry) ([]byte, error) {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, err
	}
	data := struct {
		Title, Version, Doc string
		Operations          []pageOperation
		Problem             pageSchema
	}{api.Info.Title, api.Info.Version, strings.ReplaceAll(api.Info.Description, "`", ""), nil, fields(registry, "Body")}
	for _, o := range operations {
		op := pageOperation{
			Method: http.MethodPost, Path: o.path, Summary: o.summary, Doc: strings.ReplaceAll(o.description, "`", ""), Request: o.request, Answer: o.answer, Status: o.status,
			In: fields(registry, o.in.Name()), Out: fields(registry, o.out.Name()),
		}
		if o.id == "createToken" {
			op.Nested = []pageSchema{fields(registry, "ServiceRequest"), fields(registry, "PermissionRequest")}
		}
		for _, status := range o.refusals {
			op.Refusals = append(op.Refusals, strconv.Itoa(status)+" "+http.StatusText(status))
		}
		data.Operations = append(data.Operations, op)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func fields(registry huma.Registry, name string) pageSchema {
	schema := registry.Map()[name]
	out := pageSchema{Name: name}
	if schema == nil {
		return out
	}
	names := make([]string, 0, len(schema.Properties))
	for field := range schema.Properties {
		names = append(names, field)
	}
	slices.SortFunc(names, func(a, b string) int { // required ones first, then by name
		ra, rb := slices.Contains(schema.Required, a), slices.Contains(schema.Required, b)
		if ra != rb {
			if ra {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	for _, field := range names {
		s := schema.Properties[field]
		kind := s.Type
		if len(s.Enum) > 0 {
			texts := make([]string, len(s.Enum))
			for i, v := range s.Enum {
				texts[i] = fmt.Sprint(v)
			}
			kind = strings.Join(texts, " | ")
		}
		if s.Ref != "" {
			kind = s.Ref[strings.LastIndex(s.Ref, "/")+1:]
		}
		if s.Items != nil {
			kind = "list of " + s.Items.Type
			if s.Items.Ref != "" {
				kind = "list of " + s.Items.Ref[strings.LastIndex(s.Items.Ref, "/")+1:]
			}
		}
		out.Fields = append(out.Fields, pageField{Name: field, Type: kind, Doc: s.Description, Required: slices.Contains(schema.Required, field)})
	}
	return out
}
