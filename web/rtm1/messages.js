/**
 * Messages between the app, which holds bytes, and the wire, which holds base64.
 */

import { fromBase64, toBase64 } from '../rtm/base64.js';

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
export function messageToWire(message) {
  const { rawMessage, description, text, messageType } = message ?? {};
  if (rawMessage instanceof Uint8Array) {
    return { messageType: 'RAW', rawMessage: toBase64(rawMessage), description };
  }
  return { messageType: messageType ?? 'TEXT', text };
}

/**
 * @param {{messageType: string, text?: string, rawMessage?: string, description?: string}} wire
 * @returns {RtmMessage}
 */
export function messageFromWire(wire) {
  if (wire.messageType === 'RAW') {
    return { messageType: 'RAW', rawMessage: fromBase64(wire.rawMessage ?? ''), description: wire.description ?? '' };
  }
  return { messageType: 'TEXT', text: wire.text ?? '' };
}
