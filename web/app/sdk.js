// The RTM client of a session, used as an app uses it: the documented methods
// of the `AgoraRTM` global and nothing else. Both generations are given one
// shape; the words of each stay its own.

/**
 * `local-1` and `local-2` are the drop-ins of this process; `own` is the file that `dev --sdk` serves.
 * @typedef {'local-1'|'local-2'|'own'} SDKChoice
 *
 * What a session hears from its client.
 * @typedef {object} Listener
 * @property {(state: string, reason: string) => void} state
 * @property {() => void} willExpire
 * @property {() => void} expired
 * @property {(message: { from: string, channel?: string, text: string }) => void} message
 *
 * What a session can do with a client of either generation.
 * @typedef {object} Client
 * @property {'1.x'|'2.x'} generation
 * @property {(uid: string, token: string) => Promise<void>} login
 * @property {() => Promise<void>} logout
 * @property {(token: string) => Promise<void>} renew
 * @property {(peer: string, text: string) => Promise<boolean>} sendToUser  resolves to whether it was received
 * @property {(channel: string) => Promise<void>} join
 * @property {(channel: string, text: string) => Promise<void>} sendToChannel
 */

/** RTM 2.x: a message to a user who is not there. */
const RECEIVER_OFFLINE = -11033;
/** RTM 2.x: no answer to a login. The SDK says so by its link state; the promise of login stays pending. */
const LOGIN_TIMEOUT = -10011;

const SOURCES = Object.freeze({ 'local-1': '/sdk/agora-rtm.js', 'local-2': '/sdk/agora-rtm-2.js', own: '/sdk/user.js' });

/** @type {Map<SDKChoice, Promise<any>>} */
const loaded = new Map();

/**
 * Loads an SDK by a script tag, as apps do, and gives what it defined as `AgoraRTM`.
 * @param {SDKChoice} choice
 * @returns {Promise<any>}
 */
function load(choice) {
  let namespace = loaded.get(choice);
  if (!namespace) {
    namespace = new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = SOURCES[choice];
      script.addEventListener('load', () => {
        const { AgoraRTM } = /** @type {any} */ (globalThis);
        const found = AgoraRTM?.default ?? AgoraRTM;
        if (found) resolve(found);
        else reject(new Error(`${SOURCES[choice]} does not define AgoraRTM`));
      });
      script.addEventListener('error', () => {
        loaded.delete(choice);
        reject(new Error(`${SOURCES[choice]} did not load`));
      });
      document.head.append(script);
    });
    loaded.set(choice, namespace);
  }
  return namespace;
}

/**
 * @param {SDKChoice} choice
 * @param {string} appID
 * @param {Listener} listener
 * @returns {Promise<Client>}
 */
export async function createClient(choice, appID, listener) {
  const AgoraRTM = await load(choice);
  return typeof AgoraRTM.createInstance === 'function' ? client1(AgoraRTM, appID, listener) : client2(AgoraRTM, appID, listener);
}

/**
 * @param {any} AgoraRTM
 * @param {string} appID
 * @param {Listener} listener
 * @returns {Client}
 */
function client1(AgoraRTM, appID, listener) {
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
    generation: '1.x',
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

/**
 * RTM 2.x names its user when the client is made, and logout takes the listeners away: so each login has a client of its own.
 * @param {any} AgoraRTM
 * @param {string} appID
 * @param {Listener} listener
 * @returns {Client}
 */
function client2(AgoraRTM, appID, listener) {
  /** @type {any} */
  let client;
  let user = '';
  /** Ends a login that the SDK itself would leave pending for ever. @type {((error: Error) => void)|undefined} */
  let giveUp;

  const make = (/** @type {string} */ uid) => {
    user = uid;
    client = new AgoraRTM.RTM(appID, uid);
    client.addEventListener('linkState', (/** @type {any} */ event) => {
      if (event.serviceType === 'MESSAGE' || event.serviceType === undefined) listener.state(event.currentState, event.reasonCode ?? event.reason ?? '');
      if (event.reasonCode === 'LOGIN_TIMEOUT') giveUp?.(Object.assign(new Error('LOGIN_TIMEOUT'), { code: LOGIN_TIMEOUT }));
    });
    client.addEventListener('tokenPrivilegeWillExpire', (/** @type {string} */ channel) => {
      if (!channel) listener.willExpire();
    });
    client.addEventListener('message', (/** @type {any} */ event) => {
      const text = typeof event.message === 'string' ? event.message : '(binary)';
      if (event.channelType === 'USER') listener.message({ from: event.publisher, text });
      else if (event.publisher !== user) listener.message({ from: event.publisher, channel: event.channelName, text });
    });
  };

  return {
    generation: '2.x',
    login: async (uid, token) => {
      make(uid);
      const timeout = new Promise((_, reject) => { giveUp = reject; });
      try {
        await Promise.race([client.login({ token }), timeout]);
      } catch (error) {
        client.logout().catch(() => {}); // it would go on trying behind the page's back
        throw error;
      } finally {
        giveUp = undefined;
      }
    },
    logout: async () => {
      await client.logout();
    },
    renew: (token) => client.renewToken(token),
    sendToUser: async (peer, text) => {
      try {
        await client.publish(peer, text, { channelType: 'USER' });
        return true;
      } catch (error) {
        if (/** @type {any} */ (error)?.errorCode === RECEIVER_OFFLINE || /** @type {any} */ (error)?.code === RECEIVER_OFFLINE) return false;
        throw error;
      }
    },
    join: async (name) => {
      await client.subscribe(name);
    },
    sendToChannel: async (name, text) => {
      await client.publish(name, text);
    },
  };
}
