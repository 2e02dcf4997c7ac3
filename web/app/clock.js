// The service's clock as the page sees it, and how times are written.

import { request } from './control.js';
import { locale, t } from './i18n.js';

/**
 * The clock of the local RTM service: it may be turned or frozen. Emits `change` when it is.
 */
export class ServiceClock extends EventTarget {
  constructor() {
    super();
    /** Service time minus this machine's time, in milliseconds. */
    this.offset = 0;
    /** How far the clock was turned, in seconds, as the service says. */
    this.turned = 0;
    /** The moment at which it stands still, or undefined while it runs. @type {number|undefined} */
    this.frozenAt = undefined;
    /** Where the clock was seen to leap, oldest first. @type {{ from: number, to: number }[]} */
    this.jumps = [];
    /** False until the service has answered once, and while it does not. */
    this.known = false;
  }

  /** Milliseconds since 1970, on the service's clock. */
  now() {
    return this.frozenAt ?? Date.now() + this.offset;
  }

  /** Asks the service. Never throws: without an answer `known` becomes false. */
  async sync() {
    const before = Date.now();
    try {
      const answer = await request('GET', '/local/control/clock');
      const now = Date.parse(answer.now);
      const moved = Math.abs(now - this.now()) > 1500;
      const changed = moved || !this.known || Boolean(answer.frozen) !== (this.frozenAt !== undefined)
        || Math.round(answer.offset_seconds ?? 0) !== this.turned;
      if (moved && this.known) this.jumps.push({ from: this.now(), to: now });
      this.offset = now - (before + Date.now()) / 2;
      this.turned = Math.round(answer.offset_seconds ?? 0);
      this.frozenAt = answer.frozen ? now : undefined;
      this.known = true;
      if (changed) this.dispatchEvent(new Event('change'));
    } catch {
      if (this.known) {
        this.known = false;
        this.dispatchEvent(new Event('change'));
      }
    }
  }

  /**
   * Turns the clock: `advance {"by":"1h"}`, `set {"to":"…"}`, `freeze`, `resume`.
   * @param {'advance'|'set'|'freeze'|'resume'} action
   * @param {Record<string, string>} [body]
   */
  async turn(action, body = {}) {
    await request('POST', `/local/control/clock/${action}`, body);
    await this.sync();
  }
}

/**
 * A duration in words of at most two units: "23 h 59 min", "45 s".
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  const total = Math.max(0, Math.round(milliseconds / 1000));
  const d = Math.floor(total / 86400);
  const hours = Math.floor((total % 86400) / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const seconds = total % 60;
  if (d > 1) return t('durationDays', { d, h: hours });
  if (total >= 3600) return minutes === 0 ? t('shortHours', { n: d * 24 + hours }) : t('durationHours', { h: d * 24 + hours, m: minutes });
  if (total >= 60) return seconds === 0 ? t('shortMinutes', { n: minutes }) : t('durationMinutes', { m: minutes, s: seconds });
  return t('durationSeconds', { s: seconds });
}

/**
 * A duration down to the second, for a countdown: "23 h 59 min 48 s".
 * @param {number} milliseconds
 */
export function countdown(milliseconds) {
  const total = Math.max(0, Math.round(milliseconds / 1000));
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  if (total < 3600) return duration(milliseconds);
  return t('durationLong', { h: Math.floor(total / 3600), m: two(Math.floor((total % 3600) / 60)), s: two(total % 60) });
}

/**
 * "12:00:01" in this machine's time zone.
 * @param {number} at
 */
export function clockTime(at) {
  return new Date(at).toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
}

/**
 * Date and time in this machine's time zone.
 * @param {number} at
 */
export function dateTime(at) {
  return new Date(at).toLocaleString(locale(), {
    year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false,
  });
}

/**
 * Milliseconds since 1970 from what the service writes: RFC 3339 or Unix seconds.
 * @param {string|number|undefined} value
 * @returns {number|undefined}
 */
export function instant(value) {
  if (typeof value === 'number') return value * 1000;
  if (typeof value !== 'string') return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}
