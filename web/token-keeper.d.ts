/** What a token server answers: the native API of rtmauth, the guide's server, or your own. */
export interface TokenAnswer {
  token: string;
  /** Seconds from now until the token should be renewed. Preferred to all that follow. */
  renew_in?: number;
  /** Unix seconds. Compared with the answer's `Date` where that can be read. */
  renew_at?: number;
  /** Seconds from now until the token ends. */
  expires_in?: number;
  /** Unix seconds. */
  expires_at?: number;
}

/** What a token is asked for. */
export interface TokenRequest {
  user: string;
  /** The stream channel whose RTC token is wanted (RTM 2.x); undefined for the token of RTM itself. */
  channel?: string;
  /** Aborted when the answer is no longer waited for. */
  signal: AbortSignal;
}

export interface KeeperOptions {
  /** The user ID to log in with. */
  user: string;
  /** The token endpoint. Where its path ends in `/fetch_rtm_token` it is asked as the guide does, else as `POST /v1/tokens`. */
  url?: string | URL;
  /** Sent with every request to `url`. A function is called for every request, and once more after a 401. */
  headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** Whether cookies go to a `url` of another origin, as in `fetch`. */
  credentials?: RequestCredentials;
  /** Body of the request to `url`, sent as JSON, where your server wants another one. */
  body?: (request: TokenRequest) => unknown;
  /** Takes the place of `url`. */
  fetchToken?: (request: TokenRequest) => TokenAnswer | string | Promise<TokenAnswer | string>;
  /** Called at each change of {@link Status}. */
  onStatus?: (status: Status) => void;
}

export interface Status {
  /**
   * - `starting`: the first token is being obtained, the first login tried
   * - `kept`: logged in, and the token is as it should be
   * - `renewing`: a new token is being obtained or handed over; the session goes on
   * - `retrying`: the last attempt failed, as `message` says; it is repeated
   * - `ended`: given up, as `message` says: another login of the same user, a ban, or a login that no token can help
   * - `stopped`: by `stop()`, or because the app logged out
   */
  state: 'starting' | 'kept' | 'renewing' | 'retrying' | 'ended' | 'stopped';
  /** One plain sentence, where something is wrong. */
  message?: string;
  /** The error of the SDK or of the request that the sentence is about. */
  cause?: unknown;
}

/** The client of RTM 1.x: of agora-rtm-sdk 1.5 or the local drop-in. */
export interface Client1 {
  login(options: { uid: string; token?: string }): Promise<unknown>;
  logout(): Promise<unknown>;
  renewToken(token: string): Promise<unknown>;
  createChannel(id: string): unknown;
  on(event: any, listener: (...args: any[]) => void): unknown;
  off(event: any, listener: (...args: any[]) => void): unknown;
  rawListeners(event: any): Function[];
}

/** The client of RTM 2.x: of agora-rtm-sdk 2.2 and newer, or the local drop-in. */
export interface Client2 {
  login(options?: { token?: string }): Promise<unknown>;
  logout(): Promise<unknown>;
  renewToken(token: string, options?: { channelName?: string }): Promise<unknown>;
  addEventListener(event: any, listener: (event: any) => void): void;
  removeEventListener(event: any, listener: (event: any) => void): void;
}

/** What keeps one client. */
export interface Keeper {
  readonly status: Status;
  /** Takes a new token now. */
  renewNow(): void;
  /** Ends the keeping: no timer, listener or request is left. The client stays logged in. */
  stop(): void;
}

/**
 * Logs the client in and keeps its token fresh until `stop()`: renews when the token is due, when the client says that it
 * ends, after sleep and when the network returns; repeats what failed, with pauses; logs in again when the session ended
 * with its token, and never when another login of the same user ended it.
 *
 * A client that is logged in already is kept from there on. Listeners of a 1.x client survive the logout that a session
 * needs which ended with its token; those of a 2.x client do too where it may log in at once, as from 2.2.3 on.
 *
 * @throws {TypeError} where the user, or both `url` and `fetchToken`, are missing
 */
export function keepRenewed(client: Client1 | Client2, options: KeeperOptions): Keeper;

/**
 * Issue and end of a token in Unix seconds, or null where they cannot be read. The token is not verified: only who has the
 * App certificate could.
 */
export function tokenLife(token: string): Promise<{ issued: number; ends: number } | null>;

/**
 * Milliseconds until the next renewal: a little before it is due. Clients that logged in together, as after a full reconnect,
 * must not renew together ever after: the first renewal comes anywhere in that time.
 *
 * @param due milliseconds
 * @param first whether the last token was taken for another reason than that it was due
 */
export function spread(due: number, first: boolean): number;
