package interop

import (
	"bytes"
	"hash/crc32"
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
)

// args007 is a sample as peer.mjs takes it.
func (s sample) args007() map[string]any {
	services := make([]map[string]any, 0, len(s.Services))
	for _, service := range s.Services {
		resources := make([]any, 0)
		for _, resource := range service.Resources {
			permissions := make([]any, 0)
			for _, p := range resource.Permissions {
				permissions = append(permissions, []any{p.Type, p.Names})
			}
			resources = append(resources, []any{resource.Type, permissions})
		}
		services = append(services, map[string]any{
			"type": service.Type, "channel": service.Channel, "user": service.User, "role": service.Role,
			"privileges": pairs(service.Privileges), "resources": resources,
		})
	}
	return map[string]any{
		"app_id": s.AppID, "certificate": s.Certificate,
		"issued": s.Issued, "expire": s.Expire, "salt": s.Salt, "services": services,
	}
}

func pairs(privileges []rtmauth.Privilege) [][2]uint32 {
	out := make([][2]uint32, 0, len(privileges))
	for _, p := range privileges {
		out = append(out, [2]uint32{uint32(p.ID), p.Expire})
	}
	return out
}

var everyType = []rtmauth.ServiceType{
	rtmauth.ServiceRTC, rtmauth.ServiceRTM, rtmauth.ServiceStreaming, rtmauth.ServiceFPA,
	rtmauth.ServiceChat, rtmauth.ServiceFCDN, rtmauth.ServiceAPaaS, rtmauth.ServiceRTM2,
}

// TestNPM007: agora-token and ours make the same content of the same input,
// read each other's, and verify each other's signatures.
func TestNPM007(t *testing.T) {
	r, n := newSource(t), newNode(t)
	for i := range *countFlag {
		s := r.sample007(everyType, true)
		theirs, ours := n.text(t, "build007", s.args007()), s.ours007(t)
		if !bytes.Equal(inflated(t, theirs), inflated(t, ours)) {
			t.Fatalf("sample %d: %+v\ntheirs %x\nours   %x", i, s, inflated(t, theirs), inflated(t, ours))
		}
		s.verify007(t, theirs)

		var read nodeToken
		n.call(t, "parse007", map[string]any{"token": ours, "certificate": s.Certificate}, &read)
		if !read.OK || !read.Verified {
			t.Fatalf("sample %d: agora-token reads ours: %t, verifies it: %t", i, read.OK, read.Verified)
		}
		parsed, err := rtmauth.Parse(ours)
		if err != nil {
			t.Fatal(err)
		}
		if d := read.differs(parsed); d != "" {
			t.Fatalf("sample %d: %s", i, d)
		}
	}
}

// TestNPM007_unknown: agora-token knows two services more than we do. A token
// with one of them still serves for what we know.
func TestNPM007_unknown(t *testing.T) {
	r, n := newSource(t), newNode(t)
	for _, unknown := range []rtmauth.ServiceType{9, 10} {
		s := r.sample007([]rtmauth.ServiceType{rtmauth.ServiceRTM}, false)
		known := s.Services
		s.Services = append(known[:len(known):len(known)], rtmauth.Service{Type: unknown, Privileges: []rtmauth.Privilege{{ID: 1, Expire: 60}}})
		token := n.text(t, "build007", s.args007())
		s.Services = known
		s.verify007(t, token)
		parsed, err := rtmauth.Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		if parsed.UnknownServices() != 1 {
			t.Errorf("service %d: UnknownServices is %d, want 1", unknown, parsed.UnknownServices())
		}
	}
}

// TestNPM007_otherCertificate: their verifySignature refuses what is not theirs.
func TestNPM007_otherCertificate(t *testing.T) {
	r, n := newSource(t), newNode(t)
	s := r.sample007(everyType, true)
	var read nodeToken
	n.call(t, "parse007", map[string]any{"token": s.ours007(t), "certificate": r.hex32()}, &read)
	if !read.OK || read.Verified {
		t.Errorf("read %t, verified with another certificate %t", read.OK, read.Verified)
	}
}

// TestNPM006: agora-access-token and ours make the same token, to the byte.
func TestNPM006(t *testing.T) {
	r, n := newSource(t), newNode(t)
	for i := range *countFlag {
		s := r.sample006()
		theirs := n.text(t, "build006", map[string]any{
			"app_id": s.AppID, "certificate": s.Certificate, "channel": s.Channel, "user": s.User,
			"salt": s.Salt, "ts": s.Issued + 86400, "privileges": pairs(s.Privileges),
		})
		if ours := s.ours006(t); theirs != ours {
			t.Fatalf("sample %d: %+v\ntheirs %s\nours   %s", i, s, theirs, ours)
		}
		s.verify006(t, theirs)

		var read node006
		n.call(t, "parse006", map[string]any{"token": theirs}, &read)
		if d := read.differs(theirs, s); d != "" {
			t.Fatalf("sample %d: %s", i, d)
		}
	}
}

// verify006 checks a 006 token made of the sample against each privilege that
// it grants.
func (s sample) verify006(tb testing.TB, token string) {
	tb.Helper()
	verifier := s.verifier(tb)
	for _, p := range s.Privileges {
		want := rtmauth.Want{
			At: time.Unix(int64(s.Issued), 0), InsecureIgnoreExpiry: true,
			Service: rtmauth.ServiceRTC, Channel: s.Channel, User: s.User, Privilege: p.ID,
		}
		if p.ID == rtmauth.PrivilegeLogin006 {
			if s.User != "" {
				continue // a login with a uid beside the user ID is no RTM token
			}
			want.Service, want.Channel, want.User, want.Privilege = rtmauth.ServiceRTM, "", s.Channel, 0
		}
		if _, err := verifier.Verify(token, want); err != nil {
			tb.Fatalf("%+v: %v", want, err)
		}
	}
	other := s
	other.Certificate = "0123456789abcdef0123456789abcdef"
	want := rtmauth.Want{At: time.Unix(int64(s.Issued), 0), InsecureIgnoreExpiry: true, Service: rtmauth.ServiceRTC, Channel: s.Channel, User: s.User, Privilege: rtmauth.PrivilegeJoin}
	if _, err := other.verifier(tb).Verify(token, want); err == nil {
		tb.Fatal("verified with another certificate")
	}
}

// node006 is what agora-access-token reads in a token.
type node006 struct {
	OK         bool
	Signature  string
	ChannelCRC uint32 `json:"channel_crc"`
	UserCRC    uint32 `json:"user_crc"`
	Salt, TS   uint32
	Privileges map[string]uint32
}

// differs says where what it reads differs from what went in.
func (n node006) differs(token string, s sample) string {
	privileges := make(map[string]uint32)
	for _, p := range s.Privileges {
		privileges[strconv.Itoa(int(p.ID))] = p.Expire
	}
	switch {
	case !n.OK:
		return "agora-access-token does not read " + token
	case n.Salt != s.Salt || n.TS != s.Issued+86400 || !maps.Equal(n.Privileges, privileges):
		return "agora-access-token reads other fields"
	case n.ChannelCRC != crc32.ChecksumIEEE([]byte(s.Channel)) || n.UserCRC != crc32.ChecksumIEEE([]byte(s.User)):
		return "agora-access-token reads other checksums"
	}
	return ""
}

// TestEveryCharacter: each character that a user ID may hold, in both formats.
func TestEveryCharacter(t *testing.T) {
	r, n := newSource(t), newNode(t)
	for _, c := range allowed {
		user := string(c)
		if user == " " {
			user = "a b"
		}
		s := sample{AppID: r.hex32(), Certificate: r.hex32(), Issued: 1700000000, Salt: 12345678, Expire: 3600}
		signer, verifier := s.signer(t), s.verifier(t)
		want := rtmauth.Want{At: time.Unix(1700000000, 0), Service: rtmauth.ServiceRTM, User: user}

		token, err := signer.RTM(user, time.Hour)
		if err != nil {
			t.Fatalf("%q: %v", user, err)
		}
		s.Services = []rtmauth.Service{{Type: rtmauth.ServiceRTM, User: user, Privileges: []rtmauth.Privilege{{ID: rtmauth.PrivilegeLogin, Expire: 3600}}}}
		theirs := n.text(t, "build007", s.args007())
		if !bytes.Equal(inflated(t, token), inflated(t, theirs)) {
			t.Errorf("%q: 007 differs", user)
		}
		if _, err := verifier.Verify(theirs, want); err != nil {
			t.Errorf("%q: %v", user, err)
		}

		token, err = signer.RTM006(user, time.Hour)
		if err != nil {
			t.Fatalf("%q: %v", user, err)
		}
		theirs = n.text(t, "build006", map[string]any{
			"app_id": s.AppID, "certificate": s.Certificate, "channel": user, "user": "",
			"salt": s.Salt, "ts": s.Issued + 86400, "privileges": [][2]uint32{{1000, 1700003600}},
		})
		if token != theirs {
			t.Errorf("%q: 006 differs", user)
		}
		if _, err := verifier.Verify(theirs, want); err != nil {
			t.Errorf("%q: %v", user, err)
		}
	}
}
