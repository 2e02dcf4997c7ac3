/**
 * The two generations of the SDK, as the keeper sees them.
 */

/** @import { Client1, Client2 } from '../token-keeper.js' */

/** Events of a 1.x client: `logout` destroys their listeners. */
const EVENTS = [
  'ConnectionStateChanged',
  'TokenExpired',
  'TokenPrivilegeWillExpire',
  'MessageFromPeer',
  'PeersOnlineStatusChanged',
  'RemoteInvitationReceived',
  'FallbackProxyConnected',
];

/**
 * @typedef {object} Hearer
 * @property {(channel?: string) => void} want a new token is wanted, for RTM or for a stream channel
 * @property {(reason: string) => void} dead the session has ended
 * @property {() => void} left somebody logged out
 *
 * @typedef {object} Sdk
 * @property {boolean} strict whether a dead session must be logged out of before the next login
 * @property {(token: string) => Promise<unknown>} login
 * @property {(token: string, channel?: string) => Promise<unknown>} renew
 * @property {() => Promise<void>} logout ends a dead session; the listeners stay
 * @property {(heard: Hearer) => () => void} listen returns what stops the listening
 */

/**
 * @param {Client1} client
 * @param {string} uid
 * @returns {Sdk}
 */
export function sdk1(client, uid) {
  return {
    strict: true,
    login: (token) => client.login({ uid, token }),
    renew: (token) => client.renewToken(token),
    async logout() {
      const kept = EVENTS.map((event) => client.rawListeners(event));
      await client.logout().catch(() => {});
      EVENTS.forEach((event, i) => {
        const left = client.rawListeners(event);
        for (const listener of kept[i] ?? []) {
          if (!left.includes(listener)) {
            client.on(event, /** @type {any} */ (listener));
          }
        }
      });
    },
    listen({ want, dead, left }) {
      const renew = () => want();
      const state = (/** @type {string} */ now, /** @type {string} */ reason) => {
        if (now === 'ABORTED') {
          dead(reason);
        } else if (reason === 'LOGOUT') {
          left();
        }
      };
      client.on('ConnectionStateChanged', state);
      client.on('TokenExpired', renew);
      client.on('TokenPrivilegeWillExpire', renew);
      return () => {
        client.off('ConnectionStateChanged', state);
        client.off('TokenExpired', renew);
        client.off('TokenPrivilegeWillExpire', renew);
      };
    },
  };
}

/**
 * Since 2.2.3 a FAILED client may log in at once, and its listeners cannot be asked for: it is logged out only where that
 * login fails.
 *
 * @param {Client2} client
 * @returns {Sdk}
 */
export function sdk2(client) {
  /** @type {[string, (event: any) => void][]} */
  let ours = [];
  const listen = () => ours.forEach(([event, listener]) => client.addEventListener(event, listener));
  const unlisten = () => ours.forEach(([event, listener]) => client.removeEventListener(event, listener));
  return {
    strict: false,
    login: (token) => client.login({ token }),
    renew: (token, channelName) => client.renewToken(token, channelName ? { channelName } : undefined),
    async logout() {
      await client.logout().catch(() => {});
      unlisten();
      listen();
    },
    listen({ want, dead, left }) {
      ours = [
        ['tokenPrivilegeWillExpire', want],
        [
          'linkState',
          ({ currentState, operation, reasonCode }) => {
            if (currentState === 'FAILED') {
              dead(reasonCode);
            } else if (currentState === 'IDLE' && operation === 'LOGOUT') {
              left();
            }
          },
        ],
      ];
      listen();
      return unlisten;
    },
  };
}
