// Language: which one, and putting message texts into elements so that they
// can be put again when the language changes.

import { messages } from './messages.js';

/**
 * @typedef {import('./messages.js').MessageKey} MessageKey
 * @typedef {'en'|'zh'} Language
 * @typedef {Record<string, string|number>} Params
 * @typedef {'text'|'aria-label'|'title'|'placeholder'} Slot
 */

const STORAGE_KEY = 'rtmauth.language';

/** @type {Language} */
let current = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';

/** @type {WeakMap<Element, Map<Slot, { key: MessageKey, params: Params }>>} */
const bound = new WeakMap();

/** @type {Set<() => void>} */
const listeners = new Set();

/** @returns {Language} */
export function language() {
  return current;
}

/** The BCP 47 tag for dates and numbers. */
export function locale() {
  return current === 'zh' ? 'zh-CN' : 'en-GB';
}

/**
 * The text of a message in the current language, with `{name}` replaced by the parameters.
 * @param {MessageKey} key
 * @param {Params} [params]
 * @returns {string}
 */
export function t(key, params = {}) {
  const text = messages[key][current === 'zh' ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
}

/**
 * The text of a message whose key is made at run time, or the fallback where there is none.
 * @param {string} key
 * @param {string} fallback
 * @param {Params} [params]
 */
export function tOr(key, fallback, params) {
  return Object.hasOwn(messages, key) ? t(/** @type {MessageKey} */ (key), params) : fallback;
}

/**
 * Puts a message into an element, now and whenever the language changes.
 * @param {Element} element
 * @param {Slot} slot
 * @param {MessageKey} key
 * @param {Params} [params]
 */
export function translate(element, slot, key, params = {}) {
  let slots = bound.get(element);
  if (!slots) bound.set(element, slots = new Map());
  slots.set(slot, { key, params });
  element.setAttribute('data-t', '');
  put(element, slot, key, params);
}

/**
 * @param {Element} element
 * @param {Slot} slot
 * @param {MessageKey} key
 * @param {Params} params
 */
function put(element, slot, key, params) {
  const text = t(key, params);
  if (slot === 'text') {
    if (element.textContent !== text) element.textContent = text;
  } else {
    element.setAttribute(slot, text);
  }
}

/**
 * Changes the language of the page and remembers it in this browser.
 * @param {Language} next
 */
export function setLanguage(next) {
  current = next;
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
  try {
    localStorage.setItem(STORAGE_KEY, next);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
  for (const element of document.querySelectorAll('[data-t]')) {
    for (const [slot, { key, params }] of bound.get(element) ?? []) put(element, slot, key, params);
  }
  for (const listener of listeners) listener();
}

/**
 * Calls the listener after every change of language, for text that is drawn and not bound.
 * @param {() => void} listener
 */
export function onLanguage(listener) {
  listeners.add(listener);
}
