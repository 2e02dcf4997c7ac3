/**
 * @typedef {object} LocalInvitationEvents
 * @property {[]} LocalInvitationReceivedByPeer never emitted
 * @property {[response: string]} LocalInvitationAccepted never emitted
 * @property {[response: string]} LocalInvitationRefused never emitted
 * @property {[]} LocalInvitationCanceled never emitted
 * @property {[reason: import('./enums.js').LocalInvitationFailureReasonName]} LocalInvitationFailure
 */
/** @extends {Emitter<LocalInvitationEvents>} */
export class LocalInvitation extends Emitter<LocalInvitationEvents> {
    /**
     * @param {string} calleeId
     * @param {() => boolean} loggedIn
     */
    constructor(calleeId: string, loggedIn: () => boolean);
    /** @readonly */
    readonly calleeId: string;
    content: string;
    channelId: string;
    /** @readonly */
    readonly response: string;
    /** @type {import('./enums.js').LocalInvitationStateName} */
    state: import("./enums.js").LocalInvitationStateName;
    /** Fails: `LocalInvitationFailure` is emitted soon after. */
    send(): void;
    /** Does nothing: no invitation is ever under way. */
    cancel(): void;
    #private;
}
export type LocalInvitationEvents = {
    /**
     * never emitted
     */
    LocalInvitationReceivedByPeer: [];
    /**
     * never emitted
     */
    LocalInvitationAccepted: [response: string];
    /**
     * never emitted
     */
    LocalInvitationRefused: [response: string];
    /**
     * never emitted
     */
    LocalInvitationCanceled: [];
    LocalInvitationFailure: [reason: import("./enums.js").LocalInvitationFailureReasonName];
};
import { Emitter } from '../rtm/emitter.js';
