// Clients by a name that the test chooses. What they hear is kept as lines "name: event arguments", in order.

'use strict';

const clients = new Map();
const heard = [];
let waiting = [];

const EVENTS = [
  'ConnectionStateChanged',
  'TokenExpired',
  'TokenPrivilegeWillExpire',
  'MessageFromPeer',
  'PeersOnlineStatusChanged',
];
const CHANNEL_EVENTS = ['ChannelMessage', 'MemberJoined', 'MemberLeft', 'MemberCountUpdated'];

function hear(who, event, args) {
  const words = args.map((arg) => (typeof arg === 'string' ? arg : (arg.text ?? JSON.stringify(arg))));
  heard.push([`${who}:`, event, ...words].join(' '));
  console.log(heard.at(-1));
  waiting = waiting.filter((check) => !check());
}

/** Makes a client. */
function make(who, appId) {
  const client = AgoraRTM.createInstance(appId);
  for (const event of EVENTS) {
    client.on(event, (...args) => hear(who, event, event === 'MessageFromPeer' ? args.slice(0, 2) : args));
  }
  clients.set(who, client);
  return client;
}

/** Joins a channel and keeps what is heard there under "name@channel". */
async function join(who, channelId) {
  const channel = clients.get(who).createChannel(channelId);
  for (const event of CHANNEL_EVENTS) {
    channel.on(event, (...args) => hear(`${who}@${channelId}`, event, event === 'ChannelMessage' ? args.slice(0, 2) : args));
  }
  await channel.join();
  clients.set(`${who}@${channelId}`, channel);
}

/** "ok" with the result where there is one, or the code and name of the error. */
async function outcome(promise) {
  try {
    const result = await promise;
    return result === undefined ? 'ok' : `ok ${JSON.stringify(result)}`;
  } catch (error) {
    return error.code === undefined ? String(error) : `${error.code} ${error.name}`;
  }
}

/** The lines that one client heard, once the given one is among them. */
function until(line) {
  const who = line.slice(0, line.indexOf(' ') + 1);
  const lines = () => heard.filter((other) => other.startsWith(who)).map((other) => other.slice(who.length));
  return new Promise((resolve) => {
    const check = () => heard.includes(line) && (resolve(lines()), true);
    if (!check()) {
      waiting.push(check);
    }
  });
}

/** The lines that one client heard, once everything that the service has sent it is here: answers come in order. */
async function lines(who) {
  await outcome(clients.get(who).queryPeersOnlineStatus([who]));
  return heard.filter((line) => line.startsWith(`${who}: `)).map((line) => line.slice(who.length + 2));
}
