package rtmtest

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

func TestFaults_links(t *testing.T) {
	h := newHouse(t)
	h.must(200, "POST", "/local/control/links/drop", `{"for":"1m"}`)
	c := h.client()
	answer := make(chan error, 1)
	login := func(user string) {
		t.Helper()
		token := h.Token(user, time.Hour)
		go func() { answer <- c.Login(t.Context(), user, token) }()
		h.until(func() bool { return h.waiting(c) })
	}
	login("alice")
	h.advance(12 * time.Second)
	c.want("login where no link comes through", <-answer, 9)
	c.expect("ConnectionStateChanged CONNECTING LOGIN", "ConnectionStateChanged DISCONNECTED LOGIN_TIMEOUT")
	h.advance(time.Minute)
	c.want("login afterwards", c.Login(t.Context(), "alice", h.Token("alice", time.Hour)), 0)
	c.drain()

	h.must(200, "POST", "/local/control/sessions/"+c.Session()+"/stall", "{}")
	go func() { answer <- c.Call(t.Context(), "sendMessageToPeer", textTo("bob", "hi"), nil) }()
	h.until(func() bool { return h.waiting(c) })
	h.advance(time.Hour - time.Minute)
	c.want("a call that is not answered", <-answer, 2)
	h.must(200, "POST", "/local/control/sessions/"+c.Session()+"/restore", "")

	h.must(200, "POST", "/local/control/links/slow", `{"by":"3s"}`)
	go func() { answer <- c.Call(t.Context(), "sendMessageToPeer", textTo("bob", "hi"), nil) }()
	h.until(func() bool { h.p.mu.Lock(); defer h.p.mu.Unlock(); return len(h.Clock().timers) > 3 })
	h.advance(3*time.Second - 1)
	select {
	case err := <-answer:
		t.Errorf("a slow call was answered early: %v", err)
	default:
	}
	h.advance(1)
	c.want("a slow call", <-answer, 0)
	h.must(200, "POST", "/local/control/links/restore", "")
	for _, body := range []string{`{"by":"2h"}`, `{"by":"-1s"}`, `{"for":"0s"}`} {
		h.must(400, "POST", "/local/control/links/slow", body)
	}
}

func TestFaults_renewalWaitsForTheLink(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token006("alice"))
	h.advance(25 * time.Hour)
	h.fault(c, LinkFault{Kind: Drop, For: 10 * time.Second})
	h.advance(4 * time.Second)
	c.expect("ConnectionStateChanged RECONNECTING INTERRUPTED", "TokenExpired")
	answer := make(chan error, 1)
	token := h.Token006("alice")
	go func() { answer <- c.RenewToken(t.Context(), token) }()
	h.until(func() bool { return h.waiting(c) })
	h.advance(6 * time.Second)
	c.want("renew", <-answer, 0)
	c.expect("ConnectionStateChanged CONNECTED LOGIN_SUCCESS")

	h.fault(c, LinkFault{Kind: Drop})
	go func() { answer <- c.RenewToken(t.Context(), token) }()
	h.until(func() bool { return h.waiting(c) })
	h.advance(10 * time.Second)
	c.want("renew without a link", <-answer, 1)
}

func TestFaults_loginAnswersBansAndKicks(t *testing.T) {
	h := newHouse(t, func(s *Settings) { s.LoginRate = 0 })
	h.must(200, "POST", "/local/control/logins/answer", `{"code":7,"user":"alice"}`)
	h.must(200, "POST", "/local/control/logins/answer", `{"code":1}`)
	h.must(400, "POST", "/local/control/logins/answer", `{"code":11}`)
	h.must(400, "POST", "/local/control/logins/answer", `{"code":1,"user":"é"}`)
	bob, alice := h.client(), h.client()
	bob.want("first", bob.Login(t.Context(), "bob", h.Token("bob", time.Hour)), 1)
	for _, code := range []int{7, 0} {
		alice.want("login", alice.Login(t.Context(), "alice", h.Token("alice", time.Hour)), code)
	}
	alice.drain()
	h.must(200, "POST", "/local/control/bans", `{"user":"alice"}`)
	alice.expect("ConnectionStateChanged ABORTED BANNED_BY_SERVER")
	alice.want("logout", alice.Logout(t.Context()), 0)
	alice.want("login", alice.Login(t.Context(), "alice", h.Token("alice", time.Hour)), 2)
	equal(t, h.p.BannedUsers(), []string{"alice"})
	h.must(200, "DELETE", "/local/control/bans?user=alice", "")
	h.must(404, "DELETE", "/local/control/bans?user=alice", "")
	h.must(400, "POST", "/local/control/bans", `{}`)
	alice.want("login", alice.Login(t.Context(), "alice", h.Token("alice", time.Hour)), 0)

	two := h.login2("carol", h.Token("carol", time.Hour))
	if err := h.p.Kick(two.Session()); err != nil {
		t.Fatal(err)
	}
	two.expect2("FAILED SERVER_REJECT/KICKED_OUT_BY_SERVER")
	h.must(200, "POST", "/local/control/logins/answer", `{"code":-10010}`)
	two.want("login", two.Login(t.Context(), "carol", h.Token("carol", time.Hour)), -10010)
}

func TestControl_certificates(t *testing.T) {
	h := newHouse(t)
	made := h.must(201, "POST", "/local/control/certificates", "")
	h.must(409, "POST", "/local/control/certificates", "")
	signer, err := rtmauth.NewSigner(h.AppID, certificate(t, made["certificate"].(string)), rtmauth.WithClock(h.Clock().Now))
	if err != nil {
		t.Fatal(err)
	}
	token, err := signer.RTM("alice", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	c := h.login("alice", token)
	list := h.must(200, "GET", "/local/control/certificates", "")["certificates"].([]any)
	if len(list) != 2 || list[1] != made["fingerprint"] {
		t.Errorf("got %v", list)
	}
	h.must(200, "DELETE", "/local/control/certificates/"+made["fingerprint"].(string), "")
	h.must(404, "DELETE", "/local/control/certificates/"+made["fingerprint"].(string), "")
	c.want("renew", c.RenewToken(t.Context(), token), 6)
}

func TestControl_settings(t *testing.T) {
	h := newHouse(t)
	got := h.must(200, "PATCH", "/local/control/settings", `{"cert_mode":"both","interrupt_after":"1s","seed":7}`)
	if got["cert_mode"] != "both" || got["interrupt_after"] != "1s" || got["presence_removal"] != "30s" || len(got["will_expire_leads"].([]any)) != 1 {
		t.Errorf("got %v", got)
	}
	for _, body := range []string{`{"cert_mode":"none"}`, `{"interrupt_afterwards":"1s"}`, `{"max_007":"0s"}`, `{"max_007":1}`, `{"login_rate":-1}`, `{"will_expire_leads":["0s"]}`, `{"connected_expiry":""}`} {
		h.must(400, "PATCH", "/local/control/settings", body)
	}
	if s := h.p.Settings(); s.CertMode != Both || s.InterruptAfter != Duration(time.Second) {
		t.Errorf("a refused change changed something: %+v", s)
	}
}

func TestControl_projects(t *testing.T) {
	h := newHouse(t)
	made := h.must(201, "POST", "/local/control/projects", `{"settings":{"cert_mode":"both"}}`)
	id := made["app_id"].(string)
	h.must(400, "POST", "/local/control/projects", `{"settings":{"cert_mode":"x"}}`)
	base := "/local/control/projects/" + id
	c, err := h.Connect(t.Context(), ClientOptions{AppID: id})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(t.Context(), "alice", ""); err != nil {
		t.Fatal(err)
	}
	before := h.Clock().Now()
	h.must(200, "POST", base+"/clock/advance", `{"by":"48h"}`)
	if !h.Clock().Now().Equal(before) {
		t.Error("a project's clock turned another's")
	}
	if n := len(h.must(200, "GET", base+"/sessions", "")["sessions"].([]any)); n != 1 {
		t.Errorf("%d sessions", n)
	}
	if n := len(h.must(200, "GET", "/local/control/sessions", "")["sessions"].([]any)); n != 0 {
		t.Errorf("%d sessions in another project", n)
	}
	if list := h.must(200, "GET", "/local/control/projects", "")["projects"].([]any); len(list) != 2 || list[0] != h.AppID || list[1] != id {
		t.Errorf("got %v", list)
	}
	h.must(200, "DELETE", base, "")
	h.must(404, "GET", base+"/sessions", "")
	h.must(404, "DELETE", base, "")
	h.must(404, "DELETE", "/local/control/projects/"+h.AppID, "")
	if err := c.Call(t.Context(), "getMembers", map[string]string{"channel": "room"}, nil); err == nil {
		t.Error("a client of a project that was removed is answered")
	}
}

func TestControl_reset(t *testing.T) {
	h := newHouse(t)
	c := h.login("alice", h.Token("alice", time.Hour))
	if err := h.p.Ban("bob"); err != nil {
		t.Fatal(err)
	}
	h.advance(48 * time.Hour)
	_, before := h.p.Events(Filter{})
	h.must(200, "POST", "/local/control/reset", "")
	if _, err := c.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if h.Clock().Frozen() || time.Until(h.Clock().Now()).Abs() > time.Minute || len(h.p.Sessions("")) != 0 || len(h.p.BannedUsers()) != 0 {
		t.Error("something is left")
	}
	events, next := h.p.Events(Filter{})
	if len(events) != 1 || events[0].Type != ProjectReset || next <= before {
		t.Errorf("got %+v after %d", events, before)
	}
	h.login("bob", h.Token("bob", time.Hour))
}

// TestOpenAPI keeps the description true: of paths, methods and parameters, and
// of the fields of what is sent.
func TestOpenAPI(t *testing.T) {
	type operation struct {
		ID         string                                `json:"operationId"`
		Parameters []struct{ Name, In string }           `json:"parameters"`
		Responses  map[string]map[string]json.RawMessage `json:"responses"`
	}
	var doc struct {
		OpenAPI    string                          `json:"openapi"`
		Paths      map[string]map[string]operation `json:"paths"`
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any `json:"properties"`
				Required   []string       `json:"required"`
			} `json:"schemas"`
		} `json:"components"`
	}
	h := newHouse(t)
	if err := json.Unmarshal(encode(h.must(200, "GET", "/local/control/openapi.json", "")), &doc); err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for path, operations := range doc.Paths {
		for method, o := range operations {
			described[strings.ToUpper(method)+" "+path] = true
			for _, status := range []string{"403", "401"} {
				if o.Responses[status] == nil {
					t.Errorf("%s %s: no answer %s", method, path, status)
				}
			}
			for _, name := range strings.FieldsFunc(path, func(r rune) bool { return r == '/' }) {
				if strings.HasPrefix(name, "{") && (len(o.Parameters) == 0 || "{"+o.Parameters[0].Name+"}" != name) {
					t.Errorf("%s %s: %s is not described", method, path, name)
				}
			}
		}
	}
	for _, rt := range routes() {
		key := rt.method + " " + controlPath + rt.path
		if !described[key] {
			t.Errorf("%s is not described", key)
		}
		delete(described, key)
	}
	for key := range described {
		t.Errorf("%s is described and does not exist", key)
	}

	c := h.login("alice", h.Token("alice", time.Hour))
	c.want("renew", c.RenewToken(t.Context(), "x"), 6)
	h.must(200, "POST", "/local/control/logins/answer", `{"code":1}`)
	samples := map[string][]any{
		"Clock":    {h.must(200, "GET", "/local/control/clock", "")},
		"Settings": {h.must(200, "GET", "/local/control/settings", "")},
		"Session":  h.must(200, "GET", "/local/control/sessions", "")["sessions"].([]any),
		"Event":    h.must(200, "GET", "/local/control/events", "")["events"].([]any),
		"Error":    {h.must(404, "GET", "/local/control/nothing", "")},
	}
	for name, list := range samples {
		schema, seen := doc.Components.Schemas[name], map[string]bool{}
		if len(list) == 0 || len(schema.Properties) == 0 {
			t.Errorf("%s: nothing to compare", name)
		}
		for _, sample := range list {
			fields := sample.(map[string]any)
			for field := range fields {
				seen[field] = true
				if schema.Properties[field] == nil {
					t.Errorf("%s: %s is not described", name, field)
				}
			}
			for _, field := range schema.Required {
				if fields[field] == nil {
					t.Errorf("%s: %s is missing in %v", name, field, fields)
				}
			}
		}
		for field := range schema.Properties {
			if !seen[field] {
				t.Errorf("%s: %s is described and was never seen", name, field)
			}
		}
	}
}

// TestControl_documented keeps the table of docs/local-rtm.md complete.
func TestControl_documented(t *testing.T) {
	text, err := os.ReadFile("../docs/local-rtm.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Control plane\n")
	section, _, _ = strings.Cut(section, "\n## ")
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`((?:GET|POST|PATCH|DELETE) [^`]+)`").FindAllStringSubmatch(section, -1) {
		named[m[1]] = true
	}
	for _, rt := range routes() {
		if key := rt.method + " " + rt.path; !named[key] {
			t.Errorf("%s is not in the table", key)
		} else {
			delete(named, key)
		}
	}
	for key := range named {
		t.Errorf("%s is in the table and does not exist", key)
	}
}

func TestControl_unknownPathsAndMethods(t *testing.T) {
	h := newHouse(t)
	h.must(405, "GET", "/local/control/clock/advance", "")
	h.must(405, "DELETE", "/local/control/sessions", "")
	h.must(404, "GET", "/local/control/projects/none/sessions", "")
	h.must(413, "POST", "/local/control/clock/advance", strings.Repeat(" ", maxControlBody+1))
	if status, _ := h.ask("OPTIONS", "/local/control/clock/advance", "", "Origin", "http://localhost:5173"); status != 204 {
		t.Errorf("preflight: %d", status)
	}
	h.must(426, "GET", "/local/rtm", "")
}
