package rtmauth

import (
	"errors"
	"testing"
	"time"
)

func TestVerify_services(t *testing.T) {
	s := signer(t)
	must := func(token string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	publisher := must(s.RTC("room", "7", RolePublisher, time.Hour))
	subscriber := must(s.RTC("room", "7", RoleSubscriber, time.Hour))
	anyone := must(s.RTC("room", UID(0), RoleSubscriber, time.Hour))
	account0 := must(s.RTC("room", "0", RoleSubscriber, time.Hour))
	short := must(s.RTCWithPrivileges("room", "7", RTCPrivileges{Join: time.Hour, PublishAudio: time.Minute}, 2*time.Hour))
	publisher006 := must(s.RTC006("room", "7", RolePublisher, time.Hour))
	anyone006 := must(s.RTC006("room", UID(0), RoleSubscriber, time.Hour))
	account0006 := must(s.RTC006("room", "0", RoleSubscriber, time.Hour))
	forever006 := must(s.Sign006("room", "7", Privilege{PrivilegeJoin, 0}))
	late006 := must(s.Sign006("room", "7", Privilege{PrivilegeJoin, issueTime + 48*3600}))
	both006 := must(s.Sign006("alice", "", Privilege{PrivilegeJoin, issueTime + 60}, Privilege{PrivilegeLogin006, issueTime + 60}))
	both := must(s.RTCAndRTM("room", "7", RolePublisher, "alice", time.Hour))
	two := must(s.Sign(time.Hour,
		Service{Type: ServiceRTC, Channel: "a", User: "7", Privileges: []Privilege{{PrivilegeJoin, 60}}},
		Service{Type: ServiceRTC, Channel: "b", User: "7", Privileges: []Privilege{{PrivilegeJoin, 0}}},
		Service{Type: ServiceRTC, Channel: "c", User: "8"}))
	longest := must(s.Sign(time.Hour,
		Service{Type: ServiceRTC, Channel: "a", User: "7", Privileges: []Privilege{{PrivilegeJoin, 60}}},
		Service{Type: ServiceRTC, Channel: "a", Privileges: []Privilege{{PrivilegeJoin, 600}}},
		Service{Type: ServiceRTC, Channel: "a", User: "7", Privileges: []Privilege{{PrivilegeJoin, 300}}}))
	room := must(s.APaaSRoom("class", "alice", 2, time.Hour))
	fcdn := must(s.Sign(time.Hour, Service{Type: ServiceFCDN, Channel: "room", User: "7", Privileges: []Privilege{{PrivilegeFCDNPlay, 3600}}}))
	unsafe := signer(t, UnsafeAnyLife())
	week := must(unsafe.RTM("alice", 7*24*time.Hour))
	dead := must(unsafe.RTM("alice", 0))

	rtc := func(channel, user string, privilege PrivilegeID) Want {
		return Want{Service: ServiceRTC, Channel: channel, User: user, Privilege: privilege}
	}
	alice := Want{Service: ServiceRTM, User: "alice"}
	v := verifier(t, testAppID, testKey)
	for _, test := range []struct {
		name     string
		token    string
		want     Want
		after    time.Duration // since the issue time
		end      time.Duration // of what is granted, where it is
		expected Reason
	}{
		{"join", publisher, rtc("room", "7", 0), 0, time.Hour, ""},
		{"publish", publisher, rtc("room", "7", PrivilegePublishVideo), 0, time.Hour, ""},
		{"subscriber joins", subscriber, rtc("room", "7", 0), 0, time.Hour, ""},
		{"subscriber publishes", subscriber, rtc("room", "7", PrivilegePublishAudio), 0, 0, ReasonPrivilegeMissing},
		{"other channel", publisher, rtc("Room", "7", 0), 0, 0, ReasonChannel},
		{"no channel is not any channel", publisher, rtc("", "7", 0), 0, 0, ReasonChannel},
		{"other uid", publisher, rtc("room", "8", 0), 0, 0, ReasonUser},
		{"uid 0 is not any user", publisher, rtc("room", UID(0), 0), 0, 0, ReasonUser},
		{"user and channel", publisher, rtc("x", "8", 0), 0, 0, ReasonUser},
		{"any user", anyone, rtc("room", "7", 0), 0, time.Hour, ""},
		{"any user as uid 0", anyone, rtc("room", UID(0), 0), 0, time.Hour, ""},
		{"account 0", account0, rtc("room", "0", 0), 0, time.Hour, ""},
		{"account 0 is not any user", account0, rtc("room", UID(0), 0), 0, 0, ReasonUser},
		{"privilege ends first", short, rtc("room", "7", PrivilegePublishAudio), time.Minute, 0, ReasonExpired},
		{"another goes on", short, rtc("room", "7", 0), time.Minute, time.Hour, ""},
		{"privilege without end", two, rtc("b", "7", 0), 0, time.Hour, ""},
		{"second of a type", two, rtc("a", "7", 0), 0, time.Minute, ""},
		{"reason of the nearest", two, rtc("a", "7", 0), time.Hour, 0, ReasonExpired},
		{"the longest of a type", longest, rtc("a", "7", 0), 0, 600 * time.Second, ""},
		{"the longest when others have ended", longest, rtc("a", "7", 0), 300 * time.Second, 600 * time.Second, ""},
		{"neither", two, rtc("c", "7", 0), 0, 0, ReasonChannel},
		{"RTC of both", both, rtc("room", "7", PrivilegePublishData), 0, time.Hour, ""},
		{"RTM of both", both, alice, 0, time.Hour, ""},
		{"RTM2 is another service", both, Want{Service: ServiceRTM2, User: "alice"}, 0, 0, ReasonServiceMissing},

		{"006 join", publisher006, rtc("room", "7", 0), 0, time.Hour, ""},
		{"006 publish", publisher006, rtc("room", "7", PrivilegePublishData), 0, time.Hour, ""},
		{"006 at the privilege's end", publisher006, rtc("room", "7", 0), time.Hour, 0, ReasonExpired},
		{"006 other channel", publisher006, rtc("Room", "7", 0), 0, 0, ReasonChannel},
		{"006 other uid", publisher006, rtc("room", "8", 0), 0, 0, ReasonUser},
		{"006 uid and channel in another place", publisher006, rtc("room7", "", 0), 0, 0, ReasonUser},
		{"006 as RTM", publisher006, Want{Service: ServiceRTM, User: "room7"}, 0, 0, ReasonUser},
		{"006 subscriber publishes", anyone006, rtc("room", "7", PrivilegePublishData), 0, 0, ReasonPrivilegeMissing},
		{"006 any user", anyone006, rtc("room", "7", 0), 0, time.Hour, ""},
		{"006 account 0 is not any user", account0006, rtc("room", UID(0), 0), 0, 0, ReasonUser},
		{"006 account 0", account0006, rtc("room", "0", 0), 0, time.Hour, ""},
		{"006 privilege without end", forever006, rtc("room", "7", 0), 0, MaxLife, ""},
		{"006 privilege after the token", late006, rtc("room", "7", 0), 0, MaxLife, ""},
		{"006 without RTM", publisher006, Want{Service: ServiceRTM, User: "room"}, 0, 0, ReasonUser},
		{"006 RTC of both", both006, rtc("alice", "", 0), time.Minute, 0, ReasonExpired},
		{"006 RTM of both", both006, alice, time.Minute, MaxLife, ""},
		{"006 login by its number", both006, Want{Service: ServiceRTM, User: "alice", Privilege: PrivilegeLogin006}, 0, MaxLife, ""},
		{"006 has no Chat", publisher006, Want{Service: ServiceChat, User: "7"}, 0, 0, ReasonServiceMissing},

		{"Chat user", must(s.ChatUser("alice", time.Hour)), Want{Service: ServiceChat, User: "alice"}, 0, time.Hour, ""},
		{"Chat user as app", must(s.ChatUser("alice", time.Hour)), Want{Service: ServiceChat}, 0, 0, ReasonUser},
		{"Chat app", must(s.ChatApp(time.Hour)), Want{Service: ServiceChat}, 0, time.Hour, ""},
		{"Chat app as user", must(s.ChatApp(time.Hour)), Want{Service: ServiceChat, User: "alice"}, 0, 0, ReasonUser},
		{"APaaS room", room, Want{Service: ServiceAPaaS, Channel: "class", User: "alice"}, 0, time.Hour, ""},
		{"APaaS room's RTM", room, alice, 0, time.Hour, ""},
		{"APaaS room's Chat", room, Want{Service: ServiceChat, User: educationChatUser("alice")}, 0, time.Hour, ""},
		{"APaaS other room", room, Want{Service: ServiceAPaaS, Channel: "hall", User: "alice"}, 0, 0, ReasonChannel},
		{"APaaS user", must(s.APaaSUser("alice", time.Hour)), Want{Service: ServiceAPaaS, User: "alice"}, 0, time.Hour, ""},
		{"APaaS app", must(s.APaaSApp(time.Hour)), Want{Service: ServiceAPaaS}, 0, time.Hour, ""},
		{"APaaS app as user", must(s.APaaSApp(time.Hour)), Want{Service: ServiceAPaaS, User: "alice"}, 0, 0, ReasonUser},
		{"RTM2", must(s.RTM2("alice", nil, time.Hour)), Want{Service: ServiceRTM2, User: "alice"}, 0, time.Hour, ""},
		{"FPA", must(s.FPA(time.Hour)), Want{Service: ServiceFPA}, 0, time.Hour, ""},
		{"FPA at its end", must(s.FPA(time.Hour)), Want{Service: ServiceFPA}, time.Hour, 0, ReasonExpired},
		{"FCDN plays", fcdn, Want{Service: ServiceFCDN, Channel: "room", User: "7", Privilege: PrivilegeFCDNPlay}, 0, time.Hour, ""},
		{"FCDN publishes", fcdn, Want{Service: ServiceFCDN, Channel: "room", User: "7"}, 0, 0, ReasonPrivilegeMissing},

		{"a week is a day", week, alice, MaxLife - time.Second, MaxLife, ""},
		{"a day of a week is over", week, alice, MaxLife, 0, ReasonExpired},
		{"dead at once", dead, alice, 0, 0, ReasonExpired},
		{"dead, and nobody minds", dead, Want{Service: ServiceRTM, User: "alice", InsecureIgnoreExpiry: true}, time.Hour, 0, ""},
		{"too early by the leeway", publisher, Want{Service: ServiceRTC, Channel: "room", User: "7", Leeway: time.Minute}, -time.Minute, time.Hour, ""},
		{"too early by more", publisher, Want{Service: ServiceRTC, Channel: "room", User: "7", Leeway: time.Minute}, -time.Minute - 1, 0, ReasonNotYetValid},
		{"leeway does not lengthen", publisher, Want{Service: ServiceRTC, Channel: "room", User: "7", Leeway: time.Minute}, time.Hour, 0, ReasonExpired},
	} {
		t.Run(test.name, func(t *testing.T) {
			issued := time.Unix(issueTime, 0)
			test.want.At = issued.Add(test.after)
			if got := reasonOf(t, v, test.token, test.want); got != test.expected {
				t.Fatalf("got %q, want %q", got, test.expected)
			}
			if test.expected != "" {
				return
			}
			verified, err := v.Verify(test.token, test.want)
			if err != nil {
				t.Fatal(err)
			}
			if got := verified.ExpiresAt(); !got.Equal(issued.Add(test.end)) {
				t.Errorf("ends at %v, want %v", got, issued.Add(test.end))
			}
			if !verified.IssuedAt().Equal(issued) {
				t.Errorf("issued at %v, want %v", verified.IssuedAt(), issued)
			}
			service := verified.Service()
			if service.Type != test.want.Service || service.Channel != test.want.Channel || service.User != "" && service.User != test.want.User {
				t.Errorf("got service %+v", service)
			}
			if len(service.Privileges) == 0 {
				t.Errorf("got no privileges")
			}
		})
	}
}

// TestVerify_wants shows that what cannot be checked is not ignored.
func TestVerify_wants(t *testing.T) {
	now := time.Unix(issueTime, 0)
	token, err := signer(t).RTM("alice", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	v := verifier(t, testAppID, testKey)
	for name, want := range map[string]Want{
		"nothing":          {},
		"no time":          {Service: ServiceRTM, User: "alice"},
		"no service":       {At: now, User: "alice"},
		"unknown service":  {At: now, Service: 9, User: "alice"},
		"channel of RTM":   {At: now, Service: ServiceRTM, User: "alice", Channel: "room"},
		"user of FPA":      {At: now, Service: ServiceFPA, User: "alice"},
		"negative leeway":  {At: now, Service: ServiceRTM, User: "alice", Leeway: -1},
		"time not ignored": {Service: ServiceRTM, User: "alice", InsecureIgnoreExpiry: true},
	} {
		verified, err := v.Verify(token, want)
		var argument *ArgumentError
		if verified != nil || !errors.As(err, &argument) {
			t.Errorf("%s: got %v, %v; want an *ArgumentError", name, verified, err)
		}
	}
}

func TestNewVerifier_refuses(t *testing.T) {
	key := certificate(t, testKey)
	for name, build := range map[string]func() (*Verifier, error){
		"no certificate":     func() (*Verifier, error) { return NewVerifier(testAppID) },
		"zero certificate":   func() (*Verifier, error) { return NewVerifier(testAppID, Certificate{}) },
		"zero secondary":     func() (*Verifier, error) { return NewVerifier(testAppID, key, Certificate{}) },
		"three certificates": func() (*Verifier, error) { return NewVerifier(testAppID, key, key, key) },
		"no App ID":          func() (*Verifier, error) { return NewVerifier("", key) },
	} {
		v, err := build()
		var argument *ArgumentError
		if v != nil || !errors.As(err, &argument) {
			t.Errorf("%s: got %v, %v; want an *ArgumentError", name, v, err)
		}
	}
}

func TestVerified_signedBy(t *testing.T) {
	s := signer(t)
	for i, v := range []*Verifier{verifier(t, testAppID, testKey), verifier(t, testAppID, otherKey, testKey)} {
		for _, build := range []func(string, time.Duration) (string, error){s.RTM, s.RTM006} {
			token, err := build("alice", time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			verified, err := v.Verify(token, Want{At: s.now(), Service: ServiceRTM, User: "alice"})
			if err != nil || verified.SignedBy() != i {
				t.Errorf("got %v, %v; want certificate %d", verified, err, i)
			}
		}
	}
}

// TestParsed shows what an unverified token tells, and that it gives its parts
// away.
func TestParsed(t *testing.T) {
	s := signer(t)
	token, err := s.RTM2("alice", []Resource{{ResourceUsers, []Permission{{PermissionRead, []string{"bob", "eve"}}}}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	u, err := Parse(token)
	if err != nil {
		t.Fatal(err)
	}
	if u.Version() != Version007 || u.AppID() != testAppID || u.Expire() != 3600 || u.Salt() != testSalt || u.IssuedAt().Unix() != issueTime || u.ExpiresAt().Unix() != issueTime+3600 || u.UnknownServices() != 0 {
		t.Errorf("got %+v", u)
	}
	services := u.Services()
	services[0].Privileges[0].Expire = 0
	services[0].Resources[0].Permissions[0].Names[0] = "mallory"
	if again := u.Services(); again[0].Privileges[0].Expire != 3600 || again[0].Resources[0].Permissions[0].Names[0] != "bob" {
		t.Errorf("got %+v after a change outside", again)
	}

	token, err = s.Sign006("room", "7", Privilege{PrivilegeLogin006, 1}, Privilege{PrivilegeJoin, 2})
	if err != nil {
		t.Fatal(err)
	}
	if u, err = Parse(token); err != nil {
		t.Fatal(err)
	}
	services = u.Services()
	if u.Expire() != issueTime+86400 || u.ExpiresAt().Unix() != issueTime+86400 || u.IssuedAt().Unix() != issueTime ||
		len(services) != 2 || services[0].Type != ServiceRTC || services[1].Type != ServiceRTM || services[1].Privileges[0].Expire != 1 {
		t.Errorf("got %+v with %+v", u, services)
	}
	if !u.FitsCRC("room", "7") || u.FitsCRC("room", "") || u.FitsCRC("7", "room") {
		t.Error("the CRCs fit something else")
	}
}

func TestNames(t *testing.T) {
	for i, name := range []string{"0", "rtc", "rtm", "streaming", "fpa", "chat", "fcdn", "apaas", "rtm2", "9"} {
		if got := ServiceType(i).String(); got != name {
			t.Errorf("%d: got %q, want %q", i, got, name)
		}
	}
	for _, test := range []struct {
		service ServiceType
		id      PrivilegeID
		want    string
	}{
		{ServiceRTC, PrivilegeJoin, "join"},
		{ServiceRTC, PrivilegePublishData, "publish_data"},
		{ServiceRTC, 5, "5"},
		{ServiceRTC, 0, "0"},
		{ServiceRTM, PrivilegeLogin, "login"},
		{ServiceRTM, PrivilegeLogin006, "login"},
		{ServiceChat, PrivilegeChatApp, "app"},
		{9, 1, "1"},
	} {
		if got := test.service.PrivilegeName(test.id); got != test.want {
			t.Errorf("%v %d: got %q, want %q", test.service, test.id, got, test.want)
		}
	}
	if UID(0) != "" || UID(1) != "1" || UID(4294967295) != "4294967295" {
		t.Error("UIDs are written wrong")
	}
}
