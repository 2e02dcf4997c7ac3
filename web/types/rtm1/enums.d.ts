export const ConnectionState: {
    readonly DISCONNECTED: "DISCONNECTED";
    readonly CONNECTING: "CONNECTING";
    readonly CONNECTED: "CONNECTED";
    readonly RECONNECTING: "RECONNECTING";
    readonly ABORTED: "ABORTED";
};
export const ConnectionChangeReason: {
    readonly LOGIN: "LOGIN";
    readonly LOGIN_SUCCESS: "LOGIN_SUCCESS";
    readonly LOGIN_FAILURE: "LOGIN_FAILURE";
    readonly LOGIN_TIMEOUT: "LOGIN_TIMEOUT";
    readonly INTERRUPTED: "INTERRUPTED";
    readonly LOGOUT: "LOGOUT";
    readonly BANNED_BY_SERVER: "BANNED_BY_SERVER";
    readonly REMOTE_LOGIN: "REMOTE_LOGIN";
    readonly TOKEN_EXPIRED: "TOKEN_EXPIRED";
};
export const LocalInvitationState: {
    readonly FAILURE: "FAILURE";
    readonly IDLE: "IDLE";
    readonly SENT_TO_REMOTE: "SENT_TO_REMOTE";
    readonly RECEIVED_BY_REMOTE: "RECEIVED_BY_REMOTE";
    readonly ACCEPTED_BY_REMOTE: "ACCEPTED_BY_REMOTE";
    readonly REFUSED_BY_REMOTE: "REFUSED_BY_REMOTE";
    readonly CANCELED: "CANCELED";
};
export const RemoteInvitationState: {
    readonly FAILURE: "FAILURE";
    readonly CANCELED: "CANCELED";
    readonly INVITATION_RECEIVED: "INVITATION_RECEIVED";
    readonly ACCEPT_SENT_TO_LOCAL: "ACCEPT_SENT_TO_LOCAL";
    readonly REFUSED: "REFUSED";
    readonly ACCEPTED: "ACCEPTED";
};
export const LocalInvitationFailureReason: {
    readonly UNKNOWN: "UNKNOWN";
    readonly PEER_NO_RESPONSE: "PEER_NO_RESPONSE";
    readonly INVITATION_EXPIRE: "INVITATION_EXPIRE";
    readonly PEER_OFFLINE: "PEER_OFFLINE";
    readonly NOT_LOGGEDIN: "NOT_LOGGEDIN";
};
export const RemoteInvitationFailureReason: {
    readonly UNKNOWN: "UNKNOWN";
    readonly INVITATION_EXPIRE: "INVITATION_EXPIRE";
    readonly PEER_OFFLINE: "PEER_OFFLINE";
    readonly ACCEPT_FAILURE: "ACCEPT_FAILURE";
};
export const PeerOnlineState: {
    readonly ONLINE: "ONLINE";
    readonly UNREACHABLE: "UNREACHABLE";
    readonly OFFLINE: "OFFLINE";
};
export const PeerSubscriptionOption: {
    readonly ONLINE_STATUS: "ONLINE_STATUS";
};
export const MessageType: {
    readonly TEXT: "TEXT";
    readonly RAW: "RAW";
};
export const AreaCode: {
    readonly GLOBAL: "GLOBAL";
    readonly INDIA: "INDIA";
    readonly JAPAN: "JAPAN";
    readonly ASIA: "ASIA";
    readonly EUROPE: "EUROPE";
    readonly CHINA: "CHINA";
    readonly NORTH_AMERICA: "NORTH_AMERICA";
};
export type ConnectionStateName = keyof typeof ConnectionState;
export type ConnectionChangeReasonName = keyof typeof ConnectionChangeReason;
export type LocalInvitationStateName = keyof typeof LocalInvitationState;
export type LocalInvitationFailureReasonName = keyof typeof LocalInvitationFailureReason;
export type PeerOnlineStateName = keyof typeof PeerOnlineState;
export type PeerSubscriptionOptionName = keyof typeof PeerSubscriptionOption;
