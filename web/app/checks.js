// What the service looked at to decide a login or a renewal, in its order, and
// where it stopped. The order is that of rtmtest, which says of it that it is
// our choice: the documentation names none.

/**
 * @typedef {import('./messages.js').MessageKey} MessageKey
 * @typedef {{ key: MessageKey, result: 'held'|'stopped'|'skipped' }} Check
 */

/** The reasons with which each check refuses. @type {readonly (readonly [MessageKey, ...string[]])[]} */
const TOKEN = [
  ['check.readable', 'malformed', 'version'], ['check.app_id', 'app_id'], ['check.signature', 'signature'], ['check.user', 'user'],
  ['check.service', 'service_missing'], ['check.expired', 'expired', 'far_future'],
];

/** @type {Record<string, readonly (readonly [MessageKey, ...string[]])[]>} */
const ORDER = {
  login: [
    ['check.project', 'project'], ['check.user_id', 'user_id'], ['check.already', 'already'], ['check.too_often', 'too_often'],
    ['check.token', 'token', 'token_missing'], ...TOKEN, ['check.banned', 'banned'],
  ],
  renew: [['check.token', 'token'], ['check.too_often', 'too_often'], ['check.state', 'state'], ...TOKEN],
};

/** Codes of a login from a client whose own App ID has no project. */
const NO_PROJECT = new Set([4, -10003]);

/**
 * @param {import('./control.js').ServiceEvent} event
 * @returns {Check[]} empty for what was not decided by these checks
 */
export function checksOf(event) {
  const [, what, outcome] = /^(login|renew)_(accepted|refused)$/.exec(event.type) ?? [];
  if (!what) return [];
  const order = ORDER[what];
  if (outcome === 'accepted') return order.map(([key]) => ({ key, result: 'held' }));
  const reason = event.reason === 'app_id' && NO_PROJECT.has(event.code ?? 0) ? 'project' : event.reason ?? '';
  const at = order.findIndex(([, ...reasons]) => reasons.includes(reason));
  if (at < 0) return [];
  return order.map(([key], index) => ({ key, result: index < at ? 'held' : index === at ? 'stopped' : 'skipped' }));
}
