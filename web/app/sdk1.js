// One RTM 1.x client, used as an app uses it: the documented methods of the
// `AgoraRTM` global and nothing else.

/**
 * What a session hears from its client.
 * @typedef {object} Listener
 * @property {(state: string, reason: string) => void} state
 * @property {() => void} willExpire
 * @property {() => void} expired
 * @property {(message: { from: string, channel?: string, text: string }) => void} message
 *
 * What a session can do with a client of either generation.
 * @typedef {object} Client
 * @property {(uid: string, token: string) => Promise<void>} login
 * @property {() => Promise<void>} logout
 * @property {(token: string) => Promise<void>} renew
 * @property {(peer: string, text: string) => Promise<boolean>} sendToUser  resolves to whether it was received
 * @property {(channel: string) => Promise<void>} join
 * @property {(channel: string, text: string) => Promise<void>} sendToChannel
 */

/**
 * @param {string} appID
 * @param {Listener} listener
 * @returns {Client}
 */
export function createClient1(appID, listener) {
  const AgoraRTM = /** @type {any} */ (globalThis).AgoraRTM;
  if (!AgoraRTM) throw new Error('AgoraRTM is not defined: /sdk/agora-rtm.js did not load');
  const client = AgoraRTM.createInstance(appID);
  /** @type {Map<string, any>} */
  const channels = new Map();

  const listen = () => {
    client.on('ConnectionStateChanged', listener.state);
    client.on('TokenExpired', listener.expired);
    client.on('TokenPrivilegeWillExpire', listener.willExpire);
    client.on('MessageFromPeer', (/** @type {any} */ message, /** @type {string} */ peerId) => {
      listener.message({ from: peerId, text: textOf(message) });
    });
  };
  listen();

  return {
    login: (uid, token) => client.login({ uid, token }),
    logout: async () => {
      channels.clear();
      await client.logout();
      client.removeAllListeners();
      listen(); // logout() takes the listeners away, as documented; this client may log in again
    },
    renew: (token) => client.renewToken(token),
    sendToUser: async (peer, text) => {
      const result = await client.sendMessageToPeer({ text }, peer);
      return result?.hasPeerReceived === true;
    },
    join: async (name) => {
      if (channels.has(name)) return;
      const channel = client.createChannel(name);
      channel.on('ChannelMessage', (/** @type {any} */ message, /** @type {string} */ memberId) => {
        listener.message({ from: memberId, channel: name, text: textOf(message) });
      });
      await channel.join();
      channels.set(name, channel);
    },
    sendToChannel: async (name, text) => {
      await channels.get(name)?.sendMessage({ text });
    },
  };
}

/** @param {any} message */
function textOf(message) {
  return message?.messageType === 'RAW' ? '(binary)' : String(message?.text ?? '');
}
