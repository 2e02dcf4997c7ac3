/**
 * The login of one RTM 2.x client: its link state, and how it comes back when the local service was away.
 *
 * The documented state machine runs in the service, which sends every change as an event. The session adds what only a
 * client can see: a service that cannot be reached, and one that was restarted and has forgotten everybody.
 */

import { Closed, NoAnswer, Tether } from '../rtm/tether.js';
import { LinkStateChangeReasonDescription } from './constants.js';
import { callError, notLoggedIn } from './errors.js';

const LOGIN_TIMEOUT = 12_000;
const CALL_TIMEOUT = 10_000;
const LOGOUT_TIMEOUT = 2000;
/** How long the service may be away before the app hears of it: as long as a missing heartbeat, in milliseconds. */
const HEARTBEAT_TIMEOUT = 10_000;
const RELOGIN_PAUSE = 5000;

/** Refusals of a token or of a user: to ask again with the same would change nothing. */
const REFUSED = [-10003, -10005, -10006, -10009, -10012, -10015, -10016];

/** What `status` says of the changes that the client finds out by itself.
 * @type {{[reasonCode: string]: {state: string, reason: string}}} */
const STATUS = {
  LOGIN: { state: 'CONNECTING', reason: 'CONNECTING' },
  LOGIN_TIMEOUT: { state: 'DISCONNECTED', reason: 'LOST' },
  KEEP_ALIVE_TIMEOUT: { state: 'DISCONNECTED', reason: 'LOST' },
  RECONNECT_SUCCESS: { state: 'CONNECTED', reason: 'LOGIN_SUCCESS' },
  LOGOUT: { state: 'DISCONNECTED', reason: 'LOGOUT' },
};

/**
 * @typedef {import('./constants.js').LinkState} LinkState
 * @typedef {import('./constants.js').LinkOperation} LinkOperation
 * @typedef {import('./constants.js').LinkReasonCode} LinkReasonCode
 *
 * @typedef {object} LinkStateEvent
 * @property {LinkState} currentState
 * @property {LinkState} previousState
 * @property {'MESSAGE' | 'STREAM'} serviceType
 * @property {LinkOperation} operation
 * @property {string} reason
 * @property {LinkReasonCode} reasonCode
 * @property {string[]} affectedChannels
 * @property {string[]} unrestoredChannels
 * @property {boolean} isResumed
 * @property {number} timestamp milliseconds
 *
 * @typedef {object} SessionListener
 * @property {(event: string, argument: any) => void} event
 * @property {() => Promise<unknown>} restore subscribes again after a restart of the service
 */

export class Session {
  #endpoint;
  #appId;
  #identity;
  #listener;
  /** @type {LinkState} */
  #state = 'IDLE';
  /** @type {Tether | null} */
  #tether = null;
  /** Identifies the latest login that is under way: one that was overtaken decides nothing.
   * @type {object | null} */
  #latest = null;
  /** The token of the login to repeat when the service was restarted; undefined where nobody is logged in.
   * @type {{token?: string} | undefined} */
  #login;
  /** Identifies the latest attempt to log in again.
   * @type {object | null} */
  #attempt = null;
  /** The link state that the service sent last while a login is repeated without a word to the app.
   * @type {LinkStateEvent | null} */
  #unsaid = null;
  /** Whether the last link state was news; its `status`, which follows, is told like it. */
  #told = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} endpoint
   * @param {unknown} appId
   * @param {{userId: unknown, presenceTimeout: unknown}} identity what goes with every login
   * @param {SessionListener} listener
   */
  constructor(endpoint, appId, identity, listener) {
    this.#endpoint = endpoint;
    this.#appId = appId;
    this.#identity = identity;
    this.#listener = listener;
  }

  /**
   * @param {string} [token]
   * @returns {Promise<{timestamp: number}>}
   */
  async login(token) {
    clearTimeout(this.#timer);
    this.#attempt = null;
    const tether = (this.#tether ??= this.#open());
    const mine = (this.#latest = {});
    try {
      const answer = await tether.call('login', { ...this.#identity, token }, LOGIN_TIMEOUT, { repeatable: true });
      this.#login = { token };
      return answer;
    } catch (error) {
      if (this.#latest === mine) {
        this.#giveUp(error instanceof NoAnswer);
      }
      throw callError('login', error);
    } finally {
      this.#latest = this.#latest === mine ? null : this.#latest;
    }
  }

  /** @returns {Promise<{timestamp: number}>} */
  async logout() {
    if (!this.#tether && this.#state === 'IDLE') {
      throw notLoggedIn('logout');
    }
    const answer = this.#tether?.attached
      ? await this.#tether.call('logout', {}, LOGOUT_TIMEOUT).catch(() => null) // whatever the service makes of it
      : null;
    this.#close();
    this.#change('IDLE', 'LOGOUT', 'LOGOUT');
    return answer ?? { timestamp: Date.now() };
  }

  /**
   * @param {string} token
   * @param {string} [channelName]
   * @returns {Promise<{timestamp: number}>}
   */
  async renewToken(token, channelName) {
    const answer = await this.call('renewToken', { token, channelName });
    if (this.#login && !channelName) {
      this.#login.token = token;
    }
    return answer;
  }

  /**
   * @param {string} op
   * @param {{[name: string]: unknown}} args
   * @returns {Promise<any>} rejects with an RTMBaseError
   */
  async call(op, args) {
    if (!this.#tether) {
      throw notLoggedIn(op);
    }
    try {
      return await this.#tether.call(op, args, CALL_TIMEOUT);
    } catch (error) {
      throw callError(op, error);
    }
  }

  #open() {
    return new Tether(
      this.#endpoint,
      { sdk: '2.x', appId: this.#appId },
      {
        event: ({ event, args }) => this.#receive(event, args[0]),
        lost: () => this.#lost(),
        attached: (is) => this.#attached(is),
      },
    );
  }

  #close() {
    clearTimeout(this.#timer);
    this.#tether?.close();
    this.#tether = this.#latest = this.#attempt = this.#unsaid = null;
    this.#login = undefined;
  }

  /** @param {boolean} unanswered */
  #giveUp(unanswered) {
    this.#close();
    if (unanswered && this.#state !== 'CONNECTING') {
      this.#change('CONNECTING', 'LOGIN', 'LOGIN');
    }
    if (unanswered) {
      this.#change('DISCONNECTED', 'LOGIN', 'LOGIN_TIMEOUT');
    }
  }

  /**
   * Tells a change that the service did not, in the words of both generations of the event.
   *
   * @param {LinkState} currentState
   * @param {LinkOperation} operation
   * @param {LinkReasonCode} reasonCode
   */
  #change(currentState, operation, reasonCode) {
    this.#tell({
      currentState,
      previousState: this.#state,
      serviceType: 'MESSAGE',
      operation,
      reason: LinkStateChangeReasonDescription[reasonCode],
      reasonCode,
      affectedChannels: [],
      unrestoredChannels: [],
      isResumed: operation === 'RECONNECTED',
      timestamp: Date.now(),
    });
    if (this.#told) {
      this.#listener.event('status', STATUS[reasonCode]);
    }
  }

  /** @param {LinkStateEvent} event */
  #tell(event) {
    const previousState = this.#state;
    this.#told = event.currentState !== previousState;
    if (this.#told) {
      this.#state = event.currentState;
      this.#listener.event('linkState', { ...event, previousState });
    }
  }

  /**
   * @param {string} event
   * @param {any} argument
   */
  #receive(event, argument) {
    if (this.#attempt && (event === 'linkState' || event === 'status')) {
      this.#unsaid = event === 'linkState' ? argument : this.#unsaid;
    } else if (event === 'linkState') {
      this.#tell(argument);
    } else if (event !== 'status' || this.#told) {
      this.#listener.event(event, argument);
    }
  }

  #lost() {
    if (this.#state === 'CONNECTED') {
      const away = () => this.#change('DISCONNECTED', 'HEARTBEAT_TIMEOUT', 'KEEP_ALIVE_TIMEOUT');
      this.#timer = setTimeout(away, HEARTBEAT_TIMEOUT);
    } else if (this.#state === 'FAILED' && !this.#latest) {
      this.#close();
    }
  }

  /** @type {import('../rtm/tether.js').TetherListener['attached']} */
  #attached({ resumed, state, missed }) {
    clearTimeout(this.#timer);
    if (!resumed && this.#login) {
      this.#loginAgain(this.#login);
    } else if (resumed && !missed && state === 'CONNECTED') {
      // The service has not noticed that the client was away, so it sends no event.
      this.#change('CONNECTED', 'RECONNECTED', 'RECONNECT_SUCCESS');
    }
  }

  /**
   * Logs in to a restarted service without a word to the app, as after any other interruption. A refusal is told as the
   * service words it.
   *
   * @param {{token?: string}} login
   */
  async #loginAgain(login) {
    const attempt = (this.#attempt = {});
    try {
      await this.#tether?.call('login', { ...this.#identity, ...login }, LOGIN_TIMEOUT);
      await this.#listener.restore();
    } catch (error) {
      if (attempt === this.#attempt) {
        this.#afterRefusal(error, login);
      }
      return;
    }
    if (attempt === this.#attempt) {
      this.#attempt = this.#unsaid = null;
      this.#change('CONNECTED', 'RECONNECTED', 'RECONNECT_SUCCESS');
    }
  }

  /**
   * @param {unknown} error
   * @param {{token?: string}} login
   */
  #afterRefusal(error, login) {
    if (REFUSED.includes(callError('login', error).errorCode)) {
      const last = this.#unsaid;
      this.#attempt = this.#unsaid = null;
      if (last) {
        this.#tell(last);
      }
    } else if (!(error instanceof Closed)) {
      this.#timer = setTimeout(() => this.#loginAgain(login), RELOGIN_PAUSE);
    }
  }
}
