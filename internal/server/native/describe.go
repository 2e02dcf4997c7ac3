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
	refusal                        reflect.Type
	refusalMedia                   string
}{
	{
		id: "createToken", path: "/v1/tokens", summary: "Make a token",
		description: "Makes a token for a user, if the caller may have it. Fetch the next one `renew_in` seconds later.",
		in:          reflect.TypeFor[TokensRequest](), out: reflect.TypeFor[TokensAnswer](), status: http.StatusCreated,
		refusals: []int{400, 401, 403, 405, 413, 415, 429, 500, 503},
		refusal:  reflect.TypeFor[problem.Body](), refusalMedia: "application/problem+json",
		request: `{"user":"alice","services":[{"type":"rtm"},{"type":"rtc","channel":"room","uid":"7","role":"publisher"}],"life":"1h","version":"007"}`,
		answer:  `{"token":"007…","version":"007","app_id":"…","user":"alice","issued_at":1700000000,"expires_at":1700003600,"expires_in":3600,"renew_at":1700002710,"renew_in":2710}`,
	},
	{
		id: "verifyToken", path: "/v1/tokens/verify", summary: "Verify a token",
		description: "Says whether a token is good for a user now. For callers with `verify: true` in a rule: it tells strangers which tokens are good.",
		in:          reflect.TypeFor[VerifyRequest](), out: reflect.TypeFor[VerifyAnswer](), status: http.StatusOK,
		refusals: []int{400, 401, 403, 405, 413, 415, 429, 500, 503},
		refusal:  reflect.TypeFor[problem.Body](), refusalMedia: "application/problem+json",
		request: `{"token":"007…","user":"alice"}`,
		answer:  `{"valid":false,"reason":"expired"}`,
	},
	{
		id: "fetchRTMToken", path: "/fetch_rtm_token", summary: "Make a token as the server of Agora's guide does",
		description: "For clients written for that guide, where the configuration has it on. The token is for RTM alone; refusals have the shape of the answer.",
		in:          reflect.TypeFor[FetchRequest](), out: reflect.TypeFor[FetchAnswer](), status: http.StatusOK,
		refusals: []int{400, 401, 403, 413, 429, 500, 503},
		refusal:  reflect.TypeFor[FetchAnswer](), refusalMedia: "application/json",
		request: `{"uid":"alice"}`,
		answer:  `{"token":"006…","code":"200"}`,
	},
}

// causes say of each refusal what it means.
var causes = map[int]string{
	400: "The request cannot be read, or means more than one thing, or asks for what no project could sign.",
	401: "Nobody known asks: there is no credential, or it is wrong.",
	403: "The caller is not welcome, or may not have what was asked for.",
	405: "The method is not POST.",
	413: "The body is longer than 16 KiB.",
	415: "The body is not said to be application/json.",
	429: "The caller, or everybody at that address, asks too often. Come again after Retry-After.",
	500: "The service has a fault; its log says which.",
	503: "The service cannot judge now: an issuer's keys are not to be had, the server that knows sessions does not answer, nobody can say who is on the deny list, " +
		"or the decision cannot be recorded. Come again after Retry-After; do not log users out.",
}

// callers say who is known, as far as the security schemes cannot.
const callers = "Send Authorization: Bearer with an API key of this service or a JWT of an issuer that it trusts, or show a client certificate that it knows. " +
	"Where the service is set up to ask your own server whose a session is, send the session's cookie or header instead, with no Authorization beside it."

// describe makes the OpenAPI document and the page of it.
func describe(version string) (document, page []byte, err error) {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	api := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "rtmauth", Version: version,
			Description: "Tokens for Agora RTM (Signaling) and its other services. Every error is an RFC 9457 problem whose `type` is `" + problem.URN + "` and its `code`, but for those of `/fetch_rtm_token`. " + callers,
		},
		Components: &huma.Components{
			Schemas: registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer":    {Type: "http", Scheme: "bearer", Description: "An API key of this service, or a JWT of an issuer that it trusts."},
				"apiKey":    {Type: "apiKey", In: "header", Name: "X-API-Key", Description: "An API key of this service, where Authorization is taken."},
				"mutualTLS": {Type: "mutualTLS", Description: "A client certificate whose subject the configuration names, where the service speaks TLS itself."},
			},
		},
		Security: []map[string][]string{{"bearer": {}}, {"apiKey": {}}, {"mutualTLS": {}}},
	}
	for _, o := range operations {
		in, out := registry.Schema(o.in, true, ""), registry.Schema(o.out, true, "")
		responses := map[string]*huma.Response{
			strconv.Itoa(o.status): {Description: o.summary, Content: map[string]*huma.MediaType{"application/json": {Schema: out, Example: example(o.answer)}}},
		}
		for _, status := range o.refusals {
			r := &huma.Response{Description: causes[status], Content: map[string]*huma.MediaType{o.refusalMedia: {Schema: registry.Schema(o.refusal, true, "")}}}
			if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
				r.Headers = map[string]*huma.Param{"Retry-After": {Description: "When to come again, in seconds.", Schema: &huma.Schema{Type: huma.TypeInteger}}}
			}
			responses[strconv.Itoa(status)] = r
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
		Causes              map[int]string
		Problem             pageSchema
	}{api.Info.Title, api.Info.Version, strings.ReplaceAll(api.Info.Description, "`", ""), nil, causes, fields(registry, "Body")}
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
