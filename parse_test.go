package rtmauth

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/wire"
)

// signed007 is a rightly signed token around services written by hand.
func signed007(t testing.TB, count uint16, services []byte) string {
	t.Helper()
	b := wire.AppendString(nil, testAppID)
	b = wire.AppendU32(b, issueTime)
	b = wire.AppendU32(b, 3600)
	b = wire.AppendU32(b, testSalt)
	b = append(wire.AppendU16(b, count), services...)
	signature := sign007(certificate(t, testKey), issueTime, testSalt, b)
	return wire.Token007(append(wire.AppendString(nil, string(signature[:])), b...))
}

// signed006 is a rightly signed token of channel "alice" around a message
// written by hand, and bytes after it.
func signed006(t *testing.T, message []byte, after string) string {
	t.Helper()
	signature := sign006(certificate(t, testKey), append(covered006(nil, testAppID, "alice", ""), message...))
	content := wire.AppendString(nil, string(signature[:]))
	content = wire.AppendU32(content, wire.CRC("alice"))
	content = wire.AppendU32(content, 0)
	content = wire.AppendString(content, string(message))
	return wire.Token006(testAppID, append(content, after...))
}

func numbers(values ...uint16) []byte {
	var b []byte
	for _, v := range values {
		b = wire.AppendU16(b, v)
	}
	return b
}

func join(parts ...any) []byte {
	var b []byte
	for _, part := range parts {
		switch part := part.(type) {
		case []byte:
			b = append(b, part...)
		case string:
			b = wire.AppendString(b, part)
		case int:
			b = wire.AppendU16(b, uint16(part))
		}
	}
	return b
}

// TestParse_strict gives rightly signed tokens that no official builder
// writes: each is refused, with the field named.
func TestParse_strict(t *testing.T) {
	ends := numbers(60, 0) // of a privilege
	rtmService := join(2, 1, 1, ends, "alice")
	message := func(count int, rest []byte) []byte {
		m := wire.AppendU32(wire.AppendU32(nil, testSalt), issueTime+86400)
		return join(m, count, rest)
	}
	login := join(1000, ends)
	for name, test := range map[string]struct{ token, field, problem string }{
		"a privilege twice":          {signed007(t, 1, join(2, 2, 1, ends, 1, ends, "alice")), "privileges", "twice"},
		"a privilege twice, of many": {signed007(t, 1, join(2, 20, many(20), "alice")), "privileges", "twice"},
		"a resource type twice":      {signed007(t, 1, join(8, 1, 1, ends, "alice", 2, 4, 0, 4, 0)), "resources", "twice"},
		"a permission type twice":    {signed007(t, 1, join(8, 1, 1, ends, "alice", 1, 4, 2, 0, 0, 0, 0)), "permissions", "twice"},
		"more names than bytes":      {signed007(t, 1, join(8, 1, 1, ends, "alice", 1, 4, 1, 0, 0xffff)), "permissions", "more than"},
		"more resources than bytes":  {signed007(t, 1, join(8, 1, 1, ends, "alice", 0xffff)), "resources", "more than"},
		"a byte after the services":  {signed007(t, 1, append(rtmService, 0)), "services", "followed"},
		"a service too many":         {signed007(t, 1, join(rtmService, rtmService)), "services", "followed"},
		"a service too few":          {signed007(t, 2, rtmService), "services", "early"},
		"half a type":                {signed007(t, 2, append(rtmService, 2)), "services", "early"},
		"a user that ends early":     {signed007(t, 1, rtmService[:len(rtmService)-1]), "user", "early"},
		"a role that ends early":     {signed007(t, 1, join(7, 0, "room", "alice", []byte{1})), "role", "early"},
		"006, a privilege twice":     {signed006(t, message(2, join(login, login)), ""), "privileges", "twice"},
		"006, a byte in the message": {signed006(t, message(1, append(login, 0)), ""), "message", "followed"},
		"006, a byte after it":       {signed006(t, message(1, login), "x"), "message", "followed"},
		"006, a privilege too few":   {signed006(t, message(2, login), ""), "privileges", "more than"},
	} {
		u, err := Parse(test.token)
		var parse *ParseError
		if u != nil || !errors.As(err, &parse) || parse.Field != test.field || !strings.Contains(parse.Problem, test.problem) {
			t.Errorf("%s: got %v, %v; want %s …%s…", name, u, err, test.field, test.problem)
		}
		got := reasonOf(t, verifier(t, testAppID, testKey), test.token, Want{At: time.Unix(issueTime, 0), Service: ServiceRTM, User: "alice"})
		if got != ReasonMalformed {
			t.Errorf("%s: refused with %q", name, got)
		}
	}
	if _, err := Parse(signed007(t, 1, rtmService)); err != nil {
		t.Errorf("what the others are made of: %v", err)
	}
	if _, err := Parse(signed006(t, message(1, login), "")); err != nil {
		t.Errorf("what the others are made of: %v", err)
	}
}

// many are n privileges of which the last one is the first again.
func many(n int) []byte {
	var b []byte
	for i := range n {
		b = join(b, i%(n-1), 60, 0)
	}
	return b
}

// TestParse_keeps gives tokens that are unusual and right: order is kept, and
// what is not known is kept.
func TestParse_keeps(t *testing.T) {
	ends := numbers(60, 0)
	v := verifier(t, testAppID, testKey)
	alice := Want{At: time.Unix(issueTime, 0), Service: ServiceRTM, User: "alice"}
	rtmService := join(2, 1, 1, ends, "alice")
	for name, test := range map[string]struct {
		token   string
		unknown int
		want    []Service
		reason  Reason
	}{
		"no service": {signed007(t, 0, nil), 0, nil, ReasonServiceMissing},
		"privileges out of order": {
			signed007(t, 1, join(2, 3, 9, ends, 1, ends, 5, ends, "alice")), 0,
			[]Service{{Type: ServiceRTM, User: "alice", Privileges: []Privilege{{9, 60}, {1, 60}, {5, 60}}}},
			"",
		},
		"services out of order": {
			signed007(t, 3, join(4, 0, rtmService, 4, 0)), 0,
			[]Service{{Type: ServiceFPA}, {Type: ServiceRTM, User: "alice", Privileges: []Privilege{{1, 60}}}, {Type: ServiceFPA}},
			"",
		},
		"unknown service last": {
			signed007(t, 2, join(rtmService, 9, "anything")), 1,
			[]Service{{Type: ServiceRTM, User: "alice", Privileges: []Privilege{{1, 60}}}},
			"",
		},
		"RTM behind an unknown service": {signed007(t, 2, join(9, rtmService)), 2, nil, ReasonServiceMissing},
		"unknown services by the count": {signed007(t, 0xffff, numbers(0x8002)), 0xffff, nil, ReasonServiceMissing},
		"resources out of order, and empty ones": {
			signed007(t, 1, join(8, 0, "alice", 2, 4, 0, 1, 2, 1, 0, 0, 1, "")), 0,
			[]Service{{Type: ServiceRTM2, User: "alice", Resources: []Resource{
				{4, []Permission{}},
				{1, []Permission{{1, []string{}}, {0, []string{""}}}},
			}}},
			ReasonServiceMissing,
		},
		"a role below zero": {
			signed007(t, 1, join(7, 0, "room", "\xff", numbers(0xfffe))), 0,
			[]Service{{Type: ServiceAPaaS, Channel: "room", User: "\xff", Role: -2}},
			ReasonServiceMissing,
		},
	} {
		u, err := Parse(test.token)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := u.Services(); !reflect.DeepEqual(got, test.want) || u.UnknownServices() != test.unknown {
			t.Errorf("%s: got %+v and %d unknown, want %+v and %d", name, got, u.UnknownServices(), test.want, test.unknown)
		}
		checkRewritten(t, test.token)
		if got := reasonOf(t, v, test.token, alice); got != test.reason {
			t.Errorf("%s: got %q, want %q", name, got, test.reason)
		}
	}
}

// TestVerified_mixed006 shows that each service of a 006 token for both has its
// own privileges only.
func TestVerified_mixed006(t *testing.T) {
	s := signer(t)
	token, err := s.Sign006("alice", "", Privilege{PrivilegeJoin, issueTime + 60}, Privilege{PrivilegeLogin006, 1}, Privilege{1001, 7})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Service{
		{Type: ServiceRTC, Channel: "alice", Privileges: []Privilege{{PrivilegeJoin, issueTime + 60}, {1001, 7}}},
		{Type: ServiceRTM, User: "alice", Privileges: []Privilege{{PrivilegeLogin006, 1}}},
	} {
		verified, err := verifier(t, testAppID, testKey).Verify(token, Want{At: s.now(), Service: want.Type, Channel: want.Channel, User: want.User})
		if err != nil {
			t.Error(err)
		} else if got := verified.Service(); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

// largeLists are tokens whose contents hold as many parts as fit.
func largeLists(tb testing.TB) map[string]string {
	const n = 16_000
	var resources, permissions, privileges []byte
	for i := range n {
		resources = append(resources, numbers(uint16(i), 0)...)
		permissions = append(permissions, numbers(uint16(i), 0)...)
		if i < n/2 {
			privileges = append(privileges, numbers(uint16(i), 0, 0)...)
		}
	}
	return map[string]string{
		"resources":   signed007(tb, 1, join(8, 0, "alice", n, resources)),
		"permissions": signed007(tb, 1, join(8, 0, "alice", 1, 1, n, permissions)),
		"privileges":  signed007(tb, 1, join(2, n/2, privileges, "alice")),
	}
}

// BenchmarkParse_largeLists shows what a hostile token can cost: refusing
// duplicates by sorting takes about a millisecond, by comparing each with each
// it took a hundred.
func BenchmarkParse_largeLists(b *testing.B) {
	for name, token := range largeLists(b) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Parse(token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
