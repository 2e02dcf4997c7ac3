/**
 * @param {string | undefined} scriptURL the address this code came from: the service is looked for beside it
 */
export function namespace(scriptURL: string | undefined): Readonly<{
    /** The version of the SDK whose documented interface this is. */
    VERSION: "2.3.0";
    BUILD: "rtmauth local drop-in";
    /** @type {new (appId: string, userId: string, config?: import('./client.js').RTMConfig) => RTMClient} */
    RTM: new (appId: string, userId: string, config?: import("./client.js").RTMConfig) => RTMClient;
    RTMBaseError: typeof RTMBaseError;
    constantsType: Readonly<{
        AreaCode: {
            readonly GLOBAL: "GLOBAL";
            readonly INDIA: "INDIA";
            readonly JAPAN: "JAPAN";
            readonly ASIA: "ASIA";
            readonly EUROPE: "EUROPE";
            readonly CHINA: "CHINA";
            readonly NORTH_AMERICA: "NORTH_AMERICA";
        };
        ChannelTypeEnum: Readonly<{
            readonly MESSAGE: 1;
            readonly STREAM: 2;
            readonly USER: 3;
        }>;
        LegacyAreaCode: {
            readonly CN: "CN";
            readonly NA: "NA";
            readonly EU: "EU";
            readonly AS: "AS";
            readonly JP: "JP";
            readonly IN: "IN";
            readonly GLOB: "GLOB";
            readonly OC: "OC";
            readonly SA: "SA";
            readonly AF: "AF";
            readonly KR: "KR";
            readonly US: "US";
            readonly OVS: "OVS";
        };
        LinkStateChangeReasonDescription: Readonly<{
            readonly UNKNOWN: "Unknown";
            readonly LOGIN: "Perform login operation";
            readonly LOGIN_SUCCESS: "Login success";
            readonly LOGIN_TIMEOUT: "Login timeout";
            readonly LOGIN_NOT_AUTHORIZED: "Login not authorized";
            readonly LOGIN_REJECTED: "Login rejected";
            readonly RELOGIN: "Perform login operation again";
            readonly LOGOUT: "Logout success";
            readonly AUTO_RECONNECT: "Reconnecting";
            readonly RECONNECT_TIMEOUT: "Reconnect timeout";
            readonly RECONNECT_SUCCESS: "Reconnect success";
            readonly JOIN: "Perform join operation";
            readonly JOIN_SUCCESS: "Join channel success";
            readonly JOIN_FAILED: "Join channel failed";
            readonly REJOIN: "Perform join operation again";
            readonly LEAVE: "Leave channel success";
            readonly INVALID_TOKEN: "Invalid token";
            readonly TOKEN_EXPIRED: "Token expired";
            readonly INCONSISTENT_APP_ID: "Inconsistent app ID";
            readonly INVALID_CHANNEL_NAME: "Invalid channel name";
            readonly INVALID_USER_ID: "Invalid user id";
            readonly NOT_INITIALIZED: "Not initialized";
            readonly RTM_SERVICE_NOT_CONNECTED: "RTM service not connected";
            readonly CHANNEL_INSTANCE_EXCEED_LIMITATION: "Channel instance exceed limitation";
            readonly OPERATION_RATE_EXCEED_LIMITATION: "Operation rate exceed limitation";
            readonly CHANNEL_IN_ERROR_STATE: "Channel in error state";
            readonly PRESENCE_NOT_CONNECTED: "Presence not connected";
            readonly SAME_UID_LOGIN: "The same uid login on another device";
            readonly KICKED_OUT_BY_SERVER: "Kicked out by server";
            readonly KEEP_ALIVE_TIMEOUT: "Keep alive timeout";
            readonly CONNECTION_ERROR: "Connection error";
            readonly PRESENCE_NOT_READY: "Presence not ready";
            readonly NETWORK_CHANGE: "Network change";
            readonly SERVICE_NOT_SUPPORTED: "Service not supported";
            readonly STREAM_CHANNEL_NOT_AVAILABLE: "Stream channel not available";
            readonly STORAGE_NOT_AVAILABLE: "Storage service is not available";
            readonly LOCK_NOT_AVAILABLE: "Lock service is not available";
            readonly LOGIN_TOO_FREQUENT: "Login operation is too frequent";
        }>;
        MessageType: {
            readonly STRING: "STRING";
            readonly BINARY: "BINARY";
        };
        TokenEventReason: Readonly<{
            readonly WILL_EXPIRE: "The token is about to expire";
            readonly READ_PERMISSION_REVOKED: "The token read permission is revoked";
        }>;
    }>;
    /**
     * Accepted and without effect: the only area is this machine.
     *
     * @param {{areaCodes: (keyof typeof AreaCode)[], excludedArea?: keyof typeof AreaCode}} options
     */
    setArea(options: {
        areaCodes: (keyof typeof AreaCode)[];
        excludedArea?: keyof typeof AreaCode;
    }): void;
    /**
     * Kept for {@link getParameter}, and without effect.
     *
     * @param {any} key
     * @param {any} value
     */
    setParameter(key: any, value: any): void;
    /**
     * @param {any} key
     * @returns {any}
     */
    getParameter(key: any): any;
}>;
import { RTMClient } from './client.js';
import { RTMBaseError } from './errors.js';
import { AreaCode } from './constants.js';
