/**
 * @typedef {import('./enums.js').ConnectionStateName} State
 * @typedef {import('./enums.js').ConnectionChangeReasonName} Reason
 *
 * @typedef {object} SessionListener
 * @property {(event: string, args: any[], channel?: string) => void} event
 * @property {() => Promise<unknown>} restore joins and subscribes again after a restart of the service
 */
export class Session {
    /**
     * @param {string} endpoint
     * @param {unknown} appId
     * @param {SessionListener} listener
     */
    constructor(endpoint: string, appId: unknown, listener: SessionListener);
    /** Whether calls are worth making. */
    get loggedIn(): boolean;
    /**
     * @param {{uid: string, token?: string}} options
     * @returns {Promise<void>}
     */
    login(options: {
        uid: string;
        token?: string;
    }): Promise<void>;
    /** @returns {Promise<void>} */
    logout(): Promise<void>;
    /**
     * @param {string} token
     * @returns {Promise<void>}
     */
    renewToken(token: string): Promise<void>;
    /**
     * @param {string} op
     * @param {{[name: string]: unknown}} args
     * @returns {Promise<any>} rejects with an {@link RtmError}
     */
    call(op: string, args: {
        [name: string]: unknown;
    }): Promise<any>;
    #private;
}
export type State = import("./enums.js").ConnectionStateName;
export type Reason = import("./enums.js").ConnectionChangeReasonName;
export type SessionListener = {
    event: (event: string, args: any[], channel?: string) => void;
    /**
     * joins and subscribes again after a restart of the service
     */
    restore: () => Promise<unknown>;
};
