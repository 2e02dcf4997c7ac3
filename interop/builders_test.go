package interop

import (
	"bytes"
	"testing"
	"time"

	"github.com/AgoraIO-Community/go-tokenbuilder/rtmtokenbuilder"
	"github.com/rtmauth/rtmauth"
)

// TestBuilders: each of our builders beside the one of the field that it
// stands in for, called as its users call it. Theirs take the time and the
// salt themselves, so ours is given what their token holds.
func TestBuilders(t *testing.T) {
	const (
		life    = 45 * time.Minute
		seconds = 45 * 60
		user    = "user-7"
		channel = "room-7"
	)
	s := sample{AppID: "970CA35de60c44645bbae8a215061b33", Certificate: "5CFd2fd1755d40ecb72977518be15d3b"}
	n := newNode(t)
	tests := []struct {
		version rtmauth.Version
		name    string // of the class in the npm package
		method  string
		args    []any // after App ID and certificate
		ours    func(*rtmauth.Signer) (string, error)
	}{
		{
			"007", "RtmTokenBuilder", "buildToken",
			[]any{user, seconds},
			func(o *rtmauth.Signer) (string, error) { return o.RTM(user, life) },
		},
		{
			"007", "RtmTokenBuilder", "buildTokenWithPermissions",
			[]any{user, map[string]any{"permissions": []any{[]any{0, []any{[]any{0, []string{"a", "b"}}, []any{1, []string{}}}}, []any{4, []any{[]any{1, []string{"用户"}}}}}}, seconds},
			func(o *rtmauth.Signer) (string, error) {
				return o.RTM2(user, []rtmauth.Resource{
					{Type: rtmauth.ResourceMessageChannels, Permissions: []rtmauth.Permission{
						{Type: rtmauth.PermissionRead, Names: []string{"a", "b"}}, {Type: rtmauth.PermissionWrite},
					}},
					{Type: rtmauth.ResourceUsers, Permissions: []rtmauth.Permission{{Type: rtmauth.PermissionWrite, Names: []string{"用户"}}}},
				}, life)
			},
		},
		{
			"007", "RtcTokenBuilder", "buildTokenWithUid",
			[]any{channel, 7, 1, seconds, seconds},
			func(o *rtmauth.Signer) (string, error) {
				return o.RTC(channel, rtmauth.UID(7), rtmauth.RolePublisher, life)
			},
		},
		{
			"007", "RtcTokenBuilder", "buildTokenWithUid",
			[]any{channel, 0, 2, seconds, seconds},
			func(o *rtmauth.Signer) (string, error) {
				return o.RTC(channel, rtmauth.UID(0), rtmauth.RoleSubscriber, life)
			},
		},
		{
			"007", "RtcTokenBuilder", "buildTokenWithUserAccount",
			[]any{channel, user, 1, seconds, seconds},
			func(o *rtmauth.Signer) (string, error) {
				return o.RTC(channel, user, rtmauth.RolePublisher, life)
			},
		},
		{
			"007", "RtcTokenBuilder", "buildTokenWithUidAndPrivilege",
			[]any{channel, 7, seconds, 60, 120, 180, 240},
			func(o *rtmauth.Signer) (string, error) {
				return o.RTCWithPrivileges(channel, "7", rtmauth.RTCPrivileges{
					Join: time.Minute, PublishAudio: 2 * time.Minute, PublishVideo: 3 * time.Minute, PublishData: 4 * time.Minute,
				}, life)
			},
		},
		{
			"007", "RtcTokenBuilder", "buildTokenWithRtm",
			[]any{channel, user, 1, seconds, seconds},
			func(o *rtmauth.Signer) (string, error) {
				return o.RTCAndRTM(channel, user, rtmauth.RolePublisher, user, life)
			},
		},
		{
			"007", "ChatTokenBuilder", "buildUserToken",
			[]any{user, seconds},
			func(o *rtmauth.Signer) (string, error) { return o.ChatUser(user, life) },
		},
		{
			"007", "ChatTokenBuilder", "buildAppToken",
			[]any{seconds},
			func(o *rtmauth.Signer) (string, error) { return o.ChatApp(life) },
		},
		{
			"007", "FpaTokenBuilder", "buildToken",
			nil,
			func(o *rtmauth.Signer) (string, error) { return o.FPA(24 * time.Hour) },
		},
		// buildRoomUserToken is not here: agora-token 2.0.6 leaves out the
		// room privilege, which the builders of other languages write.
		{
			"007", "EducationTokenBuilder", "buildUserToken",
			[]any{user, seconds},
			func(o *rtmauth.Signer) (string, error) { return o.APaaSUser(user, life) },
		},
		{
			"007", "ApaasTokenBuilder", "buildAppToken",
			[]any{seconds},
			func(o *rtmauth.Signer) (string, error) { return o.APaaSApp(life) },
		},
		{
			"006", "RtmTokenBuilder", "buildToken",
			[]any{user, 1, "end"},
			func(o *rtmauth.Signer) (string, error) { return o.RTM006(user, life) },
		},
		{
			"006", "RtcTokenBuilder", "buildTokenWithUid",
			[]any{channel, 7, 1, "end"},
			func(o *rtmauth.Signer) (string, error) {
				return o.RTC006(channel, "7", rtmauth.RolePublisher, life)
			},
		},
		{
			"006", "RtcTokenBuilder", "buildTokenWithUid",
			[]any{channel, 0, 2, "end"},
			func(o *rtmauth.Signer) (string, error) {
				return o.RTC006(channel, rtmauth.UID(0), rtmauth.RoleSubscriber, life)
			},
		},
		{
			"006", "RtcTokenBuilder", "buildTokenWithAccount",
			[]any{channel, user, 1, "end"},
			func(o *rtmauth.Signer) (string, error) {
				return o.RTC006(channel, user, rtmauth.RolePublisher, life)
			},
		},
	}
	for _, tt := range tests {
		t.Run(string(tt.version)+" "+tt.name+" "+tt.method, func(t *testing.T) {
			s := s
			var theirs string
			var read *rtmauth.Unverified
			// 006 builders take the end as Unix seconds and read the clock
			// themselves: until both fall into one second.
			for now := int64(0); read == nil || (tt.version == rtmauth.Version006 && read.IssuedAt().Unix() != now); {
				now = time.Now().Unix()
				args := append([]any{s.AppID, s.Certificate}, tt.args...)
				for i := range args {
					if args[i] == "end" {
						args[i] = now + seconds
					}
				}
				theirs = n.text(t, "builder", map[string]any{"version": tt.version, "name": tt.name, "method": tt.method, "args": args})
				var err error
				if read, err = rtmauth.Parse(theirs); err != nil {
					t.Fatal(err)
				}
			}
			s.Issued, s.Salt = uint32(read.IssuedAt().Unix()), read.Salt()
			ours, err := tt.ours(s.signer(t))
			if err != nil {
				t.Fatal(err)
			}
			if tt.version == rtmauth.Version007 {
				if !bytes.Equal(inflated(t, theirs), inflated(t, ours)) {
					t.Errorf("theirs %x\nours   %x", inflated(t, theirs), inflated(t, ours))
				}
				return
			}
			if theirs != ours {
				t.Errorf("theirs %s\nours   %s", theirs, ours)
			}
		})
	}

	t.Run("go-tokenbuilder", func(t *testing.T) {
		theirs, err := rtmtokenbuilder2.BuildToken(s.AppID, s.Certificate, user, seconds, "")
		if err != nil {
			t.Fatal(err)
		}
		read, err := rtmauth.Parse(theirs)
		if err != nil {
			t.Fatal(err)
		}
		s.Issued, s.Salt = uint32(read.IssuedAt().Unix()), read.Salt()
		ours, err := s.signer(t).RTM(user, life)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(inflated(t, theirs), inflated(t, ours)) {
			t.Errorf("theirs %x\nours   %x", inflated(t, theirs), inflated(t, ours))
		}
	})
}
