/**
 * @param {string | undefined} scriptURL the address this code came from: the service is looked for beside it
 */
export function namespace(scriptURL: string | undefined): Readonly<{
    /** The version of the SDK whose documented interface this is. */
    VERSION: "1.5.1";
    BUILD: "rtmauth local drop-in";
    LOG_FILTER_OFF: import("./client.js").LogFilter;
    LOG_FILTER_ERROR: import("./client.js").LogFilter;
    LOG_FILTER_WARNING: import("./client.js").LogFilter;
    LOG_FILTER_INFO: import("./client.js").LogFilter;
    AreaCode: {
        readonly GLOBAL: "GLOBAL";
        readonly INDIA: "INDIA";
        readonly JAPAN: "JAPAN";
        readonly ASIA: "ASIA";
        readonly EUROPE: "EUROPE";
        readonly CHINA: "CHINA";
        readonly NORTH_AMERICA: "NORTH_AMERICA";
    };
    ConnectionChangeReason: {
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
    ConnectionState: {
        readonly DISCONNECTED: "DISCONNECTED";
        readonly CONNECTING: "CONNECTING";
        readonly CONNECTED: "CONNECTED";
        readonly RECONNECTING: "RECONNECTING";
        readonly ABORTED: "ABORTED";
    };
    LocalInvitationFailureReason: {
        readonly UNKNOWN: "UNKNOWN";
        readonly PEER_NO_RESPONSE: "PEER_NO_RESPONSE";
        readonly INVITATION_EXPIRE: "INVITATION_EXPIRE";
        readonly PEER_OFFLINE: "PEER_OFFLINE";
        readonly NOT_LOGGEDIN: "NOT_LOGGEDIN";
    };
    LocalInvitationState: {
        readonly FAILURE: "FAILURE";
        readonly IDLE: "IDLE";
        readonly SENT_TO_REMOTE: "SENT_TO_REMOTE";
        readonly RECEIVED_BY_REMOTE: "RECEIVED_BY_REMOTE";
        readonly ACCEPTED_BY_REMOTE: "ACCEPTED_BY_REMOTE";
        readonly REFUSED_BY_REMOTE: "REFUSED_BY_REMOTE";
        readonly CANCELED: "CANCELED";
    };
    MessageType: {
        readonly TEXT: "TEXT";
        readonly RAW: "RAW";
    };
    PeerOnlineState: {
        readonly ONLINE: "ONLINE";
        readonly UNREACHABLE: "UNREACHABLE";
        readonly OFFLINE: "OFFLINE";
    };
    PeerSubscriptionOption: {
        readonly ONLINE_STATUS: "ONLINE_STATUS";
    };
    RemoteInvitationFailureReason: {
        readonly UNKNOWN: "UNKNOWN";
        readonly INVITATION_EXPIRE: "INVITATION_EXPIRE";
        readonly PEER_OFFLINE: "PEER_OFFLINE";
        readonly ACCEPT_FAILURE: "ACCEPT_FAILURE";
    };
    RemoteInvitationState: {
        readonly FAILURE: "FAILURE";
        readonly CANCELED: "CANCELED";
        readonly INVITATION_RECEIVED: "INVITATION_RECEIVED";
        readonly ACCEPT_SENT_TO_LOCAL: "ACCEPT_SENT_TO_LOCAL";
        readonly REFUSED: "REFUSED";
        readonly ACCEPTED: "ACCEPTED";
    };
    /**
     * Makes a client of the local RTM service. Nothing is sent before `login`.
     *
     * @param {string} appId
     * @param {import('./client.js').RtmConfig} [config] accepted and without effect
     * @param {(keyof typeof AreaCode)[]} [areaCodes] accepted and without effect
     * @returns {RtmClient}
     * @throws {Error} where the address of the service or a WebSocket is missing
     */
    createInstance(appId: string, config?: import("./client.js").RtmConfig, areaCodes?: (keyof typeof AreaCode)[]): RtmClient;
    /**
     * Accepted and without effect: the only area is this machine.
     *
     * @param {{areaCodes: (keyof typeof AreaCode)[], excludedArea?: keyof typeof AreaCode}} area
     */
    setArea(area: {
        areaCodes: (keyof typeof AreaCode)[];
        excludedArea?: keyof typeof AreaCode;
    }): void;
}>;
import { AreaCode } from './enums.js';
import { RtmClient } from './client.js';
