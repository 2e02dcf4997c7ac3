/**
 * @typedef {{[key: string]: any}} Fields
 * @typedef {{seq: number, event: string, args: any[], channel?: string}} EventFrame
 * @typedef {object} Welcome
 * @property {string} session
 * @property {string} key
 * @property {boolean} resumed
 * @property {string} state
 * @property {number} seq the last event of the session
 *
 * @typedef {object} TetherListener
 * @property {(frame: EventFrame) => void} event each event once, in the order of the service
 * @property {() => void} lost the WebSocket is gone and is being dialled again
 * @property {(is: {resumed: boolean, state: string, missed: boolean}) => void} attached the service answers; `resumed` false
 *   means a new session, `missed` that events follow which tell how it came to its state
 *
 * @typedef {object} Call
 * @property {string} op
 * @property {string} frame
 * @property {boolean} sent
 * @property {boolean} repeatable
 * @property {(result: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 */
/** A call that the service refused: code, name and message are the service's. */
export class Refusal extends Error {
    /** @param {{code?: number, name?: string, message?: string, operation?: string}} error */
    constructor(error: {
        code?: number;
        name?: string;
        message?: string;
        operation?: string;
    });
    code: number | undefined;
    operation: string | undefined;
}
/** A call that got no answer in its time, or whose answer can no longer come. */
export class NoAnswer extends Error {
}
/** A call that was given up because the connection was closed on purpose. */
export class Closed extends NoAnswer {
}
export class Tether {
    /**
     * Begins to dial at once.
     *
     * @param {string} endpoint WebSocket address
     * @param {{sdk: string, appId: unknown}} identity
     * @param {TetherListener} listener
     */
    constructor(endpoint: string, identity: {
        sdk: string;
        appId: unknown;
    }, listener: TetherListener);
    /** Whether the service can be spoken to at this moment. */
    get attached(): boolean;
    /**
     * Asks the service. A call made while the socket is away is sent when it is back, unless the service has forgotten the
     * session by then.
     *
     * @param {string} op
     * @param {Fields} args
     * @param {number} timeout milliseconds
     * @param {{repeatable?: boolean}} [options] repeatable: also asked of a new session
     * @returns {Promise<any>} rejects with {@link Refusal}, {@link NoAnswer} or {@link Closed}
     */
    call(op: string, args: Fields, timeout: number, { repeatable }?: {
        repeatable?: boolean;
    }): Promise<any>;
    /** Closes the socket for good and rejects what is still unanswered. */
    close(): void;
    #private;
}
export type Fields = {
    [key: string]: any;
};
export type EventFrame = {
    seq: number;
    event: string;
    args: any[];
    channel?: string;
};
export type Welcome = {
    session: string;
    key: string;
    resumed: boolean;
    state: string;
    /**
     * the last event of the session
     */
    seq: number;
};
export type TetherListener = {
    /**
     * each event once, in the order of the service
     */
    event: (frame: EventFrame) => void;
    /**
     * the WebSocket is gone and is being dialled again
     */
    lost: () => void;
    /**
     * the service answers; `resumed` false
     * means a new session, `missed` that events follow which tell how it came to its state
     */
    attached: (is: {
        resumed: boolean;
        state: string;
        missed: boolean;
    }) => void;
};
export type Call = {
    op: string;
    frame: string;
    sent: boolean;
    repeatable: boolean;
    resolve: (result: any) => void;
    reject: (error: Error) => void;
    timer: ReturnType<typeof setTimeout>;
};
