/**
 * Channels of RTM 1.x.
 */

import { Emitter } from '../rtm/emitter.js';
import { messageFromWire, messageToWire } from './messages.js';

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
export class RtmChannel extends Emitter {
  #host;

  /**
   * @param {string} channelId
   * @param {ChannelHost} host
   */
  constructor(channelId, host) {
    super();
    /** @readonly */
    this.channelId = channelId;
    this.#host = host;
  }

  /** @returns {Promise<void>} */
  join() {
    return this.#host.join(this);
  }

  /** @returns {Promise<void>} */
  leave() {
    return this.#host.leave(this);
  }

  /**
   * Sends to all other members; the sender does not receive its own message.
   *
   * @param {RtmMessage} message
   * @returns {Promise<void>}
   */
  async sendMessage(message) {
    await this.#host.call('sendChannelMessage', { channel: this.channelId, message: messageToWire(message) });
  }

  /** @returns {Promise<string[]>} */
  async getMembers() {
    const { members } = await this.#host.call('getMembers', { channel: this.channelId });
    return members;
  }

  /**
   * Hands an event of the wire to the app.
   *
   * @param {RtmChannel} channel
   * @param {string} event
   * @param {any[]} args
   */
  static receive(channel, event, args) {
    const [message, ...others] = args;
    const unpacked = event === 'ChannelMessage' ? [messageFromWire(message), ...others] : args;
    Emitter.deliver(channel, /** @type {keyof RtmChannelEvents} */ (event), /** @type {any} */ (unpacked));
  }
}
