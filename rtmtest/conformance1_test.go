package rtmtest

import "strings"

// rows1 is what agora-rtm-sdk 1.5.1 and the API reference of RTM 1.x document.
func rows1() []row {
	const (
		typings     = "typings of agora-rtm-sdk 1.5.1"
		dropIn      = "web/test/rtm1.test.js"
		ignored     = "taken and ignored: there are no areas, proxies and uploads"
		invitations = "call invitations are left out"
	)
	var rows []row
	method := func(of, name, op string) {
		rows = append(rows, row{kind: "method", name: name, of: of, key: op, source: typings})
	}
	local := func(of string, names ...string) {
		for _, name := range names {
			rows = append(rows, row{kind: "method", name: name, of: of, source: typings, by: dropIn})
		}
	}
	left := func(kind, of, why string, names ...string) {
		for _, name := range names {
			rows = append(rows, row{kind: kind, name: name, of: of, source: typings, without: why})
		}
	}
	event := func(of string, names ...string) {
		for _, name := range names {
			rows = append(rows, row{kind: "event", name: name, of: of, source: typings})
		}
	}

	local("AgoraRTM", "createInstance")
	left("method", "AgoraRTM", ignored, "setArea")
	for _, name := range strings.Fields(`login logout renewToken sendMessageToPeer queryPeersOnlineStatus subscribePeersOnlineStatus
		unsubscribePeersOnlineStatus queryPeersBySubscriptionOption getChannelMemberCount setLocalUserAttributes addOrUpdateLocalUserAttributes
		deleteLocalUserAttributesByKeys clearLocalUserAttributes getUserAttributes getUserAttributesByKeys setChannelAttributes
		addOrUpdateChannelAttributes deleteChannelAttributesByKeys clearChannelAttributes getChannelAttributes getChannelAttributesByKeys`) {
		method("RtmClient", name, name)
	}
	local("RtmClient", "createMessage", "createChannel", "removeAllListeners")
	left("method", "RtmClient", ignored, "updateConfig", "setParameters")
	left("method", "RtmClient", invitations, "createLocalInvitation")
	method("RtmChannel", "join", "joinChannel")
	method("RtmChannel", "leave", "leaveChannel")
	method("RtmChannel", "sendMessage", "sendChannelMessage")
	method("RtmChannel", "getMembers", "getMembers")
	left("method", "LocalInvitation", invitations, "send", "cancel")
	left("method", "RemoteInvitation", invitations, "accept", "refuse")

	event("RtmClient", "ConnectionStateChanged", "TokenExpired", "TokenPrivilegeWillExpire", "MessageFromPeer", "PeersOnlineStatusChanged")
	left("event", "RtmClient", invitations, "RemoteInvitationReceived")
	left("event", "RtmClient", "there is no proxy", "FallbackProxyConnected")
	event("RtmChannel", "ChannelMessage", "MemberJoined", "MemberLeft", "MemberCountUpdated", "AttributesUpdated")
	left("event", "LocalInvitation", invitations, "LocalInvitationReceivedByPeer", "LocalInvitationAccepted", "LocalInvitationRefused", "LocalInvitationCanceled", "LocalInvitationFailure")
	left("event", "RemoteInvitation", invitations, "RemoteInvitationCanceled", "RemoteInvitationRefused", "RemoteInvitationAccepted", "RemoteInvitationFailure")

	for _, f := range documented1() {
		for _, c := range f.codes {
			rows = append(rows, row{kind: "code", name: f.prefix + c.name, number: c.number, of: f.enum, source: "RTM 1.x Web API reference, " + f.enum, without: c.without})
		}
	}
	return rows
}

// enum1 is an enumeration of error codes of RTM 1.x.
type enum1 struct {
	enum, prefix string
	codes        []code1
}

type code1 struct {
	number  int
	name    string
	without string
}

// documented1 is written from the API reference, not from the service's own
// list, so that each checks the other.
func documented1() []enum1 {
	const (
		noCause = "nothing documents what causes it"
		wechat  = "of the WeChat build"
	)
	return []enum1{
		{"LoginError", "LOGIN_ERR_", []code1{
			{1, "UNKNOWN", ""},
			{2, "REJECTED", ""},
			{3, "INVALID_ARGUMENT", ""},
			{4, "INVALID_APP_ID", ""},
			{5, "INVALID_TOKEN", ""},
			{6, "TOKEN_EXPIRED", ""},
			{7, "NOT_AUTHORIZED", "reserved; it can be asked for on the control plane"},
			{8, "ALREADY_LOGIN", ""},
			{9, "TIMEOUT", ""},
			{10, "TOO_OFTEN", ""},
		}},
		{"LogoutError", "LOGOUT_ERR_", []code1{{102, "USER_NOT_LOGGED_IN", ""}}},
		{"RenewTokenError", "RENEW_TOKEN_ERR_", []code1{
			{1, "FAILURE", ""},
			{2, "INVALID_ARGUMENT", ""},
			{3, "REJECTED", noCause},
			{4, "TOO_OFTEN", ""},
			{5, "TOKEN_EXPIRED", ""},
			{6, "INVALID_TOKEN", ""},
			{102, "USER_NOT_LOGGED_IN", ""},
			{201, "ABORTED_BY_LOGOUT", wechat},
		}},
		{"JoinChannelError", "JOIN_CHANNEL_ERR_", []code1{
			{1, "FAILURE", noCause},
			{2, "REJECTED", noCause},
			{3, "INVALID_ARGUMENT", ""},
			{4, "TIMEOUT", ""},
			{5, "EXCEED_LIMIT", ""},
			{6, "ALREADY_JOINED", ""},
			{7, "TOO_OFTEN", ""},
			{8, "JOIN_SAME_CHANNEL_TOO_OFTEN", ""},
			{102, "USER_NOT_LOGGED_IN", ""},
			{201, "ABORTED_BY_LEAVE", wechat},
			{202, "ALREADY_JOINED_CHANNEL_OF_SAME_ID", "answered with 6"},
		}},
		{"LeaveChannelError", "LEAVE_CHANNEL_ERR_", []code1{{1, "FAILURE", ""}, {2, "REJECTED", noCause}, {3, "NOT_IN_CHANNEL", ""}, {102, "USER_NOT_LOGGED_IN", ""}}},
		{"ChannelMessageError", "CHANNEL_MESSAGE_ERR_", []code1{
			{1, "FAILURE", noCause}, {2, "TIMEOUT", ""}, {3, "TOO_OFTEN", ""}, {4, "INVALID_MESSAGE", ""}, {5, "NOT_IN_CHANNEL", ""}, {102, "USER_NOT_LOGGED_IN", ""},
		}},
		{"PeerMessageError", "PEER_MESSAGE_ERR_", []code1{
			{1, "FAILURE", noCause},
			{2, "TIMEOUT", ""},
			{5, "TOO_OFTEN", ""},
			{6, "INVALID_USERID", ""},
			{7, "INVALID_MESSAGE", ""},
			{8, "INCOMPATIBLE_MESSAGE", "all clients of the local service understand all messages"},
			{102, "USER_NOT_LOGGED_IN", ""},
		}},
		{"GetMembersError", "GET_MEMBERS_ERR_", []code1{
			{1, "FAILURE", noCause}, {2, "REJECTED", noCause}, {3, "TIMEOUT", ""}, {4, "TOO_OFTEN", ""}, {5, "NOT_IN_CHANNEL", ""}, {102, "USER_NOT_LOGGED_IN", ""},
		}},
		{"GetChannelMemberCountErrCode", "GET_CHANNEL_MEMBER_COUNT_ERR_", []code1{
			{1, "FAILURE", noCause},
			{2, "INVALID_ARGUMENT", ""},
			{3, "TOO_OFTEN", ""},
			{4, "TIMEOUT", ""},
			{5, "EXCEED_LIMIT", ""},
			{101, "NOT_INITIALIZED", "a client cannot be made without being initialized"},
			{102, "USER_NOT_LOGGED_IN", ""},
		}},
		{"AttributeOperationError", "ATTRIBUTE_OPERATION_ERR_", []code1{
			{2, "FAILURE", noCause},
			{3, "INVALID_ARGUMENT", ""},
			{4, "SIZE_OVERFLOW", ""},
			{5, "TOO_OFTEN", ""},
			{6, "USER_NOT_FOUND", ""},
			{7, "TIMEOUT", ""},
			{102, "USER_NOT_LOGGED_IN", ""},
		}},
		{"QueryPeersOnlineStatusError", "QUERY_PEERS_ONLINE_STATUS_ERR_", []code1{
			{2, "INVALID_ARGUMENT", ""}, {3, "REJECTED", noCause}, {4, "TIMEOUT", ""}, {5, "TOO_OFTEN", ""}, {102, "USER_NOT_LOGGED_IN", ""},
		}},
		{"PeerSubscriptionStatusError", "PEER_SUBSCRIPTION_STATUS_ERR_", []code1{
			{1, "FAILURE", noCause}, {2, "INVALID_ARGUMENT", ""}, {3, "REJECTED", noCause}, {4, "TIMEOUT", ""}, {5, "TOO_OFTEN", ""}, {6, "OVERFLOW", ""}, {102, "USER_NOT_LOGGED_IN", ""},
		}},
	}
}
