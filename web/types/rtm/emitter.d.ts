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
export class Emitter<Events extends {
    [event: string]: any[];
}> {
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
    static deliver<Events_1 extends {
        [event: string]: any[];
    }, E extends keyof Events_1>(emitter: Emitter<Events_1>, event: E, args: Events_1[E]): void;
    /**
     * Adds a listener. The same function may be added more than once and is then called more than once.
     *
     * @template {keyof Events} E
     * @param {E} event
     * @param {(...args: Events[E]) => unknown} listener
     * @returns {this}
     */
    on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => unknown): this;
    /**
     * Adds a listener that is removed before its first call.
     *
     * @template {keyof Events} E
     * @param {E} event
     * @param {(...args: Events[E]) => unknown} listener
     * @returns {this}
     */
    once<E extends keyof Events>(event: E, listener: (...args: Events[E]) => unknown): this;
    /**
     * Removes the listener that was added last among equal ones; does nothing where there is none.
     *
     * @template {keyof Events} E
     * @param {E} event
     * @param {(...args: any[]) => any} listener
     * @returns {this}
     */
    off<E extends keyof Events>(event: E, listener: (...args: any[]) => any): this;
    /**
     * Removes all listeners of one event, or of every event.
     *
     * @template {keyof Events} E
     * @param {E} [event]
     * @returns {this}
     */
    removeAllListeners<E extends keyof Events>(event?: E): this;
    /**
     * @template {keyof Events} E
     * @param {E} event
     * @returns {Function[]}
     */
    listeners<E extends keyof Events>(event: E): Function[];
    /**
     * The listeners as they were added. Listeners of {@link Emitter.once} are not wrapped, so this equals {@link Emitter.listeners}.
     *
     * @template {keyof Events} E
     * @param {E} event
     * @returns {Function[]}
     */
    rawListeners<E extends keyof Events>(event: E): Function[];
    /**
     * @template {keyof Events} E
     * @param {E} event
     * @returns {number}
     */
    listenerCount<E extends keyof Events>(event: E): number;
    #private;
}
export type Listener = (...args: any[]) => unknown;
export type Entry = {
    listener: Listener;
    once: boolean;
};
