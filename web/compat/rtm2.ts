/**
 * Our typings of RTM 2.x against those of agora-rtm-sdk 2.3.0.
 *
 * Left out, and why:
 * - on, emit and the other methods of Node's EventEmitter, the logger and the trackers: inherited, not documented for apps.
 * - addEventListener, removeEventListener: generic, so the events are compared instead, and compat/app2.ts calls them.
 * - createStreamChannel and RTM: what they make is compared by itself, and compat/app2.ts calls them.
 * - LegacyAreaCode, the names of types in constantsType: types only, without a value.
 */

import type { EventEmitter } from 'node:events';

import type Theirs from 'rtm2';
import type {
  ConstantsType,
  RTMBaseError,
  RTMClient,
  RTMEvents,
  RTMHistory,
  RTMLock,
  RTMPresence,
  RTMStorage,
  RTMStreamChannel,
} from 'rtm2';

import type Ours from 'rtmauth-token-keeper/agora-rtm-2';
import type { RTMClientEvents } from '../types/rtm2/client.js';
import { type EnumMisfits, type EventMisfits, fits, type MethodMisfits, type PropertyMisfits } from './fits.js';

type Client = InstanceType<typeof Ours.RTM>;
/** What RTMClient inherits of Node's EventEmitter and of the SDK's own logger. */
type EventBase = EventEmitter & Record<'logError' | 'invokeTracker' | 'resultTracker' | 'errorTracker' | 'eventTracker' | 'logger' | 'name', unknown>;
type Methods = 'login' | 'logout' | 'publish' | 'subscribe' | 'unsubscribe' | 'renewToken';
type Made = 'createStreamChannel' | 'addEventListener' | 'removeEventListener';
type Services = 'presence' | 'history' | 'storage' | 'lock';

fits<Exclude<keyof RTMClient, Methods | Made | Services | keyof EventBase>>();
fits<MethodMisfits<Client, Pick<RTMClient, Methods>>>();
fits<Exclude<Made, keyof Client>>();
fits<MethodMisfits<Client['presence'], RTMPresence>>();
fits<MethodMisfits<Client['storage'], RTMStorage>>();
fits<MethodMisfits<Client['lock'], RTMLock>>();
fits<MethodMisfits<Client['history'], RTMHistory>>();
fits<MethodMisfits<ReturnType<Client['createStreamChannel']>, RTMStreamChannel>>();
fits<EventMisfits<RTMClientEvents, RTMEvents.RTMClientEventMap>>();

type ConstructorMisfits =
  ConstructorParameters<typeof Theirs.RTM> extends ConstructorParameters<typeof Ours.RTM> ? never : 'RTM';
fits<ConstructorMisfits>();
fits<PropertyMisfits<InstanceType<typeof Ours.RTMBaseError>, RTMBaseError>>();
fits<MethodMisfits<typeof Ours, typeof Theirs>>();
fits<PropertyMisfits<typeof Ours, typeof Theirs, 'RTM' | 'RTMBaseError' | 'constantsType'>>();

type Enums = keyof typeof ConstantsType;
fits<{ [Name in Enums]: EnumMisfits<(typeof Ours)['constantsType'][Name], (typeof ConstantsType)[Name]> }[Enums]>();
