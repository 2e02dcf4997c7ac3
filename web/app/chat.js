// Messages between users: pick who sends and who or which channel gets it,
// and see each user's side.

import { clockTime } from './clock.js';
import { card, fill, h } from './dom.js';
import { onLanguage, t, translate } from './i18n.js';

/**
 * @typedef {import('./session.js').Session} Session
 */

/** The channel that every user of the demo joins after login. */
export const LOBBY = 'lobby';

/**
 * @param {() => Session[]} sessions
 * @returns {{ element: HTMLElement, update: () => void }}
 */
export function chatCard(sessions) {
  const from = h('select', { id: 'chat-from' });
  const kind = h('select', { id: 'chat-kind' }, h('option', { value: 'user', t: 'toUser' }), h('option', { value: 'channel', t: 'toChannel' }));
  const to = h('input', { id: 'chat-to', value: 'bob', maxlength: 64, spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off' });
  const text = h('input', { id: 'chat-text', maxlength: 2000, autocomplete: 'off', tPlaceholder: 'messagePlaceholder' });
  const send = h('button', { type: 'submit', t: 'send' });
  const error = h('p', { class: 'error', role: 'alert' });
  const form = h('form', { class: 'chat-form', novalidate: true },
    h('div', { class: 'field' }, h('label', { for: from.id, t: 'from' }), from),
    h('div', { class: 'field' }, h('label', { for: kind.id, t: 'to' }), h('div', { class: 'row' }, kind, h('label', { class: 'hidden', for: to.id, t: 'toName' }), to)),
    h('div', { class: 'field grow' }, h('label', { for: text.id, t: 'message' }), h('div', { class: 'row' }, text, send)),
    error);
  const sides = h('div', { class: 'sides' });
  const element = card({ title: 'messagesTitle', id: 'messages' }, form, sides);

  let peer = 'bob';
  kind.addEventListener('change', () => {
    if (kind.value === 'channel') {
      peer = to.value;
      to.value = LOBBY;
    } else {
      to.value = peer;
    }
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const sender = sessions()[Number(from.value)];
    if (!sender?.online) {
      translate(error, 'text', 'loginFirst');
      return;
    }
    if (to.value === '' || text.value === '') {
      translate(error, 'text', to.value === '' ? 'toEmpty' : 'messageEmpty');
      (to.value === '' ? to : text).focus();
      return;
    }
    error.textContent = '';
    const sent = text.value;
    text.value = '';
    await sender.send(kind.value === 'channel' ? { channel: to.value, text: sent } : { user: to.value, text: sent });
    if (sender.trouble?.step === 'send') error.textContent = sender.trouble.message;
  });

  let options = '';
  const update = () => {
    const all = sessions();
    const wanted = all.map((session) => `${session.uid}${session.twin ? ` (${t('elsewhere')})` : ''}`);
    if (wanted.join('\n') !== options) {
      options = wanted.join('\n');
      const chosen = from.value;
      fill(from, ...wanted.map((label, index) => h('option', { value: index, text: label })));
      from.value = Number(chosen) < all.length && chosen !== '' ? chosen : '0';
    }
    fill(sides, ...all.map((session) => side(session)));
    for (const thread of sides.querySelectorAll('.thread')) thread.scrollTop = thread.scrollHeight;
  };
  onLanguage(update);
  return { element, update };
}

/** @param {Session} session */
function side(session) {
  const messages = session.messages.slice(-50);
  return h('div', { class: 'side' },
    h('h3', { class: 'side-name' }, session.uid, session.channels.size > 0 && h('span', { class: 'muted', text: [...session.channels].map((name) => `#${name}`).join(' ') })),
    messages.length === 0
      ? h('p', { class: 'empty', t: session.online ? 'noMessages' : 'noMessagesOffline' })
      : h('ol', { class: 'thread', tabindex: '0', 'aria-label': session.uid }, ...messages.map((message) => h('li', { class: message.sent ? 'sent' : 'got' },
        h('span', { class: 'bubble', text: message.text }),
        h('span', { class: 'muted meta', text: meta(message) })))));
}

/** @param {import('./session.js').Message} message */
function meta(message) {
  const target = message.channel ? `#${message.channel}` : message.to;
  const arrow = message.sent ? `→ ${target}` : message.channel ? `${message.from} → ${target}` : message.from;
  const state = !message.sent || message.channel ? '' : ` · ${t(message.received ? 'received' : 'notReceived')}`;
  return `${clockTime(message.at)} ${arrow}${state}`;
}
