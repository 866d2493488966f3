import type { Hono } from "hono";
import { isOrigin } from "../access/origin.ts";
import {
  anObject,
  aSignal,
  aText,
  aYesOrNo,
  checkOptions,
  count,
  type Kind,
  requireKind,
  texts,
} from "../platform/code-options.ts";
import { type BodyLimits, defaultBodyLimits } from "./body/body-limits.ts";
import { createApi, type ServedHost } from "./served-api.ts";

export interface PluginRoutesOptions {
  /** The admin token. Without one, only calls, health checks and what `host.tokens` were made for work. */
  readonly token?: string;
  /**
   * The address your server listens on, if that is a loopback address: reads then need no token, and `Host` is
   * checked. By default the routes take themselves to be on a network.
   */
  readonly address?: string;
  /** Names that `Host` may say besides. */
  readonly allowedHosts?: readonly string[];
  /** Calls need a token too. */
  readonly privateCalls?: boolean;
  readonly limits?: Partial<BodyLimits>;
  /** Origins whose pages may use the API, such as `https://console.example`; none by default. */
  readonly cors?: readonly string[];
  /** Your server is behind a proxy that writes the client's address at the end of `X-Forwarded-For`. */
  readonly trustProxy?: boolean;
  /** Abort it before you close your server: event streams, which have no end of their own, end. */
  readonly closing?: AbortSignal;
}

/** Host whose plugins the routes serve: what `createHost` gives. */
export type MountedHost = ServedHost;

const kinds: { readonly [Name in keyof PluginRoutesOptions]-?: Kind } = {
  token: aText,
  address: aText,
  allowedHosts: texts,
  privateCalls: aYesOrNo,
  limits: anObject,
  cors: {
    expected: 'an array of origins such as "https://console.example", without a path',
    fits: (value) => texts.fits(value) && (value as string[]).every(isOrigin),
  },
  trustProxy: aYesOrNo,
  closing: aSignal,
};

const limitKinds = Object.fromEntries(Object.keys(defaultBodyLimits).map((name) => [name, count(0)]));

const aHost: Kind = {
  expected: "what createHost gives",
  fits: (value) => typeof value === "object" && value !== null && "registry" in value && "tokens" in value,
};

/**
 * The whole HTTP API of a host, to be mounted in your own app: `app.route("/plugins-api", pluginRoutes(host))`.
 * Answers for unknown routes stay your app's. Throws `bad-settings` for an option that it does not know or that is none.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { Hono } from "hono";
 * import { createHost } from "hotcell";
 * import { pluginRoutes } from "hotcell/hono";
 *
 * const host = await createHost();
 * await host.registry.deploy("greet", await readFile("greet.wasm"));
 * const app = new Hono();
 * app.route("/plugins-api", pluginRoutes(host, { token: "a-long-random-token-of-yours" }));
 * const answer = await app.request("/plugins-api/call/greet/greet?name=Ada");
 * console.log(await answer.json()); // → Hello, Ada!
 * await host.close();
 * ```
 */
export function pluginRoutes(host: MountedHost, options: PluginRoutesOptions = {}): Hono {
  requireKind("The host of pluginRoutes", host, aHost, "host");
  checkOptions("pluginRoutes", options, kinds);
  checkOptions("the limits of pluginRoutes", options.limits ?? {}, limitKinds);
  // What is not known to be a loopback address is taken for the network.
  return createApi(host, { address: "0.0.0.0", ...options });
}
