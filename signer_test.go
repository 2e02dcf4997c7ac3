package rtmauth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth/internal/wire"
)

func TestHMAC(t *testing.T) {
	for _, keyLen := range []int{0, 1, 4, 32, 63, 64} {
		for _, dataLen := range []int{0, 1, 32, 63, 64, 65, ordinary - 1, ordinary, ordinary + 1, 10_000} {
			key, data := make([]byte, keyLen), make([]byte, dataLen)
			_, _ = rand.Read(key)
			_, _ = rand.Read(data)
			reference := hmac.New(sha256.New, key)
			reference.Write(data)
			want := [sumLen]byte(reference.Sum(nil))
			if got := hmacSHA256(key, data); got != want {
				t.Errorf("key of %d, data of %d bytes: got %x, want %x", keyLen, dataLen, got, want)
			}
			if got := hmacSHA256(key, string(data)); got != want {
				t.Errorf("key of %d, string of %d bytes: got %x, want %x", keyLen, dataLen, got, want)
			}
		}
	}
}

func TestCRC(t *testing.T) {
	for _, s := range []string{"", "a", testUser, "用户测试", strings.Repeat("\xff\x00", 1000)} {
		if got, want := wire.CRC(s), crc32.ChecksumIEEE([]byte(s)); got != want {
			t.Errorf("%q: got %x, want %x", s, got, want)
		}
	}
}

// makers are all builders, with the user and channel rules that they share.
func makers(s *Signer) map[string]func(life time.Duration) (string, error) {
	return map[string]func(life time.Duration) (string, error){
		"RTM":               func(life time.Duration) (string, error) { return s.RTM("alice", life) },
		"RTM006":            func(life time.Duration) (string, error) { return s.RTM006("alice", life) },
		"RTC":               func(life time.Duration) (string, error) { return s.RTC("room", "", RolePublisher, life) },
		"RTCWithPrivileges": func(life time.Duration) (string, error) { return s.RTCWithPrivileges("room", "", lives(1), life) },
		"RTC006":            func(life time.Duration) (string, error) { return s.RTC006("room", "", RoleSubscriber, life) },
		"RTCAndRTM": func(life time.Duration) (string, error) {
			return s.RTCAndRTM("room", UID(7), RolePublisher, "7", life)
		},
		"RTM2":      func(life time.Duration) (string, error) { return s.RTM2("alice", nil, life) },
		"ChatUser":  func(life time.Duration) (string, error) { return s.ChatUser("alice", life) },
		"ChatApp":   func(life time.Duration) (string, error) { return s.ChatApp(life) },
		"APaaSRoom": func(life time.Duration) (string, error) { return s.APaaSRoom("room", "alice", 1, life) },
		"APaaSUser": func(life time.Duration) (string, error) { return s.APaaSUser("alice", life) },
		"APaaSApp":  func(life time.Duration) (string, error) { return s.APaaSApp(life) },
		"FPA":       func(life time.Duration) (string, error) { return s.FPA(life) },
		"Sign":      func(life time.Duration) (string, error) { return s.Sign(life, Service{Type: ServiceFPA}) },
	}
}

func TestSigner_life(t *testing.T) {
	for name, make := range makers(signer(t)) {
		for _, life := range []time.Duration{time.Second, 1500 * time.Millisecond, time.Hour, MaxLife} {
			if token, err := make(life); err != nil || token == "" {
				t.Errorf("%s, %v: got %q, %v", name, life, token, err)
			}
		}
		for _, life := range []time.Duration{math.MinInt64, -time.Second, -1, 0, 1, time.Second - 1, MaxLife + 1, MaxLife + time.Second, issueTime * time.Second, math.MaxInt64} {
			token, err := make(life)
			var argument *ArgumentError
			if token != "" || !errors.As(err, &argument) || !strings.HasSuffix(argument.Argument, "life") {
				t.Errorf("%s, %v: got %q, %v; want an *ArgumentError about the life", name, life, token, err)
			}
		}
	}
	for name, make := range makers(signer(t, UnsafeAnyLife())) {
		for _, life := range []time.Duration{25 * time.Hour, 1000 * time.Hour} {
			if token, err := make(life); err != nil || token == "" {
				t.Errorf("unsafe %s, %v: got %q, %v", name, life, token, err)
			}
		}
		for _, life := range []time.Duration{-1, (math.MaxUint32 + 1) * time.Second, math.MaxInt64} {
			if token, err := make(life); err == nil || token != "" {
				t.Errorf("unsafe %s, %v: got %q", name, life, token)
			}
		}
	}
}

func TestSigner_names(t *testing.T) {
	s := signer(t)
	for _, name := range []string{"", "null", strings.Repeat("x", 65), "é", "用户", "a/b", `a"b`, "a'b", "a*b", `a\b`, "a`b", "a\n", "\x00", "\xff"} {
		for what, build := range map[string]func() (string, error){
			"RTM":         func() (string, error) { return s.RTM(name, time.Hour) },
			"RTM006":      func() (string, error) { return s.RTM006(name, time.Hour) },
			"RTM2":        func() (string, error) { return s.RTM2(name, nil, time.Hour) },
			"RTC channel": func() (string, error) { return s.RTC(name, "", RolePublisher, time.Hour) },
			"RTC006":      func() (string, error) { return s.RTC006(name, "", RolePublisher, time.Hour) },
			"RTC user": func() (string, error) {
				if name == "" {
					name = "null" // "" is any user
				}
				return s.RTC("room", name, RolePublisher, time.Hour)
			},
			"RTCAndRTM":  func() (string, error) { return s.RTCAndRTM("room", "", RolePublisher, name, time.Hour) },
			"APaaS room": func() (string, error) { return s.APaaSRoom(name, "alice", 1, time.Hour) },
			"APaaS user": func() (string, error) { return s.APaaSRoom("room", name, 1, time.Hour) },
			"APaaSUser":  func() (string, error) { return s.APaaSUser(name, time.Hour) },
		} {
			token, err := build()
			var argument *ArgumentError
			if token != "" || !errors.As(err, &argument) {
				t.Errorf("%s of %q: got %q, %v; want an *ArgumentError", what, name, token, err)
			}
		}
	}
	for _, name := range []string{"a", "0", "Null", " a ", strings.Repeat("x", 64), " !#$%&()+-:;<=.>?@[]^_{}|~,"} {
		if err := ValidateUserID(name); err != nil {
			t.Errorf("%q: got %v", name, err)
		}
	}
	if _, err := s.ChatUser("", time.Hour); err == nil {
		t.Error("made a Chat token for the user \"\"")
	}
	if _, err := s.RTC("room", "", 0, time.Hour); err == nil {
		t.Error("made an RTC token without a role")
	}
	if _, err := s.RTCWithPrivileges("room", "", RTCPrivileges{}, time.Hour); err == nil {
		t.Error("made an RTC token without privileges")
	}
}

func TestNewSigner_refuses(t *testing.T) {
	key := certificate(t, testKey)
	for name, build := range map[string]func() (*Signer, error){
		"no certificate": func() (*Signer, error) { return NewSigner(testAppID, Certificate{}) },
		"no App ID":      func() (*Signer, error) { return NewSigner("", key) },
		"short App ID":   func() (*Signer, error) { return NewSigner(testAppID[1:], key) },
		"placeholder":    func() (*Signer, error) { return NewSigner("Your_App_ID", key) },
		"no clock":       func() (*Signer, error) { return NewSigner(testAppID, key, WithClock(nil)) },
		"no salt":        func() (*Signer, error) { return NewSigner(testAppID, key, WithSalt(nil)) },
	} {
		s, err := build()
		var argument *ArgumentError
		if s != nil || !errors.As(err, &argument) {
			t.Errorf("%s: got %v, %v; want an *ArgumentError", name, s, err)
		}
	}
	for _, clock := range []time.Time{{}, time.Unix(-1, 0), time.Unix(math.MaxUint32+1, 0)} {
		s := signer(t, WithClock(func() time.Time { return clock }))
		if token, err := s.RTM("alice", time.Hour); err == nil {
			t.Errorf("made %q at %v", token, clock)
		}
	}
}

func TestSign_refuses(t *testing.T) {
	long := strings.Repeat("x", math.MaxUint16+1)
	s := signer(t)
	for name, services := range map[string][]Service{
		"nothing":           nil,
		"unknown type":      {{Type: 9}},
		"no type":           {{}},
		"channel of RTM":    {{Type: ServiceRTM, User: "a", Channel: "c"}},
		"user of FPA":       {{Type: ServiceFPA, User: "a"}},
		"role of Chat":      {{Type: ServiceChat, Role: 1}},
		"lists of RTM":      {{Type: ServiceRTM, Resources: []Resource{{}}}},
		"privilege twice":   {{Type: ServiceRTM, Privileges: []Privilege{{1, 1}, {2, 1}, {1, 2}}}},
		"resource twice":    {{Type: ServiceRTM2, Resources: []Resource{{Type: 1}, {Type: 1}}}},
		"permission twice":  {{Type: ServiceRTM2, Resources: []Resource{{Type: 1, Permissions: []Permission{{Type: 1}, {Type: 1}}}}}},
		"long user":         {{Type: ServiceRTM, User: long}},
		"long channel":      {{Type: ServiceRTC, Channel: long}},
		"long name":         {{Type: ServiceRTM2, Resources: []Resource{{Permissions: []Permission{{Names: []string{long}}}}}}},
		"more than 64 KiB":  {{Type: ServiceRTC, Channel: long[1:], User: "u"}},
		"too many services": make([]Service, math.MaxUint16+1),
	} {
		token, err := s.Sign(time.Hour, services...)
		var argument *ArgumentError
		if token != "" || !errors.As(err, &argument) {
			t.Errorf("%s: got %d characters, %v; want an *ArgumentError", name, len(token), err)
		}
	}
	for name, build := range map[string]func() (string, error){
		"long channel":       func() (string, error) { return s.Sign006(long, "") },
		"long user":          func() (string, error) { return s.Sign006("", long) },
		"privilege twice":    func() (string, error) { return s.Sign006("c", "u", Privilege{1, 1}, Privilege{1, 1}) },
		"too many privilege": func() (string, error) { return s.Sign006("c", "u", make([]Privilege, 11_000)...) },
	} {
		if token, err := build(); token != "" || err == nil {
			t.Errorf("006, %s: got %d characters, %v", name, len(token), err)
		}
	}
}

// TestSigner_defaults shows the defaults, and that Sign leaves its arguments
// alone.
func TestSigner_defaults(t *testing.T) {
	s, err := NewSigner(testAppID, certificate(t, testKey))
	if err != nil {
		t.Fatal(err)
	}
	salts := map[uint32]bool{}
	for range 100 {
		token, err := s.RTM("alice", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		u, err := Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		if u.Salt() < 1 || u.Salt() > 99_999_999 {
			t.Fatalf("got salt %d", u.Salt())
		}
		salts[u.Salt()] = true
		if age := time.Since(u.IssuedAt()); age < 0 || age > time.Minute {
			t.Fatalf("got issue time %v", u.IssuedAt())
		}
	}
	if len(salts) < 90 {
		t.Errorf("got %d salts in 100 tokens", len(salts))
	}

	unordered := []Service{{Type: ServiceRTM, User: "a", Privileges: []Privilege{{9, 9}, {1, 1}}}, {Type: ServiceRTC, Channel: "c"}}
	before := fmt.Sprint(unordered)
	if _, err := s.Sign(time.Hour, unordered...); err != nil || fmt.Sprint(unordered) != before {
		t.Errorf("got %v and services %v, want them as before", err, unordered)
	}
}

func TestSigner_concurrent(t *testing.T) {
	s, err := NewSigner(testAppID, certificate(t, testKey))
	if err != nil {
		t.Fatal(err)
	}
	v := verifier(t, testAppID, testKey)
	large := strings.Repeat("0123456789", 500)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 200 {
				user := fmt.Sprintf("user-%d-%d", i, j)
				token, err := s.RTM(user, time.Hour)
				if j%2 == 0 {
					user += large // through the compressor
					token, err = s.Sign(time.Hour, rtm(user, []Privilege{{PrivilegeLogin, 3600}}))
				}
				if err != nil {
					t.Error(err)
					return
				}
				if got := reasonOf(t, v, token, Want{At: time.Now(), Service: ServiceRTM, User: user}); got != "" {
					t.Errorf("%d, %d: refused with %q", i, j, got)
				}
			}
		})
	}
	wait.Wait()
}
