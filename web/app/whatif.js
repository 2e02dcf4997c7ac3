// Buttons that make happen what otherwise takes a day or bad luck. Each says
// what will follow for the selected user, and which rule decides it.

import { duration } from './clock.js';
import { liveSession, request } from './control.js';
import { card, fill, h } from './dom.js';
import { onLanguage, t } from './i18n.js';

/**
 * @typedef {import('./session.js').Session} Session
 * @typedef {import('./clock.js').ServiceClock} ServiceClock
 * @typedef {import('./messages.js').MessageKey} MessageKey
 *
 * @typedef {object} Action
 * @property {string} id
 * @property {MessageKey} name
 * @property {(session: Session) => string} consequence
 * @property {MessageKey} rule
 * @property {boolean} needsLogin
 * @property {(session: Session) => Promise<void>} run
 */

const HOUR = 3600_000;

/**
 * @param {{ clock: ServiceClock, twin: (session: Session) => Promise<void>, offers: (path: string) => boolean }} options
 * @returns {{ element: HTMLElement, update: (session: Session, several: boolean) => void }}
 */
export function whatIfCard({ clock, twin, offers }) {
  /** @type {Session|undefined} */
  let session;
  const target = h('p', { class: 'muted target' });
  const grid = h('div', { class: 'actions' });
  const error = h('p', { class: 'error', role: 'alert' });
  const element = card({ title: 'whatIf', id: 'whatif' }, target, grid, error);

  const actions = allActions(clock, twin).filter(({ path }) => offers(path));
  const buttons = actions.map((action) => {
    const consequence = h('span', { class: 'consequence' });
    const button = h('button', { type: 'button', class: 'action', id: `do-${action.id}` },
      h('b', { t: action.name }), consequence, h('span', { class: 'rule', t: action.rule }));
    button.addEventListener('click', async () => {
      if (!session || button.getAttribute('aria-disabled') === 'true') return;
      fill(error);
      button.setAttribute('aria-busy', 'true');
      try {
        await action.run(session);
      } catch (cause) {
        fill(error, h('b', { text: t(action.name) }), ' ', cause instanceof Error ? cause.message : String(cause));
      } finally {
        button.removeAttribute('aria-busy');
      }
    });
    return { action, button, consequence };
  });
  grid.append(...buttons.map(({ button }) => button));

  const draw = (/** @type {boolean} */ several) => {
    if (!session) return;
    target.hidden = !several;
    target.textContent = t('whatIfFor', { user: session.uid });
    for (const { action, button, consequence } of buttons) {
      const blocked = action.needsLogin && !session.online;
      button.setAttribute('aria-disabled', String(blocked));
      consequence.textContent = blocked ? t('needsLogin') : action.consequence(session);
    }
  };
  let many = false;
  onLanguage(() => draw(many));
  setInterval(() => draw(many), 5000);
  return {
    element,
    update: (next, several) => {
      session = next;
      many = several;
      draw(several);
    },
  };
}

/**
 * @param {ServiceClock} clock
 * @param {(session: Session) => Promise<void>} twin
 * @returns {(Action & { path: string })[]}
 */
function allActions(clock, twin) {
  const onSession = (/** @type {string} */ verb, /** @type {unknown} */ body) => async (/** @type {Session} */ session) => {
    const live = await liveSession(session.uid);
    if (!live) throw new Error(t('noSession'));
    await request('POST', `/local/control/sessions/${encodeURIComponent(live.id)}/${verb}`, body);
  };
  return [
    {
      id: 'advance-1h', name: 'doAdvance1', rule: 'ruleLife', needsLogin: false, path: '/clock/advance',
      consequence: (session) => afterAdvance(session, clock, HOUR), run: () => clock.turn('advance', { by: '1h' }),
    },
    {
      id: 'advance-24h', name: 'doAdvance24', rule: 'ruleLife', needsLogin: false, path: '/clock/advance',
      consequence: (session) => afterAdvance(session, clock, 24 * HOUR), run: () => clock.turn('advance', { by: '24h' }),
    },
    {
      id: 'drop', name: 'doDrop', rule: 'ruleReconnect', needsLogin: true, path: '/sessions/{id}/drop',
      consequence: (session) => t(dropped(session, clock)), run: onSession('drop', { for: '10s' }),
    },
    {
      id: 'twin', name: 'doTwin', rule: 'ruleTwin', needsLogin: true, path: '/rtm', consequence: () => t('afterTwin'), run: twin,
    },
    {
      id: 'expire', name: 'doExpire', rule: 'ruleWillExpire', needsLogin: true, path: '/sessions/{id}/expire',
      consequence: (session) => t(session.token?.anatomy.version === '007' ? 'afterExpire007' : 'afterExpire006'),
      run: onSession('expire', { in: '30s' }),
    },
    {
      id: 'kick', name: 'doKick', rule: 'ruleKick', needsLogin: true, path: '/sessions/{id}/kick',
      consequence: () => t('afterKick'), run: onSession('kick', {}),
    },
    {
      id: 'freeze', name: 'doFreeze', rule: 'ruleClock', needsLogin: false, path: '/clock/freeze',
      consequence: () => t(clock.frozenAt === undefined ? 'afterFreeze' : 'afterResume'),
      run: () => clock.turn(clock.frozenAt === undefined ? 'freeze' : 'resume'),
    },
  ];
}

/**
 * What turning the clock does to a session, by its token.
 * @param {Session} session
 * @param {ServiceClock} clock
 * @param {number} by
 */
function afterAdvance(session, clock, by) {
  const anatomy = session.token?.anatomy;
  if (!session.online || anatomy?.ends === undefined) return t('advanceClockOnly');
  const left = anatomy.ends - clock.now() - by;
  if (left > 0) return t('advanceStillValid', { in: duration(left) });
  if (session.state !== 'CONNECTED') return t('advanceReconnecting');
  return t(anatomy.version === '007' ? 'advance007' : 'advance006');
}

/**
 * @param {Session} session
 * @param {ServiceClock} clock
 * @returns {MessageKey}
 */
function dropped(session, clock) {
  const ends = session.token?.anatomy.ends;
  return ends !== undefined && ends <= clock.now() ? 'dropExpired' : 'dropValid';
}
