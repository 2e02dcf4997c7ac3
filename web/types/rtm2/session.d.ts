/**
 * @typedef {import('./constants.js').LinkState} LinkState
 * @typedef {import('./constants.js').LinkOperation} LinkOperation
 * @typedef {import('./constants.js').LinkReasonCode} LinkReasonCode
 *
 * @typedef {object} LinkStateEvent
 * @property {LinkState} currentState
 * @property {LinkState} previousState
 * @property {'MESSAGE' | 'STREAM'} serviceType
 * @property {LinkOperation} operation
 * @property {string} reason
 * @property {LinkReasonCode} reasonCode
 * @property {string[]} affectedChannels
 * @property {string[]} unrestoredChannels
 * @property {boolean} isResumed
 * @property {number} timestamp milliseconds
 *
 * @typedef {object} SessionListener
 * @property {(event: string, argument: any) => void} event
 * @property {() => Promise<unknown>} restore subscribes again after a restart of the service
 */
export class Session {
    /**
     * @param {string} endpoint
     * @param {unknown} appId
     * @param {{userId: unknown, presenceTimeout: unknown}} identity what goes with every login
     * @param {SessionListener} listener
     */
    constructor(endpoint: string, appId: unknown, identity: {
        userId: unknown;
        presenceTimeout: unknown;
    }, listener: SessionListener);
    /**
     * @param {string} [token]
     * @returns {Promise<{timestamp: number}>}
     */
    login(token?: string): Promise<{
        timestamp: number;
    }>;
    /** @returns {Promise<{timestamp: number}>} */
    logout(): Promise<{
        timestamp: number;
    }>;
    /**
     * @param {string} token
     * @param {string} [channelName]
     * @returns {Promise<{timestamp: number}>}
     */
    renewToken(token: string, channelName?: string): Promise<{
        timestamp: number;
    }>;
    /**
     * @param {string} op
     * @param {{[name: string]: unknown}} args
     * @returns {Promise<any>} rejects with an RTMBaseError
     */
    call(op: string, args: {
        [name: string]: unknown;
    }): Promise<any>;
    #private;
}
export type LinkState = import("./constants.js").LinkState;
export type LinkOperation = import("./constants.js").LinkOperation;
export type LinkReasonCode = import("./constants.js").LinkReasonCode;
export type LinkStateEvent = {
    currentState: LinkState;
    previousState: LinkState;
    serviceType: "MESSAGE" | "STREAM";
    operation: LinkOperation;
    reason: string;
    reasonCode: LinkReasonCode;
    affectedChannels: string[];
    unrestoredChannels: string[];
    isResumed: boolean;
    /**
     * milliseconds
     */
    timestamp: number;
};
export type SessionListener = {
    event: (event: string, argument: any) => void;
    /**
     * subscribes again after a restart of the service
     */
    restore: () => Promise<unknown>;
};
