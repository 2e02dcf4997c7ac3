// Reads tokens as far as they can be read: which bytes hold which field. It
// verifies nothing. Damaged tokens give what there is and a list of problems.
// Formats: 006 AccessToken and 007 AccessToken2; integers are little-endian.

/**
 * A run of bytes of the decoded content that holds one field. `end` is exclusive.
 * @typedef {object} Field
 * @property {string} id       `signature`, `salt`, `issued`, `expire`, `service`, `privilege`, …
 * @property {number} start
 * @property {number} end
 * @property {string} value    for people; a user's text is inside, so it is only ever shown as text
 * @property {boolean} signed
 *
 * @typedef {{ type: number, name: string, user?: string, channel?: string, privileges: { id: number, name: string, value: number }[] }} Service
 *
 * @typedef {object} Anatomy
 * @property {string} version
 * @property {string} [appID]
 * @property {Uint8Array} [bytes]       the decoded content (of 007: after inflation)
 * @property {number} [packed]          its size before inflation (007)
 * @property {number} [packedText]      characters that hold it
 * @property {Field[]} fields
 * @property {string[]} problems        keys of messages, `problem.` left out
 * @property {Service[]} services
 * @property {number} [salt]
 * @property {number} [issued]          milliseconds (of 006: its end less 24 h)
 * @property {number} [expire]          seconds, as written (007)
 * @property {number} [ends]            milliseconds: when the service takes it for expired
 */

const DAY = 86400;
const INFLATE_LIMIT = 64 * 1024;

/** @type {Record<number, { name: string, privileges: Record<number, string>, texts: string[] }>} */
const SERVICES = {
  1: { name: 'RTC', privileges: { 1: 'join channel', 2: 'publish audio', 3: 'publish video', 4: 'publish data' }, texts: ['channel', 'uid'] },
  2: { name: 'RTM', privileges: { 1: 'login' }, texts: ['user'] },
  3: { name: 'Streaming', privileges: { 1: 'publish mix stream', 2: 'publish raw stream' }, texts: ['channel', 'account'] },
  4: { name: 'FPA', privileges: { 1: 'login' }, texts: [] },
  5: { name: 'Chat', privileges: { 1: 'user', 2: 'app' }, texts: ['user'] },
  6: { name: 'FCDN', privileges: { 1: 'publish', 2: 'play' }, texts: ['channel', 'account'] },
  7: { name: 'APaaS', privileges: { 1: 'room user', 2: 'user', 3: 'app' }, texts: ['room', 'user'] },
  8: { name: 'RTM2', privileges: { 1: 'login' }, texts: ['user'] },
};

/** @type {Record<number, string>} */
const PRIVILEGES_006 = {
  1: 'join channel', 2: 'publish audio', 3: 'publish video', 4: 'publish data',
  5: 'publish audio CDN', 6: 'publish video CDN', 7: 'request publish audio', 8: 'request publish video',
  9: 'request publish data', 10: 'invite publish audio', 11: 'invite publish video', 12: 'invite publish data',
  101: 'administrate channel', 1000: 'RTM login',
};

/**
 * @param {string} input what was pasted
 * @returns {Promise<Anatomy>} never rejects
 */
export async function readToken(input) {
  /** @type {Anatomy} */
  const anatomy = { version: '', fields: [], problems: [], services: [] };
  const text = tidy(input, anatomy.problems);
  if (text === '') return anatomy;
  if (!/^00[2-7]/.test(text)) {
    anatomy.problems.push(/^eyJ/.test(text) ? 'jwt' : /^[0-9a-fA-F]{32}$/.test(text) ? 'appID' : 'version');
    return anatomy;
  }
  anatomy.version = text.slice(0, 3);
  if (anatomy.version === '006') {
    anatomy.appID = text.slice(3, 35);
    if (anatomy.appID.length < 32) {
      anatomy.problems.push('truncated');
      return anatomy;
    }
    anatomy.packedText = text.length - 35;
    anatomy.bytes = decodeBase64(text.slice(35), anatomy.problems);
    read006(anatomy, new Cursor(anatomy.bytes, anatomy.fields));
  } else if (anatomy.version === '007') {
    anatomy.packedText = text.length - 3;
    const packed = decodeBase64(text.slice(3), anatomy.problems);
    anatomy.packed = packed.length;
    anatomy.bytes = await inflate(packed, anatomy.problems);
    read007(anatomy, new Cursor(anatomy.bytes, anatomy.fields));
  } else {
    anatomy.problems.push('legacy');
  }
  return anatomy;
}

/**
 * Undoes what mail, shells and URLs do to a token, and says so.
 * @param {string} input
 * @param {string[]} problems
 */
function tidy(input, problems) {
  let text = input.trim();
  if (text === '') return '';
  if (/^["'`].*["'`]$/s.test(text)) text = text.slice(1, -1);
  const bare = text.replace(/[\r\n\t]/g, '');
  if (text !== input || bare !== text) problems.push('whitespace');
  text = bare;
  if (/%[0-9a-f]{2}/i.test(text)) {
    problems.push('urlEncoded');
    text = text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  }
  if (text.includes(' ')) {
    problems.push('spaces');
    text = text.replaceAll(' ', '+');
  }
  return text;
}

/**
 * @param {string} text
 * @param {string[]} problems
 * @returns {Uint8Array<ArrayBuffer>}
 */
function decodeBase64(text, problems) {
  let clean = text;
  if (/[-_]/.test(clean)) {
    problems.push('urlAlphabet');
    clean = clean.replaceAll('-', '+').replaceAll('_', '/');
  }
  const good = /^[A-Za-z0-9+/]*/.exec(clean)?.[0] ?? '';
  const rest = clean.slice(good.length);
  if (!/^={0,2}$/.test(rest)) problems.push('notBase64');
  else if ((good.length + rest.length) % 4 !== 0) problems.push('truncated');
  const usable = good.length % 4 === 1 ? good.slice(0, -1) : good;
  const binary = atob(usable);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/**
 * Inflates a zlib stream as far as it goes, up to 64 KiB.
 * @param {Uint8Array<ArrayBuffer>} packed
 * @param {string[]} problems
 */
async function inflate(packed, problems) {
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  writer.write(packed).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  /** @type {Uint8Array[]} */
  const chunks = [];
  let size = 0;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      chunks.push(value);
      size += value.length;
      if (size > INFLATE_LIMIT) {
        problems.push('tooLarge');
        await reader.cancel();
        break;
      }
    }
  } catch {
    problems.push('zlib');
  }
  const bytes = new Uint8Array(Math.min(size, INFLATE_LIMIT));
  let at = 0;
  for (const chunk of chunks) {
    const part = chunk.subarray(0, bytes.length - at);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Thrown when the bytes end early; the fields read so far stay. */
class Short extends Error {}

class Cursor {
  /**
   * @param {Uint8Array} bytes
   * @param {Field[]} fields
   */
  constructor(bytes, fields) {
    this.bytes = bytes;
    this.fields = fields;
    this.at = 0;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @param {number} size */
  take(size) {
    if (this.at + size > this.bytes.length) throw new Short();
    const start = this.at;
    this.at += size;
    return start;
  }

  u16() { return this.view.getUint16(this.take(2), true); }

  u32() { return this.view.getUint32(this.take(4), true); }

  str() {
    const size = this.u16();
    const start = this.take(size);
    return this.bytes.subarray(start, start + size);
  }

  /**
   * Reads one thing and records the bytes it took.
   * @template T
   * @param {string} id
   * @param {boolean} signed
   * @param {() => T} read
   * @param {(value: T) => string} say
   * @returns {T}
   */
  field(id, signed, read, say = String) {
    const start = this.at;
    const value = read();
    this.fields.push({ id, start, end: this.at, value: say(value), signed });
    return value;
  }

  /**
   * What is left, as one field.
   * @param {string} id
   * @param {boolean} signed
   */
  rest(id, signed) {
    if (this.at < this.bytes.length) {
      this.fields.push({ id, start: this.at, end: this.bytes.length, value: `${this.bytes.length - this.at} B`, signed });
      this.at = this.bytes.length;
    }
  }
}

/**
 * @param {Anatomy} anatomy
 * @param {Cursor} c
 */
function read006(anatomy, c) {
  try {
    c.field('signature', false, () => c.str(), hex);
    c.field('crcChannel', false, () => c.u32(), hex32);
    c.field('crcUID', false, () => c.u32(), hex32);
    const size = c.field('messageSize', false, () => c.u16());
    const end = c.at + size;
    anatomy.salt = c.field('salt', true, () => c.u32());
    const ts = c.field('ends', true, () => c.u32(), time);
    anatomy.ends = ts * 1000;
    anatomy.issued = (ts - DAY) * 1000;
    const count = c.field('count', true, () => c.u16());
    /** @type {Service} */
    const service = { type: 0, name: '', privileges: [] };
    anatomy.services.push(service);
    for (let i = 0; i < count; i++) {
      const id = c.field('privilegeID', true, () => c.u16(), (n) => `${n} · ${PRIVILEGES_006[n] ?? '?'}`);
      const value = c.field('privilegeEnd', true, () => c.u32(), time);
      service.privileges.push({ id, name: PRIVILEGES_006[id] ?? String(id), value });
      service.name = id === 1000 ? 'RTM' : 'RTC';
    }
    if (c.at !== c.bytes.length || end !== c.at) anatomy.problems.push('trailing');
    c.rest('unknown', false);
  } catch (error) {
    short(error, anatomy, c);
  }
}

/**
 * @param {Anatomy} anatomy
 * @param {Cursor} c
 */
function read007(anatomy, c) {
  try {
    c.field('signature', false, () => c.str(), hex);
    anatomy.appID = c.field('appID', true, () => utf8(c.str()));
    const issued = c.field('issued', true, () => c.u32(), time);
    anatomy.issued = issued * 1000;
    anatomy.expire = c.field('expire', true, () => c.u32(), (n) => `${n} s`);
    anatomy.ends = (issued + Math.min(anatomy.expire, DAY)) * 1000;
    anatomy.salt = c.field('salt', true, () => c.u32());
    const count = c.field('serviceCount', true, () => c.u16());
    for (let i = 0; i < count; i++) {
      if (!readService(anatomy, c)) {
        anatomy.problems.push('unknownService');
        c.rest('opaque', true);
        return;
      }
    }
    if (c.at !== c.bytes.length) anatomy.problems.push('trailing');
    c.rest('unknown', false);
  } catch (error) {
    short(error, anatomy, c);
  }
}

/**
 * @param {Anatomy} anatomy
 * @param {Cursor} c
 * @returns {boolean} false at a service this page does not know
 */
function readService(anatomy, c) {
  const type = c.field('service', true, () => c.u16(), (n) => `${n} · ${SERVICES[n]?.name ?? '?'}`);
  const known = SERVICES[type];
  /** @type {Service} */
  const service = { type, name: known?.name ?? String(type), privileges: [] };
  anatomy.services.push(service);
  if (!known) return false;
  const count = c.field('count', true, () => c.u16());
  for (let i = 0; i < count; i++) {
    const id = c.field('privilegeID', true, () => c.u16(), (n) => `${n} · ${known.privileges[n] ?? '?'}`);
    const value = c.field('privilegeLife', true, () => c.u32(), (n) => `${n} s`);
    service.privileges.push({ id, name: known.privileges[id] ?? String(id), value });
  }
  for (const text of known.texts) {
    const value = c.field(text, true, () => utf8(c.str()));
    if (text === 'channel' || text === 'room') service.channel = value;
    else service.user = value;
  }
  if (type === 7) c.field('role', true, () => c.view.getInt16(c.take(2), true));
  if (type === 8) readPermissions(c);
  return true;
}

/** @param {Cursor} c */
function readPermissions(c) {
  const resources = c.field('count', true, () => c.u16());
  const kinds = ['message channels', 'stream channels', 'group channels', 'server groups', 'users'];
  for (let r = 0; r < resources; r++) {
    c.field('resource', true, () => c.u16(), (n) => `${n} · ${kinds[n] ?? '?'}`);
    const permissions = c.field('count', true, () => c.u16());
    for (let p = 0; p < permissions; p++) {
      c.field('permission', true, () => c.u16(), (n) => `${n} · ${n === 0 ? 'read' : n === 1 ? 'write' : '?'}`);
      const names = c.field('count', true, () => c.u16());
      for (let i = 0; i < names; i++) c.field('name', true, () => utf8(c.str()));
    }
  }
}

/**
 * @param {unknown} error
 * @param {Anatomy} anatomy
 * @param {Cursor} c
 */
function short(error, anatomy, c) {
  if (!(error instanceof Short)) throw error;
  anatomy.problems.push('short');
  const last = c.fields.at(-1);
  c.at = last ? last.end : 0;
  c.rest('cut', false);
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/** @param {number} n */
function hex32(n) {
  return n.toString(16).padStart(8, '0');
}

/** @param {Uint8Array} bytes */
function utf8(bytes) {
  return new TextDecoder().decode(bytes);
}

/** @param {number} seconds */
function time(seconds) {
  return `${seconds} · ${new Date(seconds * 1000).toISOString().replace('.000', '')}`;
}
