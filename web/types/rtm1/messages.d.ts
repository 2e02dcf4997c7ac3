/**
 * @typedef {{text: string, messageType?: 'TEXT', rawMessage?: never, description?: never}} RtmTextMessage
 * @typedef {{rawMessage: Uint8Array, description?: string, messageType?: 'RAW', text?: never}} RtmRawMessage
 * @typedef {RtmTextMessage | RtmRawMessage} RtmMessage
 */
/**
 * What is wrong with a message is for the service to say; here it is only packed.
 *
 * @param {RtmMessage} message
 * @returns {object}
 */
export function messageToWire(message: RtmMessage): object;
/**
 * @param {{messageType: string, text?: string, rawMessage?: string, description?: string}} wire
 * @returns {RtmMessage}
 */
export function messageFromWire(wire: {
    messageType: string;
    text?: string;
    rawMessage?: string;
    description?: string;
}): RtmMessage;
export type RtmTextMessage = {
    text: string;
    messageType?: "TEXT";
    rawMessage?: never;
    description?: never;
};
export type RtmRawMessage = {
    rawMessage: Uint8Array;
    description?: string;
    messageType?: "RAW";
    text?: never;
};
export type RtmMessage = RtmTextMessage | RtmRawMessage;
