/**
 * @typedef {import('./constants.js').ChannelType} ChannelType
 * @typedef {import('./services.js').StateDetail} StateDetail
 * @typedef {import('./services.js').OccupancyDetail} UserState
 * @typedef {{withMessage?: boolean, withPresence?: boolean, beQuiet?: boolean, withMetadata?: boolean, withLock?: boolean}} SubscribeOptions
 * @typedef {{customType?: string, channelType?: ChannelType, storeInHistory?: boolean}} PublishOptions
 * @typedef {{timestamp: number, channelName: string}} ChannelResponse
 * @typedef {{users: string[], userCount: number}} UserList
 *
 * @typedef {object} RTMConfig without effect, but for presenceTimeout
 * @property {'NONE' | 'AES_128_GCM' | 'AES_256_GCM'} [encryptionMode]
 * @property {Uint8Array} [salt]
 * @property {string} [cipherKey]
 * @property {number} [presenceTimeout] seconds, 5 to 300, after which others hear that the user is away
 * @property {boolean} [logUpload]
 * @property {boolean} [cloudProxy]
 * @property {boolean} [useStringUserId]
 * @property {'debug' | 'info' | 'warn' | 'error' | 'none'} [logLevel]
 * @property {number} [heartbeatInterval]
 * @property {object} [privateConfig]
 *
 * @typedef {object} MessageEvent
 * @property {ChannelType} channelType
 * @property {string} channelName
 * @property {string} topicName
 * @property {'STRING' | 'BINARY'} messageType
 * @property {string} customType
 * @property {string | Uint8Array} message
 * @property {string} publisher
 * @property {number} [publishTime] milliseconds
 * @property {number} timestamp
 *
 * @typedef {object} PresenceEvent
 * @property {'NONE' | 'SNAPSHOT' | 'INTERVAL' | 'REMOTE_JOIN' | 'REMOTE_LEAVE' | 'REMOTE_TIMEOUT' | 'REMOTE_STATE_CHANGED'
 *   | 'ERROR_OUT_OF_SERVICE'} eventType
 * @property {ChannelType} channelType
 * @property {string} channelName
 * @property {string} publisher
 * @property {StateDetail} stateChanged
 * @property {{join: UserList, leave: UserList, timeout: UserList, userStateList: UserState[], totalOccupancy: number} | null} interval
 * @property {UserState[] | null} snapshot
 * @property {number} timestamp
 *
 * @typedef {object} TokenEvent
 * @property {'WILL_EXPIRE' | 'READ_PERMISSION_REVOKED'} eventType
 * @property {string} reason
 * @property {{messageChannels: string[]}} affectedResources
 * @property {number} timestamp
 *
 * @typedef {object} RTMClientEvents
 * @property {[event: import('./session.js').LinkStateEvent]} linkState
 * @property {[event: {state: string, reason: string}]} status the event that `linkState` replaced in 2.2.0
 * @property {[channelName: string]} tokenPrivilegeWillExpire empty for the token of RTM itself
 * @property {[event: TokenEvent]} token
 * @property {[event: MessageEvent]} message
 * @property {[event: PresenceEvent]} presence
 * @property {[event: any]} storage never emitted
 * @property {[event: any]} lock never emitted
 * @property {[event: any]} topic never emitted
 */
/** @extends {Emitter<RTMClientEvents>} */
export class RTMClient extends Emitter<RTMClientEvents> {
    /**
     * @param {string} endpoint WebSocket address of the local RTM service
     * @param {string} appId
     * @param {string} userId
     * @param {RTMConfig} [config]
     */
    constructor(endpoint: string, appId: string, userId: string, config?: RTMConfig);
    presence: RTMPresence;
    storage: {
        readonly setChannelMetadata: (...args: any[]) => Promise<any>;
        readonly getChannelMetadata: (...args: any[]) => Promise<any>;
        readonly removeChannelMetadata: (...args: any[]) => Promise<any>;
        readonly updateChannelMetadata: (...args: any[]) => Promise<any>;
        readonly setUserMetadata: (...args: any[]) => Promise<any>;
        readonly getUserMetadata: (...args: any[]) => Promise<any>;
        readonly removeUserMetadata: (...args: any[]) => Promise<any>;
        readonly updateUserMetadata: (...args: any[]) => Promise<any>;
        readonly subscribeUserMetadata: (...args: any[]) => Promise<any>;
        readonly unsubscribeUserMetadata: (...args: any[]) => Promise<any>;
    };
    lock: {
        readonly setLock: (...args: any[]) => Promise<any>;
        readonly removeLock: (...args: any[]) => Promise<any>;
        readonly acquireLock: (...args: any[]) => Promise<any>;
        readonly releaseLock: (...args: any[]) => Promise<any>;
        readonly revokeLock: (...args: any[]) => Promise<any>;
        readonly getLock: (...args: any[]) => Promise<any>;
    };
    history: {
        readonly getMessages: (...args: any[]) => Promise<any>;
    };
    /**
     * @param {{token?: string}} [options]
     * @returns {Promise<{timestamp: number}>}
     */
    login(options?: {
        token?: string;
    }): Promise<{
        timestamp: number;
    }>;
    /**
     * Logs out, then removes every listener, as documented. The change to IDLE is the last event that they hear.
     *
     * @returns {Promise<{timestamp: number}>}
     */
    logout(): Promise<{
        timestamp: number;
    }>;
    /**
     * @param {string} token
     * @param {{channelName?: string}} [options]
     * @returns {Promise<{timestamp: number}>}
     */
    renewToken(token: string, options?: {
        channelName?: string;
    }): Promise<{
        timestamp: number;
    }>;
    /**
     * @param {string} channelName or a user ID, where the channel type is USER
     * @param {string | Uint8Array} message
     * @param {PublishOptions} [options]
     * @returns {Promise<ChannelResponse>}
     */
    publish(channelName: string, message: string | Uint8Array, options?: PublishOptions): Promise<ChannelResponse>;
    /**
     * @param {string} channelName
     * @param {SubscribeOptions} [options]
     * @returns {Promise<ChannelResponse>}
     */
    subscribe(channelName: string, options?: SubscribeOptions): Promise<ChannelResponse>;
    /**
     * @param {string} channelName
     * @returns {Promise<ChannelResponse>}
     */
    unsubscribe(channelName: string): Promise<ChannelResponse>;
    /**
     * Makes a stream channel, which the local service refuses to join.
     *
     * @param {string} channelName
     */
    createStreamChannel(channelName: string): {
        getSubscribedUserList: (topicName: string) => {
            timestamp: number;
            topicName: string;
            subscribed: string[];
        };
        join: (...args: any[]) => Promise<any>;
        leave: (...args: any[]) => Promise<any>;
        joinTopic: (...args: any[]) => Promise<any>;
        publishTopicMessage: (...args: any[]) => Promise<any>;
        leaveTopic: (...args: any[]) => Promise<any>;
        subscribeTopic: (...args: any[]) => Promise<any>;
        unsubscribeTopic: (...args: any[]) => Promise<any>;
    };
    /**
     * @template {keyof RTMClientEvents} E
     * @param {E} event
     * @param {(...args: RTMClientEvents[E]) => unknown} listener
     */
    addEventListener<E extends keyof RTMClientEvents>(event: E, listener: (...args: RTMClientEvents[E]) => unknown): void;
    /**
     * @template {keyof RTMClientEvents} E
     * @param {E} event
     * @param {(...args: RTMClientEvents[E]) => unknown} listener
     */
    removeEventListener<E extends keyof RTMClientEvents>(event: E, listener: (...args: RTMClientEvents[E]) => unknown): void;
    #private;
}
export type ChannelType = import("./constants.js").ChannelType;
export type StateDetail = import("./services.js").StateDetail;
export type UserState = import("./services.js").OccupancyDetail;
export type SubscribeOptions = {
    withMessage?: boolean;
    withPresence?: boolean;
    beQuiet?: boolean;
    withMetadata?: boolean;
    withLock?: boolean;
};
export type PublishOptions = {
    customType?: string;
    channelType?: ChannelType;
    storeInHistory?: boolean;
};
export type ChannelResponse = {
    timestamp: number;
    channelName: string;
};
export type UserList = {
    users: string[];
    userCount: number;
};
/**
 * without effect, but for presenceTimeout
 */
export type RTMConfig = {
    encryptionMode?: "NONE" | "AES_128_GCM" | "AES_256_GCM" | undefined;
    salt?: Uint8Array<ArrayBufferLike> | undefined;
    cipherKey?: string | undefined;
    /**
     * seconds, 5 to 300, after which others hear that the user is away
     */
    presenceTimeout?: number | undefined;
    logUpload?: boolean | undefined;
    cloudProxy?: boolean | undefined;
    useStringUserId?: boolean | undefined;
    logLevel?: "none" | "error" | "warn" | "info" | "debug" | undefined;
    heartbeatInterval?: number | undefined;
    privateConfig?: object | undefined;
};
export type MessageEvent = {
    channelType: ChannelType;
    channelName: string;
    topicName: string;
    messageType: "STRING" | "BINARY";
    customType: string;
    message: string | Uint8Array;
    publisher: string;
    /**
     * milliseconds
     */
    publishTime?: number | undefined;
    timestamp: number;
};
export type PresenceEvent = {
    eventType: "NONE" | "SNAPSHOT" | "INTERVAL" | "REMOTE_JOIN" | "REMOTE_LEAVE" | "REMOTE_TIMEOUT" | "REMOTE_STATE_CHANGED" | "ERROR_OUT_OF_SERVICE";
    channelType: ChannelType;
    channelName: string;
    publisher: string;
    stateChanged: StateDetail;
    interval: {
        join: UserList;
        leave: UserList;
        timeout: UserList;
        userStateList: UserState[];
        totalOccupancy: number;
    } | null;
    snapshot: UserState[] | null;
    timestamp: number;
};
export type TokenEvent = {
    eventType: "WILL_EXPIRE" | "READ_PERMISSION_REVOKED";
    reason: string;
    affectedResources: {
        messageChannels: string[];
    };
    timestamp: number;
};
export type RTMClientEvents = {
    linkState: [event: import("./session.js").LinkStateEvent];
    /**
     * the event that `linkState` replaced in 2.2.0
     */
    status: [event: {
        state: string;
        reason: string;
    }];
    /**
     * empty for the token of RTM itself
     */
    tokenPrivilegeWillExpire: [channelName: string];
    token: [event: TokenEvent];
    message: [event: MessageEvent];
    presence: [event: PresenceEvent];
    /**
     * never emitted
     */
    storage: [event: any];
    /**
     * never emitted
     */
    lock: [event: any];
    /**
     * never emitted
     */
    topic: [event: any];
};
import { Emitter } from '../rtm/emitter.js';
import { RTMPresence } from './services.js';
