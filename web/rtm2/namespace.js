/**
 * What an app of RTM 2.x knows as `AgoraRTM`.
 */

import { serviceAddress } from '../rtm/address.js';
import { RTMClient } from './client.js';
import {
  AreaCode,
  ChannelTypeEnum,
  LegacyAreaCode,
  LinkStateChangeReasonDescription,
  MessageType,
  TokenEventReason,
} from './constants.js';
import { RTMBaseError } from './errors.js';

/**
 * @param {string | undefined} scriptURL the address this code came from: the service is looked for beside it
 */
export function namespace(scriptURL) {
  /** @type {Map<unknown, unknown>} */
  const parameters = new Map();

  /** A client of the local RTM service. Nothing is sent before `login`. */
  class RTM extends RTMClient {
    /**
     * @param {string} appId
     * @param {string} userId
     * @param {import('./client.js').RTMConfig} [config]
     * @throws {Error} where the address of the service or a WebSocket is missing
     */
    constructor(appId, userId, config) {
      super(serviceAddress(scriptURL), appId, userId, config);
    }
  }

  return Object.freeze({
    /** The version of the SDK whose documented interface this is. */
    VERSION: '2.3.0',
    BUILD: 'rtmauth local drop-in',
    /** @type {new (appId: string, userId: string, config?: import('./client.js').RTMConfig) => RTMClient} */
    RTM,
    RTMBaseError,
    constantsType: Object.freeze({
      AreaCode,
      ChannelTypeEnum,
      LegacyAreaCode,
      LinkStateChangeReasonDescription,
      MessageType,
      TokenEventReason,
    }),

    /**
     * Accepted and without effect: the only area is this machine.
     *
     * @param {{areaCodes: (keyof typeof AreaCode)[], excludedArea?: keyof typeof AreaCode}} options
     */
    setArea(options) {
      void options;
    },

    /**
     * Kept for {@link getParameter}, and without effect.
     *
     * @param {any} key
     * @param {any} value
     */
    setParameter(key, value) {
      parameters.set(key, value);
    },

    /**
     * @param {any} key
     * @returns {any}
     */
    getParameter(key) {
      return parameters.get(key);
    },
  });
}
