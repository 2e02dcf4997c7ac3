import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { checksOf } from '../app/checks.js';
import { Journal } from '../app/journal.js';
import { messages } from '../app/messages.js';
import { readToken } from '../app/token.js';

const app = new URL('../app/', import.meta.url);
const scripts = readdirSync(app).filter((name) => name.endsWith('.js'));
const vectors = new URL('../../testdata/', import.meta.url);

/** @param {string} name */
const load = (name) => JSON.parse(readFileSync(new URL(name, vectors), 'utf8'));

describe('texts', () => {
  test('every message is there in both languages, with the same parameters', () => {
    const entries = Object.entries(messages);
    assert.ok(entries.length > 200, 'the table of messages is nearly empty');
    for (const [key, pair] of entries) {
      assert.equal(pair.length, 2, key);
      const [english, chinese] = pair.map((text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().join());
      assert.ok(pair.every((text) => text.trim() !== ''), `${key} is empty in one language`);
      assert.equal(chinese, english, `${key} has other parameters in Chinese`);
    }
  });

  test('no key is written twice', () => {
    const source = readFileSync(new URL('messages.js', app), 'utf8');
    const keys = [...source.matchAll(/^ {2}('?)([\w.-]+)\1: \[/gm)].map(([, , key]) => key);
    assert.equal(keys.length, Object.keys(messages).length);
  });

  test('no Chinese text is outside the table', () => {
    for (const name of scripts) {
      if (name === 'messages.js') continue;
      const found = readFileSync(new URL(name, app), 'utf8').match(/[\u4e00-\u9fff]+/g) ?? [];
      assert.deepEqual(found.filter((text) => text !== '简体中文'), [], name);
    }
  });
});

describe('scripts', () => {
  test('nothing is parsed as markup, evaluated or shown in a dialog', () => {
    assert.ok(scripts.length > 10);
    for (const name of scripts) {
      const source = readFileSync(new URL(name, app), 'utf8');
      assert.doesNotMatch(source, /\.innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|\balert\(|\bconfirm\(|\bprompt\(/, name);
    }
  });
});

describe('token reader', () => {
  test('reads every field of every official token', async () => {
    /** @type {any[]} */
    const cases = load('official.json');
    let read = 0;
    for (const { case: id, version, service, inputs, tokens } of cases) {
      for (const { token, matches_reference: reference } of tokens) {
        if (!reference || !/^[0-9a-fA-F]{32}$/.test(inputs.app_id)) continue;
        const anatomy = await readToken(token);
        read++;
        assert.deepEqual(anatomy.problems.filter((problem) => problem !== 'unknownService'), [], id);
        assert.equal(anatomy.version, version, id);
        assert.equal(anatomy.appID, inputs.app_id, id);
        if (inputs.salt !== undefined) assert.equal(anatomy.salt, inputs.salt, id);
        if (version === '007' && service === 'rtm' && typeof inputs.user_id === 'string') assert.equal(anatomy.services[0].user, inputs.user_id, id);
        if (version === '006' && inputs.ts !== undefined) assert.equal(anatomy.ends, inputs.ts * 1000, id);
        // The fields lie one behind the other and leave no byte out.
        let at = 0;
        for (const field of anatomy.fields) {
          assert.equal(field.start, at, `${id}: ${field.id}`);
          at = field.end;
        }
        assert.equal(at, anatomy.bytes?.length, id);
      }
    }
    assert.ok(read > 200, `only ${read} tokens were read`);
  });

  test('reads damaged tokens as far as they go', async () => {
    /** @type {{ id: string, token: string }[]} */
    const cases = load('malformed.json');
    assert.ok(cases.length > 500);
    for (const { id, token } of cases) {
      const anatomy = await readToken(token);
      let at = 0;
      for (const field of anatomy.fields) {
        assert.equal(field.start, at, id);
        at = field.end;
      }
      assert.ok(at <= (anatomy.bytes?.length ?? 0), id);
    }
  });

  // Of 007 the same is shown in Chromium: Node's DecompressionStream gives nothing of a stream that breaks off.
  test('half a token still shows what is in its first half', async () => {
    const { tokens: [{ token }] } = load('official.json').find((/** @type {any} */ one) => one.case === '006-rtm-uid-one');
    const anatomy = await readToken(token.slice(0, -12));
    assert.ok(anatomy.problems.includes('short'), String(anatomy.problems));
    assert.equal(anatomy.salt, 1);
  });

  test('inflates no more than 64 KiB', async () => {
    const bomb = new Response(new Blob([new Uint8Array(4 << 20)]).stream().pipeThrough(new CompressionStream('deflate')));
    const packed = Buffer.from(await bomb.arrayBuffer()).toString('base64');
    const anatomy = await readToken(`007${packed}`);
    assert.ok(anatomy.problems.includes('tooLarge'));
    assert.ok((anatomy.bytes?.length ?? 0) <= 64 * 1024);
  });

  test('says what is not a token', async () => {
    for (const [text, problem] of [
      ['eyJhbGciOiJIUzI1NiJ9.e30.x', 'jwt'], ['970CA35de60c44645bbae8a215061b33', 'appID'], ['hello', 'version'], ['004abc', 'legacy'],
      [' 007eJx ', 'whitespace'], ['007%2B', 'urlEncoded'],
    ]) {
      assert.ok((await readToken(text)).problems.includes(problem), text);
    }
    assert.deepEqual((await readToken('  ')).problems, []);
  });
});

describe('journal', () => {
  /** @type {Omit<import('../app/journal.js').Line, 'told'>} */
  const told = { at: 1000, user: 'alice', type: 'state', state: 'CONNECTED', reason: 'LOGIN_SUCCESS', tone: 'ok' };

  test('what both sides tell is one line, with the time and the rule of the service', () => {
    for (const order of /** @type {('client'|'service')[][]} */ ([['client', 'service'], ['service', 'client']])) {
      const journal = new Journal();
      for (const teller of order) {
        journal.add(teller === 'client' ? { ...told } : { ...told, at: 900, source: 'documented' }, teller);
      }
      assert.equal(journal.lines.length, 1);
      assert.equal(journal.lines[0].source, 'documented');
      assert.equal(journal.lines[0].at, 900);
    }
  });

  test('the same thing twice is two lines', () => {
    const journal = new Journal();
    journal.add({ ...told }, 'client');
    journal.add({ ...told, at: 2000 }, 'client');
    assert.equal(journal.lines.length, 2);
  });

  test('lines stand in the order of the service', () => {
    const journal = new Journal();
    journal.add({ ...told }, 'client');
    journal.add({ ...told, seq: 1, type: 'login_accepted', state: undefined }, 'service');
    journal.add({ ...told, seq: 2 }, 'service');
    assert.deepEqual(journal.lines.map(({ type }) => type), ['login_accepted', 'state']);
  });

  test('another user or another reason is another line', () => {
    const journal = new Journal();
    journal.add({ ...told }, 'client');
    journal.add({ ...told, user: 'bob' }, 'service');
    journal.add({ ...told, reason: 'RELOGIN' }, 'service');
    assert.equal(journal.lines.length, 3);
  });
});

describe('checks', () => {
  /**
   * @param {string} type
   * @param {string} [reason]
   * @param {number} [code]
   */
  const results = (type, reason, code) => checksOf({ seq: 1, at: '', type, reason, code }).map(({ key, result }) => `${key} ${result}`);

  test('an accepted login held in all of them', () => {
    const all = results('login_accepted');
    assert.ok(all.length > 10 && all.every((line) => line.endsWith(' held')), String(all));
  });

  test('a refused one stopped at its reason, and nothing behind it was looked at', () => {
    const lines = results('login_refused', 'signature', 5);
    const at = lines.indexOf('check.signature stopped');
    assert.ok(at > 0);
    assert.ok(lines.slice(0, at).every((line) => line.endsWith(' held')));
    assert.ok(lines.slice(at + 1).every((line) => line.endsWith(' skipped')));
  });

  test('the App ID of the client and that of the token are two checks', () => {
    assert.ok(results('login_refused', 'app_id', 4).includes('check.project stopped'));
    assert.ok(results('login_refused', 'app_id', 5).includes('check.app_id stopped'));
  });

  test('what no check decided has none', () => {
    assert.deepEqual(results('login_refused', 'timeout', 9), []);
    assert.deepEqual(results('message'), []);
  });

  test('every reason that the service gives for a token is known here', () => {
    const source = readFileSync(new URL('../../rtmtest/token.go', import.meta.url), 'utf8');
    const reasons = [...source.matchAll(/^\tfind\w+ +finding = "(\w+)"$/gm)].map(([, reason]) => reason);
    assert.ok(reasons.length >= 9);
    for (const reason of reasons) assert.notDeepEqual(results('login_refused', reason, 5), [], reason);
  });
});
