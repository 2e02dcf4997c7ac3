package rtmtest

import (
	"fmt"
	"time"
)

// family1 is the errors of one or several calls of RTM 1.x: the prefix of their
// names, the documented numbers, and what a call without an answer gets.
type family1 struct {
	prefix  string
	timeout time.Duration
	late    int // TIMEOUT where the family has one, else FAILURE
	names   map[int]string
}

const (
	notLoggedIn1 = 102
	seconds      = time.Second
)

// errors1 gives the documented family of a call.
func errors1(op string) family1 {
	switch op {
	case "login":
		return family1{"LOGIN_ERR_", 12 * seconds, 9, map[int]string{1: "UNKNOWN", 2: "REJECTED", 3: "INVALID_ARGUMENT", 4: "INVALID_APP_ID", 5: "INVALID_TOKEN", 6: "TOKEN_EXPIRED", 7: "NOT_AUTHORIZED", 8: "ALREADY_LOGIN", 9: "TIMEOUT", 10: "TOO_OFTEN"}}
	case "logout":
		return family1{"LOGOUT_ERR_", 10 * seconds, notLoggedIn1, nil}
	case "renewToken":
		return family1{"RENEW_TOKEN_ERR_", 10 * seconds, 1, map[int]string{1: "FAILURE", 2: "INVALID_ARGUMENT", 3: "REJECTED", 4: "TOO_OFTEN", 5: "TOKEN_EXPIRED", 6: "INVALID_TOKEN"}}
	case "joinChannel":
		return family1{"JOIN_CHANNEL_ERR_", 5 * seconds, 4, map[int]string{1: "FAILURE", 2: "REJECTED", 3: "INVALID_ARGUMENT", 4: "TIMEOUT", 5: "EXCEED_LIMIT", 6: "ALREADY_JOINED", 7: "TOO_OFTEN", 8: "JOIN_SAME_CHANNEL_TOO_OFTEN"}}
	case "leaveChannel":
		return family1{"LEAVE_CHANNEL_ERR_", 10 * seconds, 1, map[int]string{1: "FAILURE", 2: "REJECTED", 3: "NOT_IN_CHANNEL"}}
	case "sendChannelMessage":
		return family1{"CHANNEL_MESSAGE_ERR_", 10 * seconds, 2, map[int]string{1: "FAILURE", 2: "TIMEOUT", 3: "TOO_OFTEN", 4: "INVALID_MESSAGE", 5: "NOT_IN_CHANNEL"}}
	case "sendMessageToPeer":
		return family1{"PEER_MESSAGE_ERR_", 10 * seconds, 2, map[int]string{1: "FAILURE", 2: "TIMEOUT", 5: "TOO_OFTEN", 6: "INVALID_USERID", 7: "INVALID_MESSAGE", 8: "INCOMPATIBLE_MESSAGE"}}
	case "getMembers":
		return family1{"GET_MEMBERS_ERR_", 10 * seconds, 3, map[int]string{1: "FAILURE", 2: "REJECTED", 3: "TIMEOUT", 4: "TOO_OFTEN", 5: "NOT_IN_CHANNEL"}}
	case "getChannelMemberCount":
		return family1{"GET_CHANNEL_MEMBER_COUNT_ERR_", 10 * seconds, 4, map[int]string{1: "FAILURE", 2: "INVALID_ARGUMENT", 3: "TOO_OFTEN", 4: "TIMEOUT", 5: "EXCEED_LIMIT"}}
	case "queryPeersOnlineStatus":
		return family1{"QUERY_PEERS_ONLINE_STATUS_ERR_", 10 * seconds, 4, map[int]string{2: "INVALID_ARGUMENT", 3: "REJECTED", 4: "TIMEOUT", 5: "TOO_OFTEN"}}
	case "subscribePeersOnlineStatus", "unsubscribePeersOnlineStatus", "queryPeersBySubscriptionOption":
		return family1{"PEER_SUBSCRIPTION_STATUS_ERR_", 10 * seconds, 4, map[int]string{1: "FAILURE", 2: "INVALID_ARGUMENT", 3: "REJECTED", 4: "TIMEOUT", 5: "TOO_OFTEN", 6: "OVERFLOW"}}
	}
	return family1{"ATTRIBUTE_OPERATION_ERR_", 10 * seconds, 7, map[int]string{2: "FAILURE", 3: "INVALID_ARGUMENT", 4: "SIZE_OVERFLOW", 5: "TOO_OFTEN", 6: "USER_NOT_FOUND", 7: "TIMEOUT"}}
}

// error1 is an error of RTM 1.x in the words of the real one: only the code is
// documented.
func error1(op string, code int, message string) *Error {
	f := errors1(op)
	name := f.names[code]
	if code == notLoggedIn1 {
		name = "USER_NOT_LOGGED_IN"
	}
	return &Error{Code: code, Name: f.prefix + name, Message: fmt.Sprintf("Error Code %d. %s", code, message)}
}
