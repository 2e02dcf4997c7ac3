/**
 * The errors of RTM 2.x. The service decides the codes; those here are the ones that only the client can know.
 */

import { NoAnswer, Refusal } from '../rtm/tether.js';

/** What a rejected call carries. */
export class RTMBaseError extends Error {
  /**
   * @param {string} operation
   * @param {string | readonly [string, ...unknown[]]} [reason] the first element counts
   * @param {{code?: number, serverCode?: number, originalError?: any} | string | number} [info]
   */
  constructor(operation, reason = '', info = {}) {
    const text = typeof reason === 'string' ? reason : reason[0];
    super(text);
    const details = typeof info === 'object' ? info : { code: Number(info) };
    this.name = 'RTMBaseError';
    this.error = true;
    this.operation = operation;
    this.reason = text;
    this.errorCode = details.code ?? 0;
    this.code = details.code;
    this.serverCode = details.serverCode;
    /** @type {Error | undefined} */
    this.originalError = details.originalError;
  }
}

/**
 * @param {string} operation
 * @returns {RTMBaseError}
 */
export function notLoggedIn(operation) {
  return new RTMBaseError(operation, 'The client is not logged in.', { code: -10002 });
}

/** What a call is refused with that got no answer, where there is a code for that; else -10025, the link is down. @type {{[op: string]: number}} */
const LATE = { login: -10011, renewToken: -10026, subscribe: -11019, publish: -11026 };

/**
 * @param {string} operation
 * @param {unknown} cause
 * @returns {RTMBaseError}
 */
export function callError(operation, cause) {
  if (cause instanceof Refusal && cause.code !== undefined) {
    return new RTMBaseError(cause.operation ?? operation, cause.message, { code: cause.code });
  }
  const { message } = /** @type {Error} */ (cause);
  const code = cause instanceof NoAnswer ? (LATE[operation] ?? -10025) : -10025;
  return new RTMBaseError(operation, message, { code, originalError: cause });
}
