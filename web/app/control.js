// Talks to the process that served the page: tokens, the control plane of the
// local RTM service, and the feed of its events.

/**
 * What the service says of one session.
 * @typedef {{ id: string, user: string, app_id: string, state: string, reason?: string,
 *   token_version?: string, issued_at?: string|number, expires_at?: string|number, sdk?: string, channels?: string[] }} SessionInfo
 *
 * One decision or event of the service. `source` names the rule.
 * @typedef {{ seq: number, at: string, type: string, user?: string, session?: string, sdk?: string, state?: string,
 *   reason?: string, code?: number, source?: string, detail?: unknown }} ServiceEvent
 *
 * @typedef {{ app_id: string, generated?: boolean, token_version?: string, version?: string, sdk_file?: boolean }} Info
 */

/** An answer that was not a success, or none at all (status 0). */
export class RequestError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
  }
}

/**
 * Sends JSON and reads JSON.
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function request(method, path, body, signal) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, {
      method,
      signal,
      cache: 'no-store',
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new RequestError(0, 'no answer');
  }
  const text = await response.text();
  /** @type {any} */
  let value;
  try {
    value = text === '' ? {} : JSON.parse(text);
  } catch {
    value = { error: text.slice(0, 200) };
  }
  if (!response.ok) {
    const said = value?.error ?? value?.detail ?? value?.message;
    throw new RequestError(response.status, typeof said === 'string' && said ? said : `HTTP ${response.status}`);
  }
  return value;
}

/** @returns {Promise<Info>} */
export function info() {
  return request('GET', '/local/info');
}

/**
 * Which operations the control plane has, by path after /local/control.
 * @returns {Promise<(path: string) => boolean>}
 */
export async function offered() {
  try {
    const { paths } = await request('GET', '/local/control/openapi.json');
    const known = Object.keys(paths).map((path) => path.replace('/local/control', ''));
    return (path) => known.includes(path);
  } catch {
    return () => true; // then a button says why it does not work
  }
}

/**
 * @param {string} user
 * @returns {Promise<SessionInfo[]>}
 */
export async function sessionsOf(user) {
  const answer = await request('GET', `/local/control/sessions?user=${encodeURIComponent(user)}`);
  return answer.sessions ?? [];
}

/**
 * The one session of a user that the service counts as logged in, if there is one.
 * @param {string} user
 * @returns {Promise<SessionInfo|undefined>}
 */
export async function liveSession(user) {
  const live = new Set(['CONNECTED', 'RECONNECTING', 'CONNECTING', 'DISCONNECTED', 'SUSPENDED']);
  const sessions = await sessionsOf(user);
  return sessions.findLast((session) => session.state === 'CONNECTED')
    ?? sessions.findLast((session) => live.has(session.state));
}

/**
 * Follows the service's events for as long as the page is open. While the page is hidden it rests, and
 * catches up when it is shown again.
 */
export class EventFeed extends EventTarget {
  /** @param {{ history: boolean }} options history: start with what the service still remembers. */
  constructor({ history }) {
    super();
    this.history = history;
    this.next = 0;
    this.connected = false;
    /** @type {AbortController|undefined} */
    this.pending = undefined;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.pending?.abort();
    });
  }

  /**
   * Runs until the page goes away; never throws.
   * @returns {Promise<void>}
   */
  async run() {
    let first = true;
    let pause = 500;
    for (;;) {
      if (document.hidden) await shown();
      this.pending = new AbortController();
      try {
        const wait = first ? '' : '&wait=20s';
        const answer = await request('GET', `/local/control/events?since=${this.next}${wait}`, undefined, this.pending.signal);
        /** @type {ServiceEvent[]} */
        const events = answer.events ?? [];
        const restarted = typeof answer.next === 'number' && answer.next < this.next;
        this.next = restarted ? 0 : answer.next ?? this.next;
        this.setConnected(true);
        pause = 500;
        if (restarted) {
          this.dispatchEvent(new Event('restarted'));
          continue;
        }
        if (!first || this.history) {
          if (events.length > 0) this.dispatchEvent(new CustomEvent('events', { detail: events }));
        }
        if (events.length === 0) first = false;
      } catch {
        if (document.hidden || this.pending.signal.aborted) continue;
        this.setConnected(false);
        await new Promise((resolve) => { setTimeout(resolve, pause); });
        pause = Math.min(pause * 2, 8000);
      }
    }
  }

  /** @param {boolean} connected */
  setConnected(connected) {
    if (this.connected === connected) return;
    this.connected = connected;
    this.dispatchEvent(new Event('connection'));
  }
}

function shown() {
  return new Promise((resolve) => {
    const check = () => {
      if (document.hidden) return;
      document.removeEventListener('visibilitychange', check);
      resolve(undefined);
    };
    document.addEventListener('visibilitychange', check);
    check();
  });
}
