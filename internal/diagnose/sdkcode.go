package diagnose

import (
	"slices"
	"strings"

	"github.com/rtmauth/rtmauth"
)

// A family is a set of SDKs that number their errors alike.
type family string

const (
	rtm1 family = "RTM 1.x"
	rtm2 family = "RTM 2.x"
	rtc  family = "RTC"
)

// A meaning is what an SDK's documentation says of a code.
type meaning struct {
	code    int
	name    string // of the constant, "" if it has none
	key     string // of the sentence
	renew   string // 1.x: constant of the same number at renewToken
	renewAs string // and its sentence
	fits    []Code // causes that show in this code
}

// The groups of causes that codes stand for.
func invalidToken() []Code {
	return []Code{
		EmptyToken, CertificateAsToken, AppIDAsToken, JWTNotAgora, LegacyDynamicKey, WrongVersion, NotAToken, PlaceholderLeft,
		AppIDMismatch, SignedByOtherProject, ProjectWithoutCertificate, CertificateMalformed, CertificateIsAppID, SignedByOldCertificate,
		SignatureMismatch, RTMServiceMissing, RTCServiceMissing, ServiceMissing, UserEmpty, UserInvalid, UIDZeroVsAccount, UserMismatch, ChannelMismatch,
		LoginPrivilegeMissing, PrivilegeMissing,
	}
}

func expired() []Code { return []Code{ExpireZero, Expired, PrivilegeExpired} }

// meanings are the codes that have to do with tokens and logging in, of
// login, logout and renewToken. Sources: the error enumerations of the RTM 1.x
// and 2.x API references and Agora's FAQ on RTC token errors.
func meanings(f family) []meaning {
	invalid, over := invalidToken(), expired()
	switch f {
	case rtm1:
		return []meaning{
			{1, "LOGIN_ERR_UNKNOWN", "unknown", "RENEW_TOKEN_ERR_FAILURE", "failure", nil},
			{2, "LOGIN_ERR_REJECTED", "rejected", "RENEW_TOKEN_ERR_INVALID_ARGUMENT", "argument", nil},
			{3, "LOGIN_ERR_INVALID_ARGUMENT", "argument", "RENEW_TOKEN_ERR_REJECTED", "rejected", []Code{UserEmpty, UserInvalid}},
			{4, "LOGIN_ERR_INVALID_APP_ID", "app_id", "RENEW_TOKEN_ERR_TOO_OFTEN", "often", []Code{PlaceholderLeft, AppIDMismatch}},
			{5, "LOGIN_ERR_INVALID_TOKEN", "invalid", "RENEW_TOKEN_ERR_TOKEN_EXPIRED", "expired", invalid},
			{6, "LOGIN_ERR_TOKEN_EXPIRED", "expired", "RENEW_TOKEN_ERR_INVALID_TOKEN", "invalid", over},
			{7, "LOGIN_ERR_NOT_AUTHORIZED", "reserved", "", "", nil},
			{8, "LOGIN_ERR_ALREADY_LOGIN", "already", "", "", nil},
			{9, "LOGIN_ERR_TIMEOUT", "timeout", "", "", nil},
			{10, "LOGIN_ERR_TOO_OFTEN", "often", "", "", nil},
			{101, "NOT_INITIALIZED", "not_initialized", "", "", nil},
			{102, "USER_NOT_LOGGED_IN", "not_logged_in", "RENEW_TOKEN_ERR_USER_NOT_LOGGED_IN", "not_logged_in", nil},
		}
	case rtm2:
		return []meaning{
			{-10002, "RTM_ERROR_NOT_LOGIN", "not_logged_in", "", "", nil},
			{-10003, "RTM_ERROR_INVALID_APP_ID", "app_id2", "", "", []Code{PlaceholderLeft, AppIDMismatch}},
			{-10005, "RTM_ERROR_INVALID_TOKEN", "invalid", "", "", invalid},
			{-10006, "RTM_ERROR_INVALID_USER_ID", "user", "", "", []Code{UserEmpty, UserInvalid}},
			{-10008, "RTM_ERROR_INVALID_CHANNEL_NAME", "channel", "", "", []Code{ChannelMismatch}},
			{-10009, "RTM_ERROR_TOKEN_EXPIRED", "expired", "", "", over},
			{-10010, "RTM_ERROR_LOGIN_NO_SERVER_RESOURCES", "resources", "", "", nil},
			{-10011, "RTM_ERROR_LOGIN_TIMEOUT", "timeout", "", "", nil},
			{-10012, "RTM_ERROR_LOGIN_REJECTED", "rejected2", "", "", nil},
			{-10013, "RTM_ERROR_LOGIN_ABORTED", "aborted", "", "", nil},
			{-10015, "RTM_ERROR_LOGIN_NOT_AUTHORIZED", "not_authorized", "", "", []Code{RTMServiceMissing, LoginPrivilegeMissing}},
			{-10016, "RTM_ERROR_INCONSISTENT_APPID", "inconsistent", "", "", []Code{AppIDMismatch, SignedByOtherProject}},
			{-10017, "RTM_ERROR_DUPLICATE_OPERATION", "duplicate", "", "", nil},
			{-10018, "RTM_ERROR_INSTANCE_ALREADY_RELEASED", "released", "", "", nil},
			{-10019, "RTM_ERROR_INVALID_CHANNEL_TYPE", "channel_type", "", "", nil},
			{-10020, "RTM_ERROR_INVALID_ENCRYPTION_PARAMETER", "encryption", "", "", nil},
			{-10021, "RTM_ERROR_OPERATION_RATE_EXCEED_LIMITATION", "often", "", "", nil},
			{-10022, "RTM_ERROR_SERVICE_NOT_SUPPORTED", "unsupported", "", "", nil},
			{-10023, "RTM_ERROR_LOGIN_CANCELED", "canceled", "", "", nil},
			{-10025, "RTM_ERROR_NOT_CONNECTED", "not_connected", "", "", nil},
			{-10026, "RTM_ERROR_RENEW_TOKEN_TIMEOUT", "renew_timeout", "", "", nil},
		}
	}
	return []meaning{
		{2, "", "rtc_expired_or_argument", "", "", over},
		{101, "ERR_INVALID_APP_ID (ERR_INVALID_VENDOR_KEY)", "rtc_app_id", "", "", []Code{PlaceholderLeft, AppIDMismatch}},
		{109, "ERR_TOKEN_EXPIRED", "expired", "", "", over},
		{110, "ERR_INVALID_TOKEN (ERR_NO_AUTHORIZED)", "rtc_invalid", "", "", invalid},
		{118, "ERR_DYNAMIC_KEY_EXPIRED", "expired", "", "", over},
		{119, "", "rtc_static", "", "", []Code{EmptyToken, AppIDAsToken}},
		{120, "", "rtc_dynamic", "", "", []Code{ProjectWithoutCertificate}},
	}
}

// families are those that the code can be of, the likeliest first. All of them,
// because what people say of their SDK may be wrong.
func (f *finder) families() []family {
	switch {
	case f.Service != 0 && !f.rtmUser(), f.SDK == SDK{} && *f.Code == 101: // in RTM 1.x only native SDKs have 101
		return []family{rtc, rtm1, rtm2}
	case f.SDK.is(2):
		return []family{rtm2, rtm1, rtc}
	}
	return []family{rtm1, rtm2, rtc}
}

// meaning records what the SDK's code means and, where the token shows nothing,
// what to look at next. It returns the causes that the code stands for.
func (f *finder) meaning() []Code {
	if f.Code == nil {
		return nil
	}
	shown := f.refused()
	var fits []Code
	var first *meaning
	var of family
	a := args{"code": *f.Code}
	var evidence []string
	for _, fam := range f.families() {
		for _, m := range meanings(fam) {
			if m.code != *f.Code {
				continue
			}
			fits = append(fits, m.fits...)
			if first == nil {
				first, of = &m, fam
			} else {
				a["other"] = string(fam)
				a["other_meaning"] = sentence("meaning." + m.key)
				evidence = append(evidence, "other")
			}
		}
	}
	if first == nil {
		f.note(CodeMeaning, a, "unknown")
	} else {
		a["sdk"], a["name"], a["meaning"] = string(of), first.name, sentence("meaning."+first.key)
		a["advice"] = sentence("advice." + first.key)
		e := []string{pick(first.name == "", "nameless", "")}
		if first.renew != "" {
			a["renew"], a["renew_meaning"] = first.renew, sentence("meaning."+first.renewAs)
			e = append(e, pick(*f.Code == 5 || *f.Code == 6, "swap", "renew"))
		}
		f.note(CodeMeaning, a, append(e, evidence...)...)
		f.fromCode(of, *f.Code)
	}
	switch {
	case shown || f.refused():
	case first != nil && elsewhere(first.key):
		f.note(NotVisibleOffline, a, "elsewhere")
	default:
		f.notVisible()
	}
	return fits
}

// elsewhere tells whether a code is about something else than the token.
func elsewhere(key string) bool {
	return slices.Contains([]string{
		"already", "timeout", "often", "not_initialized", "not_logged_in", "resources", "aborted", "duplicate", "released",
		"channel_type", "encryption", "unsupported", "canceled", "not_connected", "renew_timeout",
	}, key)
}

// fromCode records what only the code can show.
func (f *finder) fromCode(of family, code int) {
	if of == rtc && code == 120 {
		f.add(ProjectWithoutCertificate, nil, "code120")
	}
}

// notVisible says what was looked at, and what to look at next.
func (f *finder) notVisible() {
	e := []string{pick(f.signatureChecked, "checked", "unchecked")}
	var missing []string
	for _, x := range []struct {
		known bool
		flag  string
	}{
		{len(f.Project.Keys) > 0, "APP_CERTIFICATE"},
		{f.AppID != "" || f.project != "", "--app-id"},
		{f.User != nil, "--user"},
		{f.SDK != SDK{}, "--sdk"},
	} {
		if !x.known {
			missing = append(missing, x.flag)
		}
	}
	a := args{"missing": strings.Join(missing, ", ")}
	if len(missing) > 0 {
		e = append(e, "missing")
	}
	if f.token != nil && f.token.version == v007 && !f.SDK.is(2) && *f.Code > 0 && f.Service == rtmauth.ServiceRTM {
		a["sdk_step"] = sentence("step.sdk")
	} else {
		a["sdk_step"] = ""
	}
	f.note(NotVisibleOffline, a, e...)
}
