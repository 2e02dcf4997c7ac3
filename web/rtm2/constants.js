/**
 * `AgoraRTM.constantsType` of RTM 2.x.
 */

/**
 * @template {string} Name
 * @param {Name[]} members
 * @returns {{readonly [Member in Name]: Member}}
 */
function named(...members) {
  return Object.freeze(
    /** @type {{[Member in Name]: Member}} */ (Object.fromEntries(members.map((name) => [name, name]))),
  );
}

export const MessageType = named('STRING', 'BINARY');

export const AreaCode = named('GLOBAL', 'INDIA', 'JAPAN', 'ASIA', 'EUROPE', 'CHINA', 'NORTH_AMERICA');

export const LegacyAreaCode = named('CN', 'NA', 'EU', 'AS', 'JP', 'IN', 'GLOB', 'OC', 'SA', 'AF', 'KR', 'US', 'OVS');

export const ChannelTypeEnum = Object.freeze(/** @type {const} */ ({ MESSAGE: 1, STREAM: 2, USER: 3 }));

export const TokenEventReason = Object.freeze(
  /** @type {const} */ ({
    WILL_EXPIRE: 'The token is about to expire',
    READ_PERMISSION_REVOKED: 'The token read permission is revoked',
  }),
);

export const LinkStateChangeReasonDescription = Object.freeze(
  /** @type {const} */ ({
    UNKNOWN: 'Unknown',
    LOGIN: 'Perform login operation',
    LOGIN_SUCCESS: 'Login success',
    LOGIN_TIMEOUT: 'Login timeout',
    LOGIN_NOT_AUTHORIZED: 'Login not authorized',
    LOGIN_REJECTED: 'Login rejected',
    RELOGIN: 'Perform login operation again',
    LOGOUT: 'Logout success',
    AUTO_RECONNECT: 'Reconnecting',
    RECONNECT_TIMEOUT: 'Reconnect timeout',
    RECONNECT_SUCCESS: 'Reconnect success',
    JOIN: 'Perform join operation',
    JOIN_SUCCESS: 'Join channel success',
    JOIN_FAILED: 'Join channel failed',
    REJOIN: 'Perform join operation again',
    LEAVE: 'Leave channel success',
    INVALID_TOKEN: 'Invalid token',
    TOKEN_EXPIRED: 'Token expired',
    INCONSISTENT_APP_ID: 'Inconsistent app ID',
    INVALID_CHANNEL_NAME: 'Invalid channel name',
    INVALID_USER_ID: 'Invalid user id',
    NOT_INITIALIZED: 'Not initialized',
    RTM_SERVICE_NOT_CONNECTED: 'RTM service not connected',
    CHANNEL_INSTANCE_EXCEED_LIMITATION: 'Channel instance exceed limitation',
    OPERATION_RATE_EXCEED_LIMITATION: 'Operation rate exceed limitation',
    CHANNEL_IN_ERROR_STATE: 'Channel in error state',
    PRESENCE_NOT_CONNECTED: 'Presence not connected',
    SAME_UID_LOGIN: 'The same uid login on another device',
    KICKED_OUT_BY_SERVER: 'Kicked out by server',
    KEEP_ALIVE_TIMEOUT: 'Keep alive timeout',
    CONNECTION_ERROR: 'Connection error',
    PRESENCE_NOT_READY: 'Presence not ready',
    NETWORK_CHANGE: 'Network change',
    SERVICE_NOT_SUPPORTED: 'Service not supported',
    STREAM_CHANNEL_NOT_AVAILABLE: 'Stream channel not available',
    STORAGE_NOT_AVAILABLE: 'Storage service is not available',
    LOCK_NOT_AVAILABLE: 'Lock service is not available',
    LOGIN_TOO_FREQUENT: 'Login operation is too frequent',
  }),
);

/**
 * @typedef {'MESSAGE' | 'STREAM' | 'USER'} ChannelType
 * @typedef {'IDLE' | 'CONNECTING' | 'CONNECTED' | 'DISCONNECTED' | 'SUSPENDED' | 'FAILED'} LinkState
 * @typedef {keyof typeof LinkStateChangeReasonDescription} LinkReasonCode
 * @typedef {'LOGIN' | 'LOGOUT' | 'JOIN' | 'LEAVE' | 'SERVER_REJECT' | 'AUTO_RECONNECT' | 'RECONNECTED'
 *   | 'HEARTBEAT_TIMEOUT' | 'SERVER_TIMEOUT' | 'NETWORK_CHANGE'} LinkOperation
 */
