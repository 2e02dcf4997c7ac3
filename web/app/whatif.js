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
 * @property {MessageKey} group
 * @property {string} [path]      the operation it needs; without one it is the page's own
 * @property {boolean} [ask]      cannot be undone: it is done at the second press
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
  const groups = h('div', { class: 'action-groups' });
  const error = h('p', { class: 'error', role: 'alert' });
  const element = card({ title: 'whatIf', id: 'whatif' }, target, groups, error);

  const actions = allActions(clock, twin).filter(({ path }) => path === undefined || offers(path));
  const buttons = actions.map((action) => {
    const consequence = h('span', { class: 'consequence' });
    const button = h('button', { type: 'button', class: 'action', id: `do-${action.id}` },
      h('b', { t: action.name }), consequence, h('span', { class: 'rule', t: action.rule }));
    button.addEventListener('click', async () => {
      if (!session || button.getAttribute('aria-disabled') === 'true') return;
      fill(error);
      if (action.ask && !button.classList.contains('sure')) {
        button.classList.add('sure');
        consequence.textContent = t('pressAgain');
        setTimeout(() => button.classList.remove('sure'), 6000);
        return;
      }
      button.classList.remove('sure');
      button.setAttribute('aria-busy', 'true');
      try {
        await action.run(session);
      } catch (cause) {
        fill(error, h('b', { text: t(action.name) }), ' ', cause instanceof Error ? cause.message : String(cause));
      } finally {
        button.removeAttribute('aria-busy');
        draw(many);
      }
    });
    return { action, button, consequence };
  });
  for (const group of new Set(actions.map((action) => action.group))) {
    groups.append(h('div', { class: 'action-group' }, h('h3', { t: group }),
      h('div', { class: 'actions' }, ...buttons.filter(({ action }) => action.group === group).map(({ button }) => button))));
  }

  let many = false;
  const draw = (/** @type {boolean} */ several) => {
    if (!session) return;
    target.hidden = !several;
    target.textContent = t('whatIfFor', { user: session.uid });
    for (const { action, button, consequence } of buttons) {
      const elsewhere = session.choice === 'own';
      const blocked = elsewhere || (action.needsLogin && !session.online);
      button.setAttribute('aria-disabled', String(blocked));
      if (!button.classList.contains('sure')) consequence.textContent = elsewhere ? t('notForAgora') : blocked ? t('needsLogin') : action.consequence(session);
    }
  };
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
 * @returns {Action[]}
 */
function allActions(clock, twin) {
  const onSession = (/** @type {string} */ verb, /** @type {unknown} */ body) => async (/** @type {Session} */ session) => {
    const live = await liveSession(session.uid);
    if (!live) throw new Error(t('noSession'));
    await request('POST', `/local/control/sessions/${encodeURIComponent(live.id)}/${verb}`, body);
  };
  /** @type {Set<string>} */
  const banned = new Set();
  return [
    {
      id: 'advance-1h', name: 'doAdvance1', rule: 'ruleLife', group: 'groupTime', needsLogin: false, path: '/clock/advance',
      consequence: (session) => afterAdvance(session, clock, HOUR), run: () => clock.turn('advance', { by: '1h' }),
    },
    {
      id: 'advance-24h', name: 'doAdvance24', rule: 'ruleLife', group: 'groupTime', needsLogin: false, path: '/clock/advance',
      consequence: (session) => afterAdvance(session, clock, 24 * HOUR), run: () => clock.turn('advance', { by: '24h' }),
    },
    {
      id: 'expire', name: 'doExpire', rule: 'ruleWillExpire', group: 'groupTime', needsLogin: true, path: '/sessions/{id}/expire',
      consequence: (session) => t(session.sdk === '2.x' ? 'afterExpireTwo' : session.token?.anatomy.version === '007' ? 'afterExpire007' : 'afterExpire006'),
      run: onSession('expire', { in: '30s' }),
    },
    {
      id: 'freeze', name: 'doFreeze', rule: 'ruleOnlyHere', group: 'groupTime', needsLogin: false, path: '/clock/freeze',
      consequence: () => t(clock.frozenAt === undefined ? 'afterFreeze' : 'afterResume'),
      run: () => clock.turn(clock.frozenAt === undefined ? 'freeze' : 'resume'),
    },
    {
      id: 'drop', name: 'doDrop', rule: 'ruleReconnect', group: 'groupLink', needsLogin: true, path: '/sessions/{id}/drop',
      consequence: (session) => t(dropped(session, clock)), run: onSession('drop', { for: '10s' }),
    },
    {
      id: 'drop-40', name: 'doDrop40', rule: 'rulePresence', group: 'groupLink', needsLogin: true, path: '/sessions/{id}/drop',
      consequence: (session) => t(session.sdk === '2.x' ? 'afterDrop40Two' : 'afterDrop40'), run: onSession('drop', { for: '40s' }),
    },
    {
      id: 'slow', name: 'doSlow', rule: 'ruleOnlyHere', group: 'groupLink', needsLogin: true, path: '/sessions/{id}/slow',
      consequence: () => t('afterSlow'), run: onSession('slow', { by: '2s', for: '30s' }),
    },
    {
      id: 'twin', name: 'doTwin', rule: 'ruleTwin', group: 'groupLink', needsLogin: true, consequence: (session) => t('afterTwin', { end: ended(session, 'REMOTE_LOGIN', 'SAME_UID_LOGIN') }), run: twin,
    },
    {
      id: 'kick', name: 'doKick', rule: 'ruleKick', group: 'groupService', needsLogin: true, path: '/sessions/{id}/kick',
      consequence: (session) => t('afterKick', { end: ended(session, 'BANNED_BY_SERVER', 'KICKED_OUT_BY_SERVER') }), run: onSession('kick', {}),
    },
    {
      id: 'ban', name: 'doBan', rule: 'ruleKick', group: 'groupService', needsLogin: false, path: '/bans',
      consequence: (session) => (banned.has(session.uid) ? t('afterUnban')
        : t('afterBan', { end: ended(session, 'BANNED_BY_SERVER', 'KICKED_OUT_BY_SERVER'), code: session.sdk === '2.x' ? -10012 : 2 })),
      run: async (session) => {
        if (banned.delete(session.uid)) {
          await request('DELETE', `/local/control/bans?user=${encodeURIComponent(session.uid)}`);
        } else {
          await request('POST', '/local/control/bans', { user: session.uid });
          banned.add(session.uid);
        }
      },
    },
    {
      id: 'refuse', name: 'doRefuse', rule: 'ruleOnlyHere', group: 'groupService', needsLogin: false, path: '/logins/answer',
      consequence: (session) => t('afterRefuse', { code: timeoutCode(session) }),
      run: (session) => request('POST', '/local/control/logins/answer', { user: session.uid, code: timeoutCode(session) }),
    },
    {
      id: 'delete-certificate', name: 'doDelete', rule: 'ruleDeleted', group: 'groupService', needsLogin: false, path: '/certificates/{fingerprint}', ask: true,
      consequence: (session) => t('afterDelete', session.sdk === '2.x' ? { renew: -10005, login: -10005 } : { renew: 6, login: 5 }),
      run: async () => {
        const { certificates } = await request('GET', '/local/control/certificates');
        if (!certificates?.length) throw new Error(t('noCertificate'));
        await request('DELETE', `/local/control/certificates/${encodeURIComponent(certificates[0])}`);
      },
    },
  ];
}

/**
 * How a session ends for good, in the words of its SDK.
 * @param {Session} session
 * @param {string} one the reason in 1.x
 * @param {string} two the reason in 2.x
 */
function ended(session, one, two) {
  return session.sdk === '2.x' ? `FAILED / ${two}` : `ABORTED / ${one}`;
}

/** @param {Session} session */
function timeoutCode(session) {
  return session.sdk === '2.x' ? -10011 : 9;
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
  if (session.sdk === '2.x') return t('advanceTwo');
  return t(anatomy.version === '007' ? 'advance007' : 'advance006');
}

/**
 * @param {Session} session
 * @param {ServiceClock} clock
 * @returns {MessageKey}
 */
function dropped(session, clock) {
  if (session.sdk === '2.x') return 'dropTwo';
  const ends = session.token?.anatomy.ends;
  return ends !== undefined && ends <= clock.now() ? 'dropExpired' : 'dropValid';
}
