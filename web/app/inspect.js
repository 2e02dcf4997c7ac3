// The inspector: a token and what is known of the attempt on the left, what is
// wrong and what is in it on the right. The token is read in this page; the
// causes come from the process that served it. Nothing goes into an address.

import { anatomyCard } from './anatomy.js';
import { dateTime, duration, ServiceClock } from './clock.js';
import { info, request, RequestError } from './control.js';
import { card, copyButton, fill, h } from './dom.js';
import { mountFrame } from './frame.js';
import { keepAttempt, keptAttempt } from './handover.js';
import { language, onLanguage, t, tOr } from './i18n.js';
import { Timeline, WILL_EXPIRE_LEAD } from './timeline.js';
import { readToken } from './token.js';

/**
 * @typedef {import('./token.js').Anatomy} Anatomy
 * @typedef {import('./messages.js').MessageKey} MessageKey
 * @typedef {{ code: string, message: string, evidence?: string, fix?: string }} Cause
 * @typedef {{ verdict: 'ok'|'refused'|'unknown', causes: Cause[] }} Report
 */

const DEBOUNCE = 250;

const clock = new ServiceClock();
const main = mountFrame({ page: '/inspect', clock, class: 'inspect' });

/** @type {Anatomy} */
let anatomy = { version: '', fields: [], problems: [], services: [] };
/** @type {Report|undefined} */
let report;
let failure = '';
let fingerprint = '';
/** Counts the changes of the form, so that a late answer to an earlier one is not shown. */
let generation = 0;

const token = h('textarea', {
  id: 'token', rows: 7, class: 'mono', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', tPlaceholder: 'tokenPlaceholder',
});
const user = input('user', 'alice');
const appID = input('app-id', '');
const channel = input('channel', '');
const service = h('select', { id: 'service' }, ...['RTM', 'RTC', 'RTM2', 'Chat', 'FPA', 'APaaS'].map((name) => h('option', { value: name.toLowerCase(), text: name })));
const sdk = h('select', { id: 'sdk' }, h('option', { value: '', t: 'notKnown' }), h('option', { value: '1.x', text: '1.x' }), h('option', { value: '2.x', text: '2.x' }));
const code = h('input', { id: 'code', inputmode: 'numeric', pattern: '-?[0-9]*', size: 8, autocomplete: 'off', list: 'codes' });
const at = h('input', { id: 'at', autocomplete: 'off', tPlaceholder: 'atPlaceholder' });
const certificate = h('input', {
  id: 'certificate', type: 'password', autocomplete: 'off', spellcheck: 'false', 'aria-describedby': 'certificate-note',
});

const verdict = h('div', { class: 'verdict', role: 'status' });
const causes = h('div', { class: 'causes' });
const verdictCard = card({ title: 'verdictTitle', id: 'verdict' }, verdict, causes);
const meaning = h('div', { class: 'meaning' });
const meaningCard = card({ title: 'meaning', id: 'meaning' }, meaning);
const timeline = new Timeline();
const lifeFacts = h('dl', { class: 'facts' });
const lifeCard = card({ title: 'life', id: 'life' }, timeline.element, lifeFacts);
const bytes = anatomyCard();

build();
void start();

/**
 * @param {string} id
 * @param {string} placeholder
 */
function input(id, placeholder) {
  return h('input', { id, placeholder, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off' });
}

/**
 * @param {MessageKey} label
 * @param {HTMLElement} control
 * @param {...(Node|null)} more
 */
function field(label, control, ...more) {
  return h('div', { class: 'field' }, h('label', { for: control.id, t: label }), control, ...more);
}

function build() {
  const clear = h('button', { type: 'button', class: 'quiet', t: 'clear' });
  clear.addEventListener('click', () => {
    for (const control of [token, user, channel, code, at, certificate]) control.value = '';
    changed(0);
    token.focus();
  });
  const form = h('form', { class: 'card attempt', 'aria-labelledby': 'attempt-title', novalidate: true },
    h('header', { class: 'card-head' }, h('h1', { id: 'attempt-title', class: 'h2', t: 'inspectTitle' }),
      h('div', { class: 'tools' }, copyButton(() => token.value), clear)),
    field('token', token, h('p', { class: 'muted small-text', t: 'staysHere' })),
    h('fieldset', { class: 'known' }, h('legend', { t: 'attempt' }),
      field('userID', user), field('appIDLabel', appID), field('channelLabel', channel),
      h('div', { class: 'pair' }, field('serviceLabel', service), field('sdkLabel', sdk), field('codeLabel', code), field('atLabel', at)),
      field('certificateLabel', certificate, h('p', { id: 'certificate-note', class: 'muted small-text', t: 'certificateNote' }))),
    h('datalist', { id: 'codes' }, ...['5', '6', '2', '4', '101', '109', '110', '-10005', '-10009', '-10016'].map((value) => h('option', { value }))));
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', () => changed(DEBOUNCE));
  fill(main, h('div', { class: 'attempt-column' }, form), h('div', { class: 'stage' }, verdictCard, meaningCard, lifeCard, bytes.element));
}

async function start() {
  restore();
  onLanguage(() => {
    draw();
    changed(0);
  });
  clock.addEventListener('change', () => draw());
  setInterval(drawLife, 1000);
  setInterval(() => void clock.sync(), 15_000);
  await clock.sync();
  try {
    appID.placeholder = (await info()).app_id;
  } catch {
    // The frame already says that the service is not reachable.
  }
  await look();
}

/** What the demo handed over, or what this tab had before. */
function restore() {
  const kept = keptAttempt();
  for (const [control, value] of /** @type {[HTMLInputElement|HTMLTextAreaElement|HTMLSelectElement, unknown][]} */ ([
    [token, kept.token], [user, kept.user], [appID, kept.app_id], [channel, kept.channel], [code, kept.code], [sdk, kept.sdk], [service, kept.service],
  ])) {
    if (typeof value === 'string' && value !== '') control.value = value;
  }
}

/** Keeps the form for this tab; the certificate is left out. */
function keep() {
  keepAttempt({
    token: token.value, user: user.value, app_id: appID.value, channel: channel.value, code: code.value, sdk: sdk.value, service: service.value,
  });
}

/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;

/** @param {number} after */
function changed(after) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    keep();
    void look();
  }, after);
}

async function look() {
  const mine = ++generation;
  anatomy = await readToken(token.value);
  if (mine !== generation) return;
  if (token.value.trim() === '') {
    report = undefined;
    failure = fingerprint = '';
    draw();
    return;
  }
  draw();
  const [explained, inspected] = await Promise.allSettled([explain(), inspect()]);
  if (mine !== generation) return;
  fingerprint = inspected.status === 'fulfilled' ? inspected.value : '';
  report = explained.status === 'fulfilled' ? explained.value : undefined;
  failure = explained.status === 'fulfilled' ? '' : failureText(explained.reason);
  draw();
}

/** @returns {Promise<Report>} */
function explain() {
  /** @type {Record<string, unknown>} */
  const attempt = { token: token.value, lang: language() };
  if (user.value !== '') attempt.user = user.value;
  if (appID.value !== '') attempt.app_id = appID.value;
  if (channel.value !== '') attempt.channel = channel.value;
  if (service.value !== 'rtm') attempt.service = service.value;
  if (sdk.value !== '') attempt.sdk = sdk.value;
  if (/^-?\d+$/.test(code.value)) attempt.code = Number(code.value);
  if (at.value.trim() !== '') attempt.at = at.value.trim();
  if (certificate.value !== '') attempt.certificate = certificate.value;
  return request('POST', '/local/explain', attempt);
}

/** The fingerprint that audit logs carry, where the token can be read whole. */
async function inspect() {
  if (anatomy.version === '' || anatomy.problems.length > 0) return '';
  const answer = await request('POST', '/local/inspect', { token: token.value.trim() });
  return typeof answer.fingerprint === 'string' ? answer.fingerprint : '';
}

/** @param {unknown} error */
function failureText(error) {
  if (!(error instanceof RequestError)) return String(error);
  if (error.status === 0) return t('explainNoAnswer');
  return error.status === 404 ? t('explainMissing') : error.message;
}

function draw() {
  const empty = token.value.trim() === '';
  meaningCard.hidden = lifeCard.hidden = empty || anatomy.version === '' || anatomy.fields.length === 0;
  drawVerdict(empty);
  bytes.update(empty ? { ...anatomy, version: '' } : anatomy, token.value.trim());
  drawMeaning();
  drawLife();
}

/** @param {boolean} empty */
function drawVerdict(empty) {
  if (empty) {
    verdict.className = 'verdict off';
    fill(verdict, h('p', { t: 'inspectEmpty' }));
    fill(causes);
    return;
  }
  const tone = !report ? 'off' : report.verdict === 'ok' ? 'ok' : report.verdict === 'refused' ? 'bad' : 'wait';
  verdict.className = `verdict ${tone}`;
  const sentence = report ? t(/** @type {MessageKey} */ (`verdict.${report.verdict}`)) : failure || t('checking');
  fill(verdict, h('p', {}, h('span', { class: `dot ${tone}`, 'aria-hidden': 'true' }), h('b', { text: sentence })),
    ...(report ? [] : anatomy.problems.map((problem) => h('p', { class: 'muted', text: tOr(`problem.${problem}`, problem) }))));
  fill(causes, ...(report?.causes ?? []).map((cause, index) => causeView(cause, index === 0)));
}

/**
 * @param {Cause} cause
 * @param {boolean} open
 */
function causeView(cause, open) {
  return h('details', { class: 'cause', open },
    h('summary', {}, h('b', { text: cause.message }), ' ', h('code', { class: 'code muted', text: cause.code })),
    h('dl', { class: 'facts' },
      cause.evidence && h('dt', { t: 'evidence' }), cause.evidence && h('dd', { text: cause.evidence }),
      cause.fix && h('dt', { t: 'fix' }), cause.fix && h('dd', { text: cause.fix })));
}

function drawMeaning() {
  const rows = [
    [t('versionLabel'), anatomy.version], ['App ID', anatomy.appID],
    [t('salt'), anatomy.salt === undefined ? undefined : String(anatomy.salt)],
    [t('fingerprint'), fingerprint],
  ].filter(([, value]) => value !== undefined && value !== '');
  const services = anatomy.services.map((one) => h('li', {},
    h('span', { class: 'chip', text: one.name || '?' }),
    one.user !== undefined && h('span', {}, h('span', { class: 'muted', t: 'userID' }), ' ', h('b', { class: 'mono', text: one.user === '' ? t('anyUser') : one.user })),
    one.channel !== undefined && h('span', {}, h('span', { class: 'muted', t: 'channelLabel' }), ' ', h('b', { class: 'mono', text: one.channel })),
    ...one.privileges.map((privilege) => h('span', { class: 'privilege' }, privilege.name, ' ',
      h('span', { class: 'muted', text: privilegeEnd(privilege.value) })))));
  fill(meaning,
    h('dl', { class: 'facts' }, ...rows.flatMap(([name, value]) => [h('dt', { text: name ?? '' }), h('dd', { class: 'mono', text: value ?? '' })])),
    h('ul', { class: 'services' }, ...services),
    anatomy.version === '006' && h('p', { class: 'muted small-text', t: 'userNotInside' }),
    h('p', { class: 'muted small-text', t: 'notVerified' }));
}

/**
 * When a privilege ends: 006 writes a moment, 007 a duration.
 * @param {number} value
 */
function privilegeEnd(value) {
  if (anatomy.version === '006') return value === 0 ? t('noEnd') : dateTime(value * 1000);
  return duration(value * 1000);
}

function drawLife() {
  const { issued, ends } = anatomy;
  if (lifeCard.hidden || issued === undefined || ends === undefined) {
    lifeCard.hidden = true;
    return;
  }
  const now = clock.now();
  const life = Math.max(1000, ends - issued);
  const gap = now - ends;
  const beyond = ends + life * 0.15;
  timeline.draw({
    now, start: issued, lanes: 1, even: true,
    jumps: gap > life * 0.5 ? [{ from: beyond, to: now - life * 0.05 }] : [],
    groups: [{ name: '', tokens: [{ from: issued, end: ends, version: anatomy.version }], states: [], marks: [] }],
  });
  const left = ends - now;
  fill(lifeFacts,
    h('dt', { t: 'issued' }), h('dd', { text: `${dateTime(issued)} · ${relative(issued - now)}` }),
    h('dt', { t: 'willExpire' }), h('dd', { text: dateTime(ends - WILL_EXPIRE_LEAD) }),
    h('dt', { t: 'ends' }), h('dd', { class: left <= 0 ? 'bad-text' : '', text: `${dateTime(ends)} · ${relative(left)}` }));
}

/** @param {number} ahead */
function relative(ahead) {
  return t(ahead >= 0 ? 'inTime' : 'agoTime', { d: duration(Math.abs(ahead)) });
}
