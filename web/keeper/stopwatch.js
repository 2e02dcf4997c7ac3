/** Time that passes, in milliseconds, though the machine sleeps or its clock is set back. */
export class Stopwatch {
  #wall = Date.now();
  #steady = performance.now();
  #passed = 0;

  read() {
    const [wall, steady] = [Date.now(), performance.now()];
    this.#passed += Math.max(0, wall - this.#wall, steady - this.#steady);
    [this.#wall, this.#steady] = [wall, steady];
    return this.#passed;
  }
}
