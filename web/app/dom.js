// Builds elements. Text is always set as text: nothing here parses markup, so
// a user ID or token cannot become anything but characters.

import { translate } from './i18n.js';

/**
 * @typedef {import('./messages.js').MessageKey} MessageKey
 * @typedef {Node|string|null|undefined|false} Child
 * @typedef {Record<string, string|number|boolean|null|undefined|EventListener|((event: any) => void)>} Props
 */

/**
 * Makes an element. Props: `class`, `text` (plain text), `t`, `tLabel`, `tTitle`, `tPlaceholder`
 * (message keys for the text, the accessible name, the tooltip, the placeholder; re-applied when the language changes),
 * `onclick` and other listeners; everything else is an attribute, left out when false, null or undefined.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  append(element, children);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Makes an SVG element, with the props of {@link h}.
 * @param {string} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(tag, props = {}, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(props)) set(element, name, value);
  append(element, children);
  return element;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {any} value
 */
function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  switch (name) {
    case 'class': element.setAttribute('class', value); return;
    case 'text': element.textContent = String(value); return;
    case 't': translate(element, 'text', value); return;
    case 'tLabel': translate(element, 'aria-label', value); return;
    case 'tTitle': translate(element, 'title', value); return;
    case 'tPlaceholder': translate(element, 'placeholder', value); return;
    default:
  }
  if (name.startsWith('on') && typeof value === 'function') {
    element.addEventListener(name.slice(2), value);
    return;
  }
  element.setAttribute(name, value === true ? '' : String(value));
}

/**
 * @param {Element} element
 * @param {Child[]} children
 */
function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
}

/**
 * Replaces what an element holds.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/**
 * Makes a card: a section with a heading and an optional tool area beside it.
 * @param {{ title: MessageKey, id?: string, class?: string, tools?: Child[] }} options
 * @param {...Child} children
 */
export function card({ title, id, class: className, tools }, ...children) {
  const headingID = `${id ?? title}-title`;
  return h('section', { class: `card ${className ?? ''}`.trim(), id, 'aria-labelledby': headingID },
    h('header', { class: 'card-head' },
      h('h2', { id: headingID, t: title }),
      tools && h('div', { class: 'tools' }, ...tools)),
    ...children);
}

/**
 * Copies text and says so on the button for a moment.
 * @param {() => string} text
 * @param {{ class?: string, t?: MessageKey }} [options]
 */
export function copyButton(text, { class: className = 'quiet', t = 'copy' } = {}) {
  const button = h('button', { type: 'button', class: className, t });
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text());
      translate(button, 'text', 'copied');
    } catch {
      translate(button, 'text', 'copyFailed');
    }
    setTimeout(() => translate(button, 'text', t), 1600);
  });
  return button;
}
