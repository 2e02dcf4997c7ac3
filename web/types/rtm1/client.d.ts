/**
 * @typedef {import('./messages.js').RtmMessage} RtmMessage
 * @typedef {import('./channel.js').ReceivedMessageProperties} ReceivedMessageProperties
 * @typedef {{error: boolean, warn: boolean, info: boolean, track: boolean, debug: boolean}} LogFilter
 * @typedef {{enableLogUpload?: boolean, logFilter?: LogFilter, enableCloudProxy?: boolean}} RtmConfig
 *
 * @typedef {object} RtmClientEvents
 * @property {[newState: import('./enums.js').ConnectionStateName, reason: import('./enums.js').ConnectionChangeReasonName]} ConnectionStateChanged
 * @property {[]} TokenExpired
 * @property {[]} TokenPrivilegeWillExpire
 * @property {[message: RtmMessage, peerId: string, properties: ReceivedMessageProperties]} MessageFromPeer
 * @property {[status: {[peerId: string]: import('./enums.js').PeerOnlineStateName}]} PeersOnlineStatusChanged
 * @property {[invitation: any]} RemoteInvitationReceived never emitted: the local service has no invitations
 * @property {[]} FallbackProxyConnected never emitted: there is no proxy between a browser and this machine
 */
/** @extends {AttributeMethods<RtmClientEvents>} */
export class RtmClient extends AttributeMethods<RtmClientEvents> {
    /**
     * @param {string} endpoint WebSocket address of the local RTM service
     * @param {string} appId
     */
    constructor(endpoint: string, appId: string);
    /**
     * @param {{uid: string, token?: string}} options
     * @returns {Promise<void>}
     */
    login(options: {
        uid: string;
        token?: string;
    }): Promise<void>;
    /**
     * Logs out, then removes every listener of the client and of its channels, as documented. The change to DISCONNECTED is
     * the last event that they hear.
     *
     * @returns {Promise<void>}
     */
    logout(): Promise<void>;
    /**
     * @param {string} token
     * @returns {Promise<void>}
     */
    renewToken(token: string): Promise<void>;
    /**
     * @param {RtmMessage} message
     * @param {string} peerId
     * @returns {Promise<{hasPeerReceived: boolean}>}
     */
    sendMessageToPeer(message: RtmMessage, peerId: string): Promise<{
        hasPeerReceived: boolean;
    }>;
    /**
     * @template {RtmMessage} T
     * @param {Partial<T>} message
     * @returns {T}
     */
    createMessage<T extends RtmMessage>(message: Partial<T>): T;
    /**
     * @param {string} channelId
     * @returns {RtmChannel}
     */
    createChannel(channelId: string): RtmChannel;
    /**
     * @param {string} calleeId
     * @returns {LocalInvitation}
     */
    createLocalInvitation(calleeId: string): LocalInvitation;
    /**
     * @param {string[]} peerIds
     * @returns {Promise<{[peerId: string]: boolean}>}
     */
    queryPeersOnlineStatus(peerIds: string[]): Promise<{
        [peerId: string]: boolean;
    }>;
    /**
     * @param {string[]} peerIds
     * @returns {Promise<void>}
     */
    subscribePeersOnlineStatus(peerIds: string[]): Promise<void>;
    /**
     * @param {string[]} peerIds
     * @returns {Promise<void>}
     */
    unsubscribePeersOnlineStatus(peerIds: string[]): Promise<void>;
    /**
     * @param {import('./enums.js').PeerSubscriptionOptionName} option
     * @returns {Promise<string[]>}
     */
    queryPeersBySubscriptionOption(option: import("./enums.js").PeerSubscriptionOptionName): Promise<string[]>;
    /**
     * @param {string[]} channelIds
     * @returns {Promise<{[channelId: string]: number}>}
     */
    getChannelMemberCount(channelIds: string[]): Promise<{
        [channelId: string]: number;
    }>;
    /**
     * Accepted and without effect: a local service has no log to upload to and no proxy.
     *
     * @param {RtmConfig} config
     */
    updateConfig(config: RtmConfig): void;
    /**
     * @deprecated use {@link RtmClient.updateConfig}
     * @param {RtmConfig} config
     */
    setParameters(config: RtmConfig): void;
    #private;
}
export type RtmMessage = import("./messages.js").RtmMessage;
export type ReceivedMessageProperties = import("./channel.js").ReceivedMessageProperties;
export type LogFilter = {
    error: boolean;
    warn: boolean;
    info: boolean;
    track: boolean;
    debug: boolean;
};
export type RtmConfig = {
    enableLogUpload?: boolean;
    logFilter?: LogFilter;
    enableCloudProxy?: boolean;
};
export type RtmClientEvents = {
    ConnectionStateChanged: [newState: import("./enums.js").ConnectionStateName, reason: import("./enums.js").ConnectionChangeReasonName];
    TokenExpired: [];
    TokenPrivilegeWillExpire: [];
    MessageFromPeer: [message: RtmMessage, peerId: string, properties: ReceivedMessageProperties];
    PeersOnlineStatusChanged: [status: {
        [peerId: string]: import("./enums.js").PeerOnlineStateName;
    }];
    /**
     * never emitted: the local service has no invitations
     */
    RemoteInvitationReceived: [invitation: any];
    /**
     * never emitted: there is no proxy between a browser and this machine
     */
    FallbackProxyConnected: [];
};
import { AttributeMethods } from './attributes.js';
import { RtmChannel } from './channel.js';
import { LocalInvitation } from './invitation.js';
