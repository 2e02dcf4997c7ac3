/**
 * Event emitters with the methods that the RTM typings document. An emitter does not publish `emit`: events are
 * delivered by the modules of this package only, through {@link Emitter.deliver}.
 */

/**
 * @typedef {(...args: any[]) => unknown} Listener
 * @typedef {{listener: Listener, once: boolean}} Entry
 */

/**
 * @template {{[event: string]: any[]}} Events
 */
export class Emitter {
  /** @type {Map<PropertyKey, Entry[]>} */
  #entries = new Map();

  /**
   * Adds a listener. The same function may be added more than once and is then called more than once.
   *
   * @template {keyof Events} E
   * @param {E} event
   * @param {(...args: Events[E]) => unknown} listener
   * @returns {this}
   */
  on(event, listener) {
    return this.#add(event, listener, false);
  }

  /**
   * Adds a listener that is removed before its first call.
   *
   * @template {keyof Events} E
   * @param {E} event
   * @param {(...args: Events[E]) => unknown} listener
   * @returns {this}
   */
  once(event, listener) {
    return this.#add(event, listener, true);
  }

  /**
   * Removes the listener that was added last among equal ones; does nothing where there is none.
   *
   * @template {keyof Events} E
   * @param {E} event
   * @param {(...args: any[]) => any} listener
   * @returns {this}
   */
  off(event, listener) {
    const entries = this.#entries.get(event) ?? [];
    const index = entries.findLastIndex((entry) => entry.listener === listener);
    if (index >= 0) {
      this.#entries.set(event, entries.toSpliced(index, 1));
    }
    return this;
  }

  /**
   * Removes all listeners of one event, or of every event.
   *
   * @template {keyof Events} E
   * @param {E} [event]
   * @returns {this}
   */
  removeAllListeners(event) {
    if (event === undefined) {
      this.#entries.clear();
    } else {
      this.#entries.delete(event);
    }
    return this;
  }

  /**
   * @template {keyof Events} E
   * @param {E} event
   * @returns {Function[]}
   */
  listeners(event) {
    return (this.#entries.get(event) ?? []).map((entry) => entry.listener);
  }

  /**
   * The listeners as they were added. Listeners of {@link Emitter.once} are not wrapped, so this equals {@link Emitter.listeners}.
   *
   * @template {keyof Events} E
   * @param {E} event
   * @returns {Function[]}
   */
  rawListeners(event) {
    return this.listeners(event);
  }

  /**
   * @template {keyof Events} E
   * @param {E} event
   * @returns {number}
   */
  listenerCount(event) {
    return (this.#entries.get(event) ?? []).length;
  }

  /**
   * @param {PropertyKey} event
   * @param {Listener} listener
   * @param {boolean} once
   * @returns {this}
   */
  #add(event, listener, once) {
    if (typeof listener !== 'function') {
      throw new TypeError(`The listener of ${String(event)} must be a function.`);
    }
    this.#entries.set(event, [...(this.#entries.get(event) ?? []), { listener, once }]);
    return this;
  }

  /**
   * Calls the listeners that are there at this moment, in the order in which they were added. What a listener throws is
   * reported as an uncaught exception would be, and reaches neither the other listeners nor the caller.
   *
   * @template {{[event: string]: any[]}} Events
   * @template {keyof Events} E
   * @param {Emitter<Events>} emitter
   * @param {E} event
   * @param {Events[E]} args
   */
  static deliver(emitter, event, args) {
    for (const entry of emitter.#entries.get(event) ?? []) {
      if (entry.once) {
        const left = (emitter.#entries.get(event) ?? []).filter((other) => other !== entry);
        emitter.#entries.set(event, left);
      }
      try {
        entry.listener.apply(emitter, args);
      } catch (error) {
        (globalThis.reportError ?? console.error)(error);
      }
    }
  }
}
