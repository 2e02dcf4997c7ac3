/**
 * The client of RTM 2.x: the methods and events that the typings of the SDK document, on a {@link Session}.
 */

import { fromBase64, toBase64 } from '../rtm/base64.js';
import { Emitter } from '../rtm/emitter.js';
import { historyService, lockService, RTMPresence, storageService, streamChannel } from './services.js';
import { Session } from './session.js';

/**
 * @typedef {import('./constants.js').ChannelType} ChannelType
 * @typedef {import('./services.js').StateDetail} StateDetail
 * @typedef {import('./services.js').OccupancyDetail} UserState
 * @typedef {{withMessage?: boolean, withPresence?: boolean, beQuiet?: boolean, withMetadata?: boolean, withLock?: boolean}} SubscribeOptions
 * @typedef {{customType?: string, channelType?: ChannelType, storeInHistory?: boolean}} PublishOptions
 * @typedef {{timestamp: number, channelName: string}} ChannelResponse
 * @typedef {{users: string[], userCount: number}} UserList
 *
 * @typedef {object} RTMConfig without effect, but for presenceTimeout
 * @property {'NONE' | 'AES_128_GCM' | 'AES_256_GCM'} [encryptionMode]
 * @property {Uint8Array} [salt]
 * @property {string} [cipherKey]
 * @property {number} [presenceTimeout] seconds, 5 to 300, after which others hear that the user is away
 * @property {boolean} [logUpload]
 * @property {boolean} [cloudProxy]
 * @property {boolean} [useStringUserId]
 * @property {'debug' | 'info' | 'warn' | 'error' | 'none'} [logLevel]
 * @property {number} [heartbeatInterval]
 * @property {object} [privateConfig]
 *
 * @typedef {object} MessageEvent
 * @property {ChannelType} channelType
 * @property {string} channelName
 * @property {string} topicName
 * @property {'STRING' | 'BINARY'} messageType
 * @property {string} customType
 * @property {string | Uint8Array} message
 * @property {string} publisher
 * @property {number} [publishTime] milliseconds
 * @property {number} timestamp
 *
 * @typedef {object} PresenceEvent
 * @property {'NONE' | 'SNAPSHOT' | 'INTERVAL' | 'REMOTE_JOIN' | 'REMOTE_LEAVE' | 'REMOTE_TIMEOUT' | 'REMOTE_STATE_CHANGED'
 *   | 'ERROR_OUT_OF_SERVICE'} eventType
 * @property {ChannelType} channelType
 * @property {string} channelName
 * @property {string} publisher
 * @property {StateDetail} stateChanged
 * @property {{join: UserList, leave: UserList, timeout: UserList, userStateList: UserState[], totalOccupancy: number} | null} interval
 * @property {UserState[] | null} snapshot
 * @property {number} timestamp
 *
 * @typedef {object} TokenEvent
 * @property {'WILL_EXPIRE' | 'READ_PERMISSION_REVOKED'} eventType
 * @property {string} reason
 * @property {{messageChannels: string[]}} affectedResources
 * @property {number} timestamp
 *
 * @typedef {object} RTMClientEvents
 * @property {[event: import('./session.js').LinkStateEvent]} linkState
 * @property {[event: {state: string, reason: string}]} status the event that `linkState` replaced in 2.2.0
 * @property {[channelName: string]} tokenPrivilegeWillExpire empty for the token of RTM itself
 * @property {[event: TokenEvent]} token
 * @property {[event: MessageEvent]} message
 * @property {[event: PresenceEvent]} presence
 * @property {[event: any]} storage never emitted
 * @property {[event: any]} lock never emitted
 * @property {[event: any]} topic never emitted
 */

/** @extends {Emitter<RTMClientEvents>} */
export class RTMClient extends Emitter {
  #session;
  /** What is subscribed to, with its options.
   * @type {Map<string, SubscribeOptions | undefined>} */
  #subscriptions = new Map();

  /**
   * @param {string} endpoint WebSocket address of the local RTM service
   * @param {string} appId
   * @param {string} userId
   * @param {RTMConfig} [config]
   */
  constructor(endpoint, appId, userId, config) {
    super();
    this.#session = new Session(endpoint, appId, { userId, presenceTimeout: config?.presenceTimeout }, {
      event: (event, argument) => this.#receive(event, argument),
      restore: () => this.#restore(),
    });
    /** @type {import('./services.js').Ask} */
    const ask = (op, args) => this.#session.call(op, args);
    this.presence = new RTMPresence(ask);
    this.storage = storageService(ask);
    this.lock = lockService(ask);
    this.history = historyService(ask);
  }

  /**
   * @param {{token?: string}} [options]
   * @returns {Promise<{timestamp: number}>}
   */
  login(options) {
    return this.#session.login(options?.token);
  }

  /**
   * Logs out, then removes every listener, as documented. The change to IDLE is the last event that they hear.
   *
   * @returns {Promise<{timestamp: number}>}
   */
  async logout() {
    const answer = await this.#session.logout();
    this.#subscriptions.clear();
    this.removeAllListeners();
    return answer;
  }

  /**
   * @param {string} token
   * @param {{channelName?: string}} [options]
   * @returns {Promise<{timestamp: number}>}
   */
  renewToken(token, options) {
    return this.#session.renewToken(token, options?.channelName);
  }

  /**
   * @param {string} channelName or a user ID, where the channel type is USER
   * @param {string | Uint8Array} message
   * @param {PublishOptions} [options]
   * @returns {Promise<ChannelResponse>}
   */
  publish(channelName, message, options) {
    const packed =
      message instanceof Uint8Array
        ? { message: toBase64(message), messageType: 'BINARY' }
        : { message, messageType: 'STRING' };
    return this.#session.call('publish', { channelName, ...packed, ...options });
  }

  /**
   * @param {string} channelName
   * @param {SubscribeOptions} [options]
   * @returns {Promise<ChannelResponse>}
   */
  async subscribe(channelName, options) {
    const answer = await this.#session.call('subscribe', { channelName, options });
    this.#subscriptions.set(channelName, options);
    return answer;
  }

  /**
   * @param {string} channelName
   * @returns {Promise<ChannelResponse>}
   */
  async unsubscribe(channelName) {
    const answer = await this.#session.call('unsubscribe', { channelName });
    this.#subscriptions.delete(channelName);
    return answer;
  }

  /**
   * Makes a stream channel, which the local service refuses to join.
   *
   * @param {string} channelName
   */
  createStreamChannel(channelName) {
    void channelName;
    return streamChannel((op, args) => this.#session.call(op, args));
  }

  /**
   * @template {keyof RTMClientEvents} E
   * @param {E} event
   * @param {(...args: RTMClientEvents[E]) => unknown} listener
   */
  addEventListener(event, listener) {
    this.on(event, listener);
  }

  /**
   * @template {keyof RTMClientEvents} E
   * @param {E} event
   * @param {(...args: RTMClientEvents[E]) => unknown} listener
   */
  removeEventListener(event, listener) {
    this.off(event, listener);
  }

  /**
   * A restarted service knows no subscriptions. What it refuses, the app learns at its next call.
   *
   * @returns {Promise<unknown>}
   */
  #restore() {
    const channels = [...this.#subscriptions].map(([channelName, options]) =>
      this.#session.call('subscribe', { channelName, options }),
    );
    return Promise.allSettled(channels);
  }

  /**
   * @param {string} event
   * @param {any} argument
   */
  #receive(event, argument) {
    const binary = event === 'message' && argument.messageType === 'BINARY';
    const unpacked = binary ? { ...argument, message: fromBase64(argument.message) } : argument;
    Emitter.deliver(this, /** @type {keyof RTMClientEvents} */ (event), [unpacked]);
  }
}
