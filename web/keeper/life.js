/**
 * How long a token lives, and when to renew it.
 */

/** @import { TokenAnswer } from '../token-keeper.js' */

/** Longest life of a token, in seconds. */
const DAY = 86_400;
/** Share of a token's life after which it is renewed where the answer does not say. */
const SHARE = 0.75;
/** A token whose life nobody states is taken to live so long. */
const UNKNOWN_LIFE = 3_600_000;

/** @type {typeof import('../token-keeper.js').tokenLife} */
export async function tokenLife(token) {
  try {
    let bytes = Uint8Array.from(atob(token.slice(token.startsWith('006') ? 35 : 3)), (c) => c.charCodeAt(0));
    if (token.startsWith('007')) {
      bytes = new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer());
    }
    const view = new DataView(bytes.buffer);
    let at = 2 + view.getUint16(0, true);
    if (token.startsWith('006')) {
      const ends = view.getUint32(at + 14, true);
      return { issued: ends - DAY, ends };
    }
    const text = () => (at += 2 + view.getUint16(at, true));
    text();
    const issued = view.getUint32(at, true);
    let life = Math.min(view.getUint32(at + 4, true), DAY);
    at += 14;
    for (let left = view.getUint16(at - 2, true), type = 0; left > 0 && type < 2; left--) {
      type = view.getUint16(at, true);
      const privileges = view.getUint16(at + 2, true);
      at += 4 + 6 * privileges;
      if (type === 2 && privileges > 0) {
        life = Math.min(life, view.getUint32(at - 4, true) || life);
      }
      for (let texts = type === 1 ? 2 : 1; texts > 0; texts--) {
        text();
      }
    }
    return { issued, ends: issued + life };
  } catch {
    return null;
  }
}

/** Shortest time until a renewal, in milliseconds, whatever a server says: tokens that have ended must not be fetched in a loop. */
const SHORTEST = 5000;

/** Seconds in milliseconds; servers also send null, or 0, where they have nothing to say.
 * @param {any} seconds */
const given = (seconds) => (seconds > 0 ? seconds * 1000 : undefined);

/**
 * In how many milliseconds a token is due and at its end. What the answer says in seconds from now goes before what it
 * says in Unix seconds, and the server's clock before the one of this machine. Without the server's, the token is taken to
 * be new: a clock that says otherwise may be wrong by hours.
 *
 * @param {TokenAnswer} answer
 * @param {number} date
 * @returns {Promise<{due: number, left: number}>}
 */
export async function times({ token, renew_in, renew_at, expires_in, expires_at }, date) {
  const life = await tokenLife(token);
  const ends = given(expires_at) ?? given(life?.ends);
  let left = given(expires_in) ?? UNKNOWN_LIFE;
  if (given(expires_in) === undefined && ends !== undefined) {
    left = ends - (date || Date.now());
    if (!date) {
      const whole = life ? ends - life.issued * 1000 : left;
      left = left > 0 ? Math.min(left, whole) : whole > 0 ? whole : UNKNOWN_LIFE;
    }
  }
  const dueAt = given(renew_at);
  const due = given(renew_in) ?? (dueAt && ends ? left - (ends - dueAt) : SHARE * left);
  return { due: Math.max(SHORTEST, Math.min(due, left)), left };
}

/** @type {typeof import('../token-keeper.js').spread} */
export function spread(due, first) {
  const whole = due * (0.9 + 0.1 * Math.random());
  return first ? Math.max(Math.min(due, 5000), whole * Math.random()) : whole;
}
