package rtmauth

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"io"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/wire"
)

// addVectors adds the tokens of testdata to a corpus.
func addVectors(f *testing.F, add func(token string)) {
	f.Helper()
	for _, c := range readVectors[officialCase](f, "testdata/official.json", officialCases) {
		for _, token := range c.Tokens {
			if len(token.Token) < 1000 {
				add(token.Token)
			}
		}
	}
	for _, c := range readVectors[malformedCase](f, "testdata/malformed.json", malformedCases) {
		add(c.Token)
	}
}

// checkParsed checks what must hold for every text.
func checkParsed(t *testing.T, v *Verifier, token string) {
	t.Helper()
	u, err := Parse(token)
	if (u == nil) != (err != nil) {
		t.Fatalf("got result %v with error %v", u, err)
	}
	verified, refusal := v.Verify(token, Want{At: time.Unix(issueTime, 0), Service: ServiceRTM, User: testUser})
	if (verified == nil) != (refusal != nil) {
		t.Fatalf("got result %v with error %v", verified, refusal)
	}
	if err != nil {
		if verified != nil {
			t.Fatal("verified what cannot be parsed")
		}
		return
	}
	checkRewritten(t, token)

	// What was read, written as a token of our own, reads as the same.
	var first, second content
	p, _ := first.parse(token)
	var again string
	if first.version == Version007 {
		again = wire.Token007(append(wire.AppendString(nil, p.signature), first.body.append(nil)...))
	} else {
		content := wire.AppendString(nil, p.signature)
		content = wire.AppendU32(content, first.channelCRC)
		content = wire.AppendU32(content, first.userCRC)
		again = wire.Token006(first.appID, wire.AppendString(content, string(first.message.append(nil))))
	}
	q, err2 := second.parse(again)
	if err2 != nil || p != q {
		t.Fatalf("written again: got %v, %v", q, err2)
	}
	if first.version == Version006 && again != token {
		t.Fatal("a 006 token has two spellings")
	}
}

// FuzzParse reads any text.
func FuzzParse(f *testing.F) {
	addVectors(f, func(token string) { f.Add(token) })
	v := verifier(f, testAppID, testKey)
	f.Fuzz(func(t *testing.T, token string) { checkParsed(t, v, token) })
}

// FuzzContent reads any bytes where the content of a token is.
func FuzzContent(f *testing.F) {
	addVectors(f, func(token string) {
		if len(token) < wire.VersionLen+wire.AppIDLen {
			return
		}
		if content, err := wire.Content007(token[wire.VersionLen:]); err == nil {
			f.Add([]byte(content))
		} else if content, err := wire.Content006(token[wire.VersionLen+wire.AppIDLen:]); err == nil {
			f.Add([]byte(content))
		}
	})
	v := verifier(f, testAppID, testKey)
	f.Fuzz(func(t *testing.T, content []byte) {
		checkParsed(t, v, wire.Token007(content))
		checkParsed(t, v, wire.Token006(testAppID, content))
	})
}

// FuzzInflate compares with compress/zlib: what we take it takes as the same,
// and what we refuse it refuses, or is one of the differences on purpose.
func FuzzInflate(f *testing.F) {
	addVectors(f, func(token string) {
		if len(token) < wire.VersionLen {
			return
		}
		if stream, err := base64.StdEncoding.DecodeString(token[wire.VersionLen:]); err == nil {
			f.Add(stream)
		}
	})
	f.Fuzz(func(t *testing.T, stream []byte) {
		got, err := wire.Content007(base64.StdEncoding.EncodeToString(stream))
		if len(got) > wire.MaxContent || err != nil && got != "" {
			t.Fatalf("got %d bytes with error %v", len(got), err)
		}
		rest := bytes.NewReader(stream)
		var want []byte
		r, zerr := zlib.NewReader(rest)
		if zerr == nil {
			want, zerr = io.ReadAll(io.LimitReader(r, wire.MaxContent+1))
		}
		whole := zerr == nil && len(want) <= wire.MaxContent && rest.Len() == 0
		switch {
		case err == nil && (!whole || got != string(want)):
			t.Fatalf("got %d bytes, compress/zlib %d, %v", len(got), len(want), zerr)
		case err != nil && whole && stream[2]&7 != 1:
			t.Fatalf("got %v, compress/zlib takes it", err)
		}
	})
}

// FuzzSign makes tokens of any fields, and parses and verifies them.
func FuzzSign(f *testing.F) {
	f.Add("room", "alice", uint32(3600), uint16(1), int16(1), []byte{0, 1, 1, 'a'})
	f.Add("", "", uint32(0), uint16(0), int16(-1), []byte{})
	f.Add("用户", "\xff\x00", uint32(1<<32-1), uint16(1000), int16(-32768), bytes.Repeat([]byte{1, 2, 3}, 400))
	s, v := signer(f, UnsafeAnyLife()), verifier(f, testAppID, testKey)
	f.Fuzz(func(t *testing.T, channel, user string, expire uint32, privilege uint16, role int16, lists []byte) {
		privileges := []Privilege{{PrivilegeID(privilege), expire}, {PrivilegeID(privilege + 1), 7}}
		var services []Service
		for i := range traits {
			has := ServiceType(i).trait()
			if has == nil {
				continue
			}
			service := Service{Type: ServiceType(i), Privileges: privileges}
			if has.channel {
				service.Channel = channel
			}
			if has.user {
				service.User = user
			}
			if has.role {
				service.Role = role
			}
			if has.resources {
				names := make([]string, len(lists)/8)
				for i := range names {
					names[i] = string(lists[8*i : 8*i+8])
				}
				service.Resources = []Resource{{Type: ResourceUsers, Permissions: []Permission{{PermissionWrite, names}, {PermissionRead, nil}}}}
			}
			services = append(services, service)
		}
		token, err := s.Sign(time.Duration(expire)*time.Second, services...)
		if err != nil {
			if token != "" || len(channel)+len(user)+len(lists) < 10_000 {
				t.Fatalf("got %d characters, %v", len(token), err)
			}
			return
		}
		checkParsed(t, v, token)
		for _, service := range services {
			want := Want{At: time.Unix(issueTime, 0), Service: service.Type, Channel: service.Channel, User: service.User, Privilege: PrivilegeID(privilege), InsecureIgnoreExpiry: true}
			if privilege != 0 && reasonOf(t, v, token, want) != "" {
				t.Fatalf("%v is refused", service.Type)
			}
		}

		// As RTC and RTM in 006, unless the privilege belongs to the other one.
		token, err = s.Sign006(channel, user, privileges...)
		if err != nil {
			if token != "" || len(channel)+len(user) < 10_000 {
				t.Fatalf("006: got %d characters, %v", len(token), err)
			}
			return
		}
		checkParsed(t, v, token)
		want := Want{At: time.Unix(issueTime, 0), Service: ServiceRTC, Channel: channel, User: user, Privilege: PrivilegeID(privilege), InsecureIgnoreExpiry: true}
		if privilege != 0 && privilege != 1000 && reasonOf(t, v, token, want) != "" {
			t.Fatal("006 is refused")
		}
	})
}

// FuzzAltered alters a token of ours: it may be accepted only as the same.
func FuzzAltered(f *testing.F) {
	all := samples(f)
	v := verifier(f, testAppID, testKey)
	for i := range all {
		f.Add(uint8(i), uint16(10), uint8(1), "")
		f.Add(uint8(i), uint16(0), uint8(3), hex.EncodeToString([]byte{7}))
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint16, cut uint8, insert string) {
		s := &all[int(which)%len(all)]
		from := int(at) % len(s.token)
		altered := s.token[:from] + insert + s.token[min(from+int(cut), len(s.token)):]
		if altered != s.token {
			checkAltered(t, v, s, altered, "text replaced", s.ours)
		}
	})
}
