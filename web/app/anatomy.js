// The anatomy of a token as a picture: its text and its bytes as coloured
// runs, and a table of the fields. Pointing at one lights the other up.

import { card, fill, h } from './dom.js';
import { onLanguage, t, tOr } from './i18n.js';

/**
 * @typedef {import('./token.js').Anatomy} Anatomy
 * @typedef {import('./token.js').Field} Field
 */

/** Which of the eight colours a field has. Neighbours differ; kinds of fields keep theirs. */
const COLOURS = /** @type {Record<string, number>} */ (Object.freeze({
  signature: 1, appID: 2, crcChannel: 7, crcUID: 8, messageSize: 0, issued: 3, ends: 3, expire: 4, salt: 5,
  count: 0, serviceCount: 0, service: 6, privilegeID: 7, privilegeLife: 4, privilegeEnd: 3,
  user: 2, channel: 8, room: 8, uid: 2, account: 2, name: 8, role: 0, resource: 6, permission: 7, opaque: 0, unknown: 0, cut: 0,
}));

/** More bytes than this are not drawn one by one. */
const SHOWN_BYTES = 2048;

/** @returns {{ element: HTMLElement, update: (anatomy: Anatomy, text: string) => void }} */
export function anatomyCard() {
  const sizes = h('p', { class: 'muted' });
  const text = h('p', { class: 'token-runs mono' });
  const bytes = h('div', { class: 'byte-runs mono', role: 'group', tLabel: 'bytesLabel' });
  const fields = h('tbody');
  const table = h('table', { class: 'fields' },
    h('thead', {}, h('tr', {},
      h('th', { scope: 'col', t: 'colField' }), h('th', { scope: 'col', t: 'colBytes' }),
      h('th', { scope: 'col', t: 'colSigned' }), h('th', { scope: 'col', t: 'colValue' }))),
    fields);
  const problems = h('ul', { class: 'problems' });
  const element = card({ title: 'anatomy', id: 'anatomy' }, sizes, problems,
    h('h3', { t: 'tokenText' }), text,
    h('h3', { t: 'bytesInside' }), bytes,
    h('p', { class: 'muted small-text' }, h('span', { class: 'signed-key', 'aria-hidden': 'true' }), h('span', { t: 'signedKey' })),
    h('div', { class: 'scroll-x', tabindex: '0', role: 'region', tLabel: 'fieldsLabel' }, table));

  const light = (/** @type {Event} */ event, /** @type {boolean} */ on) => {
    const from = event.target instanceof Element ? event.target.closest('[data-field]') : null;
    const index = from?.getAttribute('data-field');
    for (const part of element.querySelectorAll('[data-field]')) part.classList.toggle('lit', on && part.getAttribute('data-field') === index);
  };
  for (const [on, off] of [['pointerover', 'pointerout'], ['focusin', 'focusout']]) {
    element.addEventListener(on, (event) => light(event, true));
    element.addEventListener(off, (event) => light(event, false));
  }

  /** @type {Anatomy|undefined} */
  let drawn;
  let drawnText = '';
  const update = (/** @type {Anatomy} */ anatomy, /** @type {string} */ whole) => {
    drawn = anatomy;
    drawnText = whole;
    element.hidden = anatomy.version === '';
    const signed = anatomy.fields.filter((field) => field.signed).reduce((sum, { start, end }) => sum + end - start, 0);
    const size = anatomy.bytes?.length ?? 0;
    sizes.textContent = t(anatomy.packed === undefined ? 'sizes006' : 'sizes007', { chars: whole.length, packed: anatomy.packed ?? 0, bytes: size, signed });
    fill(problems, ...anatomy.problems.map((problem) => h('li', { text: tOr(`problem.${problem}`, problem) })));
    fill(text, ...textRuns(anatomy, whole));
    fill(bytes, ...anatomy.fields.filter(({ start }) => start < SHOWN_BYTES).map((field, index) => byteRun(anatomy, field, index)));
    if (size > SHOWN_BYTES) bytes.append(h('span', { class: 'muted', text: t('moreBytes', { n: size - SHOWN_BYTES }) }));
    fill(fields, ...anatomy.fields.slice(0, 400).map(fieldRow));
  };
  onLanguage(() => {
    if (drawn) update(drawn, drawnText);
  });
  return { element, update };
}

/** @param {Field} field */
function colour(field) {
  return `f${COLOURS[field.id] ?? 0}`;
}

/** @param {Field} field */
function nameOf(field) {
  return tOr(`field.${field.id}`, field.id);
}

/**
 * The token's own characters. In 006 four characters hold three bytes, so the fields show in the text itself; in 007 the
 * content is compressed and is one run.
 * @param {Anatomy} anatomy
 * @param {string} whole
 */
function textRuns(anatomy, whole) {
  const runs = [h('span', { class: 'run f6', title: t('field.version'), text: whole.slice(0, 3) })];
  if (anatomy.version !== '006') {
    runs.push(h('span', { class: 'run f1', title: t(anatomy.version === '007' ? 'field.packed' : 'field.unknown'), text: whole.slice(3) }));
    return runs;
  }
  runs.push(h('span', { class: 'run f2', title: 'App ID', text: whole.slice(3, 35) }));
  const content = whole.slice(35);
  let at = 0;
  anatomy.fields.forEach((field, index) => {
    const end = Math.min(content.length, Math.round((field.end * 4) / 3));
    if (end > at) runs.push(h('span', { class: `run ${colour(field)}`, 'data-field': index, title: nameOf(field), text: content.slice(at, end) }));
    at = Math.max(at, end);
  });
  if (at < content.length) runs.push(h('span', { class: 'run f0', text: content.slice(at) }));
  return runs;
}

/**
 * @param {Anatomy} anatomy
 * @param {Field} field
 * @param {number} index
 */
function byteRun(anatomy, field, index) {
  const part = anatomy.bytes?.subarray(field.start, Math.min(field.end, SHOWN_BYTES)) ?? new Uint8Array();
  const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return h('span', {
    class: `run ${colour(field)}${field.signed ? ' signed' : ''}`, 'data-field': index, tabindex: '0', role: 'img',
    title: nameOf(field), 'aria-label': `${nameOf(field)}, ${t('byteCount', { n: field.end - field.start })}`, text: hex,
  });
}

/**
 * @param {Field} field
 * @param {number} index
 */
function fieldRow(field, index) {
  return h('tr', { 'data-field': index, tabindex: '0' },
    h('th', { scope: 'row' }, h('span', { class: `swatch ${colour(field)}`, 'aria-hidden': 'true' }), nameOf(field)),
    h('td', { class: 'mono nowrap', text: `${field.start}–${field.end - 1} · ${field.end - field.start} B` }),
    h('td', { text: t(field.signed ? 'yes' : 'no') }),
    h('td', { class: 'mono value', text: field.value }));
}
