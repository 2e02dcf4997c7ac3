package rtmtest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// TestHostileArguments gives every operation what it does not expect. Each call
// is answered, and the session goes on.
func TestHostileArguments(t *testing.T) {
	h := newHouse(t, func(s *Settings) { s.Limits, s.CallRate, s.LoginRate, s.RenewRate = false, 0, 0, 0 })
	deep := strings.Repeat(`[`, 500) + strings.Repeat(`]`, 500)
	many := `["` + strings.Repeat(`a","`, 300) + `a"]`
	values := []string{`null`, `true`, `-1e308`, `""`, `"\u0000"`, `"null"`, `"é"`, `[]`, `[null]`, `{}`, `{"__proto__":{}}`, deep, many, `"` + strings.Repeat("x", 33_000) + `"`}
	calls := map[string][]someCall{"1.x": calls1(), "2.x": calls2()}
	for generation, list := range calls {
		c := h.connect(generation)
		login := func() { c.want("login", c.Login(t.Context(), "alice", h.Token("alice", time.Hour)), 0) }
		login()
		for _, call := range list {
			if call.op == "logout" {
				continue
			}
			right := args(encode(call.args))
			for _, value := range values {
				hostile := []any{json.RawMessage(value)}
				for field := range right { // the others are as they should be
					arguments := maps.Clone(right)
					arguments[field] = json.RawMessage(value)
					hostile = append(hostile, arguments)
				}
				for _, arguments := range hostile {
					var refused *Error
					if err := c.Call(t.Context(), call.op, arguments, nil); err != nil && !asError(err, &refused) {
						t.Fatalf("%s %s: %v", call.op, value[:min(len(value), 40)], err)
					}
				}
			}
		}
		if c.State() != connected {
			t.Errorf("%s: the client is %s", generation, c.State())
		}
		c.want("logout", c.Logout(t.Context()), 0)
	}
	h.p.checkWorld1(t)
}

func asError(err error, to **Error) bool {
	e, ok := err.(*Error) //nolint:errorlint // made by Call itself
	*to = e
	return ok
}

// TestFramesTooLongOrTooDeep: the WebSocket is closed with the status that the
// protocol names, and the service serves others.
func TestFramesTooLongOrTooDeep(t *testing.T) {
	s := NewServer(t, Options{})
	for name, test := range map[string]struct {
		kind   websocket.MessageType
		frame  string
		status websocket.StatusCode
	}{
		"long":   {websocket.MessageText, `{"id":1,"op":"login","args":"` + strings.Repeat("x", maxFrame) + `"}`, websocket.StatusMessageTooBig},
		"deep":   {websocket.MessageText, `{"id":1,"op":"login","args":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, websocket.StatusPolicyViolation},
		"binary": {websocket.MessageBinary, `{"id":1,"op":"login","args":{}}`, websocket.StatusPolicyViolation},
	} {
		t.Run(name, func(t *testing.T) {
			conn, _, err := websocket.Dial(t.Context(), s.URL+"/local/rtm", nil)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.CloseNow() //nolint:errcheck // closed by the service
			hello := fmt.Sprintf(`{"id":0,"op":"hello","args":{"protocol":1,"sdk":"1.x","app_id":%q}}`, s.AppID)
			if err := conn.Write(t.Context(), websocket.MessageText, []byte(hello)); err != nil {
				t.Fatal(err)
			}
			if _, _, err := conn.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			_ = conn.Write(t.Context(), test.kind, []byte(test.frame))                                           // the service may hang up before the end
			if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != test.status && err != io.EOF { //nolint:errorlint // a bare EOF is a connection that was cut
				t.Errorf("got %v, want status %d", err, test.status)
			}
		})
	}
	if err := CheckLogin(s.Token("alice", time.Hour), s.AppID, "alice", certificate(t, s.Certificate)); err != nil {
		t.Error(err)
	}
}
