package interop

import (
	"bytes"
	"testing"

	"github.com/AgoraIO-Community/go-tokenbuilder/accesstoken"
	"github.com/rtmauth/rtmauth"
)

// The services that go-tokenbuilder knows.
var goTypes = []rtmauth.ServiceType{
	rtmauth.ServiceRTC, rtmauth.ServiceRTM, rtmauth.ServiceFPA, rtmauth.ServiceChat, rtmauth.ServiceAPaaS,
}

func (s sample) theirsGo(tb testing.TB) string {
	tb.Helper()
	token := &accesstoken.AccessToken{
		AppId: s.AppID, AppCert: s.Certificate, IssueTs: s.Issued, Expire: s.Expire, Salt: s.Salt,
		Services: make(map[uint16]accesstoken.IService),
	}
	for _, service := range s.Services {
		var made accesstoken.IService
		var base *accesstoken.Service
		switch service.Type {
		case rtmauth.ServiceRTC:
			rtc := accesstoken.NewServiceRtc(service.Channel, service.User)
			made, base = rtc, rtc.Service
		case rtmauth.ServiceRTM:
			rtm := accesstoken.NewServiceRtm(service.User)
			made, base = rtm, rtm.Service
		case rtmauth.ServiceFPA:
			fpa := accesstoken.NewServiceFpa()
			made, base = fpa, fpa.Service
		case rtmauth.ServiceChat:
			chat := accesstoken.NewServiceChat(service.User)
			made, base = chat, chat.Service
		case rtmauth.ServiceAPaaS:
			education := accesstoken.NewServiceEducation(service.Channel, service.User, service.Role)
			made, base = education, education.Service
		default:
			tb.Fatalf("go-tokenbuilder has no service of type %d", service.Type)
		}
		for _, p := range service.Privileges {
			base.AddPrivilege(uint16(p.ID), p.Expire)
		}
		token.AddService(made)
	}
	text, err := token.Build()
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// TestGoTokenbuilder: go-tokenbuilder and ours make the same content of the
// same input and read each other's. It cannot verify.
func TestGoTokenbuilder(t *testing.T) {
	r := newSource(t)
	for i := range *countFlag {
		s := r.sample007(goTypes, false)
		theirs, ours := s.theirsGo(t), s.ours007(t)
		if !bytes.Equal(inflated(t, theirs), inflated(t, ours)) {
			t.Fatalf("sample %d: %+v\ntheirs %x\nours   %x", i, s, inflated(t, theirs), inflated(t, ours))
		}
		s.verify007(t, theirs)

		read := accesstoken.CreateAccessToken()
		if ok, err := read.Parse(ours); !ok || err != nil {
			t.Fatalf("sample %d: go-tokenbuilder reads ours: %t, %v", i, ok, err)
		}
		parsed, err := rtmauth.Parse(ours)
		if err != nil {
			t.Fatal(err)
		}
		if d := goDiffers(read, parsed); d != "" {
			t.Fatalf("sample %d: %s", i, d)
		}
	}
}
