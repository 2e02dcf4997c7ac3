package rtmtest

import "time"

// errors2 are the documented codes of RTM 2.x that the service gives, and their
// names.
var errors2 = map[int]string{
	-10002: "NOT_LOGIN",
	-10003: "INVALID_APP_ID",
	-10005: "INVALID_TOKEN",
	-10006: "INVALID_USER_ID",
	-10008: "INVALID_CHANNEL_NAME",
	-10009: "TOKEN_EXPIRED",
	-10010: "LOGIN_NO_SERVER_RESOURCES",
	-10011: "LOGIN_TIMEOUT",
	-10012: "LOGIN_REJECTED",
	-10013: "LOGIN_ABORTED",
	-10015: "LOGIN_NOT_AUTHORIZED",
	-10016: "INCONSISTENT_APPID",
	-10019: "INVALID_CHANNEL_TYPE",
	-10021: "OPERATION_RATE_EXCEED_LIMITATION",
	-10022: "SERVICE_NOT_SUPPORTED",
	-10023: "LOGIN_CANCELED",
	-10025: "NOT_CONNECTED",
	-10026: "RENEW_TOKEN_TIMEOUT",
	-11002: "CHANNEL_NOT_SUBSCRIBED",
	-11005: "CHANNEL_INSTANCE_EXCEED_LIMITATION",
	-11009: "CHANNEL_INVALID_MESSAGE",
	-11010: "CHANNEL_MESSAGE_LENGTH_EXCEED_LIMITATION",
	-11019: "CHANNEL_SUBSCRIBE_TIMEOUT",
	-11020: "CHANNEL_SUBSCRIBE_TOO_FREQUENT",
	-11026: "CHANNEL_PUBLISH_MESSAGE_TIMEOUT",
	-11029: "CHANNEL_CUSTOM_TYPE_LENGTH_OVERFLOW",
	-11030: "CHANNEL_INVALID_CUSTOM_TYPE",
	-11033: "CHANNEL_RECEIVER_OFFLINE",
	-13005: "PRESENCE_STATE_COUNT_OVERFLOW",
	-13006: "PRESENCE_INVALID_STATE_KEY",
	-13007: "PRESENCE_INVALID_STATE_VALUE",
	-13011: "PRESENCE_USER_NOT_EXIST",
}

func error2(op string, code int, message string) *Error {
	return &Error{Code: code, Name: "RTM_ERROR_" + errors2[code], Message: message, Operation: op}
}

// late2 is the code of a call without an answer.
func late2(op string) int {
	switch op {
	case "login":
		return -10011
	case "renewToken":
		return -10026
	case "subscribe":
		return -11019
	case "publish":
		return -11026
	default:
		return -10025
	}
}

// timeout2 is how long a call waits for an answer. The documentation names no
// time: that of RTM 1.x is our choice.
const timeout2 = 10 * time.Second

// loginReason2 is the reasonCode of a link state after a login that failed with
// a code, "" if none of the login's codes.
func loginReason2(code int) string {
	switch code {
	case -10003:
		return "SERVICE_NOT_SUPPORTED"
	case -10005:
		return "INVALID_TOKEN"
	case -10006:
		return "INVALID_USER_ID"
	case -10009:
		return "TOKEN_EXPIRED"
	case -10010, -10013:
		return "CONNECTION_ERROR"
	case -10011:
		return "LOGIN_TIMEOUT"
	case -10012:
		return "LOGIN_REJECTED"
	case -10015:
		return "LOGIN_NOT_AUTHORIZED"
	case -10016:
		return "INCONSISTENT_APP_ID"
	case -10021:
		return "LOGIN_TOO_FREQUENT"
	}
	return ""
}

// reason2 is the documented text of a reasonCode.
func reason2(code string) string {
	switch code {
	case "LOGIN":
		return "Perform login operation"
	case "LOGIN_SUCCESS":
		return "Login success"
	case "LOGIN_TIMEOUT":
		return "Login timeout"
	case "LOGIN_NOT_AUTHORIZED":
		return "Login not authorized"
	case "LOGIN_REJECTED":
		return "Login rejected"
	case "RELOGIN":
		return "Perform login operation again"
	case "LOGOUT":
		return "Logout success"
	case "AUTO_RECONNECT":
		return "Reconnecting"
	case "RECONNECT_TIMEOUT":
		return "Reconnect timeout"
	case "RECONNECT_SUCCESS":
		return "Reconnect success"
	case "INVALID_TOKEN":
		return "Invalid token"
	case "TOKEN_EXPIRED":
		return "Token expired"
	case "INCONSISTENT_APP_ID":
		return "Inconsistent app ID"
	case "INVALID_USER_ID":
		return "Invalid user id"
	case "SAME_UID_LOGIN":
		return "The same uid login on another device"
	case "KICKED_OUT_BY_SERVER":
		return "Kicked out by server"
	case "KEEP_ALIVE_TIMEOUT":
		return "Keep alive timeout"
	case "CONNECTION_ERROR":
		return "Connection error"
	case "SERVICE_NOT_SUPPORTED":
		return "Service not supported"
	case "LOGIN_TOO_FREQUENT":
		return "Login operation is too frequent"
	}
	return "Unknown"
}
