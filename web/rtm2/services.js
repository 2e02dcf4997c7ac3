/**
 * The services of an RTM 2.x client beside messages. The local service has presence; storage, locks, history and stream
 * channels it refuses with the documented code -10022, service not supported.
 */

/**
 * @typedef {import('./constants.js').ChannelType} ChannelType
 * @typedef {(op: string, args: {[name: string]: unknown}) => Promise<any>} Ask
 * @typedef {{timestamp: number}} BaseResponse
 * @typedef {{[key: string]: string}} StateDetail
 * @typedef {{userId: string, states: StateDetail, statesCount: number}} OccupancyDetail
 * @typedef {{includedUserId?: boolean, includedState?: boolean, page?: string}} WhoNowOptions
 * @typedef {BaseResponse & {totalOccupancy: number, occupants: OccupancyDetail[], nextPage: string}} WhoNowResponse
 * @typedef {BaseResponse & {channels: {channelName: string, channelType: ChannelType}[], totalChannel: number}} WhereNowResponse
 */

export class RTMPresence {
  #ask;

  /** @param {Ask} ask */
  constructor(ask) {
    this.#ask = ask;
  }

  /**
   * @param {string} channelName
   * @param {ChannelType} channelType
   * @param {WhoNowOptions} [options]
   * @returns {Promise<WhoNowResponse>}
   */
  whoNow(channelName, channelType, options) {
    return this.#ask('presence.whoNow', { channelName, channelType, options });
  }

  /**
   * @param {string} channelName
   * @param {ChannelType} channelType
   * @param {WhoNowOptions} [options]
   * @returns {Promise<WhoNowResponse>}
   */
  getOnlineUsers(channelName, channelType, options) {
    return this.#ask('presence.getOnlineUsers', { channelName, channelType, options });
  }

  /**
   * @param {string} userId
   * @returns {Promise<WhereNowResponse>}
   */
  whereNow(userId) {
    return this.#ask('presence.whereNow', { userId });
  }

  /**
   * @param {string} userId
   * @returns {Promise<WhereNowResponse>}
   */
  getUserChannels(userId) {
    return this.#ask('presence.getUserChannels', { userId });
  }

  /**
   * @param {string} channelName
   * @param {ChannelType} channelType
   * @param {StateDetail} state
   * @returns {Promise<BaseResponse>}
   */
  setState(channelName, channelType, state) {
    return this.#ask('presence.setState', { channelName, channelType, state });
  }

  /**
   * @param {string} userId
   * @param {string} channelName
   * @param {ChannelType} channelType
   * @returns {Promise<BaseResponse & OccupancyDetail>}
   */
  getState(userId, channelName, channelType) {
    return this.#ask('presence.getState', { userId, channelName, channelType });
  }

  /**
   * @param {string} channelName
   * @param {ChannelType} channelType
   * @param {{states?: string[]}} [options]
   * @returns {Promise<BaseResponse>}
   */
  removeState(channelName, channelType, options) {
    return this.#ask('presence.removeState', { channelName, channelType, options });
  }
}

/**
 * A service all of whose methods are refused.
 *
 * @template {string} Method
 * @param {Ask} ask
 * @param {string} service
 * @param {Method[]} methods
 * @returns {{readonly [Name in Method]: (...args: any[]) => Promise<any>}}
 */
function unsupported(ask, service, ...methods) {
  const entries = methods.map((name) => [name, () => ask(`${service}.${name}`, {})]);
  return Object.freeze(Object.fromEntries(entries));
}

/** @param {Ask} ask */
export const storageService = (ask) =>
  unsupported(
    ask,
    'storage',
    'setChannelMetadata',
    'getChannelMetadata',
    'removeChannelMetadata',
    'updateChannelMetadata',
    'setUserMetadata',
    'getUserMetadata',
    'removeUserMetadata',
    'updateUserMetadata',
    'subscribeUserMetadata',
    'unsubscribeUserMetadata',
  );

/** @param {Ask} ask */
export const lockService = (ask) =>
  unsupported(ask, 'lock', 'setLock', 'removeLock', 'acquireLock', 'releaseLock', 'revokeLock', 'getLock');

/** @param {Ask} ask */
export const historyService = (ask) => unsupported(ask, 'history', 'getMessages');

/** @param {Ask} ask */
export const streamChannel = (ask) => ({
  ...unsupported(
    ask,
    'stream',
    'join',
    'leave',
    'joinTopic',
    'publishTopicMessage',
    'leaveTopic',
    'subscribeTopic',
    'unsubscribeTopic',
  ),

  /**
   * Nobody can be subscribed to.
   *
   * @param {string} topicName
   * @returns {{timestamp: number, topicName: string, subscribed: string[]}}
   */
  getSubscribedUserList: (topicName) => ({ timestamp: Date.now(), topicName, subscribed: [] }),
});
