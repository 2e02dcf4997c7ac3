// The list of what happened, newest first. A line opens to what it means and
// which rule decided it.

import { clockTime, dateTime } from './clock.js';
import { card, fill, h } from './dom.js';
import { inspectAttempt } from './handover.js';
import { onLanguage, t, tOr } from './i18n.js';

/**
 * @typedef {import('./journal.js').Journal} Journal
 * @typedef {import('./journal.js').Line} Line
 */

/**
 * @param {Journal} journal
 * @param {string} appID
 * @returns {{ element: HTMLElement }}
 */
export function eventsCard(journal, appID) {
  const list = h('div', { class: 'events', role: 'log', tLabel: 'events', tabindex: '0' });
  const empty = h('p', { class: 'empty', t: 'eventsEmpty' });
  const copy = h('button', { type: 'button', class: 'quiet', t: 'openLog' });
  copy.addEventListener('click', () => location.assign('/log'));
  const element = card({ title: 'events', id: 'events', tools: [copy] }, empty, list);

  /** @type {Map<Line, { row: HTMLElement, drawn: string }>} */
  let rows = new Map();
  const draw = () => {
    empty.hidden = journal.lines.length > 0;
    const several = new Set(journal.lines.map((line) => line.user).filter(Boolean)).size > 1;
    /** @type {typeof rows} */
    const next = new Map();
    /** @type {HTMLElement[]} */
    const order = [];
    for (const line of journal.lines.slice(-200).reverse()) {
      const signature = [line.at, line.source, line.text, line.reason, line.code, several].join('\n');
      let known = rows.get(line);
      if (known?.drawn !== signature) {
        const open = known?.row.hasAttribute('open') ?? false;
        const row = eventRow(line, several, appID, dayOf(line.at) - dayOf(journal.lines[0].at));
        if (open) row.setAttribute('open', '');
        known = { row, drawn: signature };
      }
      next.set(line, known);
      order.push(known.row);
    }
    rows = next;
    order.forEach((row, index) => {
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
    while (list.children.length > order.length) list.lastElementChild?.remove();
  };
  let asked = false;
  const soon = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
  journal.addEventListener('change', soon);
  onLanguage(() => {
    rows = new Map();
    fill(list);
    draw();
  });
  draw();
  return { element };
}

/**
 * The number of the day, in this machine's time zone.
 * @param {number} at
 */
function dayOf(at) {
  const date = new Date(at);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}

/**
 * @param {Line} line
 * @param {boolean} withUser
 * @param {string} appID
 * @param {number} days  how many days after the first line
 */
function eventRow(line, withUser, appID, days) {
  const { token } = line;
  const what = line.type === 'state' ? line.state ?? '' : tOr(`event.${line.type}`, line.type);
  const meaning = (line.reason && tOr(`reason.${line.reason}`, '')) || tOr(`meaning.${line.type}`, '');
  return h('details', { class: 'event' },
    h('summary', {},
      h('time', { class: 'mono', text: clockTime(line.at), title: dateTime(line.at) }),
      h('span', { class: `dot ${line.tone}`, 'aria-hidden': 'true' }),
      h('span', { class: 'event-words' },
        days !== 0 && h('span', { class: 'day', text: t('dayOffset', { n: days > 0 ? `+${days}` : `−${-days}` }) }),
        h('span', { class: 'what', text: what }),
        line.reason && h('span', { class: 'muted code', text: line.reason }),
        line.code !== undefined && h('span', { class: 'code bad', text: t('code', { code: line.code }) }),
        withUser && line.user && h('span', { class: 'who', text: line.user }))),
    h('div', { class: 'event-more' },
      meaning && h('p', { text: meaning }),
      line.text && h('p', { class: 'said', text: line.text }),
      token && h('p', {}, h('button', {
        type: 'button', class: 'quiet small', t: 'inspectThis',
        onclick: () => inspectAttempt({ token, user: line.user, app_id: appID, code: line.code === undefined ? undefined : String(line.code) }),
      })),
      h('p', { class: 'source' }, h('span', { class: 'muted', t: 'rule' }), ' ',
        h('span', { text: line.source ?? t(line.told.has('service') ? 'ruleUnnamed' : 'ruleClient') }))));
}
