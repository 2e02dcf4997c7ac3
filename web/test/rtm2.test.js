import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';

import { namespace } from '../rtm2/namespace.js';
import { FakeService, settled } from './fake-service.js';

const APP_ID = '0123456789abcdef0123456789abcdef';

/** @type {FakeService} */
let service;

beforeEach(() => {
  service = new FakeService().install();
  mock.timers.enable({ apis: ['setTimeout'] });
});

afterEach(() => mock.timers.reset());

/** @param {number} milliseconds */
async function pass(milliseconds) {
  for (let left = milliseconds; left > 0; left -= 100) {
    mock.timers.tick(Math.min(100, left));
    await settled();
  }
}

/** A client that writes down what its app would see. */
function newClient() {
  const client = new (namespace('http://127.0.0.1:8082/sdk/agora-rtm-2.js').RTM)(APP_ID, 'alice');
  /** @type {string[]} */
  const seen = [];
  /** @type {string[]} */
  const status = [];
  client.addEventListener('linkState', ({ previousState, currentState, operation, reasonCode }) =>
    seen.push(`${previousState} ${currentState} ${operation}/${reasonCode}`),
  );
  client.addEventListener('status', ({ state }) => status.push(state));
  client.addEventListener('tokenPrivilegeWillExpire', (channel) => seen.push(`will expire "${channel}"`));
  return { client, seen, status };
}

async function loggedIn() {
  const made = newClient();
  await made.client.login({ token: '007old' });
  made.seen.length = made.status.length = service.calls.length = 0;
  return made;
}

/** @param {number} code */
const refuse = (code) => () => ({ error: { code, name: 'RTM_ERROR', message: 'Plain words.', operation: 'op' } });

describe('login', () => {
  test('goes through CONNECTING to CONNECTED as the service says', async () => {
    const { client, seen, status } = newClient();
    service.answers.login = () => ({ ok: { timestamp: 5 } });
    assert.deepEqual(await client.login({ token: '007' }), { timestamp: 5 });
    assert.deepEqual(service.hellos, [{ protocol: 1, sdk: '2.x', app_id: APP_ID }]);
    assert.deepEqual(service.calls, [{ op: 'login', args: { userId: 'alice', token: '007' } }]);
    assert.deepEqual(seen, ['IDLE CONNECTING LOGIN/LOGIN', 'CONNECTING CONNECTED LOGIN/LOGIN_SUCCESS']);
    assert.deepEqual(status, ['CONNECTING', 'CONNECTED']);
  });

  test('tells the presence timeout of the configuration, and tells it again to a restarted service', async () => {
    const { RTM } = namespace('http://127.0.0.1:8082/sdk/agora-rtm-2.js');
    const client = new RTM(APP_ID, 'alice', { presenceTimeout: 20 });
    await client.login({ token: '007' });
    service.restart();
    await pass(1000);
    const login = { op: 'login', args: { userId: 'alice', presenceTimeout: 20, token: '007' } };
    assert.deepEqual(service.calls, [login, login]);
    await client.logout();
  });

  test('refused: FAILED, an error with the fields of ErrorInfo, and another login may follow', async () => {
    const { client, seen } = newClient();
    service.answers.login = refuse(-10009);
    await assert.rejects(client.login({ token: 'late' }), {
      error: true,
      errorCode: -10009,
      code: -10009,
      operation: 'op',
      reason: 'Plain words.',
    });
    delete service.answers.login;
    await client.login({ token: 'good' });
    assert.deepEqual(seen, [
      'IDLE CONNECTING LOGIN/LOGIN',
      'CONNECTING FAILED SERVER_REJECT/TOKEN_EXPIRED',
      'FAILED CONNECTING LOGIN/LOGIN',
      'CONNECTING CONNECTED LOGIN/LOGIN_SUCCESS',
    ]);
  });

  test('without a service: -10011 after 12 seconds', async () => {
    service.up = false;
    const { client, seen, status } = newClient();
    const login = assert.rejects(client.login(), { errorCode: -10011 });
    await pass(12_000);
    await login;
    assert.deepEqual(seen, ['IDLE CONNECTING LOGIN/LOGIN', 'CONNECTING DISCONNECTED LOGIN/LOGIN_TIMEOUT']);
    assert.deepEqual(status, ['CONNECTING', 'DISCONNECTED']);
    const dialled = service.sockets.length;
    await pass(30_000);
    assert.equal(service.sockets.length, dialled);
  });

  test('a second one goes to the service, which cancels the first', async () => {
    const { client } = newClient();
    service.answers.login = ({ token }) => (token === 'second' ? { ok: { timestamp: 1 } } : undefined);
    const first = assert.rejects(client.login({ token: 'first' }), { errorCode: -10023 });
    await settled();
    const second = client.login({ token: 'second' });
    await second;
    service.socket?.deliver({ id: 1, error: { code: -10023, name: 'RTM_ERROR_LOGIN_CANCELED', message: 'Cancelled.' } });
    await first;
    await client.publish('room', 'still there');
  });
});

test('calls before login are refused with -10002', async () => {
  const { client } = newClient();
  const calls = [
    client.logout(),
    client.renewToken('007'),
    client.publish('room', 'hi'),
    client.subscribe('room'),
    client.presence.whoNow('room', 'MESSAGE'),
    client.storage.getUserMetadata(),
    client.createStreamChannel('stage').join(),
  ];
  for (const call of calls) {
    await assert.rejects(call, { errorCode: -10002 });
  }
});

describe('a service that cannot be reached for a while', () => {
  test('9 seconds: nothing is seen, and missed events are', async () => {
    const { seen } = await loggedIn();
    service.cut();
    await pass(8000);
    service.emit('tokenPrivilegeWillExpire', ['']);
    service.up = true;
    await pass(20_000);
    assert.deepEqual(seen, ['will expire ""']);
  });

  test('longer: DISCONNECTED, and back where the service has not noticed', async () => {
    const { seen, status } = await loggedIn();
    service.cut();
    await pass(10_000);
    assert.deepEqual(seen, ['CONNECTED DISCONNECTED HEARTBEAT_TIMEOUT/KEEP_ALIVE_TIMEOUT']);
    service.up = true;
    await pass(3000);
    assert.deepEqual(seen.slice(1), ['DISCONNECTED CONNECTED RECONNECTED/RECONNECT_SUCCESS']);
    assert.deepEqual(status, ['DISCONNECTED', 'CONNECTED']);
  });

  test('longer, and the service has noticed: each change once', async () => {
    const { seen, status } = await loggedIn();
    service.cut();
    await pass(11_000);
    service.link('DISCONNECTED', 'HEARTBEAT_TIMEOUT', 'KEEP_ALIVE_TIMEOUT');
    service.link('CONNECTING', 'AUTO_RECONNECT', 'AUTO_RECONNECT');
    service.link('CONNECTED', 'RECONNECTED', 'RECONNECT_SUCCESS');
    service.up = true;
    await pass(3000);
    assert.deepEqual(seen.slice(1), [
      'DISCONNECTED CONNECTING AUTO_RECONNECT/AUTO_RECONNECT',
      'CONNECTING CONNECTED RECONNECTED/RECONNECT_SUCCESS',
    ]);
    assert.deepEqual(status, ['DISCONNECTED', 'CONNECTING', 'CONNECTED']);
  });
});

describe('a service that was restarted', () => {
  test('gets the login and the subscriptions again, with the newest token, without a word to the app', async () => {
    const { client, seen, status } = await loggedIn();
    await client.subscribe('room', { withPresence: true });
    await client.subscribe('hall');
    await client.unsubscribe('hall');
    await client.renewToken('007new');
    await client.renewToken('rtc', { channelName: 'stage' });
    service.calls.length = 0;
    service.restart();
    await pass(1000);
    assert.deepEqual(service.calls, [
      { op: 'login', args: { userId: 'alice', token: '007new' } },
      { op: 'subscribe', args: { channelName: 'room', options: { withPresence: true } } },
    ]);
    assert.deepEqual([seen, status], [[], []]);
  });

  test('after long: one reconnection', async () => {
    const { seen } = await loggedIn();
    service.cut();
    await pass(15_000);
    service.restart();
    await pass(3000);
    assert.deepEqual(seen, [
      'CONNECTED DISCONNECTED HEARTBEAT_TIMEOUT/KEEP_ALIVE_TIMEOUT',
      'DISCONNECTED CONNECTED RECONNECTED/RECONNECT_SUCCESS',
    ]);
  });

  test('and refuses the token: FAILED, and a login with a good one continues', async () => {
    const { client, seen } = await loggedIn();
    service.answers.login = refuse(-10009);
    service.restart();
    await pass(30_000);
    assert.deepEqual(seen, ['CONNECTED FAILED SERVER_REJECT/TOKEN_EXPIRED']);
    assert.deepEqual(service.ops, ['login']);
    delete service.answers.login;
    await client.login({ token: 'good' });
    assert.equal(seen.at(-1), 'CONNECTING CONNECTED LOGIN/LOGIN_SUCCESS');
  });

  test('and refuses for another reason: asked again', async () => {
    const { seen } = await loggedIn();
    service.answers.login = refuse(-10010);
    service.restart();
    await pass(4000);
    delete service.answers.login;
    await pass(6000);
    assert.deepEqual(service.ops, ['login', 'login']);
    assert.deepEqual(seen, []);
  });
});

test('logout is heard, then no listener is left and nothing runs on', async () => {
  const { client, seen } = await loggedIn();
  service.answers.logout = () => ({ ok: { timestamp: 9 } });
  assert.deepEqual(await client.logout(), { timestamp: 9 });
  assert.deepEqual(seen, ['CONNECTED IDLE LOGOUT/LOGOUT']);
  assert.equal(client.listenerCount('linkState'), 0);
  assert.equal(service.socket, undefined);
  await pass(30_000);
  assert.equal(service.sockets.length, 1);
});

describe('messages', () => {
  test('text and bytes', async () => {
    const { client } = await loggedIn();
    const bytes = Uint8Array.of(0, 1, 255);
    await client.publish('room', 'é', { customType: 'note' });
    await client.publish('bob', bytes, { channelType: 'USER' });
    assert.deepEqual(service.calls.map(({ args }) => args), [
      { channelName: 'room', message: 'é', messageType: 'STRING', customType: 'note' },
      { channelName: 'bob', message: 'AAH/', messageType: 'BINARY', channelType: 'USER' },
    ]);
    /** @type {unknown[]} */
    const heard = [];
    /** @param {{message: unknown}} event */
    const listener = ({ message }) => heard.push(message);
    client.addEventListener('message', listener);
    service.emit('message', [{ messageType: 'BINARY', message: 'AAH/', channelName: 'alice' }]);
    service.emit('message', [{ messageType: 'STRING', message: 'AAH/', channelName: 'room' }]);
    client.removeEventListener('message', listener);
    service.emit('message', [{ messageType: 'STRING', message: 'unheard', channelName: 'room' }]);
    assert.deepEqual(heard, [bytes, 'AAH/']);
  });

  test('that get no answer are refused with the documented code', async () => {
    const { client } = await loggedIn();
    service.cut();
    const calls = [
      assert.rejects(client.publish('room', 'hi'), { errorCode: -11026 }),
      assert.rejects(client.subscribe('room'), { errorCode: -11019 }),
      assert.rejects(client.renewToken('007'), { errorCode: -10026 }),
      assert.rejects(client.presence.whoNow('room', 'MESSAGE'), { errorCode: -10025 }),
    ];
    await pass(10_000);
    await Promise.all(calls);
  });
});

test('presence, and the services that are refused, ask by the names of their methods', async () => {
  const { client } = await loggedIn();
  await client.presence.whoNow('room', 'MESSAGE', { includedState: true });
  await client.presence.getOnlineUsers('room', 'MESSAGE');
  await client.presence.whereNow('bob');
  await client.presence.getUserChannels('bob');
  await client.presence.setState('room', 'MESSAGE', { mood: 'good' });
  await client.presence.getState('bob', 'room', 'MESSAGE');
  await client.presence.removeState('room', 'MESSAGE', { states: ['mood'] });
  await client.storage.setUserMetadata([]);
  await client.lock.getLock('room', 'MESSAGE');
  await client.history.getMessages('room', 'MESSAGE');
  await client.createStreamChannel('stage').joinTopic('topic');
  assert.deepEqual(service.calls, [
    { op: 'presence.whoNow', args: { channelName: 'room', channelType: 'MESSAGE', options: { includedState: true } } },
    { op: 'presence.getOnlineUsers', args: { channelName: 'room', channelType: 'MESSAGE' } },
    { op: 'presence.whereNow', args: { userId: 'bob' } },
    { op: 'presence.getUserChannels', args: { userId: 'bob' } },
    { op: 'presence.setState', args: { channelName: 'room', channelType: 'MESSAGE', state: { mood: 'good' } } },
    { op: 'presence.getState', args: { userId: 'bob', channelName: 'room', channelType: 'MESSAGE' } },
    { op: 'presence.removeState', args: { channelName: 'room', channelType: 'MESSAGE', options: { states: ['mood'] } } },
    { op: 'storage.setUserMetadata', args: {} },
    { op: 'lock.getLock', args: {} },
    { op: 'history.getMessages', args: {} },
    { op: 'stream.joinTopic', args: {} },
  ]);
});

test('the namespace has the constants, and remembers parameters', () => {
  const AgoraRTM = namespace(undefined);
  assert.equal(AgoraRTM.constantsType.LinkStateChangeReasonDescription.TOKEN_EXPIRED, 'Token expired');
  assert.equal(AgoraRTM.constantsType.ChannelTypeEnum.USER, 3);
  AgoraRTM.setParameter('key', 7);
  assert.equal(AgoraRTM.getParameter('key'), 7);
  assert.throws(() => new AgoraRTM.RTM(APP_ID, 'alice'), /set globalThis\.RTMAUTH_URL/);
});
