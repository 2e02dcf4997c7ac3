/**
 * @typedef {{[key: string]: string}} AttributesMap
 * @typedef {{[key: string]: {value: string, lastUpdateUserId: string, lastUpdateTs: number}}} ChannelAttributes
 * @typedef {{enableNotificationToChannelMembers?: boolean}} ChannelAttributeOptions
 * @typedef {(op: string, args: {[name: string]: unknown}) => Promise<any>} Ask
 */
/**
 * @template {{[event: string]: any[]}} Events
 * @extends {Emitter<Events>}
 */
export class AttributeMethods<Events extends {
    [event: string]: any[];
}> extends Emitter<Events> {
    /** @param {Ask} ask */
    constructor(ask: Ask);
    /**
     * @param {AttributesMap} attributes
     * @returns {Promise<void>}
     */
    setLocalUserAttributes(attributes: AttributesMap): Promise<void>;
    /**
     * @param {AttributesMap} attributes
     * @returns {Promise<void>}
     */
    addOrUpdateLocalUserAttributes(attributes: AttributesMap): Promise<void>;
    /**
     * @param {string[]} attributeKeys
     * @returns {Promise<void>}
     */
    deleteLocalUserAttributesByKeys(attributeKeys: string[]): Promise<void>;
    /** @returns {Promise<void>} */
    clearLocalUserAttributes(): Promise<void>;
    /**
     * @param {string} userId
     * @returns {Promise<AttributesMap>}
     */
    getUserAttributes(userId: string): Promise<AttributesMap>;
    /**
     * @param {string} userId
     * @param {string[]} attributeKeys
     * @returns {Promise<AttributesMap>}
     */
    getUserAttributesByKeys(userId: string, attributeKeys: string[]): Promise<AttributesMap>;
    /**
     * @param {string} channelId
     * @param {AttributesMap} attributes
     * @param {ChannelAttributeOptions} [options]
     * @returns {Promise<void>}
     */
    setChannelAttributes(channelId: string, attributes: AttributesMap, options?: ChannelAttributeOptions): Promise<void>;
    /**
     * @param {string} channelId
     * @param {AttributesMap} attributes
     * @param {ChannelAttributeOptions} [options]
     * @returns {Promise<void>}
     */
    addOrUpdateChannelAttributes(channelId: string, attributes: AttributesMap, options?: ChannelAttributeOptions): Promise<void>;
    /**
     * @param {string} channelId
     * @param {string[]} attributeKeys
     * @param {ChannelAttributeOptions} [options]
     * @returns {Promise<void>}
     */
    deleteChannelAttributesByKeys(channelId: string, attributeKeys: string[], options?: ChannelAttributeOptions): Promise<void>;
    /**
     * @param {string} channelId
     * @param {ChannelAttributeOptions} [options]
     * @returns {Promise<void>}
     */
    clearChannelAttributes(channelId: string, options?: ChannelAttributeOptions): Promise<void>;
    /**
     * @param {string} channelId
     * @returns {Promise<ChannelAttributes>}
     */
    getChannelAttributes(channelId: string): Promise<ChannelAttributes>;
    /**
     * @param {string} channelId
     * @param {string[]} keys
     * @returns {Promise<ChannelAttributes>}
     */
    getChannelAttributesByKeys(channelId: string, keys: string[]): Promise<ChannelAttributes>;
    #private;
}
export type AttributesMap = {
    [key: string]: string;
};
export type ChannelAttributes = {
    [key: string]: {
        value: string;
        lastUpdateUserId: string;
        lastUpdateTs: number;
    };
};
export type ChannelAttributeOptions = {
    enableNotificationToChannelMembers?: boolean;
};
export type Ask = (op: string, args: {
    [name: string]: unknown;
}) => Promise<any>;
import { Emitter } from '../rtm/emitter.js';
