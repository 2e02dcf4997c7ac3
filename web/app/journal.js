// What happened, in order: what the client was told and what the service
// decided, one line each. The two tell many things twice; the second telling
// completes the line of the first instead of making another.

/**
 * @typedef {'ok'|'wait'|'bad'|'off'|'info'} Tone
 *
 * @typedef {object} Line
 * @property {number} at          service time, milliseconds
 * @property {number} [seq]       the service's number of it: its order of events is the true one
 * @property {string} user
 * @property {string} type        what happened: `state`, `renewed`, `token_expired`, `message`, …
 * @property {string} [state]     for `state`
 * @property {string} [reason]
 * @property {number} [code]      the SDK's error code
 * @property {string} [text]      words of the service or the SDK, shown as they are
 * @property {string} [token]     the token it was about, for the inspector
 * @property {string} [source]    the rule, as the service names it
 * @property {Tone} tone
 * @property {Set<'client'|'service'>} told
 */

/** How far apart the two tellings of one thing may be, in lines. */
const REACH = 40;
/** How far the page's idea of the service's clock may be off, in milliseconds. */
const SLACK = 60;
const LIMIT = 500;

export class Journal extends EventTarget {
  constructor() {
    super();
    /** @type {Line[]} */
    this.lines = [];
  }

  /**
   * Adds a line, or completes the line in which the other side told the same.
   * @param {Omit<Line, 'told'>} line
   * @param {'client'|'service'} teller
   * @returns {Line}
   */
  add(line, teller) {
    const same = this.lines.slice(-REACH).find((known) => !known.told.has(teller)
      && known.user === line.user && known.type === line.type
      && known.state === line.state && (known.reason === line.reason || known.type !== 'state'));
    if (same) {
      same.told.add(teller);
      same.source ??= line.source;
      same.code ??= line.code;
      same.token ??= line.token;
      if (teller === 'service') {
        same.at = line.at;
        same.text = line.text ?? same.text;
        same.reason = line.reason ?? same.reason;
        same.seq = line.seq;
        this.order(same);
      }
      this.dispatchEvent(new Event('change'));
      return same;
    }
    const added = { ...line, told: new Set([teller]) };
    // The service's word may come after the client has told what followed from it.
    let place = this.lines.length;
    if (teller === 'service') {
      while (place > 0 && this.lines[place - 1].at > line.at + SLACK) place--;
    }
    this.lines.splice(place, 0, added);
    if (this.lines.length > LIMIT) this.lines.splice(0, this.lines.length - LIMIT);
    this.dispatchEvent(new Event('change'));
    return added;
  }

  /**
   * Moves a line behind those that the service numbers lower.
   * @param {Line} line
   */
  order(line) {
    const place = this.lines.indexOf(line);
    const before = this.lines.findLastIndex((other) => other.seq !== undefined && line.seq !== undefined && other.seq < line.seq);
    if (before < place) return;
    this.lines.splice(place, 1);
    this.lines.splice(before, 0, line);
  }
}

/**
 * The colour and shape of a connection state.
 * @param {string} state
 * @param {string} [sdk] its generation: in 2.x DISCONNECTED is a link that will be tried again
 * @returns {Tone}
 */
export function stateTone(state, sdk) {
  switch (state) {
    case 'DISCONNECTED': return sdk === '2.x' ? 'wait' : 'off';
    case 'CONNECTED': return 'ok';
    case 'CONNECTING':
    case 'RECONNECTING':
    case 'SUSPENDED': return 'wait';
    case 'ABORTED':
    case 'FAILED': return 'bad';
    default: return 'off';
  }
}

/**
 * The colour and shape of an event of the service.
 * @param {import('./control.js').ServiceEvent} event
 * @returns {Tone}
 */
export function toneOf(event) {
  if (event.type === 'state') return stateTone(event.state ?? '', event.sdk);
  if (/refused|expired|kicked|^banned|down|deleted/.test(event.type)) return 'bad';
  if (/will_expire|^expire$/.test(event.type)) return 'wait';
  return /accepted|up$/.test(event.type) ? 'ok' : 'info';
}
