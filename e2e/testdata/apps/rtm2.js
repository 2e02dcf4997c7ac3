'use strict';

/** Makes a client. */
function make(who, appId, user) {
  const client = new AgoraRTM.RTM(appId, user);
  client.addEventListener('linkState', ({ previousState, currentState, operation, reasonCode }) =>
    hear(who, 'linkState', [previousState, currentState, operation, reasonCode]),
  );
  client.addEventListener('tokenPrivilegeWillExpire', (channel) => hear(who, 'tokenPrivilegeWillExpire', [`"${channel}"`]));
  client.addEventListener('token', ({ eventType }) => hear(who, 'token', [eventType]));
  client.addEventListener('message', ({ channelType, channelName, publisher, message }) =>
    hear(who, 'message', [channelType, channelName, publisher, typeof message === 'string' ? message : `bytes ${[...message]}`]),
  );
  client.addEventListener('presence', ({ eventType, channelName, publisher, snapshot }) =>
    hear(who, 'presence', [eventType, channelName, snapshot ? snapshot.map(({ userId }) => userId).sort().join() : publisher]),
  );
  clients.set(who, client);
  return client;
}

/** A question that the service answers. */
function ask(client, user) {
  return client.presence.whereNow(user);
}
