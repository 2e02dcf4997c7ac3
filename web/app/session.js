// One user of the demo: a client, its token, and what happened to both.

import { request } from './control.js';
import { stateTone } from './journal.js';
import { createClient } from './sdk.js';
import { readToken } from './token.js';

/**
 * @typedef {import('./clock.js').ServiceClock} ServiceClock
 * @typedef {import('./journal.js').Journal} Journal
 * @typedef {import('./journal.js').Line} Line
 * @typedef {import('./sdk.js').Client} Client
 * @typedef {import('./sdk.js').SDKChoice} SDKChoice
 * @typedef {import('./token.js').Anatomy} Anatomy
 *
 * A token the session has or had. Times in milliseconds on the service's clock; `replaced` is what took its place
 * or ended its use, often a line of the journal, whose time the service may still correct.
 * @typedef {{ text: string, anatomy: Anatomy, from: number, replaced?: { at: number }, how: 'login'|'renew' }} HeldToken
 *
 * @typedef {{ at: number, from: string, to: string, channel?: string, text: string, sent: boolean, received?: boolean }} Message
 *
 * @typedef {{ step: 'token'|'login'|'renew'|'logout'|'send', code?: number, message: string, token?: string }} Trouble
 *   token: the one that was refused
 */

/** Shortest pause between automatic renewals, in seconds: the service refuses more than two a second. */
export const MIN_RENEW_SECONDS = 1;
const KEPT = 400;

export class Session extends EventTarget {
  /**
   * @param {{ appID: string, uid: string, clock: ServiceClock, journal: Journal, version: '006'|'007' }} options
   *   version: what /fetch_rtm_token mints
   */
  constructor({ appID, uid, clock, journal, version }) {
    super();
    this.appID = appID;
    this.uid = uid;
    /** @type {SDKChoice} */
    this.choice = 'local-1';
    this.clock = clock;
    this.journal = journal;
    /** A second client of the same user, made by "log in elsewhere". */
    this.twin = false;
    this.defaultVersion = version;
    /** @type {'006'|'007'} */
    this.version = version;
    this.state = 'DISCONNECTED';
    this.reason = '';
    /** State changes, oldest first. @type {Line[]} */
    this.states = [];
    /** Renewals, accepted or refused, oldest first. @type {Line[]} */
    this.renewals = [];
    /** @type {HeldToken[]} */
    this.tokens = [];
    /** @type {Message[]} */
    this.messages = [];
    /** @type {Set<string>} */
    this.channels = new Set();
    /** @type {Trouble|undefined} */
    this.trouble = undefined;
    /** What is being done right now. @type {''|'login'|'logout'|'renew'} */
    this.busy = '';
    this.renewSeconds = 30;
    /** When the next automatic renewal is due, on this machine's clock. @type {number|undefined} */
    this.renewDue = undefined;
    /** True from `TokenExpired` until a token is accepted again. */
    this.expired = false;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
    /** @type {Client|undefined} */
    this.client = undefined;
  }

  /** The generation of the SDK, whose names and rules hold for this session. @returns {'1.x'|'2.x'} */
  get sdk() {
    return this.client?.generation ?? (this.choice === 'local-2' ? '2.x' : '1.x');
  }

  /** The token the client holds now, if any. */
  get token() {
    return this.tokens.at(-1);
  }

  /** True while the client counts itself as logged in or on its way. */
  get online() {
    return !this.away && !this.ended;
  }

  /** True while the client is not logged in. In 2.x DISCONNECTED is a link that is down and will be tried again. */
  get away() {
    return this.state === 'IDLE' || (this.state === 'DISCONNECTED' && this.sdk === '1.x');
  }

  /** True when the session was ended for good: only logout and a new login help. */
  get ended() {
    return this.state === 'ABORTED' || this.state === 'FAILED';
  }

  changed() {
    this.dispatchEvent(new Event('change'));
  }

  /**
   * @param {Omit<Line, 'at'|'user'|'told'>} line
   * @returns {Line}
   */
  note(line) {
    return this.journal.add({ at: this.clock.now(), user: this.uid, ...line }, 'client');
  }

  /** Logs in with a fresh token; after an ended session logs out first, as the SDK asks for. */
  async login() {
    if (this.busy) return;
    this.begin('login');
    try {
      if (this.ended) await this.client?.logout();
      this.client ??= await this.makeClient();
      const token = await this.fetchToken();
      try {
        await this.client.login(this.uid, token);
      } catch (error) {
        throw trouble('login', error, token);
      }
      this.hold(token, 'login');
      this.expired = false;
      this.schedule();
    } catch (error) {
      const { step, code, message, token } = this.fail(error);
      if (step === 'login') this.note({ type: 'login_refused', code, text: message, tone: 'bad', token });
    } finally {
      this.end();
    }
  }

  async logout() {
    if (this.busy) return;
    this.begin('logout');
    this.stopTimer();
    try {
      await this.client?.logout();
    } catch (error) {
      this.fail(trouble('logout', error));
    } finally {
      this.channels.clear();
      this.expired = false;
      this.end();
    }
  }

  /** Says goodbye when the page goes away, so that the user does not linger as reconnecting. */
  leave() {
    this.stopTimer();
    if (this.online) this.client?.logout().catch(() => {});
  }

  /** Fetches a token and gives it to the client. */
  async renew() {
    if (this.busy || !this.client || !this.online) return;
    this.begin('renew');
    try {
      const token = await this.fetchToken();
      try {
        await this.client.renew(token);
      } catch (error) {
        throw trouble('renew', error, token);
      }
      this.hold(token, 'renew');
      this.expired = false;
      this.renewals.push(this.note({ type: 'renew_accepted', tone: 'ok', token }));
      trim(this.renewals);
    } catch (error) {
      const { code, message, token } = this.fail(error);
      this.renewals.push(this.note({ type: 'renew_refused', code, text: message, tone: 'bad', token }));
      trim(this.renewals);
    } finally {
      this.schedule();
      this.end();
    }
  }

  /** @param {number} seconds 0 = no automatic renewal */
  setRenewSeconds(seconds) {
    this.renewSeconds = seconds;
    this.schedule();
    this.changed();
  }

  /**
   * @param {{ user?: string, channel?: string, text: string }} message
   */
  async send({ user, channel, text }) {
    if (!this.client) return;
    this.trouble = undefined;
    try {
      if (channel !== undefined) {
        await this.join(channel);
        await this.client.sendToChannel(channel, text);
        this.messages.push({ at: this.clock.now(), from: this.uid, to: channel, channel, text, sent: true });
      } else if (user !== undefined) {
        const received = await this.client.sendToUser(user, text);
        this.messages.push({ at: this.clock.now(), from: this.uid, to: user, text, sent: true, received });
      }
    } catch (error) {
      this.fail(trouble('send', error));
    }
    this.changed();
  }

  /** @param {string} channel */
  async join(channel) {
    if (!this.client || this.channels.has(channel)) return;
    await this.client.join(channel);
    this.channels.add(channel);
    this.changed();
  }

  /**
   * Chooses the SDK of the next login.
   * @param {SDKChoice} choice
   */
  use(choice) {
    this.choice = choice;
    this.client = undefined;
    this.state = choice === 'local-2' ? 'IDLE' : 'DISCONNECTED';
    this.reason = '';
    this.trouble = undefined;
    this.changed();
  }

  /** @returns {Promise<Client>} */
  makeClient() {
    return createClient(this.choice, this.appID, {
      state: (state, reason) => this.onState(state, reason),
      willExpire: () => {
        this.note({ type: 'token_will_expire', tone: 'wait' });
        this.changed();
      },
      expired: () => {
        this.expired = true;
        this.note({ type: 'token_expired', tone: 'bad' });
        this.changed();
      },
      message: ({ from, channel, text }) => {
        this.messages.push({ at: this.clock.now(), from, to: channel ?? this.uid, channel, text, sent: false });
        trim(this.messages);
        this.changed();
      },
    });
  }

  /**
   * @param {string} state
   * @param {string} reason
   */
  onState(state, reason) {
    this.state = state;
    this.reason = reason;
    const line = this.note({ type: 'state', state, reason, tone: stateTone(state, this.sdk) });
    this.states.push(line);
    trim(this.states);
    if (this.ended || this.away) {
      if (this.trouble?.step === 'renew') this.trouble = undefined; // what it was about is over
      this.stopTimer();
      const last = this.token;
      if (last) last.replaced ??= line;
      this.channels.clear();
    }
    this.changed();
  }

  /** @returns {Promise<string>} */
  async fetchToken() {
    try {
      const answer = this.version !== this.defaultVersion
        ? await request('POST', '/v1/tokens', { user: this.uid, services: [{ type: 'rtm' }], life: '1h', version: this.version })
        : await request('POST', '/fetch_rtm_token', { uid: this.uid });
      return String(answer.token);
    } catch (error) {
      throw trouble('token', error);
    }
  }

  /**
   * @param {string} text
   * @param {'login'|'renew'} how
   */
  hold(text, how) {
    const from = this.clock.now();
    const last = this.token;
    if (last) last.replaced ??= { at: from };
    /** @type {HeldToken} */
    const held = { text, anatomy: { version: '', fields: [], problems: [], services: [] }, from, how };
    this.tokens.push(held);
    trim(this.tokens);
    void readToken(text).then((anatomy) => {
      held.anatomy = anatomy;
      this.changed();
    });
  }

  schedule() {
    this.stopTimer();
    if (this.renewSeconds < MIN_RENEW_SECONDS || !this.online) return;
    this.renewDue = Date.now() + this.renewSeconds * 1000;
    this.timer = setTimeout(() => void this.renew(), this.renewSeconds * 1000);
  }

  stopTimer() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.renewDue = undefined;
  }

  /** @param {'login'|'logout'|'renew'} what */
  begin(what) {
    this.busy = what;
    if (what !== 'renew') this.trouble = undefined;
    this.changed();
  }

  end() {
    this.busy = '';
    this.changed();
  }

  /**
   * @param {unknown} error
   * @returns {Trouble}
   */
  fail(error) {
    this.trouble = error instanceof TroubleError ? error.trouble : { step: 'login', message: String(error) };
    return this.trouble;
  }
}

/**
 * A page may stay open for days: only the latest are kept.
 * @param {unknown[]} list
 */
function trim(list) {
  if (list.length > KEPT) list.splice(0, list.length - KEPT);
}

class TroubleError extends Error {
  /** @param {Trouble} what */
  constructor(what) {
    super(what.message);
    this.trouble = what;
  }
}

/**
 * @param {Trouble['step']} step
 * @param {any} error
 * @param {string} [token]
 */
function trouble(step, error, token) {
  const code = typeof error?.code === 'number' ? error.code : typeof error?.errorCode === 'number' ? error.errorCode : undefined;
  return new TroubleError({ step, code, token, message: String(error?.reason ?? error?.message ?? error) });
}
