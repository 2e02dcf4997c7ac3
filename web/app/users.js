// The card of one user: who, log in or out, the connection, the renewal.

import { clockTime } from './clock.js';
import { fill, h } from './dom.js';
import { inspectAttempt } from './handover.js';
import { language, t, tOr, translate } from './i18n.js';
import { stateTone } from './journal.js';

/**
 * @typedef {import('./session.js').Session} Session
 * @typedef {import('./messages.js').MessageKey} MessageKey
 */

const USER_ID = /^[A-Za-z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]{1,64}$/;

/**
 * The rule that a user ID breaks, as a message key, or undefined.
 * @param {string} uid
 * @returns {MessageKey|undefined}
 */
export function userIDProblem(uid) {
  if (uid === '') return 'uidEmpty';
  if (uid === 'null') return 'uidNull';
  if (new TextEncoder().encode(uid).length > 64) return 'uidLong';
  return USER_ID.test(uid) ? undefined : 'uidCharacters';
}

/**
 * @param {Session} session
 * @param {{ ownSDK: boolean, fake: boolean, select: () => void, remove: () => void }} options
 * @returns {{ element: HTMLElement, update: (selected: boolean, removable: boolean) => void, tick: () => void }}
 */
export function userCard(session, { ownSDK, fake, select, remove }) {
  const id = `user-${Math.random().toString(36).slice(2, 8)}`;
  const heading = h('h2', { id: `${id}-title` });
  const badge = h('span', { class: 'state', role: 'status' });
  const why = h('p', { class: 'why' });
  const uid = h('input', {
    id: `${id}-uid`, value: session.uid, maxlength: 80, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', 'aria-describedby': `${id}-error`,
  });
  const error = h('div', { id: `${id}-error`, class: 'error', role: 'alert' });
  const main = h('button', { type: 'submit', class: 'primary' });
  const renewNow = h('button', { type: 'button', t: 'renewNow' });
  renewNow.addEventListener('click', () => void session.renew());
  const seconds = h('input', { id: `${id}-renew`, type: 'number', min: 0, max: 86400, step: 1, value: session.renewSeconds, class: 'number' });
  seconds.addEventListener('change', () => {
    const value = Math.max(0, Math.min(86400, Math.floor(Number(seconds.value) || 0)));
    seconds.value = String(value);
    session.setRenewSeconds(value);
  });
  const due = h('span', { class: 'muted due' });
  const version = segments({ name: `${id}-version`, legend: 'tokenVersion', chosen: session.version, choices: [['006', '006'], ['007', '007']] }, (value) => {
    session.version = value;
    session.changed();
  });
  /** @type {[import('./sdk.js').SDKChoice, string | { t: MessageKey }][]} */
  const sdks = [['local-1', '1.x'], ['local-2', '2.x']];
  if (ownSDK) sdks.push(['own', { t: 'ownSDK' }]);
  const sdk = segments({ name: `${id}-sdk`, legend: 'sdkLabel', chosen: session.choice, choices: sdks }, (value) => session.use(value));
  const fakeNote = h('p', { class: 'why', t: 'ownSDKFake', hidden: true });
  const history = h('ol', { class: 'history' });
  const historyBox = h('details', { class: 'history-box' }, h('summary', { t: 'stateHistory' }), history);
  const removeButton = h('button', { type: 'button', class: 'icon close', tLabel: 'removeUser', tTitle: 'removeUser' }, h('span', { class: 'cross', 'aria-hidden': 'true' }));
  removeButton.addEventListener('click', remove);

  const form = h('form', { class: 'login', novalidate: true },
    h('div', { class: 'field' }, h('label', { for: uid.id, t: 'userID' }), h('div', { class: 'row' }, uid, main)),
    error);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (session.online && !session.busy) {
      void session.logout();
      return;
    }
    const problem = userIDProblem(uid.value);
    uid.toggleAttribute('aria-invalid', problem !== undefined);
    if (problem) {
      translate(error, 'text', problem);
      uid.focus();
      return;
    }
    session.uid = uid.value;
    void session.login();
  });

  const element = h('section', { class: 'card user', 'aria-labelledby': heading.id },
    h('header', { class: 'card-head' }, heading, h('div', { class: 'tools' }, badge, removeButton)),
    form, why,
    h('div', { class: 'renew' },
      h('label', { for: seconds.id, t: 'renewEvery' }), seconds, h('span', { t: 'seconds' }), renewNow, due),
    h('div', { class: 'choices' }, sdk, version), fakeNote, historyBox);
  element.addEventListener('focusin', select);
  element.addEventListener('pointerdown', select);

  const tick = () => {
    due.textContent = session.renewDue === undefined ? '' : t('nextRenewal', { s: Math.max(0, Math.ceil((session.renewDue - Date.now()) / 1000)) });
  };

  let drawnHistory = -1;
  let drawnTrouble = '';
  const update = (/** @type {boolean} */ selected, /** @type {boolean} */ removable) => {
    element.classList.toggle('selected', selected);
    if (session.twin) translate(heading, 'text', 'userElsewhere', { user: session.uid });
    else if (session.away && session.states.length === 0) translate(heading, 'text', 'user');
    else translate(heading, 'text', 'userNamed', { user: session.uid });
    badge.className = `state ${tone(session)}`;
    fill(badge, h('span', { class: `dot ${tone(session)}`, 'aria-hidden': 'true' }), session.state);
    why.hidden = session.reason === '';
    why.textContent = session.reason === '' ? '' : `${session.reason} · ${tOr(`reason.${session.reason}`, '')}`;
    const locked = session.online || session.busy !== '';
    uid.readOnly = locked;
    if (locked && uid.value !== session.uid) uid.value = session.uid;
    translate(main, 'text', session.busy === 'login' ? 'loggingIn' : session.ended ? 'loginAgain' : session.online ? 'logout' : 'login');
    main.className = session.online ? '' : 'primary';
    main.setAttribute('aria-disabled', String(session.busy === 'login' || session.busy === 'logout'));
    renewNow.disabled = !session.online || session.busy !== '';
    removeButton.hidden = !removable;
    const state = `${session.expired}${session.state}${JSON.stringify(session.trouble)}${language()}`;
    if (state !== drawnTrouble) {
      drawnTrouble = state;
      drawTrouble(error, session);
    }
    sdk.disabled = locked || session.ended;
    fakeNote.hidden = !(fake && session.choice === 'own');
    if (session.states.length !== drawnHistory) {
      drawnHistory = session.states.length;
      historyBox.hidden = drawnHistory === 0;
      fill(history, ...session.states.slice(-30).reverse().map((line) => h('li', {},
        h('time', { class: 'mono', text: clockTime(line.at) }), h('span', { class: `dot ${line.tone}`, 'aria-hidden': 'true' }),
        h('b', { text: line.state ?? '' }), h('span', { class: 'muted', text: line.reason ?? '' }))));
    }
    tick();
  };
  return { element, update, tick };
}

/** @param {Session} session */
function tone(session) {
  return stateTone(session.state, session.sdk);
}

/**
 * What went wrong, why, and what to do.
 * @param {HTMLElement} place
 * @param {Session} session
 */
function drawTrouble(place, session) {
  const { trouble } = session;
  if (session.expired && session.state === 'RECONNECTING') {
    fill(place, h('b', { t: 'expiredReconnecting' }), ' ', h('span', { t: 'expiredReconnectingFix' }));
    return;
  }
  if (!trouble) {
    fill(place);
    return;
  }
  const { token } = trouble;
  const key = `${trouble.step}.${trouble.code ?? 'none'}`;
  const head = t(/** @type {MessageKey} */ (`trouble.${trouble.step}`), { code: trouble.code === undefined ? '' : `, ${t('code', { code: trouble.code })}` });
  fill(place, h('b', { text: head }), ' ', h('span', { text: tOr(key, trouble.message) }),
    Boolean(tOr(key, '')) && trouble.message && h('span', { class: 'said', text: trouble.message }),
    token && h('button', {
      type: 'button', class: 'quiet small', t: 'seeWhy',
      onclick: () => inspectAttempt({ token, user: session.uid, app_id: session.appID, sdk: session.sdk, code: trouble.code === undefined ? undefined : String(trouble.code) }),
    }));
}

/**
 * A choice between a few things, side by side.
 * @template {string} T
 * @param {{ name: string, legend: MessageKey, chosen: T, choices: [T, string | { t: MessageKey }][] }} options  a label is a text or a message
 * @param {(value: T) => void} choose
 */
function segments({ name, legend, chosen, choices }, choose) {
  return h('fieldset', { class: 'segments' }, h('legend', { t: legend }), ...choices.map(([value, label]) => {
    const radio = h('input', { type: 'radio', name, value });
    radio.checked = value === chosen;
    radio.addEventListener('change', () => choose(value));
    return h('label', {}, radio, typeof label === 'string' ? h('span', { text: label }) : h('span', { t: label.t }));
  }));
}
