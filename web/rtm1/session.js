/**
 * The login of one client: its connection state, its token, and how it comes back when the local service was away.
 *
 * The documented state machine runs in the service, which sends every change as an event. The session adds what only a
 * client can see: CONNECTING when it is asked to log in, a service that cannot be reached, and a service that was restarted
 * and has forgotten everybody.
 */

import { NoAnswer, Tether } from '../rtm/tether.js';
import { callError, notLoggedIn, operationOf, RtmError } from './errors.js';

/** How long the service may be away before the app hears of it, as for a link that is down, in milliseconds. */
const INTERRUPT_AFTER = 4000;

/** Pause before a login after a restart is tried again where the service refused it for another reason than the token. */
const RELOGIN_PAUSE = 5000;

/**
 * @typedef {import('./enums.js').ConnectionStateName} State
 * @typedef {import('./enums.js').ConnectionChangeReasonName} Reason
 *
 * @typedef {object} SessionListener
 * @property {(event: string, args: any[], channel?: string) => void} event
 * @property {() => Promise<unknown>} restore joins and subscribes again after a restart of the service
 */

export class Session {
  #endpoint;
  #appId;
  #listener;
  /** @type {State} */
  #state = 'DISCONNECTED';
  /** @type {Tether | null} */
  #tether = null;
  /** The login to repeat when the service was restarted; null while nobody is logged in.
   * @type {{uid: string, token?: string} | null} */
  #login = null;
  /** Identifies the latest attempt to log in again; an older one has nothing more to say.
   * @type {object | null} */
  #attempt = null;
  /** Whether an attempt waits for its answer: the states that lead to it are not for the app. */
  #silent = false;
  /** Whether the service was restarted, refused the token and waits for another. */
  #tokenAwaited = false;
  #leaving = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} endpoint
   * @param {unknown} appId
   * @param {SessionListener} listener
   */
  constructor(endpoint, appId, listener) {
    this.#endpoint = endpoint;
    this.#appId = appId;
    this.#listener = listener;
  }

  /** Whether calls are worth making. */
  get loggedIn() {
    return this.#tether !== null && this.#state !== 'DISCONNECTED' && this.#state !== 'CONNECTING';
  }

  /**
   * @param {{uid: string, token?: string}} options
   * @returns {Promise<void>}
   */
  async login(options) {
    // Whether a login may follow ABORTED without a logout is a setting of the service, which says 8 if not.
    const aborted = this.#state === 'ABORTED' && !this.#silent ? this.#tether : null;
    if (this.#state !== 'DISCONNECTED' && !aborted) {
      throw new RtmError(
        8,
        'LOGIN_ERR_ALREADY_LOGIN',
        `The client is ${this.#state}: it is logged in or logging in, or it must log out first.`,
      );
    }
    const { uid, token } = options ?? {};
    if (!aborted) {
      this.#change('CONNECTING', 'LOGIN');
    }
    const tether = aborted ?? this.#open();
    this.#silent = aborted !== null;
    try {
      await tether.call('login', { uid, token }, operationOf('login').timeout, { repeatable: true });
    } catch (error) {
      const refusal = callError('login', error);
      if (tether === this.#tether && !(aborted && refusal.code === 8)) {
        this.#begun(aborted);
        this.#end(error instanceof NoAnswer ? 'LOGIN_TIMEOUT' : 'LOGIN_FAILURE');
      }
      throw refusal;
    } finally {
      this.#silent = false;
    }
    this.#login = { uid, token };
    this.#begun(aborted);
    this.#change('CONNECTED', 'LOGIN_SUCCESS');
  }

  /**
   * Tells of the beginning of a login what could not be told before its end.
   *
   * @param {Tether | null} aborted
   */
  #begun(aborted) {
    if (aborted) {
      this.#change('CONNECTING', 'LOGIN');
    }
  }

  /** @returns {Promise<void>} */
  async logout() {
    if (this.#state === 'DISCONNECTED' || this.#leaving) {
      throw notLoggedIn('logout');
    }
    this.#leaving = true;
    try {
      if (this.#tether?.attached) {
        await this.#tether.call('logout', {}, operationOf('logout').timeout);
      }
    } catch {
      // Whatever the service makes of it, this client is gone.
    } finally {
      this.#leaving = false;
      this.#end('LOGOUT');
    }
  }

  /**
   * @param {string} token
   * @returns {Promise<void>}
   */
  async renewToken(token) {
    if (this.#tokenAwaited && this.#login) {
      await this.#loginWith(token, this.#login.uid);
      return;
    }
    await this.call('renewToken', { token });
    if (this.#login) {
      this.#login.token = token;
    }
  }

  /**
   * @param {string} op
   * @param {{[name: string]: unknown}} args
   * @returns {Promise<any>} rejects with an {@link RtmError}
   */
  async call(op, args) {
    if (!this.#tether || !this.loggedIn) {
      throw notLoggedIn(op);
    }
    try {
      return await this.#tether.call(op, args, operationOf(op).timeout);
    } catch (error) {
      throw callError(op, error);
    }
  }

  #open() {
    const tether = new Tether(
      this.#endpoint,
      { sdk: '1.x', appId: this.#appId },
      {
        event: (frame) => this.#receive(frame),
        lost: () => this.#lost(),
        attached: (is) => this.#attached(is),
      },
    );
    this.#tether = tether;
    return tether;
  }

  /** @param {Reason} reason */
  #end(reason) {
    clearTimeout(this.#timer);
    this.#tether?.close();
    this.#tether = this.#login = this.#attempt = null;
    this.#tokenAwaited = false;
    this.#change('DISCONNECTED', reason);
  }

  /**
   * @param {State} state
   * @param {Reason} reason
   */
  #change(state, reason) {
    if (this.#state !== state) {
      this.#state = state;
      this.#listener.event('ConnectionStateChanged', [state, reason]);
    }
  }

  /** @param {import('../rtm/tether.js').EventFrame} frame */
  #receive({ event, args, channel }) {
    if (event !== 'ConnectionStateChanged') {
      this.#listener.event(event, args, channel);
    } else if (!this.#silent) {
      this.#change(args[0], args[1]);
    }
  }

  #lost() {
    if (this.#state === 'ABORTED') {
      this.#tether?.close();
      this.#tether = null;
    } else if (this.#state === 'CONNECTED') {
      this.#timer = setTimeout(() => this.#change('RECONNECTING', 'INTERRUPTED'), INTERRUPT_AFTER);
    }
  }

  /** @type {import('../rtm/tether.js').TetherListener['attached']} */
  #attached({ resumed, state, missed }) {
    clearTimeout(this.#timer);
    if (!resumed && this.#login) {
      this.#loginAgain(this.#login);
    } else if (resumed && state === 'CONNECTED' && !missed) {
      // The service has not noticed that the client was away, so it sends no event.
      this.#change('CONNECTED', 'LOGIN_SUCCESS');
    }
  }

  /**
   * Logs in to a restarted service without a word to the app, as after any other interruption. A token that is refused is
   * reported as one that expired while the link was down: once, and `renewToken` continues.
   *
   * @param {{uid: string, token?: string}} login
   */
  async #loginAgain(login) {
    const attempt = (this.#attempt = {});
    try {
      await this.#repeat(login);
      await this.#listener.restore();
    } catch (error) {
      if (attempt === this.#attempt) {
        this.#change('RECONNECTING', 'INTERRUPTED');
        this.#afterRefusal(callError('login', error).code, login);
      }
      return;
    }
    if (attempt === this.#attempt) {
      this.#tokenAwaited = false;
      this.#change('CONNECTED', 'LOGIN_SUCCESS');
    }
  }

  /** @param {{uid: string, token?: string}} login */
  async #repeat(login) {
    this.#silent = true;
    try {
      await this.#tether?.call('login', login, operationOf('login').timeout);
    } finally {
      this.#silent = false;
    }
  }

  /**
   * @param {number} code
   * @param {{uid: string, token?: string}} login
   */
  #afterRefusal(code, login) {
    if (code === 5 || code === 6) {
      if (!this.#tokenAwaited) {
        this.#tokenAwaited = true;
        this.#listener.event('TokenExpired', []);
      }
    } else if (code === 2) {
      this.#change('ABORTED', 'BANNED_BY_SERVER');
    } else {
      this.#timer = setTimeout(() => this.#loginAgain(login), RELOGIN_PAUSE);
    }
  }

  /**
   * The renewal for which a restarted service waits. Its refusals have the numbers of a renewal, in which 5 and 6 are swapped.
   *
   * @param {string} token
   * @param {string} uid
   */
  async #loginWith(token, uid) {
    if (typeof token !== 'string' || token === '') {
      throw new RtmError(2, 'RENEW_TOKEN_ERR_INVALID_ARGUMENT', 'The token must be a text that is not empty.');
    }
    const attempt = (this.#attempt = {});
    try {
      await this.#repeat({ uid, token });
    } catch (error) {
      const { code, message } = callError('login', error);
      const plain = message.replace(/^Error Code \d+\. /, '');
      if (code === 5) {
        throw new RtmError(6, 'RENEW_TOKEN_ERR_INVALID_TOKEN', plain);
      }
      if (code === 6) {
        throw new RtmError(5, 'RENEW_TOKEN_ERR_TOKEN_EXPIRED', plain);
      }
      throw new RtmError(1, 'RENEW_TOKEN_ERR_FAILURE', plain);
    }
    if (attempt === this.#attempt) {
      this.#login = { uid, token };
      this.#tokenAwaited = false;
      await this.#listener.restore();
      this.#change('CONNECTED', 'LOGIN_SUCCESS');
    }
  }
}
