'use strict';

const EVENTS = [
  'ConnectionStateChanged',
  'TokenExpired',
  'TokenPrivilegeWillExpire',
  'MessageFromPeer',
  'PeersOnlineStatusChanged',
];
const CHANNEL_EVENTS = ['ChannelMessage', 'MemberJoined', 'MemberLeft', 'MemberCountUpdated'];

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

/** A question that the service answers. */
function ask(client, user) {
  return client.queryPeersOnlineStatus([user]);
}
