package rtmtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// protocol is the number in hello: docs/local-rtm-protocol.md.
const protocol = 1

// sdk is the generation of the SDK whose state machine a session runs.
type sdk string

const (
	sdk1 sdk = "1.x"
	sdk2 sdk = "2.x"
)

// request is a frame from a client.
type request struct {
	ID   int64           `json:"id"`
	Op   string          `json:"op"`
	Args json.RawMessage `json:"args"`
}

// helloArgs are the arguments of hello.
type helloArgs struct {
	Protocol int             `json:"protocol"`
	SDK      sdk             `json:"sdk"`
	AppID    json.RawMessage `json:"app_id"` // whatever the app passed
	Session  string          `json:"session"`
	Key      string          `json:"key"`
	Seq      uint64          `json:"seq"`
}

// welcome is the result of hello.
type welcome struct {
	Session string `json:"session"`
	Key     string `json:"key"`
	Now     string `json:"now"`
	Resumed bool   `json:"resumed"`
	State   string `json:"state"`
	Seq     uint64 `json:"seq"`
}

// Error is a call that the service refused, with the code and the name that the
// SDK documents.
type Error struct {
	Code      int    `json:"code"`
	Name      string `json:"name"`
	Message   string `json:"message"`             // which check failed and what to do, in plain words
	Operation string `json:"operation,omitempty"` // 2.x
}

func (e *Error) Error() string { return fmt.Sprintf("%s (%d): %s", e.Name, e.Code, e.Message) }

// result is a frame that answers a call.
type result struct {
	ID    int64  `json:"id"`
	OK    any    `json:"ok,omitempty"`
	Error *Error `json:"error,omitempty"`
}

// event is a frame that tells what happened.
type event struct {
	Seq     uint64 `json:"seq"`
	Event   string `json:"event"`
	Channel string `json:"channel,omitempty"`
	Args    []any  `json:"args"`
}

// empty is the result of a call that has none.
type empty struct{}

// encode makes the text of a frame. The values are the service's own and can
// always be encoded.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("rtmtest: encode: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

var errFrame = errors.New(`a frame must be {"id":…,"op":"…","args":{…}}`)

func parseRequest(data []byte) (request, error) {
	var r request
	if !utf8.Valid(data) || json.Unmarshal(data, &r) != nil || r.Op == "" || len(r.Op) > 64 || r.ID < 0 {
		return request{}, errFrame
	}
	return r, nil
}

// text reads a value that must be a string; ok is false if it is anything else.
func text(raw json.RawMessage) (s string, ok bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	return s, json.Unmarshal(raw, &s) == nil
}

// absent reports whether a value was not given, or given as null.
func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// args reads the arguments of a call. Values of an unexpected type are for the
// operation to judge; arguments that are no object are like none.
func args(raw json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}

// texts reads a list of strings.
func texts(raw json.RawMessage) (list []string, ok bool) {
	var raws []json.RawMessage
	if absent(raw) || json.Unmarshal(raw, &raws) != nil {
		return nil, false
	}
	list = make([]string, 0, len(raws))
	for _, r := range raws {
		s, ok := text(r)
		if !ok {
			return nil, false
		}
		list = append(list, s)
	}
	return list, true
}

// maxMessage is the documented length of a message, in bytes.
const maxMessage = 32 << 10

// parseMessage reads a message and says what is wrong with one that is not.
func parseMessage(raw json.RawMessage) (encoded json.RawMessage, problem string) {
	m := args(raw)
	if m == nil {
		return nil, `The message must be an object with "text" or "rawMessage".`
	}
	kind, _ := text(m["messageType"])
	switch kind {
	case "TEXT":
		body, ok := text(m["text"])
		if !ok {
			return nil, `The "text" of a text message must be a string.`
		}
		if len(body) > maxMessage {
			return nil, "The message is longer than 32 KB."
		}
		return encode(struct {
			Type string `json:"messageType"`
			Text string `json:"text"`
		}{kind, body}), ""
	case "RAW":
		body, ok := text(m["rawMessage"])
		bytes, err := base64.StdEncoding.DecodeString(body)
		if !ok || err != nil {
			return nil, `The "rawMessage" of a raw message must be bytes.`
		}
		description, ok := text(m["description"])
		if !ok && !absent(m["description"]) {
			return nil, `The "description" of a raw message must be a string.`
		}
		if len(bytes)+len(description) > maxMessage {
			return nil, "The message and its description are longer than 32 KB."
		}
		return encode(struct {
			Type        string `json:"messageType"`
			Raw         string `json:"rawMessage"`
			Description string `json:"description"`
		}{kind, body, description}), ""
	}
	return nil, `The "messageType" of a message must be TEXT or RAW.`
}
