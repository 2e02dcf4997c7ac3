package rtmauth

import (
	"errors"
	"strings"
	"testing"
	"time"
)

const (
	testAppID  = "970CA35de60c44645bbae8a215061b33"
	otherAppID = "0123456789abcdef0123456789ABCDEF"
	testKey    = "5CFd2fd1755d40ecb72977518be15d3b"
	otherKey   = "ffffffffffffffffffffffffffffffff"
	testSalt   = 12345678
	testUser   = "test_user"
	issueTime  = 1700000000
)

func certificate(t testing.TB, text string) Certificate {
	t.Helper()
	c, err := ParseCertificate(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// signer makes tokens of the test project at issueTime.
func signer(t testing.TB, opts ...SignerOption) *Signer {
	t.Helper()
	opts = append([]SignerOption{
		WithClock(func() time.Time { return time.Unix(issueTime, 0) }),
		WithSalt(func() uint32 { return testSalt }),
	}, opts...)
	s, err := NewSigner(testAppID, certificate(t, testKey), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func verifier(t testing.TB, appID string, keys ...string) *Verifier {
	t.Helper()
	certificates := make([]Certificate, len(keys))
	for i, key := range keys {
		certificates[i] = certificate(t, key)
	}
	v, err := NewVerifier(appID, certificates...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// reasonOf verifies and returns the reason of refusal, "" for a token that
// was accepted.
func reasonOf(t testing.TB, v *Verifier, token string, want Want) Reason {
	t.Helper()
	verified, err := v.Verify(token, want)
	if (verified == nil) != (err != nil) {
		t.Fatalf("got result %v with error %v", verified, err)
	}
	if err == nil {
		return ""
	}
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a *RefusedError", err)
	}
	return refused.Reason
}

func TestVerify_RTM(t *testing.T) {
	s := signer(t)
	token007, err := s.RTM(testUser, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	token006, err := s.RTM006(testUser, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	rtc007, err := s.Sign(time.Hour, Service{Type: ServiceRTC, Channel: testUser, Privileges: []Privilege{{PrivilegeJoin, 3600}}})
	if err != nil {
		t.Fatal(err)
	}
	rtc006, err := s.Sign006(testUser, "", Privilege{PrivilegeJoin, issueTime + 3600})
	if err != nil {
		t.Fatal(err)
	}
	noLogin, err := s.Sign(time.Hour, Service{Type: ServiceRTM, User: testUser})
	if err != nil {
		t.Fatal(err)
	}
	short, err := s.Sign(time.Hour, Service{Type: ServiceRTM, User: testUser, Privileges: []Privilege{{PrivilegeLogin, 60}}})
	if err != nil {
		t.Fatal(err)
	}

	after := func(d time.Duration) time.Time { return time.Unix(issueTime, 0).Add(d) }
	right := verifier(t, testAppID, testKey)
	for _, test := range []struct {
		name     string
		token    string
		verifier *Verifier
		user     string
		at       time.Time
		want     Reason
	}{
		{"007", token007, right, testUser, after(0), ""},
		{"006", token006, right, testUser, after(0), ""},
		{"007 in its last second", token007, right, testUser, after(time.Hour - time.Second), ""},
		{"007 at its end", token007, right, testUser, after(time.Hour), ReasonExpired},
		{"006 after the life asked for", token006, right, testUser, after(2 * time.Hour), ""},
		{"006 in its last second", token006, right, testUser, after(24*time.Hour - time.Second), ""},
		{"006 at its end", token006, right, testUser, after(24 * time.Hour), ReasonExpired},
		{"007 of the future", token007, right, testUser, after(-time.Second), ReasonNotYetValid},
		{"006 of the future", token006, right, testUser, after(-time.Second), ReasonNotYetValid},
		{"007 privilege ends before the token", short, right, testUser, after(time.Minute), ReasonExpired},
		{"007 other user", token007, right, "Test_user", after(0), ReasonUser},
		{"006 other user", token006, right, "Test_user", after(0), ReasonUser},
		{"007 empty user is not any user", token007, right, "", after(0), ReasonUser},
		{"006 empty user is not any user", token006, right, "", after(0), ReasonUser},
		{"007 other certificate", token007, verifier(t, testAppID, otherKey), testUser, after(0), ReasonSignature},
		{"006 other certificate", token006, verifier(t, testAppID, otherKey), testUser, after(0), ReasonSignature},
		{"007 secondary certificate", token007, verifier(t, testAppID, otherKey, testKey), testUser, after(0), ""},
		{"006 secondary certificate", token006, verifier(t, testAppID, otherKey, testKey), testUser, after(0), ""},
		{"007 other App ID", token007, verifier(t, otherAppID, testKey), testUser, after(0), ReasonAppID},
		{"006 other App ID", token006, verifier(t, otherAppID, testKey), testUser, after(0), ReasonAppID},
		{"007 RTC only", rtc007, right, testUser, after(0), ReasonServiceMissing},
		{"006 RTC only", rtc006, right, testUser, after(0), ReasonServiceMissing},
		{"007 without login", noLogin, right, testUser, after(0), ReasonPrivilegeMissing},
		{"legacy", "005" + token006[3:], right, testUser, after(0), ReasonVersion},
		{"cut", token007[:len(token007)-1], right, testUser, after(0), ReasonMalformed},
		{"empty", "", right, testUser, after(0), ReasonMalformed},
		{"first reason", token007, verifier(t, testAppID, otherKey), "bob", after(48 * time.Hour), ReasonSignature},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := reasonOf(t, test.verifier, test.token, Want{At: test.at, Service: ServiceRTM, User: test.user})
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestRefusedError(t *testing.T) {
	texts := map[string]bool{}
	for _, reason := range []Reason{
		ReasonMalformed, ReasonVersion, ReasonAppID, ReasonSignature, ReasonUser, ReasonChannel,
		ReasonServiceMissing, ReasonPrivilegeMissing, ReasonExpired, ReasonNotYetValid, "other",
	} {
		text := (&RefusedError{Reason: reason}).Error()
		if texts[text] || !strings.Contains(text, string(reason)) || strings.Contains(text, "unknown") != (reason == "other") {
			t.Errorf("%s: got %q", reason, text)
		}
		texts[text] = true
	}
}
