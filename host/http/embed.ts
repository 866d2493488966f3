import type { Hono } from "hono";
import { type AccessOptions, createAccess } from "../access/access.ts";
import type { IssuedTokens } from "../access/issued-tokens.ts";
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
import type { HeapAccount } from "../platform/heap-account.ts";
import type { Registry } from "../registry/api.ts";
import type { Ceilings } from "../registry/plugin-limits.ts";
import type { Store } from "../store/store.ts";
import { createApp } from "./app.ts";
import { clientAddress } from "./server/client-address.ts";
import { type BodyLimits, defaultLimits, limitsFor } from "./services.ts";

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
export interface MountedHost {
  readonly registry: Registry;
  readonly store: Store;
  readonly tokens: IssuedTokens;
  readonly ceilings: Ceilings;
  readonly heap?: HeapAccount;
}

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

const limitKinds = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, count(0)]));

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
  const { limits, address = "0.0.0.0", token, allowedHosts, privateCalls = false, closing } = options;
  const { cors = [], trustProxy = false } = options;
  const accessOptions: AccessOptions = {
    address,
    tokens: host.tokens,
    privateCalls,
    allowedOrigins: cors,
    addressOf: clientAddress(trustProxy),
    ...(token !== undefined && { token }),
    ...(allowedHosts && { allowedHosts }),
  };
  return createApp({
    registry: host.registry,
    store: host.store,
    tokens: host.tokens,
    ...(host.heap && { heap: host.heap }),
    access: createAccess(accessOptions),
    cors,
    ...(closing && { closing }),
    limits: { ...limitsFor(host.ceilings), ...limits },
  });
}
