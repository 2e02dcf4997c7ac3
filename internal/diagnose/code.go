package diagnose

import "slices"

// A Code names a cause. Codes are stable: tools may compare them.
type Code string

// The causes, the one to fix first at the front: what is wrong with the text
// comes before what is wrong inside it.
const (
	EmptyToken         Code = "empty_token"
	CertificateAsToken Code = "certificate_as_token" // the secret itself was handed to the client
	AppIDAsToken       Code = "app_id_as_token"
	JWTNotAgora        Code = "jwt_not_agora_token"
	LegacyDynamicKey   Code = "legacy_dynamic_key"
	WrongVersion       Code = "wrong_version"
	NotAToken          Code = "not_a_token"

	WhitespaceOrQuotes Code = "whitespace_or_quotes"
	URLEncoded         Code = "url_encoded"
	Truncated          Code = "truncated"
	Damaged            Code = "damaged" // complete, but its bytes do not fit together

	PlaceholderLeft           Code = "placeholder_left"
	AppIDMismatch             Code = "app_id_mismatch"
	SignedByOtherProject      Code = "signed_by_other_project"
	ProjectWithoutCertificate Code = "project_without_certificate"
	CertificateMalformed      Code = "certificate_malformed"
	CertificateIsAppID        Code = "certificate_is_app_id"
	SignedByOldCertificate    Code = "signed_by_old_certificate"
	SignatureMismatch         Code = "signature_mismatch"

	RTMServiceMissing    Code = "rtm_service_missing"
	RTCServiceMissing    Code = "rtc_service_missing"
	ServiceMissing       Code = "service_missing" // of the other services
	ConsoleChannelIsUser Code = "console_channel_is_user"

	UserEmpty        Code = "user_empty"
	UserInvalid      Code = "user_invalid"
	UIDZeroVsAccount Code = "uid_zero_vs_account"
	UserMismatch     Code = "user_mismatch"
	ChannelMismatch  Code = "channel_mismatch"

	LoginPrivilegeMissing   Code = "login_privilege_missing"
	PrivilegeMissing        Code = "privilege_missing" // of the services that have no login privilege
	ExpireZero              Code = "expire_zero"
	Expired                 Code = "expired"
	PrivilegeExpired        Code = "privilege_expired"
	IssuedInFuture          Code = "issued_in_future"
	ExpireIsTimestamp       Code = "expire_is_timestamp"
	ExpireInMilliseconds    Code = "expire_in_milliseconds"
	ExpiresOver24h          Code = "expires_over_24h"
	PublishPrivilegeMissing Code = "publish_privilege_missing"
	SignedBySecondary       Code = "signed_by_secondary"
	CodeMeaning             Code = "code_meaning"
	NotVisibleOffline       Code = "not_visible_offline"
)

// Codes returns every cause that Explain can give, in the order in which they
// are to be fixed.
func Codes() []Code {
	return []Code{
		EmptyToken, CertificateAsToken, AppIDAsToken, JWTNotAgora, LegacyDynamicKey, WrongVersion, NotAToken,
		WhitespaceOrQuotes, URLEncoded, Truncated, Damaged,
		PlaceholderLeft, AppIDMismatch, SignedByOtherProject, ProjectWithoutCertificate, CertificateMalformed,
		CertificateIsAppID, SignedByOldCertificate, SignatureMismatch,
		RTMServiceMissing, RTCServiceMissing, ServiceMissing, ConsoleChannelIsUser,
		UserEmpty, UserInvalid, UIDZeroVsAccount, UserMismatch, ChannelMismatch,
		LoginPrivilegeMissing, PrivilegeMissing,
		ExpireZero, Expired, PrivilegeExpired, IssuedInFuture,
		ExpireIsTimestamp, ExpireInMilliseconds, ExpiresOver24h,
		PublishPrivilegeMissing, SignedBySecondary, CodeMeaning, NotVisibleOffline,
	}
}

func rank(c Code) int { return slices.Index(Codes(), c) }
