/**
 * The errors of RTM 1.x. Codes that the service decides come from the service; those here are the ones that only the client
 * can know: nobody is logged in, or no answer came.
 */

import { Closed, NoAnswer, Refusal } from '../rtm/tether.js';

/** What a rejected call carries: the documented number in `code`, its documented name in `name`. */
export class RtmError extends Error {
  /**
   * @param {number} code
   * @param {string} name
   * @param {string} message
   */
  constructor(code, name, message) {
    super(`Error Code ${code}. ${message}`);
    this.name = name;
    this.code = code;
  }
}

/**
 * @typedef {object} Operation
 * @property {string} prefix what the names of its errors begin with
 * @property {number} timeout milliseconds until a call is given up
 * @property {number} late the code of a call that got no answer: TIMEOUT where there is one, else FAILURE
 * @property {number} failure the code for what has no other
 */

/** @type {(prefix: string, late: number, failure: number, timeout?: number) => Operation} */
const operation = (prefix, late, failure, timeout = 10_000) => ({ prefix, late, failure, timeout });

const attributes = operation('ATTRIBUTE_OPERATION_ERR', 7, 2);
const subscriptions = operation('PEER_SUBSCRIPTION_STATUS_ERR', 4, 1);

/** @type {{[op: string]: Operation}} */
const OPERATIONS = {
  login: operation('LOGIN_ERR', 9, 1, 12_000),
  logout: operation('LOGOUT_ERR', 1, 1, 2000),
  renewToken: operation('RENEW_TOKEN_ERR', 1, 1),
  sendMessageToPeer: operation('PEER_MESSAGE_ERR', 2, 1),
  joinChannel: operation('JOIN_CHANNEL_ERR', 4, 1, 5000),
  leaveChannel: operation('LEAVE_CHANNEL_ERR', 1, 1),
  sendChannelMessage: operation('CHANNEL_MESSAGE_ERR', 2, 1),
  getMembers: operation('GET_MEMBERS_ERR', 3, 1),
  getChannelMemberCount: operation('GET_CHANNEL_MEMBER_COUNT_ERR', 4, 1),
  queryPeersOnlineStatus: operation('QUERY_PEERS_ONLINE_STATUS_ERR', 4, 3),
  subscribePeersOnlineStatus: subscriptions,
  unsubscribePeersOnlineStatus: subscriptions,
  queryPeersBySubscriptionOption: subscriptions,
};

/**
 * @param {string} op
 * @returns {Operation}
 */
export function operationOf(op) {
  return OPERATIONS[op] ?? attributes;
}

/**
 * @param {string} op
 * @returns {RtmError}
 */
export function notLoggedIn(op) {
  return new RtmError(102, `${operationOf(op).prefix}_USER_NOT_LOGGED_IN`, 'The client is not logged in.');
}

/**
 * Turns what the tether rejected with into what the app sees.
 *
 * @param {string} op
 * @param {unknown} cause
 * @returns {RtmError}
 */
export function callError(op, cause) {
  const { prefix, late, failure } = operationOf(op);
  if (cause instanceof Refusal && cause.code !== undefined) {
    return new RtmError(cause.code, cause.name, cause.message.replace(/^Error Code \d+\.\s*/, ''));
  }
  const { message } = /** @type {Error} */ (cause);
  if (cause instanceof NoAnswer && !(cause instanceof Closed)) {
    return new RtmError(late, `${prefix}_${late === failure ? 'FAILURE' : 'TIMEOUT'}`, message);
  }
  return new RtmError(failure, `${prefix}_${op === 'login' ? 'UNKNOWN' : 'FAILURE'}`, message);
}
