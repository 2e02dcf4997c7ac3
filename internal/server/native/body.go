package native

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/policy"
	"github.com/rtmauth/rtmauth/internal/server/problem"
	"github.com/rtmauth/rtmauth/internal/strictjson"
)

// MaxBody is the longest request body in bytes.
const MaxBody = 16 << 10

// readObject reads the request's body, which must be one JSON object. A query
// is refused: nothing of the request is in it, and who writes a user there
// would otherwise find it ignored.
func readObject(w http.ResponseWriter, r *http.Request) ([]byte, *problem.Problem) {
	if r.URL.RawQuery != "" {
		return nil, invalid("The request has a query; everything that is asked for goes into the body.")
	}
	if kinds := r.Header["Content-Type"]; len(kinds) != 1 || !isJSON(kinds[0]) {
		return nil, &problem.Problem{Status: http.StatusUnsupportedMediaType, Code: "media_type", Detail: "Send the body as JSON, with Content-Type: application/json."}
	}
	var data []byte
	var err error
	if n := r.ContentLength; n >= 0 && n <= MaxBody { // net/http gives no more than n bytes
		data = make([]byte, n)
		_, err = io.ReadFull(r.Body, data)
	} else {
		data, err = io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	}
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, &problem.Problem{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Detail: "The body is longer than 16 KiB."}
	case err != nil:
		return nil, &problem.Problem{Status: http.StatusBadRequest, Code: "unreadable", Detail: "The body could not be read to its end.", Err: err}
	}
	return data, nil
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

func invalid(detail string) *problem.Problem {
	return &problem.Problem{Status: http.StatusBadRequest, Code: "invalid_request", Detail: detail}
}

// object decodes one JSON object into fields. Its keys must be among the fields',
// each at most once and spelt exactly so: two readers of one request must not see
// two users in it. The problem names the place in our words, never the client's.
func object(place string, data []byte, fields map[string]any) *problem.Problem {
	var plain strictjson.Fields
	if plain.Plain(data) {
		return plainObject(place, &plain, fields)
	}
	var raw map[string]json.RawMessage
	if err := strictjson.Decode(data, &raw); err != nil || raw == nil {
		var why *strictjson.Error
		if errors.As(err, &why) {
			if _, ours := fields[why.Key]; ours {
				return invalid(place + ": \"" + why.Key + "\" " + why.Rule + ".")
			}
			if why.Key != "" {
				return invalid(place + ": a key " + why.Rule + ".")
			}
			return invalid(place + " " + why.Rule + ".")
		}
		return invalid(place + " must be a JSON object.")
	}
	for key, value := range raw {
		dst, known := fields[key]
		if !known {
			return unknownKey(place, fields)
		}
		if string(value) == "null" {
			return invalid(place + ": \"" + key + "\" must not be null; leave it out.")
		}
		if json.Unmarshal(value, dst) != nil {
			return invalid(place + ": \"" + key + "\" must be " + wanted(dst) + ".")
		}
	}
	return nil
}

// plainObject is object for a document of strings alone.
func plainObject(place string, plain *strictjson.Fields, fields map[string]any) *problem.Problem {
	for i := range plain.Len() {
		key, value := plain.At(i)
		dst, known := fields[string(key)]
		if !known {
			return unknownKey(place, fields)
		}
		text, ok := dst.(*string)
		if !ok {
			return invalid(place + ": \"" + string(key) + "\" must be " + wanted(dst) + ".")
		}
		*text = string(value)
	}
	return nil
}

func unknownKey(place string, fields map[string]any) *problem.Problem {
	return invalid(place + " has a key that is not known. Known keys: " + names(fields) + ", in lower case.")
}

func wanted(dst any) string {
	switch dst.(type) {
	case *string:
		return "a string"
	case *[]string:
		return "a list of strings"
	}
	return "a list of objects"
}

func names(fields map[string]any) string {
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	out := ""
	for i, key := range keys {
		if i > 0 {
			out += ", "
		}
		out += key
	}
	return out
}

// decodeTokens reads the body of POST /v1/tokens.
func decodeTokens(data []byte) (policy.Request, *problem.Problem) {
	var q policy.Request
	var services []json.RawMessage
	var life, version string
	if p := object("The body", data, map[string]any{
		"user": &q.User, "services": &services, "life": &life, "version": &version, "project": &q.Project,
	}); p != nil {
		return policy.Request{}, p
	}
	q.Version = rtmauth.Version(version)
	if life != "" {
		d, err := time.ParseDuration(life)
		if err != nil || d <= 0 {
			return policy.Request{}, invalid(`"life" must be a duration such as "1h" or "90m", greater than 0.`)
		}
		q.Life = d
	}
	if services == nil {
		q.Services = []policy.Service{{Type: policy.RTM}}
	}
	for _, raw := range services {
		s, p := decodeService(raw)
		if p != nil {
			return policy.Request{}, p
		}
		q.Services = append(q.Services, s)
	}
	return q, nil
}

func decodeService(data []byte) (policy.Service, *problem.Problem) {
	var s policy.Service
	var permissions []json.RawMessage
	if p := object("A service", data, map[string]any{
		"type": &s.Type, "channel": &s.Channel, "uid": &s.UID, "role": &s.Role, "permissions": &permissions,
	}); p != nil {
		return policy.Service{}, p
	}
	for _, raw := range permissions {
		var entry policy.Permission
		if p := object("A permission", raw, map[string]any{
			"resource": &entry.Resource, "access": &entry.Access, "names": &entry.Names,
		}); p != nil {
			return policy.Service{}, p
		}
		s.Permissions = append(s.Permissions, entry)
	}
	return s, nil
}
