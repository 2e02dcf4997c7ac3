// What the demo hands to the inspector: through sessionStorage, so that a
// token never stands in an address, a history or a log.

/**
 * @typedef {{ token: string, user?: string, app_id?: string, channel?: string, code?: string, sdk?: string, service?: string }} Attempt
 */

const KEY = 'rtmauth.inspect';

/** @param {Attempt} attempt */
export function keepAttempt(attempt) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(attempt));
  } catch {
    // Storage is switched off: the inspector begins empty.
  }
}

/** @returns {Partial<Record<keyof Attempt, unknown>>} */
export function keptAttempt() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
    return kept && typeof kept === 'object' ? kept : {};
  } catch {
    return {};
  }
}

/**
 * Opens the inspector on an attempt.
 * @param {Attempt} attempt
 */
export function inspectAttempt(attempt) {
  keepAttempt(attempt);
  location.assign('/inspect');
}
