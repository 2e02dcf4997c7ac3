// The session log: every decision of the local service as it is made, with
// its rule and source.

import { checksOf } from './checks.js';
import { clockTime, dateTime, instant, ServiceClock } from './clock.js';
import { EventFeed } from './control.js';
import { copyButton, fill, h } from './dom.js';
import { mountFrame } from './frame.js';
import { onLanguage, t, tOr, translate } from './i18n.js';
import { toneOf } from './journal.js';

/**
 * @typedef {import('./control.js').ServiceEvent} ServiceEvent
 * @typedef {import('./dom.js').Child} Child
 */

const KEPT = 5000;
const SHOWN = 500;

const clock = new ServiceClock();
const main = mountFrame({ page: '/log', clock, class: 'log' });

/** Oldest first. @type {ServiceEvent[]} */
let events = [];
/** What came in while the list was paused. */
let paused = false;
let waiting = 0;
/** The rows that are open, by sequence number. @type {Set<number>} */
const open = new Set();

const filter = h('input', { id: 'filter', type: 'search', autocomplete: 'off', spellcheck: 'false', tPlaceholder: 'filterPlaceholder' });
const pause = h('button', { type: 'button', t: 'pause', 'aria-pressed': 'false' });
const count = h('p', { class: 'muted', role: 'status' });
const empty = h('p', { class: 'empty' });
const rows = h('tbody');
const table = h('table', { class: 'log-table' },
  h('thead', {}, h('tr', {}, ...(/** @type {const} */ (['colTime', 'colUser', 'colEvent', 'colOutcome', 'colRule'])).map((key) => h('th', { scope: 'col', t: key })))),
  rows);

build();
start();

function build() {
  filter.addEventListener('input', draw);
  pause.addEventListener('click', () => {
    paused = !paused;
    waiting = 0;
    pause.setAttribute('aria-pressed', String(paused));
    translate(pause, 'text', paused ? 'resume' : 'pause');
    if (!paused) draw();
  });
  const clear = h('button', { type: 'button', t: 'clearView' });
  clear.addEventListener('click', () => {
    events = [];
    open.clear();
    draw();
  });
  fill(main, h('section', { class: 'card', 'aria-labelledby': 'log-title' },
    h('header', { class: 'card-head' }, h('h1', { id: 'log-title', class: 'h2', t: 'logTitle' }), count),
    h('div', { class: 'log-bar' },
      h('div', { class: 'field grow' }, h('label', { for: filter.id, t: 'filter' }), filter),
      pause, copyButton(() => JSON.stringify(matching(), null, 2), { class: '', t: 'copyJSON' }), clear),
    empty, table));
}

function start() {
  onLanguage(draw);
  void clock.sync();
  setInterval(() => void clock.sync(), 15_000);
  const feed = new EventFeed({ history: true });
  feed.addEventListener('events', (event) => {
    const { detail } = /** @type {CustomEvent<ServiceEvent[]>} */ (event);
    events.push(...detail);
    if (events.length > KEPT) events.splice(0, events.length - KEPT);
    if (detail.some((one) => one.type === 'clock')) void clock.sync();
    if (paused) {
      waiting += detail.length;
      drawCount(matching().length);
      return;
    }
    draw();
  });
  feed.addEventListener('restarted', () => {
    events = [];
    open.clear();
    draw();
  });
  feed.addEventListener('connection', () => void clock.sync());
  void feed.run();
  draw();
}

/** The events that hold every word of the filter. */
function matching() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return events;
  return events.filter((event) => {
    const text = `${JSON.stringify(event)} ${nameOf(event)}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** @param {ServiceEvent} event */
function nameOf(event) {
  if (event.type === 'state') return event.state ?? event.type;
  return tOr(`event.${event.type}.${event.reason}`, tOr(`event.${event.type}`, event.type));
}

function draw() {
  const found = matching();
  drawCount(found.length);
  table.hidden = found.length === 0;
  empty.hidden = found.length > 0;
  translate(empty, 'text', events.length === 0 ? 'logEmpty' : 'logNoMatch');
  const focused = document.activeElement?.closest('[data-seq]')?.getAttribute('data-seq');
  fill(rows, ...found.slice(-SHOWN).reverse().flatMap(rowsOf));
  if (focused) rows.querySelector(`[data-seq="${focused}"] button`)?.dispatchEvent(new Event('refocus'));
}

/** @param {number} found */
function drawCount(found) {
  count.textContent = paused && waiting > 0 ? t('countPaused', { n: waiting })
    : found === events.length ? t('countAll', { n: events.length }) : t('countSome', { n: found, of: events.length });
}

/**
 * @param {ServiceEvent} event
 * @returns {HTMLElement[]}
 */
function rowsOf(event) {
  const at = instant(event.at);
  const tone = toneOf(event);
  const isOpen = open.has(event.seq);
  const more = h('tr', { class: 'log-more', id: `more-${event.seq}`, hidden: !isOpen }, h('td', { colspan: 5 }, isOpen && detailOf(event)));
  const button = h('button', {
    type: 'button', class: 'row-button', 'aria-expanded': String(isOpen), 'aria-controls': more.id,
  }, h('span', { class: `dot ${tone}`, 'aria-hidden': 'true' }), h('span', { text: nameOf(event) }));
  button.addEventListener('refocus', () => button.focus());
  const row = h('tr', { 'data-seq': event.seq, class: 'log-row' },
    h('td', { class: 'nowrap' }, h('time', { text: at === undefined ? event.at : clockTime(at), title: at === undefined ? '' : dateTime(at) })),
    h('td', { class: 'log-user', text: event.user ?? '' }),
    h('td', {}, button),
    h('td', {}, h('span', { class: `code ${tone}`, text: outcomeOf(event) })),
    h('td', { class: 'muted log-source', text: event.source ?? '' }));
  const toggle = () => {
    const show = !open.has(event.seq);
    if (show) open.add(event.seq); else open.delete(event.seq);
    button.setAttribute('aria-expanded', String(show));
    more.hidden = !show;
    fill(/** @type {Element} */ (more.firstElementChild), show && detailOf(event));
  };
  row.addEventListener('click', toggle);
  return [row, more];
}

/** @param {ServiceEvent} event */
function outcomeOf(event) {
  return [event.reason, event.code === undefined ? '' : t('code', { code: event.code })].filter(Boolean).join(' · ');
}

/** @param {ServiceEvent} event */
function detailOf(event) {
  const meaning = (event.reason && tOr(`reason.${event.reason}`, '')) || tOr(`meaning.${event.type}`, '');
  const at = instant(event.at);
  return h('div', { class: 'log-detail' },
    meaning && h('p', { text: meaning }),
    h('dl', { class: 'facts' },
      ...pair(t('colTime'), at === undefined ? event.at : dateTime(at)),
      ...pair('seq', String(event.seq)),
      ...(event.session ? pair(t('sessionLabel'), `${event.session}${event.sdk ? ` · SDK ${event.sdk}` : ''}`) : []),
      ...(event.source ? pair(t('colRule'), event.source) : []),
      ...(event.detail === undefined ? [] : pair(t('colDetail'), valueOf(event.detail)))),
    checksView(event));
}

/**
 * What was checked, in order, and where it stopped.
 * @param {ServiceEvent} event
 */
function checksView(event) {
  const checks = checksOf(event);
  if (checks.length === 0) return null;
  const tones = { held: 'ok', stopped: 'bad', skipped: 'off' };
  return h('ol', { class: 'checks', 'aria-label': t('checked') }, ...checks.map(({ key, result }) => h('li', { class: result },
    h('span', { class: `dot ${tones[result]}`, 'aria-hidden': 'true' }), h('span', { text: t(key) }),
    h('span', { class: 'muted', text: t(/** @type {import('./messages.js').MessageKey} */ (`check.${result}`)) }))));
}

/**
 * @param {string} name
 * @param {Child} value
 */
function pair(name, value) {
  return [h('dt', { text: name }), h('dd', {}, value)];
}

/**
 * Whatever the service adds to an event: lists in order, objects by name.
 * @param {unknown} value
 * @returns {Child}
 */
function valueOf(value) {
  if (Array.isArray(value)) return h('ol', { class: 'steps' }, ...value.map((one) => h('li', {}, valueOf(one))));
  if (value && typeof value === 'object') {
    return h('dl', { class: 'facts' }, ...Object.entries(value).flatMap(([name, one]) => pair(name, valueOf(one))));
  }
  return String(value);
}
