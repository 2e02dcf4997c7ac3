/**
 * Attributes of users and channels of RTM 1.x: the methods that {@link RtmClient} inherits.
 */

import { Emitter } from '../rtm/emitter.js';

/**
 * @typedef {{[key: string]: string}} AttributesMap
 * @typedef {{[key: string]: {value: string, lastUpdateUserId: string, lastUpdateTs: number}}} ChannelAttributes
 * @typedef {{enableNotificationToChannelMembers?: boolean}} ChannelAttributeOptions
 * @typedef {(op: string, args: {[name: string]: unknown}) => Promise<any>} Ask
 */

/**
 * @template {{[event: string]: any[]}} Events
 * @extends {Emitter<Events>}
 */
export class AttributeMethods extends Emitter {
  #ask;

  /** @param {Ask} ask */
  constructor(ask) {
    super();
    this.#ask = ask;
  }

  /**
   * @param {string} op
   * @param {{[name: string]: unknown}} args
   * @returns {Promise<void>}
   */
  async #write(op, args) {
    await this.#ask(op, args);
  }

  /**
   * @param {string} op
   * @param {{[name: string]: unknown}} args
   * @returns {Promise<any>}
   */
  async #read(op, args) {
    const { attributes } = await this.#ask(op, args);
    return attributes;
  }

  /**
   * @param {AttributesMap} attributes
   * @returns {Promise<void>}
   */
  setLocalUserAttributes(attributes) {
    return this.#write('setLocalUserAttributes', { attributes });
  }

  /**
   * @param {AttributesMap} attributes
   * @returns {Promise<void>}
   */
  addOrUpdateLocalUserAttributes(attributes) {
    return this.#write('addOrUpdateLocalUserAttributes', { attributes });
  }

  /**
   * @param {string[]} attributeKeys
   * @returns {Promise<void>}
   */
  deleteLocalUserAttributesByKeys(attributeKeys) {
    return this.#write('deleteLocalUserAttributesByKeys', { keys: attributeKeys });
  }

  /** @returns {Promise<void>} */
  clearLocalUserAttributes() {
    return this.#write('clearLocalUserAttributes', {});
  }

  /**
   * @param {string} userId
   * @returns {Promise<AttributesMap>}
   */
  getUserAttributes(userId) {
    return this.#read('getUserAttributes', { user: userId });
  }

  /**
   * @param {string} userId
   * @param {string[]} attributeKeys
   * @returns {Promise<AttributesMap>}
   */
  getUserAttributesByKeys(userId, attributeKeys) {
    return this.#read('getUserAttributesByKeys', { user: userId, keys: attributeKeys });
  }

  /**
   * @param {string} channelId
   * @param {AttributesMap} attributes
   * @param {ChannelAttributeOptions} [options]
   * @returns {Promise<void>}
   */
  setChannelAttributes(channelId, attributes, options) {
    return this.#write('setChannelAttributes', { channel: channelId, attributes, options });
  }

  /**
   * @param {string} channelId
   * @param {AttributesMap} attributes
   * @param {ChannelAttributeOptions} [options]
   * @returns {Promise<void>}
   */
  addOrUpdateChannelAttributes(channelId, attributes, options) {
    return this.#write('addOrUpdateChannelAttributes', { channel: channelId, attributes, options });
  }

  /**
   * @param {string} channelId
   * @param {string[]} attributeKeys
   * @param {ChannelAttributeOptions} [options]
   * @returns {Promise<void>}
   */
  deleteChannelAttributesByKeys(channelId, attributeKeys, options) {
    return this.#write('deleteChannelAttributesByKeys', { channel: channelId, keys: attributeKeys, options });
  }

  /**
   * @param {string} channelId
   * @param {ChannelAttributeOptions} [options]
   * @returns {Promise<void>}
   */
  clearChannelAttributes(channelId, options) {
    return this.#write('clearChannelAttributes', { channel: channelId, options });
  }

  /**
   * @param {string} channelId
   * @returns {Promise<ChannelAttributes>}
   */
  getChannelAttributes(channelId) {
    return this.#read('getChannelAttributes', { channel: channelId });
  }

  /**
   * @param {string} channelId
   * @param {string[]} keys
   * @returns {Promise<ChannelAttributes>}
   */
  getChannelAttributesByKeys(channelId, keys) {
    return this.#read('getChannelAttributesByKeys', { channel: channelId, keys });
  }
}
