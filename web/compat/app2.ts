/**
 * An app of RTM 2.x, compiled once against agora-rtm-sdk 2.3.0 and once against the drop-in, unchanged: `sdk2` is either.
 */

import AgoraRTM from 'sdk2';

export async function main(appId: string, userId: string, fetchToken: () => Promise<string>): Promise<void> {
  const client = new AgoraRTM.RTM(appId, userId, { logLevel: 'warn', presenceTimeout: 30 });
  client.addEventListener('linkState', ({ currentState, reasonCode, isResumed }) => {
    if (currentState === 'FAILED' && reasonCode === 'TOKEN_EXPIRED') {
      console.log(AgoraRTM.constantsType.LinkStateChangeReasonDescription.TOKEN_EXPIRED, isResumed);
    }
  });
  client.addEventListener('tokenPrivilegeWillExpire', async (channelName) => {
    await client.renewToken(await fetchToken(), channelName ? { channelName } : undefined);
  });
  client.addEventListener('token', ({ eventType, affectedResources }) => {
    console.log(eventType === 'WILL_EXPIRE', affectedResources.messageChannels.length);
  });
  const onMessage = ({ message, publisher, channelType }: { message: string | Uint8Array; publisher: string; channelType: string }) =>
    console.log(typeof message === 'string' ? message : message.length, publisher, channelType);
  client.addEventListener('message', onMessage);
  client.addEventListener('presence', ({ eventType, snapshot }) => {
    if (eventType === 'SNAPSHOT') {
      console.log(snapshot?.map((user) => user.userId));
    }
  });
  const { timestamp } = await client.login({ token: await fetchToken() });

  await client.subscribe('room', { withMessage: true, withPresence: true });
  const { channelName } = await client.publish('room', 'hi', { customType: 'note' });
  await client.publish('bob', Uint8Array.of(1), { channelType: 'USER' });
  const { occupants } = await client.presence.whoNow('room', 'MESSAGE', { includedState: true });
  await client.presence.setState('room', 'MESSAGE', { mood: 'good' });
  const { channels } = await client.presence.getUserChannels('bob');
  console.log(timestamp.toFixed(), channelName, occupants[0]?.states.mood, channels[0]?.channelType);
  await client.storage.setUserMetadata([{ key: 'name', value: 'Alice' }]);
  await client.createStreamChannel('stage').join({ token: await fetchToken() });
  await client.unsubscribe('room');

  client.removeEventListener('message', onMessage);
  await client.logout();
}
