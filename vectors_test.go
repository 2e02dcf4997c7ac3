package rtmauth

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/wire"
)

// testdata holds what the official implementations of the formats (14
// languages) made of 344 inputs, and 594 damaged tokens. Where the collection
// it was taken from lies beside the repository, the same tests run over that
// too, so that the copy cannot fall behind.
var vectorFolders = []string{"testdata", filepath.Join("..", "shared", "vectors")}

// eachFolder runs test for each folder that holds file: for testdata always.
func eachFolder(t *testing.T, file string, test func(t *testing.T, path string)) {
	for i, folder := range vectorFolders {
		path := filepath.Join(folder, file)
		if _, err := os.Stat(path); i > 0 && errors.Is(err, os.ErrNotExist) {
			continue
		}
		t.Run(folder, func(t *testing.T) { test(t, path) })
	}
}

// readVectors reads a file of vectors; a field that the tests do not know, or
// a number of cases other than want, fails the test.
func readVectors[V any](t testing.TB, path string, want int) []V {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []V
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) != want {
		t.Fatalf("got %d vectors, want %d", len(vectors), want)
	}
	return vectors
}

const (
	officialCases  = 344
	malformedCases = 594
)

// officialCase is an input and the tokens that official implementations made
// of it. The collection's other fields are of no use here.
type officialCase struct {
	Case, Version, Service, Kind string
	Inputs                       struct {
		AppID       string          `json:"app_id"`
		Certificate string          `json:"app_certificate"`
		Issued      int64           `json:"issue_ts"`
		TS          int64           `json:"ts"`
		Expire      uint32          `json:"expire"`
		Salt        uint32          `json:"salt"`
		Channel     string          `json:"channel"`
		UID         vectorUID       `json:"uid"`
		UserID      string          `json:"user_id"`
		Privileges  []vectorPair    `json:"privileges_in_order"`
		ByID        map[string]int  `json:"privileges"`
		Services    []vectorService `json:"services"`

		builderInputs
	}
	Tokens []struct {
		Token   string
		Matches bool `json:"matches_reference"`
		Sources []string
	}
	Payload         string         `json:"payload_hex"`
	MajorityPayload string         `json:"payload_hex_majority"`
	NotOK           map[string]any `json:"not_ok"`
}

type vectorService struct {
	Type        ServiceType    `json:"type"`
	Name        string         `json:"service"`
	Channel     string         `json:"channel"`
	UID         vectorUID      `json:"uid"`
	UserID      vectorText     `json:"user_id"`
	Room        string         `json:"room"`
	User        string         `json:"user"`
	Role        int16          `json:"role"`
	Privileges  []vectorPair   `json:"privileges_in_order"`
	ByID        map[string]int `json:"privileges"`
	Permissions vectorLists    `json:"permissions"`
}

// vectorUID is a number or an account, as tokens hold it.
type vectorUID string

func (u *vectorUID) UnmarshalJSON(data []byte) error {
	var number uint32
	if json.Unmarshal(data, &number) == nil {
		*u = vectorUID(UID(number))
		return nil
	}
	return json.Unmarshal(data, (*string)(u))
}

// vectorText is text, or bytes that are not UTF-8 in hex.
type vectorText string

func (v *vectorText) UnmarshalJSON(data []byte) error {
	var raw struct{ Hex string }
	if json.Unmarshal(data, &raw) == nil {
		b, err := hex.DecodeString(raw.Hex)
		*v = vectorText(b)
		return err
	}
	return json.Unmarshal(data, (*string)(v))
}

type vectorPair [2]uint32

// privileges are those of pairs; of one that comes twice the last counts.
func privileges(pairs []vectorPair) []Privilege {
	var result []Privilege
	for _, pair := range pairs {
		p := Privilege{PrivilegeID(pair[0]), pair[1]}
		known := false
		for i := range result {
			if result[i].ID == p.ID {
				result[i], known = p, true
			}
		}
		if !known {
			result = append(result, p)
		}
	}
	return result
}

// vectorLists are RTM2 permissions as [resource type, permission type, names].
type vectorLists []struct {
	resource   ResourceType
	permission Permission
}

func (l *vectorLists) UnmarshalJSON(data []byte) error {
	var lists [][3]json.RawMessage
	if err := json.Unmarshal(data, &lists); err != nil {
		return err
	}
	*l = make(vectorLists, len(lists))
	for i, list := range lists {
		item := &(*l)[i]
		for j, field := range []any{&item.resource, &item.permission.Type, &item.permission.Names} {
			if err := json.Unmarshal(list[j], field); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l vectorLists) resources() []Resource {
	var resources []Resource
	for _, item := range l {
		known := false
		for i := range resources {
			if resources[i].Type == item.resource {
				resources[i].Permissions = append(resources[i].Permissions, item.permission)
				known = true
			}
		}
		if !known {
			resources = append(resources, Resource{item.resource, []Permission{item.permission}})
		}
	}
	return resources
}

func (s *vectorService) service() Service {
	service := Service{Type: s.Type, Channel: s.Channel, User: string(s.UID), Role: s.Role, Privileges: privileges(s.Privileges), Resources: s.Permissions.resources()}
	switch s.Type {
	case ServiceRTM, ServiceChat, ServiceRTM2:
		service.User = string(s.UserID)
	case ServiceAPaaS:
		service.Channel, service.User = s.Room, s.User
	default: // has a channel and a uid, or nothing
	}
	return service
}

// signer makes tokens for the case's App ID, certificate, time and salt.
func (c *officialCase) signer(t *testing.T) *Signer {
	t.Helper()
	now := c.Inputs.Issued
	if c.Version == "006" {
		now = c.Inputs.TS - 24*60*60
	}
	s, err := NewSigner(c.Inputs.AppID, certificate(t, c.Inputs.Certificate), UnsafeAnyLife(),
		WithClock(func() time.Time { return time.Unix(now, 0) }),
		WithSalt(func() uint32 { return c.Inputs.Salt }))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// raw builds the case field by field.
func (c *officialCase) raw(s *Signer) (string, error) {
	if c.Version == "006" {
		return s.Sign006(c.Inputs.Channel, string(c.Inputs.UID), privileges(c.Inputs.Privileges)...)
	}
	services := make([]Service, len(c.Inputs.Services))
	for i := range services {
		services[i] = c.Inputs.Services[i].service()
	}
	return s.Sign(time.Duration(c.Inputs.Expire)*time.Second, services...)
}

func TestVectors_official(t *testing.T) {
	eachFolder(t, "official.json", func(t *testing.T, path string) {
		matched, verified, refused := 0, 0, 0
		for _, c := range readVectors[officialCase](t, path, officialCases) {
			t.Run(c.Case, func(t *testing.T) {
				if !isHex32(c.Inputs.AppID) || !isHex32(c.Inputs.Certificate) {
					c.mustBeRefused(t)
					refused++
					return
				}
				matched += c.testBuild(t)
				for _, token := range c.Tokens {
					c.testToken(t, token.Token)
					verified++
				}
			})
		}
		if got := [3]int{matched, verified, refused}; got != [3]int{915, 990, 43} {
			t.Errorf("got %d tokens built, verified and refused: not what the collection holds", got)
		}
	})
}

// mustBeRefused checks a case whose App ID or certificate is malformed.
func (c *officialCase) mustBeRefused(t *testing.T) {
	key, err := ParseCertificate(c.Inputs.Certificate)
	if err == nil {
		_, err = NewSigner(c.Inputs.AppID, key)
	}
	var argument *ArgumentError
	if !errors.As(err, &argument) {
		t.Errorf("got %v, want an *ArgumentError", err)
	}
	if isHex32(c.Inputs.AppID) {
		return
	}
	for _, token := range c.Tokens {
		if u, err := Parse(token.Token); u != nil || err == nil {
			t.Errorf("parsed a token for a malformed App ID")
		}
	}
}

// testBuild builds the case field by field and, where it was made by a builder
// and keeps to our builders' rules, with that of ours. It returns how many
// official tokens are the same.
func (c *officialCase) testBuild(t *testing.T) (matched int) {
	s := c.signer(t)
	var built []string
	if c.Kind == "builder" {
		c.toRaw(t)
		token, err := c.build(s)
		var argument *ArgumentError
		switch {
		case err == nil:
			built = append(built, token)
		case !errors.As(err, &argument) || c.keepsRules():
			t.Errorf("build with %s: %v", c.Inputs.Builder, err)
		}
	}
	token, err := c.raw(s)
	switch {
	case err == nil:
		built = append(built, token)
	case c.Case != "007-noservice": // which no reference token exists of
		t.Fatalf("build: %v", err)
	}
	for _, official := range c.Tokens {
		if !official.Matches {
			continue
		}
		matched++
		for _, token := range built {
			if got, want := plain(t, token), plain(t, official.Token); got != want {
				t.Errorf("got content %x, want %x", got, want)
			}
		}
	}
	if c.Payload != "" && c.Case != "007-noservice" {
		for _, token := range built {
			if got := plain(t, token); hex.EncodeToString([]byte(got)) != c.Payload {
				t.Errorf("got content %x, want %s", got, c.Payload)
			}
		}
	}
	return matched
}

// plain is what two tokens must have in common: all of a 006 token, the
// content of a 007 token.
func plain(t *testing.T, token string) string {
	t.Helper()
	text, ok := strings.CutPrefix(token, "007")
	if !ok {
		return token
	}
	content, err := wire.Content007(text)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// testToken parses a token of the case, writes it again and verifies it for
// each of its services.
func (c *officialCase) testToken(t *testing.T, token string) {
	u, err := Parse(token)
	if err != nil {
		t.Errorf("parse: %v", err)
		return
	}
	if got := fmt.Sprint(u.Version(), u.AppID(), u.Salt()); got != fmt.Sprint(c.Version, c.Inputs.AppID, c.Inputs.Salt) {
		t.Errorf("got %s", got)
	}
	checkRewritten(t, token)

	v := verifier(t, c.Inputs.AppID, otherKey, c.Inputs.Certificate)
	stranger := verifier(t, c.Inputs.AppID, otherKey)
	for i, service := range u.Services() {
		if i == 20 {
			break // of up to 300, all alike
		}
		want := Want{At: time.Unix(issueTime, 0), Service: service.Type, User: service.User, Channel: service.Channel, InsecureIgnoreExpiry: true}
		if len(service.Privileges) > 0 {
			want.Privilege = service.Privileges[0].ID
		}
		if u.Version() == Version006 {
			c.complete006(u, &want)
		}
		expect := Reason("")
		switch {
		case len(service.Privileges) == 0:
			expect = ReasonPrivilegeMissing
		case u.Version() == Version006 && service.Type == ServiceRTM && c.Inputs.UID != "":
			expect = ReasonUser // the right to log in, and a channel where the user ID should be
		}
		if got := reasonOf(t, v, token, want); got != expect {
			t.Errorf("verify %v: got %q, want %q", service.Type, got, expect)
		}
		if expect == ReasonUser {
			continue
		}
		if got := reasonOf(t, stranger, token, want); got != ReasonSignature {
			t.Errorf("verify %v with another certificate: got %q", service.Type, got)
		}
		if service.Type == ServiceFPA || service.User == "" && service.Type.trait().anyUser && u.userCRC == 0 {
			continue
		}
		want.User += "x"
		got := reasonOf(t, v, token, want)
		if got == "" || got != ReasonUser && count(u, service.Type) == 1 {
			t.Errorf("verify %v for another user: got %q", service.Type, got)
		}
	}
}

func count(u *Unverified, service ServiceType) (n int) {
	for _, s := range u.Services() {
		if s.Type == service {
			n++
		}
	}
	return n
}

// complete006 fills in the user and the channel, which a 006 token does not
// hold. Some official builders write other users than they were given: "0" for
// the number 0, the number with a sign, "" for text.
func (c *officialCase) complete006(u *Unverified, want *Want) {
	want.Channel, want.User = c.Inputs.Channel, string(c.Inputs.UID)
	if want.Service == ServiceRTM {
		want.Channel, want.User = "", c.Inputs.Channel
		return
	}
	for _, user := range []string{"0", fmt.Sprint(c.number())} {
		if !u.FitsCRC(want.Channel, want.User) && u.FitsCRC(want.Channel, user) {
			want.User = user
		}
	}
}

// checkRewritten checks that the fields of a token, written again, give the
// bytes that its signature covers.
func checkRewritten(t testing.TB, token string) {
	t.Helper()
	var c content
	p, err := c.parse(token)
	if err != nil {
		t.Fatal(err)
	}
	written := c.body.append(nil)
	if c.version == Version006 {
		written = c.message.append(nil)
	}
	if string(written) != p.covers {
		t.Errorf("got %x, want %x", written, p.covers)
	}
}
