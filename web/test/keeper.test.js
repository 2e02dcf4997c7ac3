import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';

import { keepRenewed, spread, tokenLife } from '../token-keeper.js';
import { FakeClient1, FakeClient2, rejection } from './fake-client.js';
import { settled } from './fake-service.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** @type {Partial<globalThis.EventTarget>} */
const page = globalThis;

/** The clocks of the machine: the one that a person can set, and the one that stands still while it sleeps. */
let wall = 0;
let steady = 0;

beforeEach(() => {
  wall = Date.UTC(2026, 0, 1);
  steady = 0;
  mock.timers.enable({ apis: ['setTimeout'] });
  mock.method(Date, 'now', () => wall);
  mock.method(performance, 'now', () => steady);
  // The longest pauses, and of the time until a renewal the whole.
  mock.method(Math, 'random', () => 1);
});

afterEach(() => {
  for (const { keeper } of kept.splice(0)) {
    keeper.stop();
  }
  mock.restoreAll();
  mock.timers.reset();
  delete page.addEventListener;
  delete page.removeEventListener;
});

/** @type {{keeper: import('../token-keeper.js').Keeper}[]} */
const kept = [];

/** @param {number} milliseconds */
async function pass(milliseconds) {
  const most = milliseconds > HOUR ? 5000 : 500;
  for (let left = milliseconds; left > 0; left -= most) {
    const step = Math.min(most, left);
    wall += step;
    steady += step;
    mock.timers.tick(step);
    await settled();
  }
}

/**
 * A keeper of a client with numbered tokens of one hour, unless the options say otherwise.
 *
 * @template {FakeClient1 | FakeClient2} C
 * @param {C} client
 * @param {Partial<import('../token-keeper.js').KeeperOptions>} [options]
 */
async function keep(client, options = {}) {
  let tokens = 0;
  /** @type {string[]} */
  const states = [];
  /** @type {string[]} */
  const messages = [];
  const keeper = keepRenewed(client, {
    user: 'alice',
    fetchToken: () => ({ token: `t${++tokens}`, renew_in: 2700, expires_in: 3600 }),
    onStatus: ({ state, message }) => {
      states.push(state);
      if (message) {
        messages.push(message);
      }
    },
    ...options,
  });
  const made = { keeper, client, states, messages };
  kept.push(made);
  await settled();
  return made;
}

describe('the ordinary course', () => {
  test('1.x: logs in, then renews when the token is due', async () => {
    const { client, states } = await keep(new FakeClient1());
    assert.deepEqual(client.calls, ['login alice t1']);
    await pass(2699_000);
    assert.equal(client.calls.length, 1);
    await pass(3000);
    assert.deepEqual(client.calls, ['login alice t1', 'renewToken t2']);
    await pass(HOUR);
    assert.deepEqual(client.calls.slice(2), ['renewToken t3']);
    assert.deepEqual(states, ['kept', 'renewing', 'kept', 'renewing', 'kept']);
  });

  test('2.x: the same', async () => {
    const { client } = await keep(new FakeClient2());
    await pass(2702_000);
    assert.deepEqual(client.calls, ['login t1', 'renewToken t2']);
  });

  test('will-expire and TokenExpired renew at once, and one renewal answers both', async () => {
    const { client } = await keep(new FakeClient1());
    client.emit('TokenPrivilegeWillExpire');
    client.emit('TokenExpired');
    await settled();
    assert.deepEqual(client.calls, ['login alice t1', 'renewToken t2']);
    const second = await keep(new FakeClient2());
    second.client.emit('tokenPrivilegeWillExpire', '');
    await settled();
    assert.deepEqual(second.client.calls, ['login t1', 'renewToken t2']);
  });

  test('2.x: the RTC token of a stream channel is renewed for that channel, and the schedule stays', async () => {
    /** @type {unknown[]} */
    const asked = [];
    const { client } = await keep(new FakeClient2(), {
      fetchToken: ({ user, channel }) => {
        asked.push([user, channel]);
        return { token: channel ? 'rtc' : 'rtm', renew_in: 2700 };
      },
    });
    client.emit('tokenPrivilegeWillExpire', 'stage');
    await settled();
    await pass(2690_000);
    assert.deepEqual(client.calls, ['login rtm', 'renewToken rtc for stage']);
    assert.deepEqual(asked, [['alice', undefined], ['alice', 'stage']]);
  });

  test('renewNow', async () => {
    const { client, keeper } = await keep(new FakeClient1());
    keeper.renewNow();
    await settled();
    assert.deepEqual(client.calls, ['login alice t1', 'renewToken t2']);
  });

  test('a client that the app has logged in is renewed', async () => {
    const client = new FakeClient1();
    client.does.login = () => Promise.reject(rejection(8));
    const { states } = await keep(client);
    assert.deepEqual(client.calls, ['login alice t1', 'renewToken t1']);
    assert.deepEqual(states, ['kept']);
  });

  test('what is missing is said at once', () => {
    assert.throws(() => keepRenewed(new FakeClient1(), { user: 'alice' }), /needs a user, and where tokens come from/);
  });
});

describe('when a token is due', () => {
  /** @param {object} answer */
  async function due(answer) {
    let asked = 0;
    const fetchToken = () => ({ token: 'opaque', ...answer, asked: asked++ });
    const { client, keeper } = await keep(new FakeClient1(), { fetchToken });
    while (client.calls.length === 0) {
      await settled(); // inflating takes a moment
    }
    let seconds = 0;
    while (asked === 1 && seconds < 90_000) {
      await pass(10_000);
      seconds += 10;
    }
    keeper.stop();
    return seconds;
  }
  const now = Date.UTC(2026, 0, 1) / 1000;
  for (const [name, answer, want] of /** @type {[string, object, number][]} */ ([
    ['renew_in goes before all else', { renew_in: 100, renew_at: now + 5, expires_in: 700, expires_at: now + 900 }, 100],
    ['renew_at is so long before the end', { renew_at: now + 2700, expires_at: now + 3600, expires_in: 3600 }, 2700],
    ['expires_in', { expires_in: 1000 }, 750],
    ['expires_at', { expires_at: now + 1000 }, 750],
    ['nothing: an hour is supposed', {}, 2700],
    ['a 006 token', { token: token006(now + 86_400) }, 64_800],
    ['a 007 token', { token: token007(now, 1000) }, 750],
    ['a 007 token that claims more than a day', { token: token007(now, 1_700_000_000) }, 64_800],
    ['a clock that is an hour ahead', { token: token007(now - 3600, 1000) }, 750],
    ['a clock that is an hour behind', { token: token007(now + 3600, 1000) }, 750],
    ['a token that was kept for a while', { token: token007(now - 200, 1000) }, 600],
    ['null and 0 say nothing', { renew_in: 0, renew_at: null, expires_in: null, expires_at: now + 1000 }, 750],
  ])) {
    test(name, async () => {
      const seconds = await due(answer);
      assert.ok(Math.abs(seconds - want) <= 10, `renewed after ${seconds} s, want ${want}`);
    });
  }

  test('of a token: the shorter of its two lives counts; nonsense has none', async () => {
    assert.deepEqual(await tokenLife(token007(now, 1000, 500)), { issued: now, ends: now + 500 });
    assert.deepEqual(await tokenLife(token007(now, 1000, 500, true)), { issued: now, ends: now + 500 });
    assert.deepEqual(await tokenLife(token007(now, 1000, 0)), { issued: now, ends: now + 1000 });
    assert.equal(await tokenLife('nonsense'), null);
    assert.equal(await tokenLife('007AAAA'), null);
  });
});

describe('a token server that fails', () => {
  test('for ten minutes: pauses grow up to a minute, and the session is kept', async () => {
    let up = true;
    let tries = 0;
    let most = 0;
    let open = 0;
    const { client, states, messages } = await keep(new FakeClient1(), {
      fetchToken: async () => {
        most = Math.max(most, ++open);
        await settled();
        open--;
        tries++;
        if (!up) {
          throw new Error('connection refused');
        }
        return { token: 'good', renew_in: 2700, expires_in: 3600 };
      },
    });
    await pass(2690_000);
    up = false;
    tries = 0;
    await pass(10 * MINUTE);
    assert.ok(tries >= 10 && tries <= 18, `${tries} tries in ten minutes`);
    assert.equal(messages[0], 'No new token: connection refused.');
    up = true;
    await pass(MINUTE);
    assert.deepEqual(client.calls, ['login alice good', 'renewToken good']);
    assert.equal(most, 1);
    assert.equal(states.at(-1), 'kept');
  });

  test('is asked once more before the token ends, however long the pause should be', async () => {
    let up = true;
    const { client } = await keep(new FakeClient1(), {
      ...server(() => (up ? json(200, { token: 'good', renew_in: 100, expires_in: 300 }) : json(503, {}, { 'retry-after': '3600' }))),
    });
    await pass(90_000);
    up = false;
    await pass(60_000);
    up = true;
    await pass(120_000);
    assert.equal(client.calls.length, 1, 'Retry-After was not kept');
    await pass(12_000);
    assert.equal(client.calls.length, 2, 'no try before the token ended');
  });

  test('that never answers is given up after 15 seconds, and the request aborted', async () => {
    /** @type {AbortSignal[]} */
    const signals = [];
    const { messages } = await keep(new FakeClient1(), {
      fetchToken: ({ signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    await pass(14_000);
    assert.equal(signals[0]?.aborted, false);
    await pass(2000);
    assert.equal(signals[0]?.aborted, true);
    assert.deepEqual(messages, ['No new token: no answer in 15 s.']);
    await pass(5000);
    assert.equal(signals.length, 2);
  });

  test('is asked at once when the network returns', async () => {
    const events = pageEvents();
    let tries = 0;
    await keep(new FakeClient1(), {
      fetchToken: () => {
        tries++;
        throw new Error('offline');
      },
    });
    await pass(3 * MINUTE);
    const before = tries;
    events.dispatchEvent(new Event('focus'));
    await settled();
    assert.equal(tries, before);
    events.dispatchEvent(new Event('online'));
    await settled();
    assert.equal(tries, before + 1);
  });

  test('that asks for a pause gets it, though the network returns', async () => {
    const events = pageEvents();
    const { requests, ...tokens } = server(() => json(429, {}, { 'retry-after': '300' }));
    await keep(new FakeClient1(), tokens);
    await pass(290_000);
    events.dispatchEvent(new Event('online'));
    await settled();
    assert.equal(requests.length, 1);
    await pass(11_000);
    assert.equal(requests.length, 2);
  });
});

describe('requests to a url', () => {
  test('of the native API and of the guide', async () => {
    const native = server(() => json(201, { token: 'n', renew_in: 2700 }), 'https://tokens.test/v1/tokens');
    const { client } = await keep(new FakeClient1(), { ...native, headers: { authorization: 'Bearer x' } });
    assert.deepEqual(client.calls, ['login alice n']);
    assert.deepEqual(native.requests.map(({ body, headers }) => [JSON.parse(body), headers.get('authorization'), headers.get('content-type')]), [
      [{ user: 'alice', services: [{ type: 'rtm' }] }, 'Bearer x', 'application/json'],
    ]);
    const guide = server(() => json(200, { token: 'g', code: '200' }), 'http://127.0.0.1:8082/fetch_rtm_token');
    await keep(new FakeClient1(), guide);
    assert.deepEqual(JSON.parse(guide.requests[0]?.body ?? ''), { uid: 'alice' });
    const own = server(() => json(200, { token: 'o' }));
    await keep(new FakeClient1(), { ...own, body: ({ user }) => ({ name: user }) });
    assert.deepEqual(JSON.parse(own.requests[0]?.body ?? ''), { name: 'alice' });
  });

  test('headers are asked for each time, and once more after a 401', async () => {
    let credentials = 0;
    const { requests, ...tokens } = server(({ headers }) =>
      headers.get('authorization') === 'Bearer 1' ? json(401, { error: 'expired' }) : json(200, { token: 't', renew_in: 60 }),
    );
    const { client } = await keep(new FakeClient1(), { ...tokens, headers: async () => ({ authorization: `Bearer ${++credentials}` }) });
    assert.deepEqual(requests.map(({ headers }) => headers.get('authorization')), ['Bearer 1', 'Bearer 2']);
    await pass(61_000);
    assert.equal(credentials, 3);
    assert.equal(client.calls.length, 2);
  });

  test('a refusal is told in one sentence with the words of the server', async () => {
    const { messages } = await keep(new FakeClient1(), server(() => json(403, { detail: 'alice is on the deny list' })));
    assert.deepEqual(messages, ['No new token: the token server answered 403, alice is on the deny list.']);
    const other = await keep(new FakeClient1(), server(() => new Response('<html>', { status: 200 })));
    assert.deepEqual(other.messages, ['No new token: the answer holds no token.']);
  });

  test('the clock of the server goes before the one of this machine', async () => {
    const servers = Date.now() + 5 * HOUR;
    const answer = { token: 'opaque', expires_at: servers / 1000 + 1000 };
    const { client } = await keep(new FakeClient1(), server(() => json(200, answer, { date: new Date(servers).toUTCString() })));
    await pass(740_000);
    assert.equal(client.calls.length, 1);
    await pass(20_000);
    assert.equal(client.calls.length, 2);
  });
});

describe('time that is lost', () => {
  test('asleep for two hours: renewed on waking, before anything else is heard', async () => {
    const events = pageEvents();
    const { client } = await keep(new FakeClient1());
    await pass(MINUTE);
    wall += 2 * HOUR; // no timer runs
    events.dispatchEvent(new Event('visibilitychange'));
    await settled();
    assert.deepEqual(client.calls, ['login alice t1', 'renewToken t2']);
  });

  test('asleep, where no event tells of waking: renewed within half a minute', async () => {
    const { client } = await keep(new FakeClient1());
    await pass(MINUTE);
    wall += 2 * HOUR; // no timer runs
    await pass(30_000);
    assert.deepEqual(client.calls, ['login alice t1', 'renewToken t2']);
  });

  test('the clock is set back: renewed all the same', async () => {
    const { client } = await keep(new FakeClient1());
    wall -= 5 * HOUR;
    await pass(2710_000);
    assert.deepEqual(client.calls, ['login alice t1', 'renewToken t2']);
  });
});

describe('a session that ends', () => {
  test('1.x: ABORTED by its token: logout, login, and the listeners of the app are still there', async () => {
    const client = new FakeClient1();
    /** @type {string[]} */
    const heard = [];
    client.on('ConnectionStateChanged', (state) => heard.push(state));
    const { states } = await keep(client);
    client.emit('TokenExpired');
    client.emit('ConnectionStateChanged', 'ABORTED', 'TOKEN_EXPIRED');
    await settled();
    assert.deepEqual(client.calls, ['login alice t1', 'logout', 'login alice t2']);
    assert.deepEqual(heard, ['CONNECTED', 'ABORTED', 'DISCONNECTED', 'CONNECTED']);
    assert.equal(states.at(-1), 'kept');
    client.emit('TokenPrivilegeWillExpire');
    await settled();
    assert.equal(client.calls.at(-1), 'renewToken t3');
    assert.equal(client.listenerCount('TokenPrivilegeWillExpire'), 1);
  });

  test('2.x: FAILED by its token: login, and where that fails logout and login', async () => {
    const client = new FakeClient2();
    await keep(client);
    client.link('FAILED', 'SERVER_REJECT', 'TOKEN_EXPIRED');
    await settled();
    assert.deepEqual(client.calls, ['login t1', 'login t2']);
    client.does.login = () => Promise.reject(rejection(-10011));
    client.link('FAILED', 'SERVER_REJECT', 'TOKEN_EXPIRED');
    await settled();
    client.does = {};
    await pass(2000);
    assert.deepEqual(client.calls.slice(2), ['login t3', 'logout', 'login t4']);
    client.emit('tokenPrivilegeWillExpire', '');
    await settled();
    assert.equal(client.calls.at(-1), 'renewToken t5');
  });

  test('never logs in again after another login of the same user, or a ban', async () => {
    for (const reason of ['REMOTE_LOGIN', 'BANNED_BY_SERVER']) {
      const { client, keeper } = await keep(new FakeClient1());
      client.emit('ConnectionStateChanged', 'ABORTED', reason);
      client.emit('TokenExpired');
      await pass(2 * HOUR);
      assert.deepEqual(client.calls, ['login alice t1']);
      assert.equal(keeper.status.state, 'ended');
    }
    for (const reason of ['SAME_UID_LOGIN', 'KICKED_OUT_BY_SERVER']) {
      const { client, keeper } = await keep(new FakeClient2());
      client.link('FAILED', 'SERVER_REJECT', reason);
      await pass(2 * HOUR);
      assert.deepEqual(client.calls, ['login t1']);
      assert.equal(keeper.status.state, 'ended');
    }
  });

  test('a renewal that finds nobody logged in logs in', async () => {
    const { client } = await keep(new FakeClient1());
    client.does.renewToken = () => Promise.reject(rejection(102));
    client.emit('TokenExpired');
    await pass(2000);
    assert.deepEqual(client.calls, ['login alice t1', 'renewToken t2', 'login alice t3']);
  });

  test('a logout by the app stops the keeper', async () => {
    for (const client of [new FakeClient1(), new FakeClient2()]) {
      const { keeper } = await keep(client);
      await client.logout();
      await pass(2 * HOUR);
      assert.equal(keeper.status.state, 'stopped');
      assert.equal(client.calls.length, 2);
    }
  });
});

describe('refusals', () => {
  test('5 and 6 mean one thing at login and the other at renewal', async () => {
    const invalid = /^RTM \w+ failed: the token is not valid for this user, App ID and certificate \(code -?\d+\)\.$/;
    const expired = /^RTM \w+ failed: the token has expired already: .*\(code -?\d+\)\.$/;
    for (const [method, code, want] of /** @type {[string, number, RegExp][]} */ ([
      ['login', 5, invalid],
      ['login', 6, expired],
      ['renewToken', 5, expired],
      ['renewToken', 6, invalid],
      ['login', -10005, invalid],
      ['renewToken', -10009, expired],
    ])) {
      const client = code < 0 ? new FakeClient2() : new FakeClient1();
      client.does[method] = () => Promise.reject(rejection(code));
      const { keeper, messages } = await keep(client);
      keeper.renewNow();
      await settled();
      assert.match(messages[0] ?? '', want, `${method} ${code}`);
      delete client.does[method];
      await pass(3000);
      assert.equal(keeper.status.state, 'kept');
    }
  });

  test('that no token can cure end the keeper', async () => {
    for (const [client, code] of /** @type {const} */ ([
      [new FakeClient1(), 3],
      [new FakeClient1(), 4],
      [new FakeClient2(), -10003],
    ])) {
      client.does.login = () => Promise.reject(rejection(code));
      const { keeper } = await keep(client);
      assert.equal(keeper.status.state, 'ended');
      assert.equal(/** @type {any} */ (keeper.status.cause).code, code);
      await pass(HOUR);
      assert.equal(client.calls.length, 1);
    }
  });

  test('a login that never ends is given up after 15 seconds: one plain sentence', async () => {
    const client = new FakeClient2();
    client.does.login = () => new Promise(() => {});
    const { messages } = await keep(client);
    await pass(16_000);
    assert.deepEqual(messages, ['RTM login failed: login was not answered in 15 s.']);
    client.does = {};
    await pass(2000);
    assert.equal(client.calls.length, 2);
  });
});

test('stop during the logout of a session that ended leaves no listener either', async () => {
  const client = new FakeClient1();
  const { keeper } = await keep(client);
  let logout = () => {};
  client.does.logout = () => new Promise((resolve) => (logout = () => resolve(undefined)));
  client.emit('ConnectionStateChanged', 'ABORTED', 'TOKEN_EXPIRED');
  await settled();
  keeper.stop();
  logout();
  await settled();
  assert.deepEqual(client.calls, ['login alice t1', 'logout']);
  assert.equal(client.listenerCount('ConnectionStateChanged') + client.listenerCount('TokenExpired'), 0);
});

test('what onStatus throws does not end the keeping', async () => {
  const reported = mock.method(console, 'error', () => {});
  const { client } = await keep(new FakeClient1(), {
    onStatus: () => {
      throw new Error('a mistake of the app');
    },
  });
  await pass(2702_000);
  assert.deepEqual(client.calls, ['login alice t1', 'renewToken t2']);
  assert.equal(reported.mock.callCount(), 3);
});

test('stop leaves no timer, no listener and no request', async () => {
  const events = pageEvents();
  /** @type {AbortSignal | undefined} */
  let signal;
  for (const client of [new FakeClient1(), new FakeClient2()]) {
    const { keeper, states } = await keep(client, {
      fetchToken: (request) => {
        ({ signal } = request);
        return client.calls.length === 0 ? 'first' : new Promise(() => {});
      },
    });
    keeper.renewNow();
    await settled();
    assert.equal(signal?.aborted, false);
    const timers = mock.method(globalThis, 'setTimeout');
    keeper.stop();
    keeper.stop();
    await settled();
    assert.equal(signal?.aborted, true);
    assert.equal(client instanceof FakeClient2 ? client.listenerCount : client.listenerCount('ConnectionStateChanged') + client.listenerCount('TokenExpired'), 0);
    events.dispatchEvent(new Event('online'));
    keeper.renewNow();
    await pass(5 * HOUR);
    assert.equal(timers.mock.callCount(), 0);
    timers.mock.restore();
    assert.equal(client.calls.length, 1);
    assert.deepEqual(states, ['kept', 'renewing', 'stopped']);
  }
});

describe('100,000 clients that logged in together', () => {
  /**
   * Their renewals in the hours that follow.
   *
   * @param {() => number} due milliseconds, as the server says in each answer
   * @param {number} hours
   */
  function renewals(due, hours) {
    mock.restoreAll();
    const minutes = new Uint32Array(60 * hours);
    for (let i = 0; i < 100_000; i++) {
      let at = spread(due(), true) / MINUTE;
      for (; at < minutes.length; at += spread(due(), false) / MINUTE) {
        minutes[Math.floor(at)] = (minutes[Math.floor(at)] ?? 0) + 1;
      }
    }
    return { peak: Math.max(...minutes), mean: minutes.reduce((sum, n) => sum + n) / minutes.length };
  }

  for (const [name, due] of /** @type {[string, () => number][]} */ ([
    // What `rtmauth serve` answers: renew after an hour at the latest, less a tenth at random.
    ['to a day-long token of the default policy', () => HOUR * (1 - 0.1 * Math.random())],
    ['to a token of one hour', () => 0.8 * HOUR * (1 - 0.1 * Math.random())],
    ['to a token of one hour of a server that says nothing of renewal', () => 0.75 * HOUR],
  ])) {
    test(`do not renew together: ${name}`, () => {
      const { peak, mean } = renewals(due, 12);
      assert.ok(peak < 1.2 * mean, `${peak} renewals in the peak minute, ${mean.toFixed(0)} in the mean`);
    });
  }

  // Some 90 a minute: chance alone brings the peak of so few over 1.2 times the mean, and only chance does.
  test('nor to day-long tokens of a server that says nothing of renewal', () => {
    const { peak, mean } = renewals(() => 18 * HOUR, 48);
    assert.ok(peak < mean + 6 * Math.sqrt(mean), `${peak} renewals in the peak minute, ${mean.toFixed(0)} in the mean`);
  });
});

test('the file is under 5 KB, compressed', () => {
  const size = gzipSync(readFileSync(new URL('../token-keeper.js', import.meta.url))).length;
  assert.ok(size < 5000, `${size} bytes`);
});

/** Gives this runtime the events of a page. */
function pageEvents() {
  const events = new EventTarget();
  page.addEventListener = events.addEventListener.bind(events);
  page.removeEventListener = events.removeEventListener.bind(events);
  return events;
}

/**
 * A token server behind `fetch`.
 *
 * @param {(request: {headers: Headers, body: string}) => Response} answer
 * @param {string} [url]
 */
function server(answer, url = 'https://tokens.test/token') {
  /** @type {{headers: Headers, body: string}[]} */
  const requests = [];
  /** @type {any} */
  const fetches = async (/** @type {unknown} */ _, /** @type {{headers: Headers, body: string}} */ { headers, body }) => {
    requests.push({ headers, body });
    return answer({ headers, body });
  };
  mock.method(globalThis, 'fetch', fetches);
  return { url, requests, fetchToken: undefined };
}

/**
 * @param {number} status
 * @param {object} body
 * @param {Record<string, string>} [headers]
 */
function json(status, body, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers });
}

/** A 006 token as far as its times are concerned. @param {number} ts */
function token006(ts) {
  const bytes = Buffer.alloc(2 + 32 + 8 + 2 + 8 + 2 + 6);
  bytes.writeUInt16LE(32, 0);
  bytes.writeUInt16LE(16, 42);
  bytes.writeUInt32LE(ts, 48);
  return `006${'a'.repeat(32)}${bytes.toString('base64')}`;
}

/**
 * A 007 token as far as its times are concerned.
 *
 * @param {number} issued
 * @param {number} expire
 * @param {number} [privilege]
 * @param {boolean} [rtcToo]
 */
function token007(issued, expire, privilege = expire, rtcToo = false) {
  /** @param {string} s */
  const text = (s) => Buffer.concat([u16(s.length), Buffer.from(s)]);
  /** @param {number} n */
  const u16 = (n) => Buffer.of(n & 255, n >> 8);
  /** @param {number} n */
  const u32 = (n) => Buffer.of(n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24);
  const rtc = [u16(1), u16(2), u16(1), u32(9), u16(2), u32(9), text('room'), text('7')];
  const rtm = [u16(2), u16(1), u16(1), u32(privilege), text('alice')];
  const content = Buffer.concat([
    text('s'.repeat(32)),
    text('a'.repeat(32)),
    u32(issued),
    u32(expire),
    u32(1),
    u16(rtcToo ? 2 : 1),
    ...(rtcToo ? rtc : []),
    ...rtm,
  ]);
  return `007${deflateSync(content).toString('base64')}`;
}
