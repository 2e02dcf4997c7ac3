/**
 * The client of RTM 1.x: the methods and events that the typings of the SDK document, on a {@link Session}.
 */

import { Emitter } from '../rtm/emitter.js';
import { AttributeMethods } from './attributes.js';
import { RtmChannel } from './channel.js';
import { RtmError } from './errors.js';
import { LocalInvitation } from './invitation.js';
import { messageFromWire, messageToWire } from './messages.js';
import { Session } from './session.js';

/**
 * @typedef {import('./messages.js').RtmMessage} RtmMessage
 * @typedef {import('./channel.js').ReceivedMessageProperties} ReceivedMessageProperties
 * @typedef {{error: boolean, warn: boolean, info: boolean, track: boolean, debug: boolean}} LogFilter
 * @typedef {{enableLogUpload?: boolean, logFilter?: LogFilter, enableCloudProxy?: boolean}} RtmConfig
 *
 * @typedef {object} RtmClientEvents
 * @property {[newState: import('./enums.js').ConnectionStateName, reason: import('./enums.js').ConnectionChangeReasonName]} ConnectionStateChanged
 * @property {[]} TokenExpired
 * @property {[]} TokenPrivilegeWillExpire
 * @property {[message: RtmMessage, peerId: string, properties: ReceivedMessageProperties]} MessageFromPeer
 * @property {[status: {[peerId: string]: import('./enums.js').PeerOnlineStateName}]} PeersOnlineStatusChanged
 * @property {[invitation: any]} RemoteInvitationReceived never emitted: the local service has no invitations
 * @property {[]} FallbackProxyConnected never emitted: there is no proxy between a browser and this machine
 */

/** @extends {AttributeMethods<RtmClientEvents>} */
export class RtmClient extends AttributeMethods {
  #session;
  /** Channels that are joined or being joined.
   * @type {Map<string, RtmChannel>} */
  #channels = new Map();
  /** @type {Set<string>} */
  #watched = new Set();

  /**
   * @param {string} endpoint WebSocket address of the local RTM service
   * @param {string} appId
   */
  constructor(endpoint, appId) {
    super((op, args) => this.#session.call(op, args));
    this.#session = new Session(endpoint, appId, {
      event: (event, args, channel) => this.#receive(event, args, channel),
      restore: () => this.#restore(),
    });
  }

  /**
   * @param {{uid: string, token?: string}} options
   * @returns {Promise<void>}
   */
  login(options) {
    return this.#session.login(options);
  }

  /**
   * Logs out, then removes every listener of the client and of its channels, as documented. The change to DISCONNECTED is
   * the last event that they hear.
   *
   * @returns {Promise<void>}
   */
  async logout() {
    await this.#session.logout();
    this.removeAllListeners();
    for (const channel of this.#channels.values()) {
      channel.removeAllListeners();
    }
    this.#channels.clear();
    this.#watched.clear();
  }

  /**
   * @param {string} token
   * @returns {Promise<void>}
   */
  renewToken(token) {
    return this.#session.renewToken(token);
  }

  /**
   * @param {RtmMessage} message
   * @param {string} peerId
   * @returns {Promise<{hasPeerReceived: boolean}>}
   */
  async sendMessageToPeer(message, peerId) {
    const { hasPeerReceived } = await this.#session.call('sendMessageToPeer', {
      peer: peerId,
      message: messageToWire(message),
    });
    return { hasPeerReceived };
  }

  /**
   * @template {RtmMessage} T
   * @param {Partial<T>} message
   * @returns {T}
   */
  createMessage(message) {
    const messageType = message.rawMessage === undefined ? 'TEXT' : 'RAW';
    return /** @type {T} */ (/** @type {unknown} */ ({ messageType, ...message }));
  }

  /**
   * @param {string} channelId
   * @returns {RtmChannel}
   */
  createChannel(channelId) {
    return new RtmChannel(channelId, {
      call: (op, args) => this.#session.call(op, args),
      join: (channel) => this.#join(channel),
      leave: (channel) => this.#leave(channel),
    });
  }

  /**
   * @param {string} calleeId
   * @returns {LocalInvitation}
   */
  createLocalInvitation(calleeId) {
    return new LocalInvitation(calleeId, () => this.#session.loggedIn);
  }

  /**
   * @param {string[]} peerIds
   * @returns {Promise<{[peerId: string]: boolean}>}
   */
  queryPeersOnlineStatus(peerIds) {
    return this.#session.call('queryPeersOnlineStatus', { peers: peerIds });
  }

  /**
   * @param {string[]} peerIds
   * @returns {Promise<void>}
   */
  async subscribePeersOnlineStatus(peerIds) {
    await this.#session.call('subscribePeersOnlineStatus', { peers: peerIds });
    for (const peer of peerIds) {
      this.#watched.add(peer);
    }
  }

  /**
   * @param {string[]} peerIds
   * @returns {Promise<void>}
   */
  async unsubscribePeersOnlineStatus(peerIds) {
    await this.#session.call('unsubscribePeersOnlineStatus', { peers: peerIds });
    for (const peer of peerIds) {
      this.#watched.delete(peer);
    }
  }

  /**
   * @param {import('./enums.js').PeerSubscriptionOptionName} option
   * @returns {Promise<string[]>}
   */
  async queryPeersBySubscriptionOption(option) {
    const { peers } = await this.#session.call('queryPeersBySubscriptionOption', { option });
    return peers;
  }

  /**
   * @param {string[]} channelIds
   * @returns {Promise<{[channelId: string]: number}>}
   */
  getChannelMemberCount(channelIds) {
    return this.#session.call('getChannelMemberCount', { channels: channelIds });
  }

  /**
   * Accepted and without effect: a local service has no log to upload to and no proxy.
   *
   * @param {RtmConfig} config
   */
  updateConfig(config) {
    void config;
  }

  /**
   * @deprecated use {@link RtmClient.updateConfig}
   * @param {RtmConfig} config
   */
  setParameters(config) {
    this.updateConfig(config);
  }

  /** @param {RtmChannel} channel */
  async #join(channel) {
    const { channelId } = channel;
    const other = this.#channels.get(channelId);
    if (other && other !== channel) {
      throw new RtmError(
        202,
        'JOIN_CHANNEL_ERR_ALREADY_JOINED_CHANNEL_OF_SAME_ID',
        'Another channel object of this client has joined the channel of this ID.',
      );
    }
    // Registered before the answer: the first member count may arrive ahead of it.
    this.#channels.set(channelId, channel);
    try {
      await this.#session.call('joinChannel', { channel: channelId });
    } catch (error) {
      if (!other) {
        this.#channels.delete(channelId);
      }
      throw error;
    }
  }

  /** @param {RtmChannel} channel */
  async #leave(channel) {
    await this.#session.call('leaveChannel', { channel: channel.channelId });
    this.#channels.delete(channel.channelId);
  }

  /**
   * A restarted service knows neither channels nor subscriptions. What it refuses, the app learns at its next call.
   *
   * @returns {Promise<unknown>}
   */
  #restore() {
    const joins = [...this.#channels.keys()].map((channel) => this.#session.call('joinChannel', { channel }));
    const peers = [...this.#watched];
    const watch = peers.length > 0 ? [this.#session.call('subscribePeersOnlineStatus', { peers })] : [];
    return Promise.allSettled([...joins, ...watch]);
  }

  /**
   * @param {string} event
   * @param {any} args
   * @param {string} [channel]
   */
  #receive(event, args, channel) {
    if (channel !== undefined) {
      const joined = this.#channels.get(channel);
      if (joined) {
        RtmChannel.receive(joined, event, args);
      }
    } else if (event === 'MessageFromPeer') {
      const [message, ...others] = args;
      Emitter.deliver(this, event, [messageFromWire(message), ...others]);
    } else {
      Emitter.deliver(this, /** @type {keyof RtmClientEvents} */ (event), args);
    }
  }
}
