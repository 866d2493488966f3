import type { Hono } from "hono";
import { type AccessOptions, createAccess } from "../access/access.ts";
import type { Registry } from "../registry/api.ts";
import type { Store } from "../store/store.ts";
import { createApp } from "./app.ts";
import { type BodyLimits, defaultLimits } from "./services.ts";

export interface PluginRoutesOptions {
  /** Needed for everything but calls and health checks. Without one, those are all that work. */
  readonly token?: string;
  /**
   * The address your server listens on, if that is a loopback address: reads then need no token, and `Host` is
   * checked. By default the routes take themselves to be on a network.
   */
  readonly address?: string;
  /** Names that `Host` may say besides. */
  readonly allowedHosts?: readonly string[];
  readonly limits?: Partial<BodyLimits>;
}

/**
 * The whole HTTP API of a host, to be mounted in your own app: `app.route("/plugins-api", pluginRoutes(host))`.
 * Answers for unknown routes stay your app's.
 */
export function pluginRoutes(
  host: { readonly registry: Registry; readonly store: Store },
  options: PluginRoutesOptions = {},
): Hono {
  const { limits, address = "0.0.0.0", token, allowedHosts } = options;
  const accessOptions: AccessOptions = {
    address,
    ...(token !== undefined && { token }),
    ...(allowedHosts && { allowedHosts }),
  };
  return createApp({
    registry: host.registry,
    store: host.store,
    access: createAccess(accessOptions),
    limits: { ...defaultLimits, ...limits },
  });
}
