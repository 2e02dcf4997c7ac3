/**
 * Where the local RTM service is.
 */
/**
 * The WebSocket address of the local RTM service: below `globalThis.RTMAUTH_URL` where that is set, else beside the script
 * that `rtmauth dev` served.
 *
 * @param {string | undefined} scriptURL the address the script came from, where it has one
 * @returns {string}
 * @throws {Error} where neither names an http or https address, and where this runtime has no WebSocket
 */
export function serviceAddress(scriptURL: string | undefined): string;
