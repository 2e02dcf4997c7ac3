/**
 * Asking a token server.
 */

/** @import { KeeperOptions, TokenAnswer, TokenRequest } from '../token-keeper.js' */

import { Trouble } from './trouble.js';

/**
 * @param {KeeperOptions} options
 * @param {TokenRequest} request
 * @returns {Promise<{answer: TokenAnswer, date: number}>} date in milliseconds, NaN where it cannot be read
 */
export async function post({ url = '', headers, body = nativeBody, credentials }, request) {
  const guide = body === nativeBody && /^[^?#]*\/fetch_rtm_token([?#]|$)/.test(String(url));
  const send = async () => {
    const all = new Headers(typeof headers === 'function' ? await headers() : headers);
    if (!all.has('content-type')) {
      all.set('content-type', 'application/json');
    }
    return fetch(url, {
      method: 'POST',
      headers: all,
      body: JSON.stringify(guide ? { uid: request.user } : body(request)),
      signal: request.signal,
      cache: 'no-store',
      ...(credentials ? { credentials } : {}),
    });
  };
  let response = await send();
  if (response.status === 401 && typeof headers === 'function') {
    await response.body?.cancel();
    response = await send();
  }
  const date = Date.parse(response.headers.get('date') ?? '');
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    const said = answer?.detail ?? answer?.error ?? answer?.message;
    const after = response.headers.get('retry-after') ?? '0';
    throw new Trouble(`the token server answered ${response.status}${typeof said === 'string' ? `, ${said}` : ''}`, {
      retryAfter: (Number(after) * 1000 || Date.parse(after) - (date || Date.now())) || 0,
    });
  }
  return { answer, date };
}

/** @param {TokenRequest} request */
function nativeBody({ user, channel }) {
  return { user, services: [channel ? { type: 'rtc', channel, uid: user, role: 'publisher' } : { type: 'rtm' }] };
}
