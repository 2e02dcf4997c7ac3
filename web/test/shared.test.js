import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import vm from 'node:vm';

import { serviceAddress } from '../rtm/address.js';
import { Emitter } from '../rtm/emitter.js';

describe('emitter', () => {
  /** @typedef {{tick: [number]}} Events */

  test('calls listeners in order, each as often as it was added, once-listeners once', () => {
    /** @type {Emitter<Events>} */
    const emitter = new Emitter();
    /** @type {string[]} */
    const calls = [];
    /** @param {number} n */
    const first = (n) => calls.push(`first ${n}`);
    emitter.on('tick', first).once('tick', (n) => calls.push(`once ${n}`)).on('tick', first);
    Emitter.deliver(emitter, 'tick', [1]);
    Emitter.deliver(emitter, 'tick', [2]);
    assert.deepEqual(calls, ['first 1', 'once 1', 'first 1', 'first 2', 'first 2']);
    assert.equal(emitter.off('tick', first).listenerCount('tick'), 1);
    assert.deepEqual(emitter.off('tick', () => {}).listeners('tick'), [first]);
  });

  test('a listener may remove listeners while it is called', () => {
    /** @type {Emitter<Events>} */
    const emitter = new Emitter();
    let calls = 0;
    emitter.on('tick', () => emitter.removeAllListeners());
    emitter.on('tick', () => calls++);
    Emitter.deliver(emitter, 'tick', [1]);
    Emitter.deliver(emitter, 'tick', [2]);
    assert.equal(calls, 1);
  });

  test('a once-listener is gone before it is called, and can be removed before', () => {
    /** @type {Emitter<Events>} */
    const emitter = new Emitter();
    let calls = 0;
    emitter.once('tick', () => {
      calls++;
      Emitter.deliver(emitter, 'tick', [2]);
    });
    Emitter.deliver(emitter, 'tick', [1]);
    const removed = () => calls++;
    emitter.once('tick', removed).off('tick', removed);
    Emitter.deliver(emitter, 'tick', [3]);
    assert.equal(calls, 1);
  });

  test('removeAllListeners of one event leaves the others; a listener must be a function', () => {
    /** @type {Emitter<{a: [], b: []}>} */
    const emitter = new Emitter();
    emitter.on('a', () => {}).on('b', () => {});
    emitter.removeAllListeners('a');
    assert.deepEqual([emitter.listenerCount('a'), emitter.rawListeners('b').length], [0, 1]);
    assert.throws(() => emitter.on('a', /** @type {any} */ ('text')), TypeError);
  });
});

/** @type {{RTMAUTH_URL?: unknown, WebSocket?: unknown}} */
const globals = globalThis;
const realWebSocket = globals.WebSocket;

describe('address of the service', () => {
  beforeEach(() => {
    globals.WebSocket = class {};
  });
  afterEach(() => {
    delete globals.RTMAUTH_URL;
    globals.WebSocket = realWebSocket;
  });

  for (const [setting, script, want] of [
    [undefined, 'http://127.0.0.1:8082/sdk/agora-rtm.js?v=1', 'ws://127.0.0.1:8082/local/rtm'],
    [undefined, 'https://dev.test/under/sdk/agora-rtm.js', 'wss://dev.test/under/local/rtm'],
    ['http://localhost:9000', 'http://127.0.0.1:8082/sdk/agora-rtm.js', 'ws://localhost:9000/local/rtm'],
    ['https://dev.test/under/', undefined, 'wss://dev.test/under/local/rtm'],
    ['ws://localhost:9000', undefined, 'ws://localhost:9000/local/rtm'],
  ]) {
    test(`RTMAUTH_URL ${setting}, script ${script}`, () => {
      globals.RTMAUTH_URL = setting;
      assert.equal(serviceAddress(script), want);
    });
  }

  for (const [setting, script] of [
    [undefined, undefined],
    ['', 'file:///page/agora-rtm.js'],
    [undefined, 'http://localhost:5173/node_modules/.vite/deps/agora-rtm.js'],
    ['localhost:8082', 'http://127.0.0.1:8082/sdk/agora-rtm.js'],
  ]) {
    test(`RTMAUTH_URL ${setting}, script ${script}: one sentence that says what to set`, () => {
      globals.RTMAUTH_URL = setting;
      assert.throws(() => serviceAddress(script), /set globalThis\.RTMAUTH_URL to the address that `rtmauth dev` prints/);
    });
  }

  test('without a WebSocket: one sentence that says how to get one', () => {
    globals.WebSocket = undefined;
    assert.throws(() => serviceAddress('http://127.0.0.1/sdk/agora-rtm.js'), /use Node\.js 22 or newer, or set globalThis\.WebSocket/);
  });
});

describe('classic script', () => {
  const source = readFileSync(new URL('../sdk/agora-rtm.js', import.meta.url), 'utf8');

  test('defines AgoraRTM at once and finds the service by its own address', () => {
    /** @type {string[]} */
    const dialled = [];
    /** @type {any} */
    const page = {
      document: { currentScript: { src: 'http://127.0.0.1:8082/sdk/agora-rtm.js' } },
      URL,
      setTimeout: () => 0,
      WebSocket: class {
        /** @param {string} url */
        constructor(url) {
          dialled.push(url);
        }
        close() {}
      },
    };
    vm.runInNewContext(source, page);
    delete page.document.currentScript;
    const client = page.AgoraRTM.createInstance('0123456789abcdef0123456789abcdef');
    /** @type {string[]} */
    const states = [];
    client.on('ConnectionStateChanged', (/** @type {string} */ state) => states.push(state));
    client.login({ uid: 'alice' }).catch(() => {});
    assert.deepEqual(dialled, ['ws://127.0.0.1:8082/local/rtm']);
    assert.deepEqual(states, ['CONNECTING']);
    assert.equal(page.AgoraRTM.ConnectionState.ABORTED, 'ABORTED');
  });

  test('is module.exports for require', () => {
    /** @type {any} */
    const context = { module: { exports: {} } };
    vm.runInNewContext(source, context);
    assert.equal(typeof context.module.exports.createInstance, 'function');
    assert.equal(context.AgoraRTM, undefined);
  });
});
