/**
 * What an app knows as `AgoraRTM`.
 */

import { serviceAddress } from '../rtm/address.js';
import { RtmClient } from './client.js';
import {
  AreaCode,
  ConnectionChangeReason,
  ConnectionState,
  LocalInvitationFailureReason,
  LocalInvitationState,
  MessageType,
  PeerOnlineState,
  PeerSubscriptionOption,
  RemoteInvitationFailureReason,
  RemoteInvitationState,
} from './enums.js';

/**
 * @param {boolean} error
 * @param {boolean} warn
 * @param {boolean} info
 * @returns {import('./client.js').LogFilter}
 */
const logFilter = (error, warn, info) => Object.freeze({ error, warn, info, track: false, debug: false });

/**
 * @param {string | undefined} scriptURL the address this code came from: the service is looked for beside it
 */
export function namespace(scriptURL) {
  return Object.freeze({
    /** The version of the SDK whose documented interface this is. */
    VERSION: '1.5.1',
    BUILD: 'rtmauth local drop-in',

    LOG_FILTER_OFF: logFilter(false, false, false),
    LOG_FILTER_ERROR: logFilter(true, false, false),
    LOG_FILTER_WARNING: logFilter(true, true, false),
    LOG_FILTER_INFO: logFilter(true, true, true),

    AreaCode,
    ConnectionChangeReason,
    ConnectionState,
    LocalInvitationFailureReason,
    LocalInvitationState,
    MessageType,
    PeerOnlineState,
    PeerSubscriptionOption,
    RemoteInvitationFailureReason,
    RemoteInvitationState,

    /**
     * Makes a client of the local RTM service. Nothing is sent before `login`.
     *
     * @param {string} appId
     * @param {import('./client.js').RtmConfig} [config] accepted and without effect
     * @param {(keyof typeof AreaCode)[]} [areaCodes] accepted and without effect
     * @returns {RtmClient}
     * @throws {Error} where the address of the service or a WebSocket is missing
     */
    createInstance(appId, config, areaCodes) {
      void config;
      void areaCodes;
      return new RtmClient(serviceAddress(scriptURL), appId);
    },

    /**
     * Accepted and without effect: the only area is this machine.
     *
     * @param {{areaCodes: (keyof typeof AreaCode)[], excludedArea?: keyof typeof AreaCode}} area
     */
    setArea(area) {
      void area;
    },
  });
}
