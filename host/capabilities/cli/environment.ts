import { type Capability, type Offer, wasi02 } from "../capability.ts";
import { allValues } from "../kit/common-prices.ts";
import { configWit } from "./config-wit.ts";

/** Offer of `wasi:config`, a proposal: its drafts and 0.2.0-rc.1 differ in the names of the interface and of its error. */
function offeredDraft(name: string): Offer {
  return {
    name,
    supports: (version) => version !== undefined && /^0\.2\.\d+(?:-|$)/.test(version),
    versions: "0.2.x or a draft of it",
    free: true,
  };
}

/**
 * Capability of what the plugin is configured with: its settings' `env`, as `wasi:cli/environment` and `wasi:config/store`. Empty
 * unless its owner sets something, which is all the grant it needs; nothing of the host's own environment is in it.
 */
export const environment: Capability = {
  name: "env",
  offers: [
    ...wasi02(["wasi:cli/environment"], { free: true }),
    offeredDraft("wasi:config/store"),
    offeredDraft("wasi:config/runtime"),
  ],
  wit: { "wasi:config": configWit },
  prices: {
    "wasi:cli/environment": allValues,
    "wasi:config/store": allValues,
    "wasi:config/runtime": allValues,
  },
  bind(_settings, { env }) {
    const entries = () => [...env()];
    const values = { get: (key: string) => env().get(key), getAll: entries };
    const interfaces = {
      "wasi:cli/environment": {
        getEnvironment: entries,
        getArguments: () => [],
        initialCwd: () => undefined,
      },
      "wasi:config/store": values,
      "wasi:config/runtime": values,
    };
    return { supply: () => ({ interfaces }) };
  },
};
