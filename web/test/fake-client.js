/**
 * Clients of both generations of the SDK for the keeper's tests: no service behind them, only what the keeper sees.
 */

import { Emitter } from '../rtm/emitter.js';

/**
 * @param {number} code
 * @returns {Error & {code: number}}
 */
export function rejection(code) {
  return Object.assign(new Error(`SDK error ${code}`), { code });
}

/** @extends {Emitter<{[event: string]: any[]}>} */
export class FakeClient1 extends Emitter {
  /** @type {string[]} what was called, as "login TOKEN" */
  calls = [];
  /** @type {{[method: string]: () => Promise<unknown>}} what a call does instead of working */
  does = {};

  createChannel() {}

  /** @param {{uid: string, token?: string}} options */
  async login({ uid, token }) {
    this.calls.push(`login ${uid} ${token}`);
    await this.does.login?.();
    this.emit('ConnectionStateChanged', 'CONNECTED', 'LOGIN_SUCCESS');
  }

  async logout() {
    this.calls.push('logout');
    await this.does.logout?.();
    this.emit('ConnectionStateChanged', 'DISCONNECTED', 'LOGOUT');
    this.removeAllListeners();
  }

  /** @param {string} token */
  async renewToken(token) {
    this.calls.push(`renewToken ${token}`);
    await this.does.renewToken?.();
  }

  /**
   * @param {string} event
   * @param {any[]} args
   */
  emit(event, ...args) {
    Emitter.deliver(this, event, args);
  }
}

export class FakeClient2 {
  /** @type {string[]} */
  calls = [];
  /** @type {{[method: string]: () => Promise<unknown>}} */
  does = {};
  /** @type {Map<string, Set<(event: any) => void>>} */
  #listeners = new Map();

  /** @param {{token?: string}} [options] */
  async login({ token } = {}) {
    this.calls.push(`login ${token}`);
    await this.does.login?.();
    this.link('CONNECTED', 'LOGIN', 'LOGIN_SUCCESS');
  }

  async logout() {
    this.calls.push('logout');
    this.link('IDLE', 'LOGOUT', 'LOGOUT');
    this.#listeners.clear();
  }

  /**
   * @param {string} token
   * @param {{channelName?: string}} [options]
   */
  async renewToken(token, { channelName } = {}) {
    this.calls.push(`renewToken ${token}${channelName ? ` for ${channelName}` : ''}`);
    await this.does.renewToken?.();
  }

  /**
   * @param {string} event
   * @param {(event: any) => void} listener
   */
  addEventListener(event, listener) {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
  }

  /**
   * @param {string} event
   * @param {(event: any) => void} listener
   */
  removeEventListener(event, listener) {
    this.#listeners.get(event)?.delete(listener);
  }

  get listenerCount() {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * @param {string} event
   * @param {unknown} argument
   */
  emit(event, argument) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      listener(argument);
    }
  }

  /**
   * @param {string} currentState
   * @param {string} operation
   * @param {string} reasonCode
   */
  link(currentState, operation, reasonCode) {
    this.emit('linkState', { currentState, operation, reasonCode });
  }
}
