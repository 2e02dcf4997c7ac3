package diagnose_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash/crc32"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rtmauth/rtmauth"
	"github.com/rtmauth/rtmauth/internal/diagnose"
	"github.com/rtmauth/rtmauth/internal/wire"
)

const (
	appID     = "970CA35de60c44645bbae8a215061b33"
	otherID   = "00112233445566778899aabbccddeeff"
	primary   = "5CFd2fd1755d40ecb72977518be15d3b"
	secondary = "0123456789abcdef0123456789abcdef"
	older     = "fedcba9876543210fedcba9876543210"
)

var issued = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// a signer for tokens issued at the time of the tests.
func signer(t testing.TB, id, certificate string) *rtmauth.Signer {
	t.Helper()
	c, err := rtmauth.ParseCertificate(certificate)
	if err != nil {
		t.Fatal(err)
	}
	s, err := rtmauth.NewSigner(id, c, rtmauth.UnsafeAnyLife(),
		rtmauth.WithClock(func() time.Time { return issued }), rtmauth.WithSalt(func() uint32 { return 7 }))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// must is for builders that cannot fail with what the tests give them.
func must(token string, err error) string {
	if err != nil {
		panic(err)
	}
	return token
}

func ptr[T any](v T) *T { return &v }

// sign006 signs as old builders do: with any text for App ID and certificate.
func sign006(id, certificate, channel, uid string, privileges ...uint32) string {
	m := wire.AppendU32(nil, 1)
	m = wire.AppendU32(m, uint32(issued.Add(24*time.Hour).Unix()))
	m = wire.AppendU16(m, uint16(len(privileges)/2))
	for i := 0; i < len(privileges); i += 2 {
		m = wire.AppendU32(wire.AppendU16(m, uint16(privileges[i])), privileges[i+1])
	}
	h := hmac.New(sha256.New, []byte(certificate))
	h.Write([]byte(id + channel + uid + string(m)))
	b := wire.AppendString(nil, string(h.Sum(nil)))
	b = wire.AppendU32(b, crc32.ChecksumIEEE([]byte(channel)))
	b = wire.AppendU32(b, crc32.ChecksumIEEE([]byte(uid)))
	b = wire.AppendString(b, string(m))
	return "006" + id + base64.StdEncoding.EncodeToString(b)
}

// rtm007 is an RTM token for alice with any numbers for its two lives.
func rtm007(t testing.TB, expire, login uint32) string {
	return must(signer(t, appID, primary).Sign(time.Duration(expire)*time.Second, rtmauth.Service{
		Type: rtmauth.ServiceRTM, User: "alice", Privileges: []rtmauth.Privilege{{ID: rtmauth.PrivilegeLogin, Expire: login}},
	}))
}

// A diagnosis is a token, the attempt to use it, and what must be found.
type diagnosis struct {
	name    string
	attempt diagnose.Attempt
	verdict diagnose.Verdict
	codes   []diagnose.Code
	shows   string // in the evidence of the first one, in English
}

func keys(texts ...string) []diagnose.Key {
	list := []diagnose.Key{}
	for _, s := range texts {
		list = append(list, diagnose.KeyText(s))
	}
	return list
}

// diagnoses are one or more for each cause. What an attempt leaves out is: user
// alice, ten minutes after the issue, the project with its primary certificate.
func diagnoses(t testing.TB) []diagnosis {
	type A = diagnose.Attempt
	const ok, refused = diagnose.OK, diagnose.Refused
	s := signer(t, appID, primary)
	good := must(s.RTM("alice", time.Hour))
	good006 := must(s.RTM006("alice", time.Hour))
	rtc006 := func(channel, uid string) string {
		end := uint32(issued.Add(24 * time.Hour).Unix())
		return sign006(appID, primary, channel, uid, 1, end, 2, end)
	}
	rtc := func(user string, privileges ...rtmauth.Privilege) string {
		if privileges == nil {
			privileges = []rtmauth.Privilege{{ID: 1, Expire: 3600}, {ID: 2, Expire: 3600}}
		}
		return must(s.Sign(time.Hour, rtmauth.Service{Type: rtmauth.ServiceRTC, Channel: "room", User: user, Privileges: privileges}))
	}
	rtm := func(user string) string {
		return must(s.Sign(time.Hour, rtmauth.Service{Type: rtmauth.ServiceRTM, User: user, Privileges: []rtmauth.Privilege{{ID: 1, Expire: 3600}}}))
	}
	plus := plusToken(t, s)
	codes := func(c ...diagnose.Code) []diagnose.Code { return c }
	later := func(d time.Duration) time.Time { return issued.Add(d) }
	project := func(id string, certificates ...string) diagnose.Project {
		return diagnose.Project{AppID: id, Keys: keys(certificates...)}
	}
	return []diagnosis{
		{"good 007", A{Token: good}, ok, nil, ""},
		{"good 006", A{Token: good006}, ok, nil, ""},
		{"good without a certificate", A{Token: good, Project: project(appID)}, diagnose.Unknown, nil, ""},
		{"good 006 without the user", A{Token: good006, User: ptr("-")}, diagnose.Unknown, nil, ""},
		{"good RTM2", A{Token: must(s.Sign(time.Hour, rtmauth.Service{Type: rtmauth.ServiceRTM2, User: "alice", Privileges: []rtmauth.Privilege{{ID: 1, Expire: 3600}}}))}, ok, nil, ""},
		{"good RTC 006", A{Token: rtc006("room", "7"), Service: rtmauth.ServiceRTC, Channel: ptr("room"), User: ptr("7")}, ok, nil, ""},

		{"empty", A{Token: ""}, refused, codes(diagnose.EmptyToken), "empty"},
		{"undefined", A{Token: "undefined"}, refused, codes(diagnose.EmptyToken), "undefined"},
		{"certificate", A{Token: primary}, refused, codes(diagnose.CertificateAsToken), "not shown"},
		{"App ID", A{Token: appID}, refused, codes(diagnose.AppIDAsToken), appID},
		{"some 32 hex", A{Token: older}, refused, codes(diagnose.AppIDAsToken), "the shape of an App ID"},
		{"JWT", A{Token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"}, refused, codes(diagnose.JWTNotAgora), "eyJ"},
		{"dynamic key 004", A{Token: "004" + strings.Repeat("0123456789", 10)}, refused, codes(diagnose.LegacyDynamicKey), "004"},
		{"dynamic key 005", A{Token: "005AQAoAEJERTJDRDdFNkZDNkU0ODYxNkYxQTYwOUVFNTM1M0U5ODNCQjFDNDQQAJcMo13mDERkW7rooh"}, refused, codes(diagnose.LegacyDynamicKey), "005"},
		{"version 008", A{Token: "008" + good[3:]}, refused, codes(diagnose.WrongVersion), "008"},
		{"007 called 006", A{Token: "006" + good[3:]}, refused, codes(diagnose.WrongVersion), "007 token"},
		{"006 called 007", A{Token: "007" + good006[3:]}, refused, codes(diagnose.WrongVersion), "006 token"},
		{"version lost", A{Token: good[3:]}, refused, codes(diagnose.WrongVersion), "missing"},
		{"007 for an old SDK", A{Token: good, SDK: sdk(t, "1.4.2")}, refused, codes(diagnose.WrongVersion), "1.4.2"},
		{"007 for Web 1.4.6", A{Token: good, SDK: sdk(t, "1.4.6")}, ok, codes(diagnose.WrongVersion), "1.4.6"},
		{"promise", A{Token: "[object Promise]"}, refused, codes(diagnose.NotAToken), "[ob"},
		{"too long", A{Token: "007" + strings.Repeat("A", 200_000)}, refused, codes(diagnose.NotAToken), "no token is that long"},

		{"newline", A{Token: good + "\n"}, refused, codes(diagnose.WhitespaceOrQuotes), "beginning or end"},
		{"quotes", A{Token: `"` + good006 + `"`}, refused, codes(diagnose.WhitespaceOrQuotes), "quotation marks"},
		{"wrapped lines", A{Token: good[:70] + "\n" + good[70:]}, refused, codes(diagnose.WhitespaceOrQuotes), "in the middle"},
		{"JSON", A{Token: `{"token":"` + good + `","code":"200"}`}, refused, codes(diagnose.WhitespaceOrQuotes), "Other text"},
		{"escaped", A{Token: url.QueryEscape(plus)}, refused, codes(diagnose.URLEncoded), "%2B"},
		{"escaped twice", A{Token: url.QueryEscape(url.QueryEscape(plus))}, refused, codes(diagnose.URLEncoded), "%2B"},
		{"plus to space", A{Token: strings.ReplaceAll(plus, "+", " ")}, refused, codes(diagnose.URLEncoded), "spaces stand where"},
		{"URL alphabet", A{Token: strings.NewReplacer("+", "-", "/", "_").Replace(plus)}, refused, codes(diagnose.URLEncoded), "URL-safe"},
		{"truncated 007", A{Token: good[:100]}, refused, codes(diagnose.Truncated), "100 characters"},
		{"truncated 006", A{Token: good006[:90]}, refused, codes(diagnose.Truncated), "90 characters"},
		{"version alone", A{Token: "007"}, refused, codes(diagnose.Truncated), "3 characters"},
		{"version and a part of the App ID", A{Token: good006[:20]}, refused, codes(diagnose.Truncated), "20 characters"},
		{"bomb", A{Token: wire.Token007(make([]byte, 1<<20))}, refused, codes(diagnose.Damaged), "64 KiB"},
		{"padding lost", A{Token: strings.TrimRight(padded(t, s), "=")}, refused, codes(diagnose.Truncated), "but the ="},
		{"damaged", A{Token: good[:60] + "*" + good[60:]}, refused, codes(diagnose.Damaged), "base64"},
		{"junk behind", A{Token: good006 + "AAAA"}, refused, codes(diagnose.Damaged), "More bytes"},

		{"placeholder token", A{Token: "<Your Token>"}, refused, codes(diagnose.PlaceholderLeft), "<Your Token>"},
		{"placeholder App ID in token", A{Token: sign006("Your_App_ID", "Your_Certificate", "alice", "", 1000, uint32(issued.Unix()+99999))}, refused, codes(diagnose.PlaceholderLeft), "Your_Certificate"},
		{"placeholder App ID in client", A{Token: good, AppID: "<Your App ID>", Project: project("", primary)}, refused, codes(diagnose.PlaceholderLeft), "<Your App ID>"},
		{"placeholder certificate signs", A{Token: sign006(appID, "Your_Certificate", "alice", "", 1000, uint32(issued.Unix()+99999))}, refused, codes(diagnose.PlaceholderLeft), "Your_Certificate"},
		{"placeholder certificate given", A{Token: good, Project: project(appID, "<Your App Certificate>")}, refused, codes(diagnose.PlaceholderLeft), "certificate given"},
		{"address not filled in", A{Token: rtm(":uid")}, refused, codes(diagnose.PlaceholderLeft, diagnose.UserMismatch), ":uid"},
		{"App ID differs", A{Token: good, AppID: otherID, Project: project("")}, refused, codes(diagnose.AppIDMismatch), otherID},
		{"App ID in other case", A{Token: good, AppID: strings.ToLower(appID), Project: project("")}, refused, codes(diagnose.AppIDMismatch), "upper and lower case"},
		{"another project's token", A{Token: must(signer(t, otherID, older).RTM("alice", time.Hour))}, refused, codes(diagnose.AppIDMismatch, diagnose.SignedByOtherProject), otherID},
		{"App ID of one, certificate of another", A{Token: must(signer(t, otherID, primary).RTM("alice", time.Hour)), AppID: otherID}, refused, codes(diagnose.SignedByOtherProject), "but a certificate of"},
		{"certificates of another project than the token and the client", A{Token: must(signer(t, otherID, older).RTM("alice", time.Hour)), AppID: otherID}, diagnose.Unknown, nil, ""},
		{"empty certificate given", A{Token: good, Project: project(appID, "")}, refused, codes(diagnose.ProjectWithoutCertificate), "empty"},
		{"signed with nothing", A{Token: sign006(appID, "", "alice", "", 1000, uint32(issued.Unix()+99999))}, refused, codes(diagnose.ProjectWithoutCertificate), "empty certificate"},
		{"RTC code 120", A{Token: rtc("7"), Service: rtmauth.ServiceRTC, User: ptr("7"), Code: ptr(120)}, refused, codes(diagnose.ProjectWithoutCertificate, diagnose.CodeMeaning), "120"},
		{"certificate too short", A{Token: good, Project: project(appID, primary[:31])}, refused, codes(diagnose.CertificateMalformed), "31 characters"},
		{"certificate not hex", A{Token: good, Project: project(appID, "g"+primary[1:])}, refused, codes(diagnose.CertificateMalformed), "0-9 and a-f"},
		{"signed with a line break", A{Token: sign006(appID, primary+"\n", "alice", "", 1000, uint32(issued.Unix()+99999))}, refused, codes(diagnose.CertificateMalformed), "line break"},
		{"signed in other case", A{Token: must(signer(t, appID, strings.ToLower(primary)).RTM("alice", time.Hour))}, refused, codes(diagnose.CertificateMalformed), "upper and lower case"},
		{"signed with the App ID", A{Token: must(signer(t, appID, appID).RTM("alice", time.Hour))}, refused, codes(diagnose.CertificateIsAppID), "with the App ID"},
		{"App ID given as certificate", A{Token: good, Project: project(appID, appID)}, refused, codes(diagnose.CertificateIsAppID, diagnose.SignatureMismatch), "is the App ID"},
		{"old certificate", A{Token: must(signer(t, appID, older).RTM006("alice", time.Hour)), OldKeys: keys(older)}, refused, codes(diagnose.SignedByOldCertificate), "old certificates"},
		{"unknown certificate", A{Token: must(signer(t, appID, older).RTM("alice", time.Hour))}, refused, codes(diagnose.SignatureMismatch), "(1)"},
		{"unknown certificate 006", A{Token: must(signer(t, appID, older).RTM006("alice", time.Hour))}, refused, codes(diagnose.SignatureMismatch), "(1)"},
		{"secondary", A{Token: must(signer(t, appID, secondary).RTM("alice", time.Hour)), Project: project(appID, primary, secondary)}, ok, codes(diagnose.SignedBySecondary), "secondary"},

		{"RTC token for RTM", A{Token: rtc("alice")}, refused, codes(diagnose.RTMServiceMissing), "RTC"},
		{"Console token 006", A{Token: rtc006("room", "")}, refused, codes(diagnose.RTMServiceMissing, diagnose.UserMismatch), "temporary token"},
		{"Console channel is user", A{Token: rtc006("alice", "")}, refused, codes(diagnose.RTMServiceMissing, diagnose.ConsoleChannelIsUser), "RTC"},
		{"RTM token for RTC", A{Token: good, Service: rtmauth.ServiceRTC}, refused, codes(diagnose.RTCServiceMissing), "RTM"},
		{"RTM token for Chat", A{Token: good, Service: rtmauth.ServiceChat}, refused, codes(diagnose.ServiceMissing), "RTM"},
		{"006 for Chat", A{Token: good006, Service: rtmauth.ServiceChat}, refused, codes(diagnose.ServiceMissing, diagnose.UserMismatch), "006 token"},

		{"login with an empty user", A{Token: good, User: ptr("")}, refused, codes(diagnose.UserEmpty, diagnose.UserMismatch), "empty user ID"},
		{"token for an empty user", A{Token: rtm(""), User: ptr("alice")}, refused, codes(diagnose.UserEmpty, diagnose.UserMismatch), "made for an empty"},
		{"user ID too long", A{Token: rtm(strings.Repeat("a", 65)), User: ptr(strings.Repeat("a", 65))}, refused, codes(diagnose.UserInvalid), "65 bytes"},
		{"user ID é", A{Token: rtm("é"), User: ptr("é")}, refused, codes(diagnose.UserInvalid), "é"},
		{"user ID null", A{Token: rtm("null"), User: ptr("null")}, refused, codes(diagnose.UserInvalid), "null"},
		{"user in other case", A{Token: good, User: ptr("Alice")}, refused, codes(diagnose.UserMismatch), "upper and lower case"},
		{"user in other case, 006", A{Token: good006, User: ptr("Alice")}, refused, codes(diagnose.UserMismatch), "upper and lower case"},
		{"user with a space", A{Token: rtm("alice "), User: ptr("alice")}, refused, codes(diagnose.UserMismatch), "spaces"},
		{"user in another case with a space", A{Token: rtm("alice "), User: ptr("Alice")}, refused, codes(diagnose.UserMismatch), "case, and in spaces"},
		{"user with a space, 006", A{Token: sign006(appID, primary, "alice ", "", 1000, uint32(issued.Unix()+99999)), User: ptr("alice")}, refused, codes(diagnose.UserMismatch), "spaces"},
		{"user 0 and empty", A{Token: rtm(""), User: ptr("0")}, refused, codes(diagnose.UserEmpty, diagnose.UserMismatch), "empty"},
		{"user 0, 006", A{Token: sign006(appID, primary, "0", "", 1000, uint32(issued.Unix()+99999)), User: ptr("alice")}, refused, codes(diagnose.UserMismatch), "number 0"},
		{"user with a prefix", A{Token: rtm("app_alice"), User: ptr("alice")}, refused, codes(diagnose.UserMismatch), "prefix"},
		{"user with a prefix, 006", A{Token: good006, User: ptr("app_alice")}, refused, codes(diagnose.UserMismatch), "prefix"},
		{"another user", A{Token: good, User: ptr("bob")}, refused, codes(diagnose.UserMismatch), `"alice"`},
		{"another user, 006", A{Token: good006, User: ptr("bob")}, refused, codes(diagnose.UserMismatch), "checksum"},
		{"repaired 006", A{Token: sign006(appID, primary, "", "alice", 1000, uint32(issued.Unix()+99999))}, refused, codes(diagnose.UserEmpty, diagnose.UserMismatch), "empty"},
		{"RTC account for a number", A{Token: rtc("7"), Service: rtmauth.ServiceRTC, User: ptr("6f9619ff-8b86")}, refused, codes(diagnose.UserMismatch), "other is not"},
		{"RTC token for 7, client 0", A{Token: rtc("7"), Service: rtmauth.ServiceRTC, User: ptr("0")}, refused, codes(diagnose.UIDZeroVsAccount), "uid 0"},
		{"RTC token for 7, client 0, 006", A{Token: rtc006("room", "7"), Service: rtmauth.ServiceRTC, User: ptr("0"), Channel: ptr("room")}, refused, codes(diagnose.UIDZeroVsAccount), "uid 0"},
		{"RTC token for the text 0, client 0", A{Token: rtc("0"), Service: rtmauth.ServiceRTC, User: ptr("0")}, refused, codes(diagnose.UIDZeroVsAccount), "a few builders"},
		{"RTC token for 0, client account", A{Token: rtc(""), Service: rtmauth.ServiceRTC, User: ptr("alice")}, ok, codes(diagnose.UIDZeroVsAccount), "account"},
		{"RTC channel", A{Token: rtc("7"), Service: rtmauth.ServiceRTC, User: ptr("7"), Channel: ptr("Room")}, refused, codes(diagnose.ChannelMismatch), "upper and lower case"},
		{"RTC channel, 006", A{Token: rtc006("room", "7"), Service: rtmauth.ServiceRTC, User: ptr("7"), Channel: ptr("lobby")}, refused, codes(diagnose.ChannelMismatch), "checksum"},

		{"no login privilege", A{Token: must(s.Sign(time.Hour, rtmauth.Service{Type: rtmauth.ServiceRTM, User: "alice", Privileges: []rtmauth.Privilege{{ID: 2, Expire: 3600}}}))}, refused, codes(diagnose.LoginPrivilegeMissing), "without login"},
		{"no privilege at all, 006", A{Token: sign006(appID, primary, "alice", "")}, refused, codes(diagnose.LoginPrivilegeMissing), "no privileges"},
		{"no join privilege", A{Token: rtc("7", rtmauth.Privilege{ID: 2, Expire: 3600}), Service: rtmauth.ServiceRTC, User: ptr("7")}, refused, codes(diagnose.PrivilegeMissing), "without join"},
		{"subscriber", A{Token: rtc("7", rtmauth.Privilege{ID: 1, Expire: 3600}), Service: rtmauth.ServiceRTC, User: ptr("7")}, ok, codes(diagnose.PublishPrivilegeMissing), "join"},

		{"expired", A{Token: good, At: later(time.Hour)}, refused, codes(diagnose.Expired), "2026-11-23 13:00:00 UTC"},
		{"a second before", A{Token: good, At: later(time.Hour - time.Second)}, ok, nil, ""},
		{"expired 006", A{Token: good006, At: later(25 * time.Hour)}, refused, codes(diagnose.Expired), "24 hours after"},
		{"privilege over", A{Token: rtm007(t, 3600, 60)}, refused, codes(diagnose.PrivilegeExpired), "60 s"},
		{"privilege over, RTM 006", A{Token: sign006(appID, primary, "alice", "", 1000, uint32(issued.Unix()))}, ok, codes(diagnose.PrivilegeExpired), "no effect"},
		{"privilege a duration, RTM 006", A{Token: sign006(appID, primary, "alice", "", 1000, 100000)}, ok, codes(diagnose.PrivilegeExpired), "no effect"},
		{"privilege over, RTC 006", A{Token: sign006(appID, primary, "room", "7", 1, 3600, 2, 3600), Service: rtmauth.ServiceRTC, User: ptr("7"), Channel: ptr("room")}, refused, codes(diagnose.PrivilegeExpired), "number of seconds"},
		{"expire 0", A{Token: rtm007(t, 0, 0)}, refused, codes(diagnose.ExpireZero), "Chinese"},
		{"timestamp", A{Token: rtm007(t, uint32(issued.Unix())+3600, uint32(issued.Unix())+3600)}, ok, codes(diagnose.ExpireIsTimestamp), "2026-11-23 13:00:00 UTC"},
		{"milliseconds", A{Token: rtm007(t, 3_600_000, 3_600_000)}, ok, codes(diagnose.ExpireInMilliseconds), "1 h"},
		{"24 h in milliseconds", A{Token: rtm007(t, 86_400_000, 86_400_000)}, ok, codes(diagnose.ExpireInMilliseconds), "1 d"},
		{"30 days", A{Token: rtm007(t, 30*86400, 30*86400)}, ok, codes(diagnose.ExpiresOver24h), "30 d"},
		{"30 days, a day later", A{Token: rtm007(t, 30*86400, 30*86400), At: later(24 * time.Hour)}, refused, codes(diagnose.Expired, diagnose.ExpiresOver24h), "cuts to 24 hours"},
		{"from the future", A{Token: good, At: later(-time.Hour)}, refused, codes(diagnose.IssuedInFuture), "1 h"},
		{"from the future, 006", A{Token: good006, At: later(-time.Hour)}, refused, codes(diagnose.IssuedInFuture), "1 h"},

		{"code 5", A{Token: good, Code: ptr(5), SDK: sdk(t, "1.x")}, ok, codes(diagnose.CodeMeaning, diagnose.NotVisibleOffline), "swapped"},
		{"code 6 on an expired token", A{Token: good, Code: ptr(6), At: later(2 * time.Hour), User: ptr("bob")}, refused, codes(diagnose.Expired, diagnose.UserMismatch, diagnose.CodeMeaning), "ended"},
		{"code 5 on an expired token of another", A{Token: good, Code: ptr(5), At: later(2 * time.Hour), User: ptr("bob")}, refused, codes(diagnose.UserMismatch, diagnose.Expired, diagnose.CodeMeaning), "alice"},
		{"code -10005", A{Token: good, Code: ptr(-10005)}, ok, codes(diagnose.CodeMeaning, diagnose.NotVisibleOffline), "INVALID_TOKEN"},
		{"code of another SDK than given", A{Token: good, Code: ptr(-10005), SDK: sdk(t, "1.x")}, ok, codes(diagnose.CodeMeaning, diagnose.NotVisibleOffline), "RTM_ERROR_INVALID_TOKEN"},
		{"code 101", A{Token: good, Code: ptr(101)}, ok, codes(diagnose.CodeMeaning, diagnose.NotVisibleOffline), "ERR_INVALID_APP_ID"},
		{"code 102", A{Token: good, Code: ptr(102)}, ok, codes(diagnose.CodeMeaning, diagnose.NotVisibleOffline), "USER_NOT_LOGGED_IN"},
		{"code of nothing", A{Token: good, Code: ptr(4711)}, ok, codes(diagnose.CodeMeaning, diagnose.NotVisibleOffline), "-10002"},
	}
}

func sdk(t testing.TB, text string) diagnose.SDK {
	t.Helper()
	s, err := diagnose.ParseSDK(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plusToken is a good token with + and / in it, padded one with = at its end.
func plusToken(t testing.TB, s *rtmauth.Signer) string {
	t.Helper()
	return findToken(t, s, func(token string) bool { return strings.Contains(token, "+") && strings.Contains(token, "/") })
}

func padded(t testing.TB, s *rtmauth.Signer) string {
	t.Helper()
	return findToken(t, s, func(token string) bool { return strings.HasSuffix(token, "=") })
}

// findToken varies the life and the service's extra privileges.
func findToken(t testing.TB, s *rtmauth.Signer, fits func(string) bool) string {
	t.Helper()
	for n := range 60 {
		token := must(s.Sign(time.Hour+time.Duration(n)*time.Second, rtmauth.Service{
			Type: rtmauth.ServiceRTM, User: "alice",
			Privileges: []rtmauth.Privilege{{ID: 1, Expire: 3600}},
		}, rtmauth.Service{Type: rtmauth.ServiceChat, User: strings.Repeat("x", n%3)}))
		if fits(token) {
			return token
		}
	}
	t.Fatal("no such token")
	return ""
}

// complete fills in what a diagnosis leaves out.
func complete(a diagnose.Attempt) diagnose.Attempt {
	if a.User == nil {
		a.User = ptr("alice")
	} else if *a.User == "-" {
		a.User = nil
	}
	if a.At.IsZero() {
		a.At = issued.Add(10 * time.Minute)
	}
	if a.Project.Keys == nil {
		a.Project = diagnose.Project{AppID: appID, Keys: keys(primary)}
	}
	return a
}

func TestExplain(t *testing.T) {
	covered := map[diagnose.Code]bool{}
	for _, d := range diagnoses(t) {
		t.Run(d.name, func(t *testing.T) {
			a := complete(d.attempt)
			r := diagnose.Explain(a)
			var got []diagnose.Code
			for _, c := range r.Causes {
				got = append(got, c.Code)
				covered[c.Code] = true
			}
			if r.Verdict != d.verdict || !slices.Equal(got, d.codes) {
				t.Fatalf("got %s %v, want %s %v\n%+v", r.Verdict, got, d.verdict, d.codes, r.Causes)
			}
			if r.Causes == nil {
				t.Error("causes are nil, not empty")
			}
			if len(got) > 0 && !strings.Contains(r.Causes[0].Evidence, d.shows) {
				t.Errorf("evidence %q does not show %q", r.Causes[0].Evidence, d.shows)
			}
			a.Lang = diagnose.Chinese
			for _, c := range slices.Concat(r.Causes, diagnose.Explain(a).Causes) {
				for _, s := range []string{c.Message, c.Evidence, c.Fix} {
					if strings.TrimSpace(s) == "" || strings.Contains(s, "<nil>") {
						t.Errorf("%s: unfinished text %q", c.Code, s)
					}
					for _, secret := range []string{primary, secondary, older, a.Token} {
						if len(secret) > 31 && secret != appID && strings.Contains(s, secret) {
							t.Errorf("%s shows a certificate or a token: %q", c.Code, s)
						}
					}
				}
			}
		})
	}
	for _, c := range diagnose.Codes() {
		if !covered[c] {
			t.Errorf("no case shows %s", c)
		}
	}
}
