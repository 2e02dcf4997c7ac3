/**
 * Where the local RTM service is.
 */

/**
 * The WebSocket address of the local RTM service: below `globalThis.RTMAUTH_URL` where that is set, else beside the script
 * that `rtmauth dev` served.
 *
 * @param {string | undefined} scriptURL the address the script came from, where it has one
 * @returns {string}
 * @throws {Error} where neither names an http or https address, and where this runtime has no WebSocket
 */
export function serviceAddress(scriptURL) {
  if (typeof WebSocket === 'undefined') {
    throw new Error(
      'AgoraRTM (rtmauth) needs a WebSocket, which this JavaScript runtime lacks: ' +
        'use Node.js 22 or newer, or set globalThis.WebSocket, for example to the one of the npm package ws.',
    );
  }
  const setting = /** @type {{RTMAUTH_URL?: unknown}} */ (globalThis).RTMAUTH_URL;
  const base = setting === undefined || setting === '' ? servedFrom(scriptURL) : webAddress(String(setting));
  if (!base) {
    throw new Error(
      'AgoraRTM (rtmauth) does not know where the local RTM service is: ' +
        "set globalThis.RTMAUTH_URL to the address that `rtmauth dev` prints, for example 'http://127.0.0.1:8082', " +
        'or load the script from that address.',
    );
  }
  base.protocol = base.protocol.replace('http', 'ws');
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/local/rtm`;
  base.search = '';
  base.hash = '';
  return base.href;
}

/**
 * The address under which a script is served as `/sdk/…`, or null: a script that a bundler packed or that was read from
 * disk says nothing about the service.
 *
 * @param {string | undefined} scriptURL
 * @returns {URL | null}
 */
function servedFrom(scriptURL) {
  const url = webAddress(scriptURL ?? '');
  const end = url ? url.pathname.lastIndexOf('/sdk/') : -1;
  if (!url || end < 0) {
    return null;
  }
  url.pathname = url.pathname.slice(0, end);
  return url;
}

/**
 * @param {string} text
 * @returns {URL | null}
 */
function webAddress(text) {
  try {
    const url = new URL(text);
    return /^(http|ws)s?:$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
}
