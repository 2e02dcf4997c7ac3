/** What went wrong, for a person; `code` is the SDK's. */
export class Trouble extends Error {
  /**
   * @param {string} message
   * @param {{cause?: unknown, code?: number | undefined, doing?: string, retryAfter?: number}} [details] retryAfter in milliseconds
   */
  constructor(message, { cause, code, doing, retryAfter = 0 } = {}) {
    super(message, { cause });
    this.code = code;
    this.doing = doing;
    this.retryAfter = retryAfter;
  }
}
