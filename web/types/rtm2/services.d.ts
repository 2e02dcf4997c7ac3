/**
 * The services of an RTM 2.x client beside messages. The local service has presence; storage, locks, history and stream
 * channels it refuses with the documented code -10022, service not supported.
 */
/**
 * @typedef {import('./constants.js').ChannelType} ChannelType
 * @typedef {(op: string, args: {[name: string]: unknown}) => Promise<any>} Ask
 * @typedef {{timestamp: number}} BaseResponse
 * @typedef {{[key: string]: string}} StateDetail
 * @typedef {{userId: string, states: StateDetail, statesCount: number}} OccupancyDetail
 * @typedef {{includedUserId?: boolean, includedState?: boolean, page?: string}} WhoNowOptions
 * @typedef {BaseResponse & {totalOccupancy: number, occupants: OccupancyDetail[], nextPage: string}} WhoNowResponse
 * @typedef {BaseResponse & {channels: {channelName: string, channelType: ChannelType}[], totalChannel: number}} WhereNowResponse
 */
export class RTMPresence {
    /** @param {Ask} ask */
    constructor(ask: Ask);
    /**
     * @param {string} channelName
     * @param {ChannelType} channelType
     * @param {WhoNowOptions} [options]
     * @returns {Promise<WhoNowResponse>}
     */
    whoNow(channelName: string, channelType: ChannelType, options?: WhoNowOptions): Promise<WhoNowResponse>;
    /**
     * @param {string} channelName
     * @param {ChannelType} channelType
     * @param {WhoNowOptions} [options]
     * @returns {Promise<WhoNowResponse>}
     */
    getOnlineUsers(channelName: string, channelType: ChannelType, options?: WhoNowOptions): Promise<WhoNowResponse>;
    /**
     * @param {string} userId
     * @returns {Promise<WhereNowResponse>}
     */
    whereNow(userId: string): Promise<WhereNowResponse>;
    /**
     * @param {string} userId
     * @returns {Promise<WhereNowResponse>}
     */
    getUserChannels(userId: string): Promise<WhereNowResponse>;
    /**
     * @param {string} channelName
     * @param {ChannelType} channelType
     * @param {StateDetail} state
     * @returns {Promise<BaseResponse>}
     */
    setState(channelName: string, channelType: ChannelType, state: StateDetail): Promise<BaseResponse>;
    /**
     * @param {string} userId
     * @param {string} channelName
     * @param {ChannelType} channelType
     * @returns {Promise<BaseResponse & OccupancyDetail>}
     */
    getState(userId: string, channelName: string, channelType: ChannelType): Promise<BaseResponse & OccupancyDetail>;
    /**
     * @param {string} channelName
     * @param {ChannelType} channelType
     * @param {{states?: string[]}} [options]
     * @returns {Promise<BaseResponse>}
     */
    removeState(channelName: string, channelType: ChannelType, options?: {
        states?: string[];
    }): Promise<BaseResponse>;
    #private;
}
export function storageService(ask: Ask): {
    readonly setChannelMetadata: (...args: any[]) => Promise<any>;
    readonly getChannelMetadata: (...args: any[]) => Promise<any>;
    readonly removeChannelMetadata: (...args: any[]) => Promise<any>;
    readonly updateChannelMetadata: (...args: any[]) => Promise<any>;
    readonly setUserMetadata: (...args: any[]) => Promise<any>;
    readonly getUserMetadata: (...args: any[]) => Promise<any>;
    readonly removeUserMetadata: (...args: any[]) => Promise<any>;
    readonly updateUserMetadata: (...args: any[]) => Promise<any>;
    readonly subscribeUserMetadata: (...args: any[]) => Promise<any>;
    readonly unsubscribeUserMetadata: (...args: any[]) => Promise<any>;
};
export function lockService(ask: Ask): {
    readonly setLock: (...args: any[]) => Promise<any>;
    readonly removeLock: (...args: any[]) => Promise<any>;
    readonly acquireLock: (...args: any[]) => Promise<any>;
    readonly releaseLock: (...args: any[]) => Promise<any>;
    readonly revokeLock: (...args: any[]) => Promise<any>;
    readonly getLock: (...args: any[]) => Promise<any>;
};
export function historyService(ask: Ask): {
    readonly getMessages: (...args: any[]) => Promise<any>;
};
export function streamChannel(ask: Ask): {
    /**
     * Nobody can be subscribed to.
     *
     * @param {string} topicName
     * @returns {{timestamp: number, topicName: string, subscribed: string[]}}
     */
    getSubscribedUserList: (topicName: string) => {
        timestamp: number;
        topicName: string;
        subscribed: string[];
    };
    join: (...args: any[]) => Promise<any>;
    leave: (...args: any[]) => Promise<any>;
    joinTopic: (...args: any[]) => Promise<any>;
    publishTopicMessage: (...args: any[]) => Promise<any>;
    leaveTopic: (...args: any[]) => Promise<any>;
    subscribeTopic: (...args: any[]) => Promise<any>;
    unsubscribeTopic: (...args: any[]) => Promise<any>;
};
export type ChannelType = import("./constants.js").ChannelType;
export type Ask = (op: string, args: {
    [name: string]: unknown;
}) => Promise<any>;
export type BaseResponse = {
    timestamp: number;
};
export type StateDetail = {
    [key: string]: string;
};
export type OccupancyDetail = {
    userId: string;
    states: StateDetail;
    statesCount: number;
};
export type WhoNowOptions = {
    includedUserId?: boolean;
    includedState?: boolean;
    page?: string;
};
export type WhoNowResponse = BaseResponse & {
    totalOccupancy: number;
    occupants: OccupancyDetail[];
    nextPage: string;
};
export type WhereNowResponse = BaseResponse & {
    channels: {
        channelName: string;
        channelType: ChannelType;
    }[];
    totalChannel: number;
};
