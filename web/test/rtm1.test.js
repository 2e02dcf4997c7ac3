import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';

import { namespace } from '../rtm1/namespace.js';
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
  const client = namespace('http://127.0.0.1:8082/sdk/agora-rtm.js').createInstance(APP_ID);
  /** @type {string[]} */
  const seen = [];
  client.on('ConnectionStateChanged', (state, reason) => seen.push(`${state}/${reason}`));
  client.on('TokenExpired', () => seen.push('TokenExpired'));
  client.on('TokenPrivilegeWillExpire', () => seen.push('TokenPrivilegeWillExpire'));
  return { client, seen };
}

async function loggedIn() {
  const { client, seen } = newClient();
  await client.login({ uid: 'alice', token: '006old' });
  seen.length = 0;
  service.calls.length = 0;
  return { client, seen };
}

/**
 * @param {number} code
 * @param {string} name
 */
const refuse = (code, name) => () => ({ error: { code, name, message: `Error Code ${code}. Plain words.` } });

describe('login', () => {
  test('says who and with what, and goes through CONNECTING to CONNECTED', async () => {
    const { client, seen } = newClient();
    await client.login(/** @type {any} */ ({ uid: 'alice', token: '006abc', extra: 1 }));
    assert.equal(service.sockets[0]?.url, 'ws://127.0.0.1:8082/local/rtm');
    assert.deepEqual(service.hellos, [{ protocol: 1, sdk: '1.x', app_id: APP_ID }]);
    assert.deepEqual(service.calls, [{ op: 'login', args: { uid: 'alice', token: '006abc' } }]);
    assert.deepEqual(seen, ['CONNECTING/LOGIN', 'CONNECTED/LOGIN_SUCCESS']);
  });

  test('refused: rejects with the code and name of the service, and may be tried again', async () => {
    const { client, seen } = newClient();
    service.answers.login = refuse(5, 'LOGIN_ERR_INVALID_TOKEN');
    await assert.rejects(client.login({ uid: 'alice', token: 'bad' }), {
      code: 5,
      name: 'LOGIN_ERR_INVALID_TOKEN',
      message: 'Error Code 5. Plain words.',
    });
    delete service.answers.login;
    await client.login({ uid: 'alice', token: 'good' });
    assert.deepEqual(seen, [
      'CONNECTING/LOGIN',
      'DISCONNECTED/LOGIN_FAILURE',
      'CONNECTING/LOGIN',
      'CONNECTED/LOGIN_SUCCESS',
    ]);
  });

  test('a user ID that is no text reaches the service, which refuses it', async () => {
    service.answers.login = refuse(3, 'LOGIN_ERR_INVALID_ARGUMENT');
    for (const uid of [7, 7n, null]) {
      const { client } = newClient();
      await assert.rejects(client.login(/** @type {any} */ ({ uid })), { code: 3 });
    }
    assert.deepEqual(service.calls.map(({ args }) => args.uid), [7, 7, null]);
  });

  test('without a service: code 9 after 12 seconds, and the address in the message', async () => {
    service.up = false;
    const { client, seen } = newClient();
    const login = assert.rejects(client.login({ uid: 'alice' }), {
      code: 9,
      name: 'LOGIN_ERR_TIMEOUT',
      message: /ws:\/\/127\.0\.0\.1:8082\/local\/rtm in 12 s/,
    });
    await pass(11_900);
    assert.deepEqual(seen, ['CONNECTING/LOGIN']);
    await pass(100);
    await login;
    assert.deepEqual(seen, ['CONNECTING/LOGIN', 'DISCONNECTED/LOGIN_TIMEOUT']);
    const dialled = service.sockets.length;
    await pass(30_000);
    assert.equal(service.sockets.length, dialled, 'dialled on after the login was given up');
  });

  test('waits for a service that is still starting', async () => {
    service.up = false;
    const { client } = newClient();
    const login = client.login({ uid: 'alice' });
    await pass(5000);
    service.up = true;
    await pass(3000);
    await login;
  });

  test('a second one is refused with code 8, without a state change', async () => {
    const { client, seen } = await loggedIn();
    await assert.rejects(client.login({ uid: 'alice' }), { code: 8, name: 'LOGIN_ERR_ALREADY_LOGIN' });
    assert.deepEqual(seen, []);
  });

  test('given up by logout is rejected', async () => {
    service.answers.login = () => undefined;
    const { client, seen } = newClient();
    const login = assert.rejects(client.login({ uid: 'alice' }), { code: 1, name: 'LOGIN_ERR_UNKNOWN' });
    await settled();
    const logout = client.logout();
    await pass(2000);
    await Promise.all([login, logout]);
    assert.deepEqual(seen, ['CONNECTING/LOGIN', 'DISCONNECTED/LOGOUT']);
  });
});

test('every call before login is refused with code 102', async () => {
  const { client } = newClient();
  const channel = client.createChannel('room');
  const text = { text: 'hi' };
  for (const [call, name] of /** @type {[() => Promise<unknown>, string][]} */ ([
    [() => client.logout(), 'LOGOUT_ERR_USER_NOT_LOGGED_IN'],
    [() => client.renewToken('006'), 'RENEW_TOKEN_ERR_USER_NOT_LOGGED_IN'],
    [() => client.sendMessageToPeer(text, 'bob'), 'PEER_MESSAGE_ERR_USER_NOT_LOGGED_IN'],
    [() => client.queryPeersOnlineStatus(['bob']), 'QUERY_PEERS_ONLINE_STATUS_ERR_USER_NOT_LOGGED_IN'],
    [() => client.subscribePeersOnlineStatus(['bob']), 'PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN'],
    [() => client.getChannelMemberCount(['room']), 'GET_CHANNEL_MEMBER_COUNT_ERR_USER_NOT_LOGGED_IN'],
    [() => channel.join(), 'JOIN_CHANNEL_ERR_USER_NOT_LOGGED_IN'],
    [() => channel.leave(), 'LEAVE_CHANNEL_ERR_USER_NOT_LOGGED_IN'],
    [() => channel.sendMessage(text), 'CHANNEL_MESSAGE_ERR_USER_NOT_LOGGED_IN'],
    [() => channel.getMembers(), 'GET_MEMBERS_ERR_USER_NOT_LOGGED_IN'],
  ])) {
    await assert.rejects(call(), { code: 102, name });
  }
  assert.deepEqual(service.sockets, []);
});

describe('events', () => {
  test('arrive as the service sends them, an unchanged state excepted', async () => {
    const { seen } = await loggedIn();
    service.emit('TokenPrivilegeWillExpire', []);
    service.socket?.deliver({ seq: 2, event: 'TokenPrivilegeWillExpire', args: [] });
    service.emit('ConnectionStateChanged', ['CONNECTED', 'LOGIN_SUCCESS']);
    service.emit('TokenExpired', []);
    service.emit('ConnectionStateChanged', ['ABORTED', 'TOKEN_EXPIRED']);
    assert.deepEqual(seen, ['TokenPrivilegeWillExpire', 'TokenExpired', 'ABORTED/TOKEN_EXPIRED']);
  });

  test('a listener that throws stops neither the others nor the client', async () => {
    /** @type {unknown[]} */
    const reported = [];
    const report = globalThis.reportError;
    globalThis.reportError = (error) => reported.push(error);
    try {
      const { client } = newClient();
      client.removeAllListeners();
      const mine = new Error('mine');
      client.on('ConnectionStateChanged', () => {
        throw mine;
      });
      let later = 0;
      client.on('ConnectionStateChanged', () => later++);
      await client.login({ uid: 'alice' });
      assert.equal(later, 2);
      assert.deepEqual(reported, [mine, mine]);
    } finally {
      globalThis.reportError = report;
    }
  });
});

describe('a service that cannot be reached for a while', () => {
  test('3 seconds: nothing is seen, and missed events are', async () => {
    const { client, seen } = await loggedIn();
    /** @type {string[]} */
    const messages = [];
    client.on('MessageFromPeer', (message, peer) => messages.push(`${peer}: ${message.text}`));
    service.cut();
    await pass(2900);
    service.emit('MessageFromPeer', [{ messageType: 'TEXT', text: 'hi' }, 'bob', { serverReceivedTs: 1 }]);
    service.up = true;
    await pass(2000);
    assert.deepEqual(messages, ['bob: hi']);
    assert.deepEqual(service.hellos.at(-1), { protocol: 1, sdk: '1.x', app_id: APP_ID, session: 's1', key: 'k', seq: 1 });
    assert.deepEqual(service.ops, []);
    await pass(10_000);
    assert.deepEqual(seen, []);
  });

  test('longer: RECONNECTING after 4 seconds, CONNECTED when it is back', async () => {
    const { client, seen } = await loggedIn();
    service.cut();
    await pass(3900);
    assert.deepEqual(seen, []);
    await pass(100);
    assert.deepEqual(seen, ['RECONNECTING/INTERRUPTED']);
    await pass(600_000);
    service.up = true;
    const query = client.queryPeersOnlineStatus(['bob']);
    await pass(2000);
    assert.deepEqual(seen, ['RECONNECTING/INTERRUPTED', 'CONNECTED/LOGIN_SUCCESS']);
    await query;
  });

  test('longer, and the service has noticed it too: each change once', async () => {
    const { seen } = await loggedIn();
    service.cut();
    await pass(10_000);
    service.emit('ConnectionStateChanged', ['RECONNECTING', 'INTERRUPTED']);
    service.emit('ConnectionStateChanged', ['CONNECTED', 'LOGIN_SUCCESS']);
    service.up = true;
    await pass(2000);
    assert.deepEqual(seen, ['RECONNECTING/INTERRUPTED', 'CONNECTED/LOGIN_SUCCESS']);
  });

  test('a call that gets no answer fails with the documented code', async () => {
    const { client } = await loggedIn();
    service.cut();
    const channel = client.createChannel('room');
    const calls = [
      assert.rejects(client.sendMessageToPeer({ text: 'hi' }, 'bob'), { code: 2, name: 'PEER_MESSAGE_ERR_TIMEOUT' }),
      assert.rejects(channel.join(), { code: 4, name: 'JOIN_CHANNEL_ERR_TIMEOUT' }),
      assert.rejects(client.renewToken('006'), { code: 1, name: 'RENEW_TOKEN_ERR_FAILURE' }),
    ];
    await pass(10_000);
    await Promise.all(calls);
  });

  test('once ABORTED it is not dialled again, and logout works', async () => {
    const { client, seen } = await loggedIn();
    service.emit('ConnectionStateChanged', ['ABORTED', 'REMOTE_LOGIN']);
    service.cut();
    const dialled = service.sockets.length;
    await pass(60_000);
    assert.equal(service.sockets.length, dialled);
    await assert.rejects(client.queryPeersOnlineStatus(['bob']), { code: 102 });
    await assert.rejects(client.login({ uid: 'alice' }), { code: 8 });
    await client.logout();
    assert.deepEqual(seen, ['ABORTED/REMOTE_LOGIN', 'DISCONNECTED/LOGOUT']);
  });
});

describe('login from ABORTED without a logout', () => {
  async function aborted() {
    const made = await loggedIn();
    service.emit('ConnectionStateChanged', ['ABORTED', 'TOKEN_EXPIRED']);
    made.seen.length = 0;
    return made;
  }

  test('is refused where the service says so, and nothing changes', async () => {
    const { client, seen } = await aborted();
    service.answers.login = () => undefined;
    const refused = assert.rejects(client.login({ uid: 'alice', token: '007' }), { code: 8, name: 'LOGIN_ERR_ALREADY_LOGIN' });
    await settled();
    await assert.rejects(client.login({ uid: 'alice', token: '007' }), { code: 8 });
    const { id } = service.frames.at(-1) ?? {};
    service.socket?.deliver({ id, ...refuse(8, 'LOGIN_ERR_ALREADY_LOGIN')() });
    await refused;
    assert.deepEqual(seen, []);
    await client.logout();
    assert.deepEqual(seen, ['DISCONNECTED/LOGOUT']);
  });

  test('is a login where its setting allows it', async () => {
    const { client, seen } = await aborted();
    await client.login({ uid: 'alice', token: '007' });
    assert.deepEqual(seen, ['CONNECTING/LOGIN', 'CONNECTED/LOGIN_SUCCESS']);
    service.emit('ConnectionStateChanged', ['ABORTED', 'TOKEN_EXPIRED']);
    service.answers.login = refuse(6, 'LOGIN_ERR_TOKEN_EXPIRED');
    await assert.rejects(client.login({ uid: 'alice', token: '007' }), { code: 6 });
    assert.deepEqual(seen.slice(2), ['ABORTED/TOKEN_EXPIRED', 'CONNECTING/LOGIN', 'DISCONNECTED/LOGIN_FAILURE']);
  });
});

describe('a service that was restarted', () => {
  test('gets the login, the channels and the subscriptions again, with the newest token', async () => {
    const { client, seen } = await loggedIn();
    await client.createChannel('room').join();
    await client.subscribePeersOnlineStatus(['bob']);
    await client.renewToken('006new');
    service.calls.length = 0;
    service.restart();
    await pass(1000);
    assert.deepEqual(service.calls, [
      { op: 'login', args: { uid: 'alice', token: '006new' } },
      { op: 'joinChannel', args: { channel: 'room' } },
      { op: 'subscribePeersOnlineStatus', args: { peers: ['bob'] } },
    ]);
    assert.deepEqual(seen, []);
  });

  test('and refuses the token: TokenExpired once, until renewToken brings a good one', async () => {
    const { client, seen } = await loggedIn();
    await client.createChannel('room').join();
    service.answers.login = refuse(5, 'LOGIN_ERR_INVALID_TOKEN');
    service.restart();
    await pass(1000);
    assert.deepEqual(seen, ['RECONNECTING/INTERRUPTED', 'TokenExpired']);
    service.restart();
    await pass(60_000);
    assert.deepEqual(seen, ['RECONNECTING/INTERRUPTED', 'TokenExpired']);

    await assert.rejects(client.renewToken(''), { code: 2, name: 'RENEW_TOKEN_ERR_INVALID_ARGUMENT' });
    await assert.rejects(client.renewToken('wrong'), { code: 6, name: 'RENEW_TOKEN_ERR_INVALID_TOKEN' });
    service.answers.login = refuse(6, 'LOGIN_ERR_TOKEN_EXPIRED');
    await assert.rejects(client.renewToken('late'), {
      code: 5,
      name: 'RENEW_TOKEN_ERR_TOKEN_EXPIRED',
      message: 'Error Code 5. Plain words.',
    });
    delete service.answers.login;
    service.calls.length = 0;
    await client.renewToken('good');
    assert.deepEqual(service.ops, ['login', 'joinChannel']);
    assert.deepEqual(seen, ['RECONNECTING/INTERRUPTED', 'TokenExpired', 'CONNECTED/LOGIN_SUCCESS']);
  });

  test('and refuses for another reason: asked again', async () => {
    const { seen } = await loggedIn();
    service.answers.login = refuse(10, 'LOGIN_ERR_TOO_OFTEN');
    service.restart();
    await pass(4000);
    assert.deepEqual(seen, ['RECONNECTING/INTERRUPTED']);
    delete service.answers.login;
    await pass(6000);
    assert.deepEqual(seen, ['RECONNECTING/INTERRUPTED', 'CONNECTED/LOGIN_SUCCESS']);
  });

  test('rejects what it was asked before, as unanswered', async () => {
    const { client } = await loggedIn();
    service.answers.sendMessageToPeer = () => undefined;
    const sent = assert.rejects(client.sendMessageToPeer({ text: 'hi' }, 'bob'), { code: 2, message: /was restarted/ });
    await settled();
    service.restart();
    await pass(1000);
    await sent;
  });
});

test('logout is heard, then no listener is left and nothing runs on', async () => {
  const { client, seen } = await loggedIn();
  const channel = client.createChannel('room');
  channel.on('MemberJoined', () => {});
  await channel.join();
  await client.logout();
  assert.deepEqual(seen, ['DISCONNECTED/LOGOUT']);
  assert.deepEqual(service.ops, ['joinChannel', 'logout']);
  assert.equal(client.listenerCount('ConnectionStateChanged'), 0);
  assert.equal(channel.listenerCount('MemberJoined'), 0);
  assert.equal(service.socket, undefined);
  await pass(60_000);
  assert.equal(service.sockets.length, 1);
  await assert.rejects(client.logout(), { code: 102 });
});

describe('messages', () => {
  test('to a peer, text and bytes', async () => {
    const { client } = await loggedIn();
    service.answers.sendMessageToPeer = () => ({ ok: { hasPeerReceived: true } });
    const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i % 256);
    assert.deepEqual(await client.sendMessageToPeer(client.createMessage({ text: 'é' }), 'bob'), { hasPeerReceived: true });
    await client.sendMessageToPeer({ rawMessage: bytes, description: 'picture' }, 'bob');
    assert.deepEqual(service.calls[0]?.args, { peer: 'bob', message: { messageType: 'TEXT', text: 'é' } });
    const { message } = service.calls[1]?.args ?? {};
    assert.deepEqual(message, {
      messageType: 'RAW',
      rawMessage: Buffer.from(bytes).toString('base64'),
      description: 'picture',
    });

    const received = new Promise((resolve) => client.on('MessageFromPeer', (...args) => resolve(args)));
    service.emit('MessageFromPeer', [message, 'bob', { serverReceivedTs: 5 }]);
    assert.deepEqual(await received, [
      { messageType: 'RAW', rawMessage: bytes, description: 'picture' },
      'bob',
      { serverReceivedTs: 5 },
    ]);
  });

  test('createMessage names the kind', () => {
    const { client } = newClient();
    const rawMessage = Uint8Array.of(1);
    assert.deepEqual(client.createMessage({ text: 'hi' }), { messageType: 'TEXT', text: 'hi' });
    assert.deepEqual(client.createMessage({ rawMessage }), { messageType: 'RAW', rawMessage });
  });

  test('of a channel reach that channel only', async () => {
    const { client } = await loggedIn();
    const [room, hall] = [client.createChannel('room'), client.createChannel('hall')];
    /** @type {unknown[]} */
    const seen = [];
    for (const channel of [room, hall]) {
      channel.on('ChannelMessage', (message, from) => seen.push([channel.channelId, message.text, from]));
      channel.on('MemberCountUpdated', (count) => seen.push([channel.channelId, count]));
    }
    service.answers.joinChannel = ({ channel }) => {
      service.emit('MemberCountUpdated', [1], channel);
      return { ok: {} };
    };
    service.answers.getMembers = () => ({ ok: { members: ['alice', 'bob'] } });
    await room.join();
    assert.deepEqual(await room.getMembers(), ['alice', 'bob']);
    await room.sendMessage({ text: 'hello' });
    service.emit('ChannelMessage', [{ messageType: 'TEXT', text: 'hi' }, 'bob', { serverReceivedTs: 5 }], 'room');
    service.emit('ChannelMessage', [{ messageType: 'TEXT', text: 'lost' }, 'bob', { serverReceivedTs: 5 }], 'hall');
    assert.deepEqual(seen, [['room', 1], ['room', 'hi', 'bob']]);
    assert.deepEqual(service.calls.at(-1), {
      op: 'sendChannelMessage',
      args: { channel: 'room', message: { messageType: 'TEXT', text: 'hello' } },
    });

    await assert.rejects(client.createChannel('room').join(), { code: 202 });
    await room.leave();
    service.emit('MemberCountUpdated', [7], 'room');
    assert.equal(seen.length, 2);
    await client.createChannel('room').join();
  });

  test('a join that is refused leaves the channel free', async () => {
    const { client } = await loggedIn();
    service.answers.joinChannel = refuse(5, 'JOIN_CHANNEL_ERR_EXCEED_LIMIT');
    await assert.rejects(client.createChannel('room').join(), { code: 5, name: 'JOIN_CHANNEL_ERR_EXCEED_LIMIT' });
    delete service.answers.joinChannel;
    await client.createChannel('room').join();
  });
});

test('online status and member counts', async () => {
  const { client } = await loggedIn();
  service.answers.queryPeersOnlineStatus = () => ({ ok: { bob: true, carol: false } });
  service.answers.getChannelMemberCount = () => ({ ok: { room: 2 } });
  service.answers.queryPeersBySubscriptionOption = () => ({ ok: { peers: ['bob'] } });
  assert.deepEqual(await client.queryPeersOnlineStatus(['bob', 'carol']), { bob: true, carol: false });
  assert.deepEqual(await client.getChannelMemberCount(['room']), { room: 2 });
  await client.subscribePeersOnlineStatus(['bob']);
  assert.deepEqual(await client.queryPeersBySubscriptionOption('ONLINE_STATUS'), ['bob']);
  await client.unsubscribePeersOnlineStatus(['bob']);
  assert.deepEqual(service.calls.map(({ args }) => args), [
    { peers: ['bob', 'carol'] },
    { channels: ['room'] },
    { peers: ['bob'] },
    { option: 'ONLINE_STATUS' },
    { peers: ['bob'] },
  ]);
});

test('attributes of users and channels', async () => {
  const { client } = await loggedIn();
  const attributes = { topic: { value: 'tea', lastUpdateUserId: 'bob', lastUpdateTs: 5 } };
  service.answers.getUserAttributes = service.answers.getUserAttributesByKeys = () => ({ ok: { attributes: { a: 'b' } } });
  service.answers.getChannelAttributes = service.answers.getChannelAttributesByKeys = () => ({ ok: { attributes } });
  const notify = { enableNotificationToChannelMembers: true };
  await client.setLocalUserAttributes({ a: 'b' });
  await client.addOrUpdateLocalUserAttributes({ a: 'b' });
  await client.deleteLocalUserAttributesByKeys(['a']);
  await client.clearLocalUserAttributes();
  assert.deepEqual(await client.getUserAttributes('bob'), { a: 'b' });
  assert.deepEqual(await client.getUserAttributesByKeys('bob', ['a']), { a: 'b' });
  await client.setChannelAttributes('room', { topic: 'tea' }, notify);
  await client.addOrUpdateChannelAttributes('room', { topic: 'tea' });
  await client.deleteChannelAttributesByKeys('room', ['topic']);
  await client.clearChannelAttributes('room', notify);
  assert.deepEqual(await client.getChannelAttributes('room'), attributes);
  assert.deepEqual(await client.getChannelAttributesByKeys('room', ['topic']), attributes);
  assert.deepEqual(service.calls, [
    { op: 'setLocalUserAttributes', args: { attributes: { a: 'b' } } },
    { op: 'addOrUpdateLocalUserAttributes', args: { attributes: { a: 'b' } } },
    { op: 'deleteLocalUserAttributesByKeys', args: { keys: ['a'] } },
    { op: 'clearLocalUserAttributes', args: {} },
    { op: 'getUserAttributes', args: { user: 'bob' } },
    { op: 'getUserAttributesByKeys', args: { user: 'bob', keys: ['a'] } },
    { op: 'setChannelAttributes', args: { channel: 'room', attributes: { topic: 'tea' }, options: notify } },
    { op: 'addOrUpdateChannelAttributes', args: { channel: 'room', attributes: { topic: 'tea' } } },
    { op: 'deleteChannelAttributesByKeys', args: { channel: 'room', keys: ['topic'] } },
    { op: 'clearChannelAttributes', args: { channel: 'room', options: notify } },
    { op: 'getChannelAttributes', args: { channel: 'room' } },
    { op: 'getChannelAttributesByKeys', args: { channel: 'room', keys: ['topic'] } },
  ]);
  service.answers.setLocalUserAttributes = refuse(4, 'ATTRIBUTE_OPERATION_ERR_SIZE_OVERFLOW');
  await assert.rejects(client.setLocalUserAttributes({}), { code: 4, name: 'ATTRIBUTE_OPERATION_ERR_SIZE_OVERFLOW' });
});

test('an invitation fails in the documented way', async () => {
  for (const [client, want] of /** @type {const} */ ([
    [newClient().client, 'NOT_LOGGEDIN'],
    [(await loggedIn()).client, 'UNKNOWN'],
  ])) {
    const invitation = client.createLocalInvitation('bob');
    assert.deepEqual([invitation.calleeId, invitation.state], ['bob', 'IDLE']);
    const reason = new Promise((resolve) => invitation.on('LocalInvitationFailure', resolve));
    invitation.send();
    assert.equal(await reason, want);
    assert.equal(invitation.state, 'FAILURE');
  }
});
