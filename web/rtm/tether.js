/**
 * The connection between a client and the local RTM service. It outlives its WebSocket: when the socket is lost it dials
 * again, for ever, and asks for the same session, of which the service replays the events that were missed. The protocol is
 * docs/local-rtm-protocol.md.
 *
 * A tether knows nothing of RTM: links that the service cuts on purpose are events like any other and leave it open.
 */

const PROTOCOL = 1;

/** First and longest pause between two attempts to dial, in milliseconds. */
const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 2000;

/**
 * @typedef {{[key: string]: any}} Fields
 * @typedef {{seq: number, event: string, args: any[], channel?: string}} EventFrame
 * @typedef {object} Welcome
 * @property {string} session
 * @property {string} key
 * @property {boolean} resumed
 * @property {string} state
 * @property {number} seq the last event of the session
 *
 * @typedef {object} TetherListener
 * @property {(frame: EventFrame) => void} event each event once, in the order of the service
 * @property {() => void} lost the WebSocket is gone and is being dialled again
 * @property {(is: {resumed: boolean, state: string, missed: boolean}) => void} attached the service answers; `resumed` false
 *   means a new session, `missed` that events follow which tell how it came to its state
 *
 * @typedef {object} Call
 * @property {string} op
 * @property {string} frame
 * @property {boolean} sent
 * @property {boolean} repeatable
 * @property {(result: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 */

/** A call that the service refused: code, name and message are the service's. */
export class Refusal extends Error {
  /** @param {{code?: number, name?: string, message?: string, operation?: string}} error */
  constructor(error) {
    super(error.message ?? 'The local RTM service refused the call.');
    this.name = error.name ?? 'Refusal';
    this.code = error.code;
    this.operation = error.operation;
  }
}

/** A call that got no answer in its time, or whose answer can no longer come. */
export class NoAnswer extends Error {}

/** A call that was given up because the connection was closed on purpose. */
export class Closed extends NoAnswer {}

export class Tether {
  #endpoint;
  #hello;
  #listener;
  /** @type {WebSocket | null} */
  #socket = null;
  #attached = false;
  #closed = false;
  #pause = FIRST_PAUSE;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #redial;
  /** @type {{session: string, key: string} | null} */
  #session = null;
  #seq = 0;
  #lastID = 0;
  /** @type {Map<number, Call>} */
  #calls = new Map();

  /**
   * Begins to dial at once.
   *
   * @param {string} endpoint WebSocket address
   * @param {{sdk: string, appId: unknown}} identity
   * @param {TetherListener} listener
   */
  constructor(endpoint, identity, listener) {
    this.#endpoint = endpoint;
    this.#hello = { protocol: PROTOCOL, sdk: identity.sdk, app_id: identity.appId };
    this.#listener = listener;
    this.#dial();
  }

  /** Whether the service can be spoken to at this moment. */
  get attached() {
    return this.#attached;
  }

  /**
   * Asks the service. A call made while the socket is away is sent when it is back, unless the service has forgotten the
   * session by then.
   *
   * @param {string} op
   * @param {Fields} args
   * @param {number} timeout milliseconds
   * @param {{repeatable?: boolean}} [options] repeatable: also asked of a new session
   * @returns {Promise<any>} rejects with {@link Refusal}, {@link NoAnswer} or {@link Closed}
   */
  call(op, args, timeout, { repeatable = false } = {}) {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new Closed(`The connection was closed before ${op} was answered.`));
        return;
      }
      const id = ++this.#lastID;
      const timer = setTimeout(() => {
        this.#calls.delete(id);
        reject(new NoAnswer(`No answer to ${op} from the local RTM service at ${this.#endpoint} in ${timeout / 1000} s.`));
      }, timeout);
      this.#calls.set(id, { op, frame: encode({ id, op, args }), sent: false, repeatable, resolve, reject, timer });
      this.#flush();
    });
  }

  /** Closes the socket for good and rejects what is still unanswered. */
  close() {
    this.#closed = true;
    this.#attached = false;
    clearTimeout(this.#redial);
    this.#dropSocket()?.close();
    for (const [id, call] of this.#calls) {
      this.#settle(id)?.reject(new Closed(`The connection was closed before ${call.op} was answered.`));
    }
  }

  #dial() {
    const socket = new WebSocket(this.#endpoint);
    this.#socket = socket;
    socket.onopen = () => socket.send(encode({ id: 0, op: 'hello', args: { ...this.#hello, ...this.#resumption() } }));
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => this.#lose();
    // An error is always followed by close; without a listener some implementations throw it.
    socket.onerror = () => {};
  }

  /** @returns {Fields} */
  #resumption() {
    return this.#session ? { ...this.#session, seq: this.#seq } : {};
  }

  #lose() {
    this.#dropSocket();
    const wasAttached = this.#attached;
    this.#attached = false;
    this.#redial = setTimeout(() => this.#dial(), this.#pause);
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
    if (wasAttached) {
      this.#listener.lost();
    }
  }

  /** Lets go of the socket so that nothing more is heard of it. */
  #dropSocket() {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
    }
    return socket;
  }

  /** @param {Fields} frame */
  #receive(frame) {
    if (frame.event !== undefined) {
      if (frame.seq > this.#seq) {
        this.#seq = frame.seq;
        this.#listener.event(/** @type {EventFrame} */ (frame));
      }
    } else if (frame.id === 0) {
      this.#welcome(frame);
    } else if (frame.error) {
      this.#settle(frame.id)?.reject(new Refusal(frame.error));
    } else {
      this.#settle(frame.id)?.resolve(frame.ok ?? {});
    }
  }

  /** @param {Fields} frame */
  #welcome(frame) {
    if (frame.error) {
      // A service that refuses the greeting refuses everything that waits behind it. The next attempt asks for a new session.
      this.#session = null;
      for (const id of this.#calls.keys()) {
        this.#settle(id)?.reject(new Refusal(frame.error));
      }
      this.#socket?.close();
      return;
    }
    /** @type {Welcome} */
    const welcome = frame.ok;
    const known = this.#session !== null;
    this.#session = { session: welcome.session, key: welcome.key };
    this.#attached = true;
    this.#pause = FIRST_PAUSE;
    if (known && !welcome.resumed) {
      this.#forget();
    }
    this.#listener.attached({ resumed: welcome.resumed, state: welcome.state, missed: welcome.seq > this.#seq });
    this.#flush();
  }

  /** The service no longer knows the session: it was restarted, and what it was asked before is lost. */
  #forget() {
    this.#seq = 0;
    for (const [id, call] of this.#calls) {
      if (call.repeatable) {
        call.sent = false;
      } else {
        this.#settle(id)?.reject(new NoAnswer(`The local RTM service was restarted before ${call.op} was answered.`));
      }
    }
  }

  #flush() {
    for (const call of this.#attached ? this.#calls.values() : []) {
      if (!call.sent) {
        call.sent = true;
        this.#socket?.send(call.frame);
      }
    }
  }

  /**
   * @param {number} id
   * @returns {Call | undefined}
   */
  #settle(id) {
    const call = this.#calls.get(id);
    clearTimeout(call?.timer);
    this.#calls.delete(id);
    return call;
  }
}

/**
 * JSON, also of what JSON cannot hold: a big integer passed where a string belongs must reach the service, which refuses it
 * with the documented code.
 *
 * @param {Fields} frame
 * @returns {string}
 */
function encode(frame) {
  return JSON.stringify(frame, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
}
