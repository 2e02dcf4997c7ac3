// The card of the token that the selected user holds.

import { countdown as inWords, dateTime } from './clock.js';
import { card, copyButton, fill, h } from './dom.js';
import { inspectAttempt } from './handover.js';
import { t, translate } from './i18n.js';

/**
 * @typedef {import('./session.js').Session} Session
 * @typedef {import('./clock.js').ServiceClock} ServiceClock
 */

/**
 * @param {ServiceClock} clock
 * @returns {{ element: HTMLElement, update: (session: Session) => void, tick: () => void }}
 */
export function tokenCard(clock) {
  /** @type {Session|undefined} */
  let session;
  const inspect = h('button', { type: 'button', t: 'inspect', tTitle: 'inspectWhy' });
  inspect.addEventListener('click', () => {
    const token = session?.token;
    if (!session || !token) return;
    inspectAttempt({ token: token.text, user: session.uid, app_id: session.appID, sdk: session.sdk });
  });
  const copy = copyButton(() => session?.token?.text ?? '', { class: '' });
  const head = h('p', { class: 'token-head' });
  const countdown = h('p', { class: 'countdown' });
  const bar = h('progress', { max: 1000, tLabel: 'lifeLeft' });
  const facts = h('dl', { class: 'facts' });
  const text = h('p', { class: 'token-text mono', tabindex: '0', role: 'region', tLabel: 'tokenText' });
  const empty = h('p', { class: 'empty', t: 'tokenEmpty' });
  const body = h('div', { class: 'token-body' }, head, countdown, bar, facts, text);
  const element = card({ title: 'token', id: 'token', tools: [inspect, copy] }, empty, body);

  const tick = () => {
    const ends = session?.token?.anatomy.ends;
    const issued = session?.token?.anatomy.issued;
    if (ends === undefined || issued === undefined) return;
    const left = ends - clock.now();
    translate(countdown, 'text', left > 0 ? 'endsIn' : 'endedAgo', { in: inWords(Math.abs(left)) });
    const tone = left <= 0 ? 'bad' : left <= 30_000 ? 'wait' : 'ok';
    countdown.className = `countdown ${tone}`;
    bar.className = tone;
    bar.value = Math.max(0, Math.min(1000, (left / (ends - issued)) * 1000));
  };

  const update = (/** @type {Session} */ next) => {
    session = next;
    const token = session.token;
    empty.hidden = token !== undefined;
    body.hidden = token === undefined;
    inspect.disabled = copy.disabled = token === undefined;
    if (!token) return;
    const { anatomy } = token;
    fill(head, h('span', { class: 'chip', text: anatomy.version || '…' }), h('b', { text: session.uid }),
      h('span', { class: 'muted mono', text: anatomy.appID ? `App ID ${anatomy.appID.slice(0, 8)}…` : '' }),
      h('span', { class: 'muted', text: t(token.how === 'login' ? 'fromLogin' : 'fromRenewal', { n: session.tokens.length }) }));
    fill(facts,
      h('dt', { t: 'issued' }), h('dd', { text: anatomy.issued === undefined ? '…' : dateTime(anatomy.issued) }),
      h('dt', { t: 'ends' }), h('dd', { text: anatomy.ends === undefined ? '…' : dateTime(anatomy.ends) }),
      h('dt', { t: 'salt' }), h('dd', { class: 'mono', text: String(anatomy.salt ?? '…') }));
    text.textContent = token.text;
    tick();
  };
  return { element, update, tick };
}
