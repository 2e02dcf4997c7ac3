// The life of tokens as a picture: token, connection state and renewals over
// time, with what is to come. The past and the future each have a scale of
// their own, with "now" between them, so that renewals every half minute and
// an end in 24 hours both show. Turning the clock is drawn as a notch.

import { clockTime, dateTime, duration } from './clock.js';
import { fill, h, svg } from './dom.js';
import { t, tOr } from './i18n.js';

/**
 * @typedef {import('./journal.js').Tone} Tone
 * @typedef {{ from: number, end: number, until?: number, version: string }} TokenSpan  until: replaced or given up
 * @typedef {{ at: number, state: string, reason: string, tone: Tone }} StateChange
 * @typedef {{ at: number, kind: 'renewed'|'refused'|'willExpire'|'expired', label: string }} Mark
 * @typedef {{ name: string, tokens: TokenSpan[], states: StateChange[], marks: Mark[] }} Group
 * @typedef {{ from: number, to: number }} Jump
 * @typedef {{ now: number, start: number, jumps: Jump[], groups: Group[], lanes?: 1|3, even?: boolean }} Model  lanes: 1 = tokens only; even: one scale for past and future
 */

/** The service says that a token will expire this long before its end. */
export const WILL_EXPIRE_LEAD = 30_000;

const LABELS = 76;
const LABELS_NARROW = 8;
const JUMP_WIDTH = 44;
/** More room in a notch for each thing that happened while the clock leapt. */
const KNOT_WIDTH = 18;
const LANE = 22;
const LANE_GAP = 8;
const AXIS = 34;

/** A picture that is drawn again whenever it is given a model or another width. */
export class Timeline {
  constructor() {
    this.picture = h('div', { class: 'timeline' });
    this.table = h('details', { class: 'as-table' }, h('summary', { t: 'timelineAsTable' }));
    this.element = h('div', { class: 'timeline-box' }, this.picture, this.table);
    /** @type {Model|undefined} */
    this.model = undefined;
    this.width = 0;
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width === this.width) return;
      this.width = width;
      this.redraw();
    }).observe(this.picture);
    this.table.addEventListener('toggle', () => this.redraw());
  }

  /** @param {Model} model */
  draw(model) {
    this.model = model;
    this.redraw();
  }

  redraw() {
    if (!this.model || this.width < 40) return;
    const scale = new Scale(this.model, this.width);
    fill(this.picture, drawing(this.model, scale));
    if (this.table.open) {
      fill(this.table, h('summary', { t: 'timelineAsTable' }), asTable(this.model));
    }
  }
}

/** Where a moment lies on the picture. */
class Scale {
  /**
   * @param {Model} model
   * @param {number} width
   */
  constructor(model, width) {
    this.width = width;
    this.left = width < 460 ? LABELS_NARROW : LABELS;
    this.now = model.now;
    const ends = model.groups.flatMap(({ tokens }) => tokens.filter((token) => !token.until).map(({ end }) => end));
    this.horizon = Math.max(model.now, ...ends);
    const hasFuture = this.horizon > model.now;
    const usable = width - this.left - 12;
    this.right = this.left + usable;
    const passed = model.now - model.start;
    const share = !hasFuture ? 0.94 : model.even ? Math.max(0, Math.min(1, passed / (passed + this.horizon - model.now))) : 0.6;
    this.nowX = this.left + Math.round(usable * share);

    // Only what came after the clock was last turned back can be drawn from left to right.
    const back = model.jumps.filter((jump) => jump.to < jump.from).at(-1);
    this.start = Math.min(model.now - (model.even ? 0 : 20_000), Math.max(model.start, back ? back.to : model.start));
    this.jumps = model.jumps
      .filter((jump) => jump.to > jump.from && jump.from >= this.start && jump.to <= model.now + 1000)
      .map((jump) => {
        const knots = knotsOf(model, jump);
        return { ...jump, knots, width: JUMP_WIDTH + knots.length * KNOT_WIDTH };
      });
    const room = this.nowX - this.left;
    const wanted = this.jumps.reduce((sum, jump) => sum + jump.width, 0);
    const squeeze = Math.min(1, (room * 0.6) / Math.max(1, wanted));
    for (const jump of this.jumps) jump.width *= squeeze;
    const jumped = this.jumps.reduce((sum, jump) => sum + jump.to - jump.from, 0);
    const ran = Math.max(1, this.now - this.start - jumped);
    this.perMs = Math.max(0, room - wanted * squeeze) / ran;
  }

  /** @param {number} at */
  x(at) {
    if (at >= this.now) {
      const span = this.horizon - this.now;
      return span <= 0 ? this.nowX : this.nowX + ((Math.min(at, this.horizon) - this.now) / span) * (this.right - this.nowX);
    }
    let x = this.left;
    let from = this.start;
    if (at <= from) return x;
    for (const jump of this.jumps) {
      if (at <= jump.from) break;
      x += (jump.from - from) * this.perMs;
      if (at < jump.to) return x + within(jump, at) * jump.width;
      x += jump.width;
      from = jump.to;
    }
    return Math.min(this.nowX, x + (at - from) * this.perMs);
  }
}

/**
 * The moments inside a leap that are worth telling apart.
 * @param {Model} model
 * @param {Jump} jump
 */
function knotsOf(model, jump) {
  const moments = model.groups.flatMap(({ tokens, states, marks }) => [
    ...tokens.filter((token) => !token.until || token.until >= token.end).flatMap(({ end }) => [end - WILL_EXPIRE_LEAD, end]),
    ...states.map(({ at }) => at),
    ...marks.map(({ at }) => at),
  ]).filter((at) => at > jump.from + 1000 && at < jump.to - 1000).sort((a, b) => a - b);
  return moments.filter((at, index) => index === 0 || at - moments[index - 1] > 1000).slice(0, 6);
}

/**
 * How far into a leap a moment lies, 0 to 1: evenly from knot to knot.
 * @param {Jump & { knots: number[] }} jump
 * @param {number} at
 */
function within(jump, at) {
  const stops = [jump.from, ...jump.knots, jump.to];
  const next = stops.findIndex((stop) => at < stop);
  const share = (at - stops[next - 1]) / (stops[next] - stops[next - 1]);
  return (next - 1 + share) / (stops.length - 1);
}

/**
 * @param {Model} model
 * @param {Scale} scale
 */
function drawing(model, scale) {
  const narrow = scale.left === LABELS_NARROW;
  const many = model.groups.length > 1;
  const groupHead = many || (narrow && model.lanes !== 1) ? 20 : 0;
  const lanes = model.lanes ?? 3;
  const groupHeight = groupHead + lanes * (LANE + LANE_GAP);
  const height = 18 + model.groups.length * groupHeight + AXIS;
  const root = svg('svg', {
    width: scale.width, height, viewBox: `0 0 ${scale.width} ${height}`, role: 'img', 'aria-label': summary(model), class: 'timeline-svg',
  });
  const bottom = height - AXIS;
  for (const jump of scale.jumps) root.append(...notch(jump, scale, bottom));
  root.append(...axis(scale, bottom));
  model.groups.forEach((group, index) => {
    const top = 18 + index * groupHeight;
    if (groupHead) root.append(svg('text', { x: scale.left, y: top + 13, class: 'tl-name', text: group.name }));
    const lane = (/** @type {number} */ n) => top + groupHead + n * (LANE + LANE_GAP);
    if (!narrow) {
      for (const [n, key] of /** @type {const} */ ([[0, 'laneToken'], [1, 'laneState'], [2, 'laneRenewals']])) {
        if (n < lanes) root.append(svg('text', { x: 0, y: lane(n) + 15, class: 'tl-label', text: t(key) }));
      }
    }
    for (let n = 0; n < lanes; n++) {
      root.append(svg('rect', { x: scale.left, y: lane(n), width: scale.right - scale.left, height: LANE, rx: 4, class: 'tl-lane' }));
    }
    root.append(...tokenLane(group, scale, lane(0)));
    if (lanes === 3) root.append(...stateLane(group, scale, lane(1)), ...markLane(group, scale, lane(2)));
  });
  root.append(
    svg('line', { x1: scale.nowX, x2: scale.nowX, y1: 14, y2: bottom, class: 'tl-now' }),
    svg('text', { x: Math.max(14, scale.nowX), y: 10, class: 'tl-now-text', 'text-anchor': 'middle', text: t('now') }));
  return root;
}

/**
 * @param {Group} group
 * @param {Scale} scale
 * @param {number} y
 */
function tokenLane(group, scale, y) {
  /** @type {SVGElement[]} */
  const out = [];
  for (const token of group.tokens) {
    const stop = Math.min(token.until ?? Infinity, token.end);
    if (stop <= scale.start) continue;
    const x = scale.x(token.from);
    const end = Math.max(x + 2, scale.x(stop));
    const live = !token.until;
    out.push(svg('rect', {
      x, y: y + 3, width: Math.max(2, end - x - (live ? 0 : 1)), height: LANE - 6, rx: 3, class: live ? 'tl-token' : 'tl-token past',
    }, svg('title', { text: `${token.version} · ${dateTime(token.from)} – ${dateTime(stop)}` })));
    const warn = token.end - WILL_EXPIRE_LEAD;
    if (stop > warn) {
      const warnX = Math.min(scale.x(Math.max(warn, token.from)), end - 5);
      out.push(svg('rect', { x: warnX, y: y + 3, width: end - warnX, height: LANE - 6, class: 'tl-warn' },
        svg('title', { text: `${t('willExpire')} ${dateTime(warn)}` })));
    }
    if (!token.until || token.until >= token.end) {
      out.push(svg('line', { x1: end, x2: end, y1: y - 2, y2: y + LANE + 2, class: 'tl-end' },
        svg('title', { text: `${t('ends')} ${dateTime(token.end)}` })));
    }
    if (live && end - x > 60) {
      out.push(svg('text', { x: x + 8, y: y + 15, class: 'tl-on-token', text: token.version }));
    }
    if (live && token.end > scale.now && end - Math.max(x, scale.nowX) > 150) {
      out.push(svg('text', {
        x: end - 12, y: y + 15, class: 'tl-on-token', 'text-anchor': 'end', text: t('endsIn', { in: duration(token.end - scale.now) }),
      }));
    }
  }
  return out;
}

/**
 * @param {Group} group
 * @param {Scale} scale
 * @param {number} y
 */
function stateLane(group, scale, y) {
  /** @type {SVGElement[]} */
  const out = [];
  group.states.forEach((change, index) => {
    const until = group.states[index + 1]?.at ?? scale.now;
    if (until < scale.start || change.tone === 'off') return;
    const x = scale.x(change.at);
    const width = Math.max(3, scale.x(until) - x - 1);
    out.push(svg('rect', { x, y: y + 3, width, height: LANE - 6, rx: 2, class: `tl-state ${change.tone}` },
      svg('title', { text: `${change.state} · ${change.reason} · ${clockTime(change.at)}` })));
    if (width > change.state.length * 7 + 14) {
      out.push(svg('text', { x: x + 8, y: y + 15, class: `tl-on-state ${change.tone}`, text: change.state }));
    }
  });
  return out;
}

/**
 * Renewals and warnings; each kind has a shape of its own.
 * @param {Group} group
 * @param {Scale} scale
 * @param {number} y
 */
function markLane(group, scale, y) {
  const middle = y + LANE / 2;
  return group.marks.filter((mark) => mark.at >= scale.start).map((mark) => {
    const x = scale.x(mark.at);
    const shapes = {
      renewed: `M${x} ${middle - 6}l6 11h-12z`,
      refused: `M${x - 5} ${middle - 5}l10 10m0 -10l-10 10`,
      willExpire: `M${x} ${middle - 6}l6 6l-6 6l-6 -6z`,
      expired: `M${x - 5} ${middle - 5}h10v10h-10z`,
    };
    return svg('path', { d: shapes[mark.kind], class: `tl-mark ${mark.kind}` },
      svg('title', { text: `${mark.label} · ${clockTime(mark.at)}` }));
  });
}

/**
 * @param {Jump & { width: number }} jump
 * @param {Scale} scale
 * @param {number} bottom
 */
function notch(jump, scale, bottom) {
  const x = scale.x(jump.from);
  return [
    svg('rect', { x, y: 16, width: jump.width, height: bottom - 16, class: 'tl-jump' },
      svg('title', { text: `${dateTime(jump.from)} → ${dateTime(jump.to)}` })),
    svg('text', {
      x: x + jump.width / 2, y: 11, class: 'tl-jump-text', 'text-anchor': 'middle', text: `+${shortly(jump.to - jump.from)}`,
    }),
  ];
}

const STEPS = [5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 21600, 43200, 86400].map((seconds) => seconds * 1000);

/**
 * @param {Scale} scale
 * @param {number} bottom
 */
function axis(scale, bottom) {
  /** @type {SVGElement[]} */
  const out = [];
  const lastJump = scale.jumps.at(-1);
  const from = lastJump ? lastJump.to : scale.start;
  const pastStep = STEPS.find((step) => step * scale.perMs >= 74) ?? Infinity;
  for (let at = Math.ceil(from / pastStep) * pastStep; at < scale.now; at += pastStep) {
    const x = scale.x(at);
    if (x > scale.nowX - 40 || x < scale.left + 24) continue;
    out.push(tick(x, bottom, clockTime(at), 'middle'));
  }
  if (lastJump && scale.jumps[0].from - scale.start > 0) {
    const x = scale.x(scale.start);
    if (scale.x(scale.jumps[0].from) - x > 60) out.push(tick(x, bottom, clockTime(scale.start), 'start'));
  }
  const span = scale.horizon - scale.now;
  if (span <= 0) return out;
  const perMs = (scale.right - scale.nowX) / span;
  const step = STEPS.find((candidate) => candidate * perMs >= 64) ?? Infinity;
  for (let ahead = step; ahead < span; ahead += step) {
    const x = scale.nowX + ahead * perMs;
    if (x > scale.right - 30) break;
    out.push(tick(x, bottom, `+${shortly(ahead)}`, 'middle'));
  }
  return out;
}

/**
 * @param {number} x
 * @param {number} bottom
 * @param {string} label
 * @param {string} anchor
 */
function tick(x, bottom, label, anchor) {
  return svg('g', {},
    svg('line', { x1: x, x2: x, y1: 18, y2: bottom + 4, class: 'tl-tick' }),
    svg('text', { x, y: bottom + 18, class: 'tl-label', 'text-anchor': anchor, text: label }));
}

/** @param {number} milliseconds */
function shortly(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds >= 3600) return t('shortHours', { n: Math.round(seconds / 360) / 10 });
  return seconds >= 60 ? t('shortMinutes', { n: Math.round(seconds / 6) / 10 }) : t('shortSeconds', { n: seconds });
}

/**
 * The picture in a sentence per user, for people who do not see it.
 * @param {Model} model
 */
function summary(model) {
  return model.groups.map((group) => {
    const token = group.tokens.findLast((candidate) => !candidate.until);
    const state = group.states.at(-1)?.state ?? 'DISCONNECTED';
    const life = !token ? t('noToken')
      : token.end > model.now ? t('endsIn', { in: duration(token.end - model.now) }) : t('tokenEnded');
    return `${group.name}: ${state}; ${life}; ${t('renewalCount', { n: group.marks.filter(({ kind }) => kind === 'renewed').length })}`;
  }).join('. ');
}

/** @param {Model} model */
function asTable(model) {
  const rows = model.groups.flatMap((group) => [
    ...group.tokens.map((token) => ({ at: token.from, who: group.name, what: `${t('laneToken')} ${token.version}`, more: `${t('ends')} ${dateTime(token.end)}` })),
    ...group.states.map((change) => ({ at: change.at, who: group.name, what: change.state, more: change.reason })),
    ...group.marks.map((mark) => ({ at: mark.at, who: group.name, what: tOr(`mark.${mark.kind}`, mark.kind), more: mark.label })),
  ]).sort((a, b) => a.at - b.at);
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', tLabel: 'timeline' },
    h('table', {},
      h('thead', {}, h('tr', {},
        h('th', { scope: 'col', t: 'colTime' }), h('th', { scope: 'col', t: 'colUser' }),
        h('th', { scope: 'col', t: 'colEvent' }), h('th', { scope: 'col', t: 'colDetail' }))),
      h('tbody', {}, ...rows.slice(-200).map((row) => h('tr', {},
        h('td', { class: 'mono nowrap', text: dateTime(row.at) }), h('td', { text: row.who }),
        h('td', { text: row.what }), h('td', { text: row.more }))))));
}
