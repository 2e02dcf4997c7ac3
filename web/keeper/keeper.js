/**
 * Keeps an RTM client logged in with a fresh token. What it promises is described in token-keeper.d.ts.
 *
 * One loop does everything, one request at a time: obtain a token, then log in or renew with it. Timers and events only
 * say that there is something to do.
 */

/** @import { Client1, Client2, Keeper, KeeperOptions, Status } from '../token-keeper.js' */

import { spread, times } from './life.js';
import { post } from './request.js';
import { sdk1, sdk2 } from './sdk.js';
import { Stopwatch } from './stopwatch.js';
import { Trouble } from './trouble.js';

const SECOND = 1000;
/** A sleeping machine stops timers: however far off the next renewal is, the clock is looked at this often. */
const LOOK = 30 * SECOND;
const FIRST_PAUSE = SECOND;
const LONGEST_PAUSE = 60 * SECOND;
/** However long a pause should be, there is one more try while the token has so much time left. */
const RESERVE = 20 * SECOND;
/** What has not ended by now never will: RTM 2.3.0 does not reject a login without a network. */
const PATIENCE = 15 * SECOND;

/** Codes with which a login is refused whatever the token. */
const FATAL = [2, 3, 4, -10003, -10006, -10012];
const NOT_LOGGED_IN = [102, -10002];
const ALREADY_LOGGED_IN = 8;

const INVALID = 'the token is not valid for this user, App ID and certificate';
const EXPIRED = 'the token has expired already: is a clock wrong, or was an old answer kept?';
/** @type {{[code: string]: string}} */
const COMMON = { '-10005': INVALID, '-10009': EXPIRED, '-10016': 'the token was made for another App ID' };
/** In RTM 1.x, 5 and 6 mean one thing at login and the other at renewal.
 * @type {{[doing: string]: {[code: string]: string}}} */
const MEANING = {
  login: { ...COMMON, 5: INVALID, 6: EXPIRED, 9: 'the RTM service did not answer' },
  renewToken: { ...COMMON, 6: INVALID, 5: EXPIRED },
};

const ELSEWHERE = 'The same user logged in elsewhere; to log in again would end that session, and so on for ever.';
/** Ends of a session after which there is no logging in again.
 * @type {{[reason: string]: string}} */
const FINAL = {
  REMOTE_LOGIN: ELSEWHERE,
  SAME_UID_LOGIN: ELSEWHERE,
  BANNED_BY_SERVER: 'The service has banned the user.',
  KICKED_OUT_BY_SERVER: 'The service has removed the user.',
};

/** Events of a page before which much time may have passed. */
const WAKES = ['focus', 'pageshow', 'visibilitychange'];

/** @type {typeof import('../token-keeper.js').keepRenewed} */
export function keepRenewed(client, options) {
  if (!options?.user || (!options.url && !options.fetchToken)) {
    throw new TypeError('keepRenewed needs a user, and where tokens come from: url or fetchToken.');
  }
  return new TokenKeeper(client, options);
}

/** @implements {Keeper} */
class TokenKeeper {
  #options;
  #sdk;
  #unlisten;
  /** @type {Status} */
  #status = { state: 'starting' };
  /** What there is to do. */
  #login = true;
  #renew = false;
  /** @type {Set<string>} */
  #channels = new Set();
  /** Whether the client still holds a session that has ended. */
  #dead = false;
  #leaving = false;
  #busy = false;
  #failures = 0;
  /** Whether the token is renewed because its time has come, and for no other reason. */
  #onTime = false;
  #stopped = new AbortController();
  #clock = new Stopwatch();
  /** Readings of the clock: when the token is due, when it ends, and until when nothing is tried after a failure. */
  #dueAt = Infinity;
  #endsAt = Infinity;
  #pauseUntil = 0;
  /** The part of the pause that the server asked for. */
  #askedUntil = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Client1 | Client2} client
   * @param {KeeperOptions} options
   */
  constructor(client, options) {
    this.#options = options;
    this.#sdk = 'createChannel' in client ? sdk1(client, options.user) : sdk2(client);
    this.#unlisten = this.#sdk.listen({
      want: (channel) => this.#want(channel),
      dead: (reason) => this.#lost(reason),
      left: () => this.#leaving || this.#end('stopped'),
    });
    for (const event of WAKES) {
      globalThis.addEventListener?.(event, this.#look);
    }
    globalThis.addEventListener?.('online', this.#hurry);
    this.#look();
  }

  /** @returns {Status} */
  get status() {
    return this.#status;
  }

  renewNow() {
    this.#want();
  }

  stop() {
    this.#end('stopped');
  }

  /**
   * @param {'ended' | 'stopped'} state
   * @param {string} [message]
   * @param {unknown} [cause]
   */
  #end(state, message, cause) {
    if (this.#stopped.signal.aborted) {
      return;
    }
    this.#stopped.abort();
    clearTimeout(this.#timer);
    for (const event of WAKES) {
      globalThis.removeEventListener?.(event, this.#look);
    }
    globalThis.removeEventListener?.('online', this.#hurry);
    this.#unlisten();
    this.#tell(state, message, cause);
  }

  /**
   * @param {Status['state']} state
   * @param {string} [message]
   * @param {unknown} [cause]
   */
  #tell(state, message, cause) {
    if (state !== this.#status.state || message !== this.#status.message) {
      this.#status = { state, message, cause };
      try {
        this.#options.onStatus?.(this.#status);
      } catch (error) {
        (globalThis.reportError ?? console.error)(error); // the keeping goes on
      }
    }
  }

  /** @param {string} [channel] */
  #want(channel) {
    if (channel) {
      this.#channels.add(channel);
    } else {
      this.#renew = true;
    }
    this.#look();
  }

  /** @param {string} reason */
  #lost(reason) {
    if (FINAL[reason]) {
      this.#end('ended', FINAL[reason]);
    } else {
      this.#login = this.#dead = true;
      this.#look();
    }
  }

  /** The network is back: what failed before may work now. */
  #hurry = () => {
    this.#pauseUntil = this.#askedUntil;
    this.#look();
  };

  get #wanting() {
    return this.#login || this.#renew || this.#channels.size > 0;
  }

  #look = () => {
    clearTimeout(this.#timer);
    if (this.#busy || this.#stopped.signal.aborted) {
      return;
    }
    const wait = (this.#wanting ? this.#pauseUntil : this.#dueAt) - this.#clock.read();
    if (wait > 0) {
      this.#timer = setTimeout(this.#look, Math.min(wait, LOOK));
      return;
    }
    this.#onTime = !this.#wanting;
    this.#renew ||= this.#onTime;
    this.#act();
  };

  /** One try: a token, and what it is for. */
  async #act() {
    this.#busy = true;
    if (this.#status.state === 'kept') {
      this.#tell('renewing');
    }
    const [channel] = this.#login || this.#renew ? [] : this.#channels;
    try {
      const { token, due, left } = await this.#obtain(channel);
      if (channel) {
        await this.#call('renewToken', this.#sdk.renew(token, channel));
        this.#channels.delete(channel);
      } else {
        await this.#use(token);
        this.#renew = false;
        const now = this.#clock.read();
        this.#endsAt = now + left;
        this.#dueAt = now + spread(due, !this.#onTime);
      }
      this.#failures = this.#pauseUntil = this.#askedUntil = 0;
      if (!this.#wanting) {
        this.#tell('kept');
      }
    } catch (error) {
      this.#fail(/** @type {Trouble} */ (error));
    }
    this.#busy = false;
    this.#look();
  }

  /** @param {string} token */
  async #use(token) {
    if (!this.#login) {
      await this.#call('renewToken', this.#sdk.renew(token));
      return;
    }
    if (this.#dead && (this.#sdk.strict || this.#failures > 0)) {
      this.#leaving = true;
      // A logout that ends after stop() has put the listeners back.
      const logout = this.#sdk.logout().finally(() => this.#stopped.signal.aborted && this.#unlisten());
      await this.#call('logout', logout).finally(() => (this.#leaving = false));
      this.#dead = false;
    }
    try {
      await this.#call('login', this.#sdk.login(token));
    } catch (error) {
      if (this.#dead || /** @type {Trouble} */ (error).code !== ALREADY_LOGGED_IN) {
        throw error;
      }
      await this.#call('renewToken', this.#sdk.renew(token));
    }
    this.#login = this.#dead = false;
  }

  /** @param {Trouble} trouble */
  #fail(trouble) {
    const { code = 0, doing, retryAfter, message } = trouble;
    if (this.#stopped.signal.aborted) {
      return;
    }
    if (doing === 'login' && FATAL.includes(code)) {
      this.#end('ended', message, trouble.cause);
      return;
    }
    if (NOT_LOGGED_IN.includes(code)) {
      this.#login = true;
    }
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
    const now = this.#clock.read();
    const last = this.#endsAt - now - RESERVE;
    const wait = Math.max(pause, retryAfter);
    this.#askedUntil = now + Math.min(retryAfter, wait);
    this.#pauseUntil = now + (last > SECOND ? Math.min(wait, last) : wait);
    this.#tell('retrying', message, trouble.cause);
  }

  /**
   * Waits for a call of the client, but not for ever and not beyond `stop()`.
   *
   * @template T
   * @param {string} doing
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  async #call(doing, promise) {
    try {
      return await this.#within(promise, `${doing} was not answered in ${PATIENCE / SECOND} s`);
    } catch (cause) {
      const { code, message } = /** @type {{code?: number, message: string}} */ (cause);
      const why = MEANING[doing]?.[String(code)] ?? message;
      throw new Trouble(`RTM ${doing} failed: ${why}${code === undefined ? '' : ` (code ${code})`}.`, { cause, code, doing });
    }
  }

  /**
   * @template T
   * @param {Promise<T>} promise
   * @param {string} complaint
   * @returns {Promise<T>}
   */
  async #within(promise, complaint) {
    const { signal } = this.#stopped;
    let timer;
    let stop = () => {};
    /** @type {Promise<never>} */
    const end = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(complaint)), PATIENCE);
      stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop);
    });
    try {
      return await Promise.race([promise, end]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  /**
   * @param {string} [channel]
   * @returns {Promise<{token: string, due: number, left: number}>}
   */
  async #obtain(channel) {
    const { fetchToken, user } = this.#options;
    const abort = new AbortController();
    const request = { user, channel, signal: abort.signal };
    try {
      const asked = fetchToken ? (async () => ({ answer: await fetchToken(request), date: NaN }))() : post(this.#options, request);
      const { answer, date } = await this.#within(asked, `no answer in ${PATIENCE / SECOND} s`);
      const full = typeof answer === 'string' ? { token: answer } : answer;
      if (!full?.token) {
        throw new Error('the answer holds no token');
      }
      return { token: full.token, ...(await times(full, date)) };
    } catch (cause) {
      const { message, retryAfter } = /** @type {Trouble} */ (cause);
      throw new Trouble(`No new token: ${message}.`, { cause, retryAfter });
    } finally {
      abort.abort();
    }
  }
}
