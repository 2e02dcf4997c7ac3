/**
 * @param {string} operation
 * @returns {RTMBaseError}
 */
export function notLoggedIn(operation: string): RTMBaseError;
/**
 * @param {string} operation
 * @param {unknown} cause
 * @returns {RTMBaseError}
 */
export function callError(operation: string, cause: unknown): RTMBaseError;
/** What a rejected call carries. */
export class RTMBaseError extends Error {
    /**
     * @param {string} operation
     * @param {string | readonly [string, ...unknown[]]} [reason] the first element counts
     * @param {{code?: number, serverCode?: number, originalError?: any} | string | number} [info]
     */
    constructor(operation: string, reason?: string | readonly [string, ...unknown[]], info?: {
        code?: number;
        serverCode?: number;
        originalError?: any;
    } | string | number);
    error: boolean;
    operation: string;
    reason: string;
    errorCode: number;
    code: number | undefined;
    serverCode: number | undefined;
    /** @type {Error | undefined} */
    originalError: Error | undefined;
}
