/**
 * An app of RTM 1.x, compiled once against agora-rtm-sdk 1.5.1 and once against the drop-in, unchanged: `sdk1` is either.
 */

import AgoraRTM from 'sdk1';

export async function main(appId: string, uid: string, fetchToken: () => Promise<string>): Promise<void> {
  const client = AgoraRTM.createInstance(appId, { enableLogUpload: false, logFilter: AgoraRTM.LOG_FILTER_WARNING });
  client.on('ConnectionStateChanged', (state, reason) => {
    if (state === AgoraRTM.ConnectionState.ABORTED && reason === AgoraRTM.ConnectionChangeReason.TOKEN_EXPIRED) {
      console.log(`${state} ${reason}`);
    }
  });
  client.on('TokenPrivilegeWillExpire', async () => client.renewToken(await fetchToken()));
  client.once('TokenExpired', async () => client.renewToken(await fetchToken()));
  client.on('MessageFromPeer', (message, peerId, { serverReceivedTs }) => {
    const text: string = message.messageType === 'RAW' ? String(message.rawMessage?.length) : (message.text ?? '');
    console.log(peerId.length, text, new Date(serverReceivedTs));
  });
  const onStatus = (status: { [peer: string]: string }) => console.log(status.bob === AgoraRTM.PeerOnlineState.ONLINE);
  client.on('PeersOnlineStatusChanged', onStatus);
  await client.login({ uid, token: await fetchToken() });

  const { hasPeerReceived } = await client.sendMessageToPeer({ text: 'hi' }, 'bob');
  const raw = client.createMessage({ rawMessage: Uint8Array.of(1), description: 'one', messageType: AgoraRTM.MessageType.RAW as 'RAW' });
  await client.sendMessageToPeer(raw, 'bob');
  const online: { [peer: string]: boolean } = await client.queryPeersOnlineStatus(['bob']);
  await client.subscribePeersOnlineStatus(['bob']);
  const watched: string[] = await client.queryPeersBySubscriptionOption(AgoraRTM.PeerSubscriptionOption.ONLINE_STATUS);
  await client.setLocalUserAttributes({ mood: 'good' });

  const channel = client.createChannel('room');
  channel.on('ChannelMessage', (message, memberId) => console.log(message.text?.toUpperCase(), memberId.length));
  channel.on('MemberCountUpdated', (count) => console.log(count.toFixed()));
  await channel.join();
  await channel.sendMessage({ text: hasPeerReceived ? 'yes' : 'no' });
  const members: string[] = await channel.getMembers();
  console.log(channel.channelId, members, online, watched, await client.getChannelMemberCount(['room']));
  await channel.leave();

  const invitation = client.createLocalInvitation('bob');
  invitation.content = 'call me';
  invitation.on('LocalInvitationFailure', (reason) => console.log(reason === AgoraRTM.LocalInvitationFailureReason.PEER_OFFLINE));
  invitation.send();

  client.off('PeersOnlineStatusChanged', onStatus).removeAllListeners();
  await client.logout();
}
