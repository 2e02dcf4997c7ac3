package rtmtest

import "strings"

// rows2 is what agora-rtm-sdk 2.3.0 and the API reference of RTM 2.x document.
// Codes of storage, locks and topics are not listed: these services are left
// out.
func rows2() []row {
	const (
		typings     = "typings of agora-rtm-sdk 2.3.0"
		dropIn      = "web/test/rtm2.test.js"
		unsupported = "answered with -10022, as of a service that is not enabled"
	)
	var rows []row
	add := func(kind, of, by, without, names string) {
		for _, name := range strings.Fields(names) {
			r := row{kind: kind, name: name, of: of, source: typings, by: by, without: without}
			if kind == "method" && of != "RTM" {
				r.key = of + "." + name
			}
			rows = append(rows, r)
		}
	}
	add("method", "RTM", "", "", "login logout renewToken publish subscribe unsubscribe")
	add("method", "RTM", dropIn, "", "addEventListener removeEventListener")
	add("method", "presence", "", "", "whoNow getOnlineUsers whereNow getUserChannels setState getState removeState")
	add("method", "RTM", "", unsupported, "createStreamChannel")
	add("method", "RTMStreamChannel", "", unsupported, "join leave joinTopic publishTopicMessage leaveTopic subscribeTopic unsubscribeTopic getSubscribedUserList")
	add("method", "storage", "", unsupported, `setChannelMetadata getChannelMetadata removeChannelMetadata updateChannelMetadata
		setUserMetadata getUserMetadata removeUserMetadata updateUserMetadata subscribeUserMetadata unsubscribeUserMetadata`)
	add("method", "lock", "", unsupported, "setLock removeLock acquireLock releaseLock revokeLock getLock")
	add("method", "history", "", unsupported, "getMessages")

	add("event", "RTM", "", "", "linkState tokenPrivilegeWillExpire token message presence")
	rows = append(rows, row{kind: "event", name: "status", of: "RTM", source: "guides of RTM 2.x before 2.2.0; deprecated"})
	add("event", "RTM", "", "its service is left out", "storage lock topic")

	for _, c := range documented2() {
		rows = append(rows, row{kind: "code", name: "RTM_ERROR_" + c.name, number: c.number, of: c.of, source: "RTM 2.x error codes", without: c.without})
	}
	return rows
}

type code2 struct {
	number            int
	name, of, without string
}

// documented2 is written from the API reference, not from the service's own
// list, so that each checks the other.
func documented2() []code2 {
	const (
		noCause = "nothing documents what causes it"
		stream  = "stream channels are left out"
		asked   = "only when it is asked for on the control plane"
	)
	return []code2{
		{-10002, "NOT_LOGIN", "any", ""},
		{-10003, "INVALID_APP_ID", "login", ""},
		{-10005, "INVALID_TOKEN", "login, renewToken", ""},
		{-10006, "INVALID_USER_ID", "login", ""},
		{-10008, "INVALID_CHANNEL_NAME", "any", ""},
		{-10009, "TOKEN_EXPIRED", "login, renewToken", ""},
		{-10010, "LOGIN_NO_SERVER_RESOURCES", "login", asked},
		{-10011, "LOGIN_TIMEOUT", "login", ""},
		{-10012, "LOGIN_REJECTED", "login", ""},
		{-10013, "LOGIN_ABORTED", "login", asked},
		{-10015, "LOGIN_NOT_AUTHORIZED", "login", ""},
		{-10016, "INCONSISTENT_APPID", "login, renewToken", ""},
		{-10017, "DUPLICATE_OPERATION", "any", noCause},
		{-10018, "INSTANCE_ALREADY_RELEASED", "any", noCause},
		{-10019, "INVALID_CHANNEL_TYPE", "any", ""},
		{-10020, "INVALID_ENCRYPTION_PARAMETER", "login", "encryption is left out"},
		{-10021, "OPERATION_RATE_EXCEED_LIMITATION", "any", ""},
		{-10022, "SERVICE_NOT_SUPPORTED", "any", ""},
		{-10023, "LOGIN_CANCELED", "login", ""},
		{-10025, "NOT_CONNECTED", "any", ""},
		{-10026, "RENEW_TOKEN_TIMEOUT", "renewToken", ""},
		{-11001, "CHANNEL_NOT_JOINED", "stream channels", stream},
		{-11002, "CHANNEL_NOT_SUBSCRIBED", "unsubscribe", ""},
		{-11003, "CHANNEL_EXCEED_TOPIC_USER_LIMITATION", "stream channels", stream},
		{-11005, "CHANNEL_INSTANCE_EXCEED_LIMITATION", "subscribe", ""},
		{-11006, "CHANNEL_IN_ERROR_STATE", "stream channels", stream},
		{-11007, "CHANNEL_JOIN_FAILED", "stream channels", stream},
		{-11009, "CHANNEL_INVALID_MESSAGE", "publish", ""},
		{-11010, "CHANNEL_MESSAGE_LENGTH_EXCEED_LIMITATION", "publish", ""},
		{-11019, "CHANNEL_SUBSCRIBE_TIMEOUT", "subscribe", ""},
		{-11020, "CHANNEL_SUBSCRIBE_TOO_FREQUENT", "subscribe", ""},
		{-11021, "CHANNEL_SUBSCRIBE_FAILED", "subscribe", noCause},
		{-11023, "CHANNEL_ENCRYPT_MESSAGE_FAILED", "publish", "encryption is left out"},
		{-11024, "CHANNEL_PUBLISH_MESSAGE_FAILED", "publish", noCause},
		{-11026, "CHANNEL_PUBLISH_MESSAGE_TIMEOUT", "publish", ""},
		{-11028, "CHANNEL_LEAVE_FAILED", "stream channels", stream},
		{-11029, "CHANNEL_CUSTOM_TYPE_LENGTH_OVERFLOW", "publish", ""},
		{-11030, "CHANNEL_INVALID_CUSTOM_TYPE", "publish", ""},
		{-11033, "CHANNEL_RECEIVER_OFFLINE", "publish", ""},
		{-13005, "PRESENCE_STATE_COUNT_OVERFLOW", "presence.setState", ""},
		{-13006, "PRESENCE_INVALID_STATE_KEY", "presence.setState", ""},
		{-13007, "PRESENCE_INVALID_STATE_VALUE", "presence.setState", ""},
		{-13011, "PRESENCE_USER_NOT_EXIST", "presence.getState", ""},
	}
}
