/**
 * Call invitations of RTM 1.x. The local service has none: an invitation can be made, and sending it fails at once in the
 * documented way, so that an app which offers calls still runs.
 */

import { Emitter } from '../rtm/emitter.js';

/**
 * @typedef {object} LocalInvitationEvents
 * @property {[]} LocalInvitationReceivedByPeer never emitted
 * @property {[response: string]} LocalInvitationAccepted never emitted
 * @property {[response: string]} LocalInvitationRefused never emitted
 * @property {[]} LocalInvitationCanceled never emitted
 * @property {[reason: import('./enums.js').LocalInvitationFailureReasonName]} LocalInvitationFailure
 */

/** @extends {Emitter<LocalInvitationEvents>} */
export class LocalInvitation extends Emitter {
  #loggedIn;

  /**
   * @param {string} calleeId
   * @param {() => boolean} loggedIn
   */
  constructor(calleeId, loggedIn) {
    super();
    /** @readonly */
    this.calleeId = calleeId;
    this.content = '';
    this.channelId = '';
    /** @readonly */
    this.response = '';
    /** @type {import('./enums.js').LocalInvitationStateName} */
    this.state = 'IDLE';
    this.#loggedIn = loggedIn;
  }

  /** Fails: `LocalInvitationFailure` is emitted soon after. */
  send() {
    const reason = this.#loggedIn() ? 'UNKNOWN' : 'NOT_LOGGEDIN';
    this.state = 'FAILURE';
    queueMicrotask(() => Emitter.deliver(this, 'LocalInvitationFailure', [reason]));
  }

  /** Does nothing: no invitation is ever under way. */
  cancel() {}
}
