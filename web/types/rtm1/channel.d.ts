/**
 * @typedef {import('./messages.js').RtmMessage} RtmMessage
 * @typedef {{serverReceivedTs: number}} ReceivedMessageProperties
 * @typedef {import('./attributes.js').ChannelAttributes} ChannelAttributes
 *
 * @typedef {object} RtmChannelEvents
 * @property {[message: RtmMessage, memberId: string, properties: ReceivedMessageProperties]} ChannelMessage
 * @property {[memberId: string]} MemberJoined
 * @property {[memberId: string]} MemberLeft
 * @property {[memberCount: number]} MemberCountUpdated
 * @property {[attributes: ChannelAttributes]} AttributesUpdated
 *
 * @typedef {object} ChannelHost what a channel asks of its client
 * @property {(op: string, args: {[name: string]: unknown}) => Promise<any>} call
 * @property {(channel: RtmChannel) => Promise<void>} join
 * @property {(channel: RtmChannel) => Promise<void>} leave
 */
/** @extends {Emitter<RtmChannelEvents>} */
export class RtmChannel extends Emitter<RtmChannelEvents> {
    /**
     * Hands an event of the wire to the app.
     *
     * @param {RtmChannel} channel
     * @param {string} event
     * @param {any[]} args
     */
    static receive(channel: RtmChannel, event: string, args: any[]): void;
    /**
     * @param {string} channelId
     * @param {ChannelHost} host
     */
    constructor(channelId: string, host: ChannelHost);
    /** @readonly */
    readonly channelId: string;
    /** @returns {Promise<void>} */
    join(): Promise<void>;
    /** @returns {Promise<void>} */
    leave(): Promise<void>;
    /**
     * Sends to all other members; the sender does not receive its own message.
     *
     * @param {RtmMessage} message
     * @returns {Promise<void>}
     */
    sendMessage(message: RtmMessage): Promise<void>;
    /** @returns {Promise<string[]>} */
    getMembers(): Promise<string[]>;
    #private;
}
export type RtmMessage = import("./messages.js").RtmMessage;
export type ReceivedMessageProperties = {
    serverReceivedTs: number;
};
export type ChannelAttributes = import("./attributes.js").ChannelAttributes;
export type RtmChannelEvents = {
    ChannelMessage: [message: RtmMessage, memberId: string, properties: ReceivedMessageProperties];
    MemberJoined: [memberId: string];
    MemberLeft: [memberId: string];
    MemberCountUpdated: [memberCount: number];
    AttributesUpdated: [attributes: ChannelAttributes];
};
/**
 * what a channel asks of its client
 */
export type ChannelHost = {
    call: (op: string, args: {
        [name: string]: unknown;
    }) => Promise<any>;
    join: (channel: RtmChannel) => Promise<void>;
    leave: (channel: RtmChannel) => Promise<void>;
};
import { Emitter } from '../rtm/emitter.js';
