/**
 * The enumerations of RTM 1.x. Each value is its own name.
 */

/**
 * @template {string} Name
 * @param {Name[]} members
 * @returns {{readonly [Member in Name]: Member}}
 */
function enumeration(...members) {
  return Object.freeze(
    /** @type {{[Member in Name]: Member}} */ (Object.fromEntries(members.map((name) => [name, name]))),
  );
}

export const ConnectionState = enumeration('DISCONNECTED', 'CONNECTING', 'CONNECTED', 'RECONNECTING', 'ABORTED');

export const ConnectionChangeReason = enumeration(
  'LOGIN',
  'LOGIN_SUCCESS',
  'LOGIN_FAILURE',
  'LOGIN_TIMEOUT',
  'INTERRUPTED',
  'LOGOUT',
  'BANNED_BY_SERVER',
  'REMOTE_LOGIN',
  'TOKEN_EXPIRED',
);

export const LocalInvitationState = enumeration(
  'IDLE',
  'SENT_TO_REMOTE',
  'RECEIVED_BY_REMOTE',
  'ACCEPTED_BY_REMOTE',
  'REFUSED_BY_REMOTE',
  'CANCELED',
  'FAILURE',
);

export const RemoteInvitationState = enumeration(
  'INVITATION_RECEIVED',
  'ACCEPT_SENT_TO_LOCAL',
  'REFUSED',
  'ACCEPTED',
  'CANCELED',
  'FAILURE',
);

export const LocalInvitationFailureReason = enumeration(
  'UNKNOWN',
  'PEER_NO_RESPONSE',
  'INVITATION_EXPIRE',
  'PEER_OFFLINE',
  'NOT_LOGGEDIN',
);

export const RemoteInvitationFailureReason = enumeration(
  'UNKNOWN',
  'PEER_OFFLINE',
  'ACCEPT_FAILURE',
  'INVITATION_EXPIRE',
);

export const PeerOnlineState = enumeration('ONLINE', 'UNREACHABLE', 'OFFLINE');

export const PeerSubscriptionOption = enumeration('ONLINE_STATUS');

export const MessageType = enumeration('TEXT', 'RAW');

export const AreaCode = enumeration('GLOBAL', 'INDIA', 'JAPAN', 'ASIA', 'EUROPE', 'CHINA', 'NORTH_AMERICA');

/**
 * @typedef {keyof typeof ConnectionState} ConnectionStateName
 * @typedef {keyof typeof ConnectionChangeReason} ConnectionChangeReasonName
 * @typedef {keyof typeof LocalInvitationState} LocalInvitationStateName
 * @typedef {keyof typeof LocalInvitationFailureReason} LocalInvitationFailureReasonName
 * @typedef {keyof typeof PeerOnlineState} PeerOnlineStateName
 * @typedef {keyof typeof PeerSubscriptionOption} PeerSubscriptionOptionName
 */
