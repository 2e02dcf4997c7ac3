package rtmtest

// Where each rule comes from, as events and docs/local-rtm.md name it. What the
// documentation does not say is marked as our choice, so that nobody takes a
// green test for Agora's word.
const (
	srcOurControl = "our choice: asked for on the control plane"
	srcOurClock   = "our choice: the clock of the project was turned"

	srcLoginOK       = "documented: reconnecting_web (CONNECTING to CONNECTED, LOGIN_SUCCESS)"
	srcAppID         = "documented: RTM 1.x Web API reference, LoginError 4"
	srcUserID        = "documented: typings of agora-rtm-sdk 1.5.1 (LoginOptions.uid) and LoginError 3"
	srcAlready       = "documented: RTM 1.x Web API reference, LoginError 8"
	srcLoginOften    = "documented: limitations_web and LoginError 10 (2 a second); counted by user ID: our choice"
	srcNoToken       = "documented: token_rtm (a project with a certificate needs a token), LoginError 5"
	srcBadToken      = "documented: RTM 1.x Web API reference, LoginError 5; the order of checks is our choice"
	srcNotAuthorized = "our choice: LoginError 7 is reserved, so that a token without RTM login is refused as LoginError 5"
	srcExpiredToken  = "documented: token_rtm, LoginError 6"
	srcBanned        = "our choice: the documentation does not say how RTM users are banned; LoginError 2"
	srcFault         = "our choice: this answer was asked for on the control plane"
	srcTimeout       = "documented: reconnecting_web (12 s, LOGIN_TIMEOUT), LoginError 9"
	srcCertMode      = "documented: manage-projects (modes of a project)"

	srcRenewOK      = "documented: RTM 1.x Web API reference, renewToken"
	srcRenewState   = "documented: RTM 1.x Web API reference, RenewTokenError 102"
	srcRenewArg     = "documented: RTM 1.x Web API reference, RenewTokenError 2"
	srcRenewOften   = "documented: limitations_cpp and RenewTokenError 4 (2 a second)"
	srcRenewExpired = "documented: RTM 1.x Web API reference, RenewTokenError 5; that the session goes on is our choice"
	srcRenewInvalid = "documented: RTM 1.x Web API reference, RenewTokenError 6; that the session goes on is our choice"
	srcRenewLate    = "our choice: RenewTokenError 1 where the service cannot be reached for 10 s"

	srcInterrupted    = "documented: reconnecting_web (4 s, INTERRUPTED)"
	srcBack           = "documented: reconnecting_web (RECONNECTING to CONNECTED); LOGIN_SUCCESS as the reason is our reading"
	srcLogout         = "documented: reconnecting_web (LOGOUT)"
	srcRemote         = "documented: reconnecting_web (REMOTE_LOGIN)"
	srcBannedByServer = "our choice: BANNED_BY_SERVER is documented as a reason, what causes it is not"
	srcLoginFailed    = "documented: reconnecting_web (LOGIN_FAILURE)"

	srcWillExpire   = "documented: typings of agora-rtm-sdk 1.5.1 (TokenPrivilegeWillExpire, 30 s before the end)"
	srcWillExpireNo = "our choice: no announcement is documented for 006 tokens"
	src006Stays     = "documented: token_rtm (a connected user stays when a 006 token ends)"
	src006Lost      = "documented: token_rtm (TokenExpired once while RECONNECTING, then renewToken)"
	src007Ends      = "documented: token2_server_rtm (TokenExpired and ABORTED at the end of a 007 token); the order of the two is our choice"
	src007Lost      = "documented: token2_server_rtm (TokenExpired when the network is back, then renewToken)"
	srcRelogin      = "documented: rtm_integration_bp (an expired token makes reconnecting fail), against other pages; by the setting relogin_after_expiry"

	srcPresence   = "documented: reconnecting_web (30 s)"
	srcMessage    = "documented: RTM 1.x Web API reference"
	srcNotLogged  = "documented: RTM 1.x Web API reference, USER_NOT_LOGGED_IN 102"
	srcCallRule   = "documented: RTM 1.x Web API reference, the error codes of the call"
	srcOnline     = "documented: RTM 1.x Web API reference, login and logout"
	srcDeleted    = "documented: manage-projects (tokens of a deleted certificate stop working); that sessions go on is our choice"
	srcUnknownOp  = "our choice: the local service does not have this operation"
	srcProtocol   = "our choice: docs/local-rtm-protocol.md"
	srcNativePeer = "documented: native references (UNREACHABLE after 6 s)"
)
