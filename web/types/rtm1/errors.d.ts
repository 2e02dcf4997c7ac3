/**
 * @param {string} op
 * @returns {Operation}
 */
export function operationOf(op: string): Operation;
/**
 * @param {string} op
 * @returns {RtmError}
 */
export function notLoggedIn(op: string): RtmError;
/**
 * Turns what the tether rejected with into what the app sees.
 *
 * @param {string} op
 * @param {unknown} cause
 * @returns {RtmError}
 */
export function callError(op: string, cause: unknown): RtmError;
/** What a rejected call carries: the documented number in `code`, its documented name in `name`. */
export class RtmError extends Error {
    /**
     * @param {number} code
     * @param {string} name
     * @param {string} message
     */
    constructor(code: number, name: string, message: string);
    code: number;
}
export type Operation = {
    /**
     * what the names of its errors begin with
     */
    prefix: string;
    /**
     * milliseconds until a call is given up
     */
    timeout: number;
    /**
     * the code of a call that got no answer: TIMEOUT where there is one, else FAILURE
     */
    late: number;
    /**
     * the code for what has no other
     */
    failure: number;
};
