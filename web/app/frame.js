// The top bar that every page has: name, links, the service's clock, language
// and theme.

import { clockTime, dateTime, duration } from './clock.js';
import { fill, h } from './dom.js';
import { language, onLanguage, setLanguage, t, translate } from './i18n.js';

/**
 * @typedef {import('./clock.js').ServiceClock} ServiceClock
 * @typedef {import('./messages.js').MessageKey} MessageKey
 */

const THEME_KEY = 'rtmauth.theme';

/**
 * Puts the frame around a page and returns its main element.
 * @param {{ page: '/'|'/inspect'|'/log', clock: ServiceClock, class?: string }} options
 */
export function mountFrame({ page, clock, class: className }) {
  const main = h('main', { id: 'main', class: className });
  document.body.replaceChildren(
    h('a', { class: 'skip', href: '#main', t: 'skip' }),
    h('header', { class: 'top' },
      h('a', { class: 'brand', href: '/' },
        h('span', { class: 'brand-mark', 'aria-hidden': 'true' }), h('span', { text: 'rtmauth' }), h('span', { class: 'brand-mode', text: 'dev' })),
      h('nav', { tLabel: 'pages' }, link('/', 'demo', page), link('/inspect', 'inspector', page), link('/log', 'log', page)),
      h('div', { class: 'top-end' }, clockView(clock), languageSwitch(), themeSwitch())),
    main);
  const title = () => {
    const key = /** @type {MessageKey} */ (page === '/' ? 'demo' : page === '/inspect' ? 'inspector' : 'log');
    document.title = `${t(key)} · rtmauth dev`;
  };
  title();
  onLanguage(title);
  return main;
}

/**
 * @param {string} href
 * @param {MessageKey} key
 * @param {string} page
 */
function link(href, key, page) {
  return h('a', { href, t: key, 'aria-current': href === page ? 'page' : null });
}

/** @param {ServiceClock} clock */
function clockView(clock) {
  const time = h('time', { class: 'mono' });
  const note = h('span', { class: 'clock-note' });
  const box = h('div', { class: 'clock', role: 'group', tLabel: 'serviceClock' }, time, note);
  const back = h('button', { type: 'button', class: 'quiet small', t: 'backToRealTime', tTitle: 'backToRealTimeWhy' });
  back.addEventListener('click', async () => {
    try {
      if (clock.frozenAt !== undefined) await clock.turn('resume');
      if (Math.abs(clock.now() - Date.now()) > 1500) await clock.turn('set', { to: new Date().toISOString() });
    } catch {
      await clock.sync();
    }
  });
  const tick = () => {
    const now = clock.now();
    time.textContent = clock.known ? clockTime(now) : '--:--:--';
    time.dateTime = new Date(now).toISOString();
    time.title = dateTime(now);
  };
  const draw = () => {
    tick();
    const turned = Math.abs(clock.offset) > 1500 || clock.frozenAt !== undefined;
    const sign = now(clock) < 0 ? '−' : '+';
    const far = `${sign}${duration(Math.abs(now(clock)))}`;
    note.textContent = !clock.known ? t('clockUnknown')
      : clock.frozenAt !== undefined ? t('clockFrozen')
        : turned ? t('clockTurned', { by: far }) : t('clockReal');
    box.dataset.tone = !clock.known ? 'bad' : turned ? 'wait' : 'off';
    if (turned && clock.known) box.append(back); else back.remove();
  };
  clock.addEventListener('change', draw);
  onLanguage(draw);
  setInterval(tick, 1000);
  draw();
  return box;
}

/** @param {ServiceClock} clock */
function now(clock) {
  return clock.now() - Date.now();
}

function languageSwitch() {
  const select = h('select', { class: 'compact', tLabel: 'language' },
    h('option', { value: 'en', lang: 'en', text: 'English' }),
    h('option', { value: 'zh', lang: 'zh-CN', text: '简体中文' }));
  select.value = language();
  select.addEventListener('change', () => setLanguage(select.value === 'zh' ? 'zh' : 'en'));
  return select;
}

function themeSwitch() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const button = h('button', { type: 'button', class: 'icon' });
  const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light')) === 'dark';
  const draw = () => {
    translate(button, 'aria-label', isDark() ? 'toLight' : 'toDark');
    translate(button, 'title', isDark() ? 'toLight' : 'toDark');
    fill(button, h('span', { class: isDark() ? 'sun' : 'moon', 'aria-hidden': 'true' }));
  };
  button.addEventListener('click', () => {
    const next = isDark() ? 'light' : 'dark';
    const system = dark.matches ? 'dark' : 'light';
    if (next === system) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      if (next === system) localStorage.removeItem(THEME_KEY);
      else localStorage.setItem(THEME_KEY, next);
    } catch {
      // Storage is switched off: the choice lasts as long as the page.
    }
    draw();
  });
  dark.addEventListener('change', draw);
  draw();
  return button;
}
