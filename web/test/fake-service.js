/**
 * A local RTM service of a few lines, behind a fake WebSocket, so that the clients are tested without network and with a
 * fake clock. It keeps sessions and replays events as the real one does; what it answers to a call is the test's.
 */

/**
 * @typedef {{[key: string]: any}} Fields
 * @typedef {{ok: Fields} | {error: {code: number, name: string, message: string}}} Answer
 */

const LINKED = /** @type {const} */ (['CONNECTED', 'LOGIN', 'LOGIN_SUCCESS']);
const REJECTED = /** @type {const} */ (['FAILED', 'SERVER_REJECT', 'TOKEN_EXPIRED']);

export class FakeService {
  /** Whether sockets can be opened. */
  up = true;
  /** @type {Fields[]} every call but hello, as it came */
  calls = [];
  /** @type {Fields[]} the same, as frames */
  frames = [];
  /** @type {Fields[]} every hello */
  hellos = [];
  /** @type {{[op: string]: (args: Fields) => Answer | undefined}} undefined: no answer */
  answers = {};
  /** @type {FakeSocket[]} */
  sockets = [];
  /** @type {Map<string, Fields[]>} events by session */
  #sessions = new Map();
  #lastSession = 0;

  /** @type {FakeSocket | undefined} the socket that is open */
  get socket() {
    return this.sockets.findLast((socket) => socket.readyState === 1);
  }

  /** @param {FakeSocket} socket */
  accept(socket) {
    this.sockets.push(socket);
    queueMicrotask(() => (this.up ? socket.open() : socket.end()));
  }

  /**
   * @param {FakeSocket} socket
   * @param {Fields} frame
   */
  receive(socket, { id, op, args }) {
    if (op === 'hello') {
      this.hellos.push(args);
      const resumed = this.#sessions.has(args.session);
      socket.session = resumed ? args.session : `s${++this.#lastSession}`;
      const events = this.#sessions.get(socket.session) ?? [];
      this.#sessions.set(socket.session, events);
      const [last] = events.findLast(({ event }) => /StateChanged$|^linkState$/.test(event))?.args ?? [];
      const state = last?.currentState ?? last;
      const ok = { session: socket.session, key: 'k', now: '2026-01-01T00:00:00Z', resumed, state, seq: events.length };
      socket.deliver({ id: 0, ok });
      for (const event of events.filter(({ seq }) => resumed && seq > args.seq)) {
        socket.deliver(event);
      }
      return;
    }
    this.calls.push({ op, args });
    this.frames.push({ id, op, args });
    const answer = this.answers[op] ? this.answers[op](args) : { ok: {} };
    if (answer) {
      if (op === 'login') {
        this.#afterLogin('ok' in answer);
      }
      socket.deliver({ id, ...answer });
    }
  }

  /** @param {boolean} accepted */
  #afterLogin(accepted) {
    if (this.hellos.at(-1)?.sdk === '2.x') {
      this.link('CONNECTING', 'LOGIN', 'LOGIN');
      const [state, operation, reasonCode] = accepted ? LINKED : REJECTED;
      this.link(state, operation, reasonCode);
    } else {
      this.emit('ConnectionStateChanged', accepted ? ['CONNECTED', 'LOGIN_SUCCESS'] : ['DISCONNECTED', 'LOGIN_FAILURE']);
    }
  }

  /**
   * The two events of RTM 2.x that tell a link state.
   *
   * @param {string} currentState
   * @param {string} operation
   * @param {string} reasonCode
   */
  link(currentState, operation, reasonCode) {
    this.emit('linkState', [{ currentState, previousState: '?', operation, reasonCode, timestamp: 1 }]);
    this.emit('status', [{ state: currentState, reason: reasonCode }]);
  }

  /**
   * An event of the session that was attached last, kept for replay.
   *
   * @param {string} event
   * @param {any[]} args
   * @param {string} [channel]
   */
  emit(event, args, channel) {
    const socket = this.sockets.findLast(({ session }) => session !== '');
    const events = this.#sessions.get(socket?.session ?? '') ?? [];
    const frame = { seq: events.length + 1, event, args, ...(channel === undefined ? {} : { channel }) };
    events.push(frame);
    if (socket?.readyState === 1) {
      socket.deliver(frame);
    }
  }

  /** Loses the socket, as when a network fails; new ones are refused until `up` is set. */
  cut() {
    this.up = false;
    this.socket?.end();
  }

  /** Comes up having forgotten every session. */
  restart() {
    this.cut();
    this.#sessions.clear();
    this.up = true;
  }

  /** The names of the calls that came, in order. */
  get ops() {
    return this.calls.map(({ op }) => op);
  }

  /** Puts the fake WebSocket in place of the real one. */
  install() {
    const service = this;
    globalThis.WebSocket = /** @type {any} */ (
      class extends FakeSocket {
        /** @param {string} url */
        constructor(url) {
          super(url, service);
        }
      }
    );
    return this;
  }
}

export class FakeSocket {
  readyState = 0;
  session = '';
  /** @type {((event: any) => void) | null} */
  onopen = null;
  /** @type {((event: any) => void) | null} */
  onmessage = null;
  /** @type {((event: any) => void) | null} */
  onclose = null;
  /** @type {((event: any) => void) | null} */
  onerror = null;

  /**
   * @param {string} url
   * @param {FakeService} service
   */
  constructor(url, service) {
    this.url = url;
    this.service = service;
    service.accept(this);
  }

  open() {
    if (this.readyState === 0) {
      this.readyState = 1;
      this.onopen?.({});
    }
  }

  /** @param {string} data */
  send(data) {
    if (this.readyState !== 1) {
      throw new Error('InvalidStateError');
    }
    queueMicrotask(() => this.service.receive(this, JSON.parse(data)));
  }

  /** @param {Fields} frame */
  deliver(frame) {
    if (this.readyState === 1) {
      this.onmessage?.({ data: JSON.stringify(frame) });
    }
  }

  /** The far side is gone. */
  end() {
    this.readyState = 3;
    this.onerror?.({});
    this.onclose?.({});
  }

  close() {
    this.readyState = 3;
    queueMicrotask(() => this.onclose?.({}));
  }
}

/** Waits until everything that needs no timer has happened. */
export function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}
