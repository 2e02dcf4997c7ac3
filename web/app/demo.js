// The demo: users who log in to the local RTM service, keep their tokens
// renewed and write to each other, with a hand on everything that can happen.

import { chatCard, LOBBY } from './chat.js';
import { instant, ServiceClock } from './clock.js';
import { EventFeed, info, offered, request } from './control.js';
import { card, fill, h } from './dom.js';
import { eventsCard } from './events.js';
import { mountFrame } from './frame.js';
import { onLanguage, t } from './i18n.js';
import { Journal, toneOf } from './journal.js';
import { Session } from './session.js';
import { Timeline } from './timeline.js';
import { tokenCard } from './tokencard.js';
import { userCard } from './users.js';
import { whatIfCard } from './whatif.js';

/**
 * @typedef {import('./control.js').ServiceEvent} ServiceEvent
 * @typedef {import('./control.js').Info} Info
 * @typedef {import('./timeline.js').Group} Group
 */

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'];
const MAX_USERS = 4;
const USER_KEY = 'rtmauth.user';

const clock = new ServiceClock();
const main = mountFrame({ page: '/', clock, class: 'demo' });
const journal = new Journal();
/** @type {{ session: Session, card: ReturnType<typeof userCard> }[]} */
const users = [];
/** @type {Session} */
let selected;

void start();

async function start() {
  fill(main, h('p', { class: 'empty', t: 'starting' }));
  /** @type {Info} */
  let about;
  /** @type {(path: string) => boolean} */
  let offers;
  try {
    [about, offers] = await Promise.all([info(), offered(), clock.sync()]);
  } catch {
    fill(main, card({ title: 'notReachable', id: 'down' }, h('p', { t: 'notReachableFix' }),
      h('button', { type: 'button', class: 'primary', t: 'tryAgain', onclick: () => void start() })));
    return;
  }
  const online = await namesOnline();
  build(about, remembered() ?? NAMES.find((name) => !online.has(name)) ?? 'alice', online, offers);
  follow();
}

/** Who is logged in already, in other tabs: a second tab should not begin by pushing out the first. */
async function namesOnline() {
  try {
    const { sessions } = await request('GET', '/local/control/sessions');
    return new Set(/** @type {import('./control.js').SessionInfo[]} */ (sessions ?? []).map(({ user }) => user));
  } catch {
    return new Set();
  }
}

/** The user this tab had before it was loaded again. */
function remembered() {
  try {
    return sessionStorage.getItem(USER_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {Info} about
 * @param {string} firstUser
 * @param {Set<string>} online
 * @param {(path: string) => boolean} offers
 */
function build(about, firstUser, online, offers) {
  const version = about.token_version === '007' ? '007' : '006';
  const userColumn = h('div', { class: 'users' });
  const add = h('button', { type: 'button', class: 'add', t: 'addUser' });
  const token = tokenCard(clock);
  const events = eventsCard(journal, about.app_id);
  const timeline = new Timeline();
  const chat = chatCard(() => users.map(({ session }) => session));
  const whatIf = whatIfCard({ clock, twin: logInElsewhere, offers });

  fill(main,
    h('h1', { class: 'hidden', t: 'demoTitle' }),
    h('div', { class: 'side-column' }, userColumn, add),
    h('div', { class: 'stage' },
      token.element,
      card({ title: 'timeline', id: 'timeline', tools: [legend()] }, timeline.element),
      whatIf.element,
      chat.element),
    h('div', { class: 'event-column' }, events.element));

  const started = clock.now();
  const drawTimeline = () => timeline.draw({
    now: clock.now(), start: firstMoment(started), jumps: clock.jumps, groups: users.map(({ session }) => group(session)),
  });

  const update = () => {
    for (const user of users) user.card.update(users.length > 1 && user.session === selected, users.length > 1 && !user.session.online);
    token.update(selected);
    whatIf.update(selected, users.length > 1);
    chat.update();
    drawTimeline();
    add.hidden = users.length >= MAX_USERS;
  };
  let asked = false;
  const soon = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      update();
    });
  };

  /**
   * @param {string} uid
   * @param {boolean} [twin]
   */
  function addUser(uid, twin = false) {
    const session = new Session({ appID: about.app_id, uid, clock, journal, version });
    session.twin = twin;
    const view = userCard(session, {
      ownSDK: about.sdk_file === true,
      fake: about.generated === true,
      select: () => {
        if (selected === session) return;
        selected = session;
        soon();
      },
      remove: () => {
        const at = users.findIndex((user) => user.session === session);
        users.splice(at, 1);
        view.element.remove();
        if (selected === session) selected = users[0].session;
        soon();
      },
    });
    users.push({ session, card: view });
    userColumn.append(view.element);
    session.addEventListener('change', soon);
    let wasOnline = false;
    session.addEventListener('change', () => {
      const nowOnline = session.state === 'CONNECTED';
      if (nowOnline && !wasOnline) session.join(LOBBY).catch(() => {});
      wasOnline = nowOnline;
    });
    return { session, view };
  }

  /** @param {Session} session */
  async function logInElsewhere(session) {
    const known = users.find((user) => user.session.twin && user.session.uid === session.uid && user.session !== session);
    const other = known?.session ?? addUser(session.uid, true).session;
    other.version = session.version;
    await other.login();
    soon();
  }

  add.addEventListener('click', () => {
    const taken = new Set([...online, ...users.map(({ session }) => session.uid)]);
    const { session, view } = addUser(NAMES.find((name) => !taken.has(name)) ?? `user${users.length + 1}`);
    selected = session;
    update();
    view.element.querySelector('input')?.focus();
  });

  selected = addUser(firstUser).session;
  addEventListener('pagehide', () => {
    sessionStorage.setItem(USER_KEY, users[0].session.uid);
    for (const { session } of users) session.leave();
  });
  clock.addEventListener('change', soon);
  journal.addEventListener('change', soon);
  onLanguage(update);
  setInterval(() => {
    for (const user of users) user.card.tick();
    token.tick();
    drawTimeline();
  }, 1000);
  update();
}

/**
 * The picture begins at the first thing that happened, or when the page was opened.
 * @param {number} opened
 */
function firstMoment(opened) {
  const first = journal.lines[0]?.at;
  const window = 10 * 60_000;
  const jumped = clock.jumps.reduce((sum, jump) => sum + Math.max(0, jump.to - jump.from), 0);
  return Math.max(first === undefined ? opened : first - 1000, clock.now() - window - jumped);
}

/**
 * @param {Session} session
 * @returns {Group}
 */
function group(session) {
  /** @type {Group['marks']} */
  const marks = session.renewals.map((line) => ({
    at: line.at, kind: line.type === 'renew_accepted' ? 'renewed' : 'refused', label: line.code === undefined ? '' : t('code', { code: line.code }),
  }));
  for (const line of journal.lines) {
    if (line.user !== session.uid || session.twin) continue;
    if (line.type === 'token_will_expire') marks.push({ at: line.at, kind: 'willExpire', label: 'TokenPrivilegeWillExpire' });
    if (line.type === 'login_refused') marks.push({ at: line.at, kind: 'refused', label: `${t('event.login_refused')}, ${t('code', { code: line.code ?? '' })}` });
    if (line.type === 'token_expired' || line.type === 'token_expired.stays') marks.push({ at: line.at, kind: 'expired', label: t(line.type === 'token_expired' ? 'event.token_expired' : 'event.token_expired.stays') });
  }
  return {
    name: session.twin ? `${session.uid} (${t('elsewhere')})` : session.uid,
    tokens: session.tokens.filter(({ anatomy }) => anatomy.ends !== undefined).map((token) => ({
      from: token.from, end: token.anatomy.ends ?? token.from, until: token.replaced?.at, version: token.anatomy.version,
    })),
    states: session.states.map((line) => ({ at: line.at, state: line.state ?? '', reason: line.reason ?? '', tone: line.tone })),
    marks,
  };
}

function legend() {
  const item = (/** @type {string} */ kind, /** @type {import('./messages.js').MessageKey} */ key) => h('span', { class: 'legend-item' },
    h('span', { class: `shape ${kind}`, 'aria-hidden': 'true' }), h('span', { t: key }));
  return h('div', { class: 'legend' }, item('renewed', 'mark.renewed'), item('willExpire', 'mark.willExpire'), item('expired', 'mark.expired'), item('refused', 'mark.refused'));
}

/** Takes in what the service decided: its words and its rule go to the same lines as the client's. */
function follow() {
  const feed = new EventFeed({ history: false });
  feed.addEventListener('events', (event) => {
    for (const one of /** @type {CustomEvent<ServiceEvent[]>} */ (event).detail) take(one);
  });
  feed.addEventListener('connection', () => void clock.sync());
  setInterval(() => void clock.sync(), 15_000);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void clock.sync();
  });
  void feed.run();
}

/** @param {ServiceEvent} event */
function take(event) {
  if (event.type === 'clock') void clock.sync();
  if (event.type === 'online' || event.type === 'offline') return; // the states say the same
  if (event.user && !users.some(({ session }) => session.uid === event.user)) return;
  // What the service notes without telling the client is something else than what the client is told.
  const untold = event.reason === 'not_told' || event.reason === 'stays';
  const type = untold ? `${event.type}.${event.reason}` : event.type;
  journal.add({
    at: instant(event.at) ?? clock.now(), seq: event.seq, user: event.user ?? '', type, state: event.state, reason: untold ? undefined : event.reason,
    code: event.code, source: event.source, tone: toneOf(event), text: typeof event.detail === 'string' ? event.detail : undefined,
  }, 'service');
}
