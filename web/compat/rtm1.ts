/**
 * Our typings of RTM 1.x against those of agora-rtm-sdk 1.5.1.
 *
 * Left out, and why:
 * - END_CALL_PREFIX: no documentation says its value.
 * - on, once, off and their like: generic, so the events are compared instead, and compat/app1.ts calls them.
 * - createMessage: generic; compat/app1.ts calls it.
 * - createChannel, createLocalInvitation, createInstance: what they make is compared by itself, and compat/app1.ts calls them.
 * - RemoteInvitation: never made, as the local service has no invitations. Its event hands out nothing of ours.
 */

import type Theirs from 'rtm1';
import type { LocalInvitation, RtmChannel, RtmClient, RtmEvents } from 'rtm1';

import type Ours from 'rtmauth-token-keeper/agora-rtm';
import type { RtmChannelEvents } from '../types/rtm1/channel.js';
import type { RtmClientEvents } from '../types/rtm1/client.js';
import type { LocalInvitationEvents } from '../types/rtm1/invitation.js';
import { type EnumMisfits, type EventMisfits, fits, type MethodMisfits, type PropertyMisfits } from './fits.js';

type Client = ReturnType<typeof Ours.createInstance>;
type Channel = ReturnType<Client['createChannel']>;
type Invitation = ReturnType<Client['createLocalInvitation']>;
type Emitting = 'on' | 'once' | 'off' | 'removeAllListeners' | 'listeners' | 'rawListeners' | 'listenerCount';

fits<MethodMisfits<Client, RtmClient, Emitting | 'createMessage' | 'createChannel' | 'createLocalInvitation'>>();
fits<MethodMisfits<Channel, RtmChannel, Emitting>>();
fits<PropertyMisfits<Channel, RtmChannel>>();
fits<MethodMisfits<Invitation, LocalInvitation, Emitting>>();
fits<PropertyMisfits<Invitation, LocalInvitation>>();
fits<Exclude<Emitting, keyof Client> | Exclude<Emitting, keyof Channel>>();

fits<EventMisfits<RtmClientEvents, RtmEvents.RtmClientEvents>>();
fits<EventMisfits<RtmChannelEvents, RtmEvents.RtmChannelEvents>>();
fits<EventMisfits<LocalInvitationEvents, RtmEvents.LocalInvitationEvents>>();

type Enums =
  | 'ConnectionChangeReason'
  | 'ConnectionState'
  | 'LocalInvitationFailureReason'
  | 'LocalInvitationState'
  | 'RemoteInvitationState'
  | 'RemoteInvitationFailureReason'
  | 'MessageType'
  | 'PeerOnlineState'
  | 'PeerSubscriptionOption'
  | 'AreaCode';
fits<{ [Name in Enums]: EnumMisfits<(typeof Ours)[Name], (typeof Theirs)[Name]> }[Enums]>();
fits<MethodMisfits<typeof Ours, typeof Theirs, 'createInstance'>>();
fits<PropertyMisfits<typeof Ours, typeof Theirs, Enums | 'END_CALL_PREFIX'>>();
