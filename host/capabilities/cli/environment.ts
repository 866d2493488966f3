import { type Capability, wasi02 } from "../capability.ts";
import { allValues } from "../kit/common-prices.ts";
import { configWit } from "./config-wit.ts";

/**
 * Capability of what the plugin is configured with: its settings' `env`, as `wasi:cli/environment` and `wasi:config/store`. Empty
 * unless its owner sets something, which is all the grant it needs; nothing of the host's own environment is in it.
 */
export const environment: Capability = {
  name: "env",
  offers: [
    ...wasi02(["wasi:cli/environment"], { free: true }),
    {
      name: "wasi:config/store",
      // A proposal: 0.2.0-draft and 0.2.0-rc.1 are the same.
      supports: (version) => version !== undefined && /^0\.2\.\d+(?:-|$)/.test(version),
      versions: "0.2.x or a draft of it",
      free: true,
    },
  ],
  wit: { "wasi:config": configWit },
  prices: { "wasi:cli/environment": allValues, "wasi:config/store": allValues },
  bind(_settings, { env }) {
    const entries = () => [...env()];
    const interfaces = {
      "wasi:cli/environment": {
        getEnvironment: entries,
        getArguments: () => [],
        initialCwd: () => undefined,
      },
      "wasi:config/store": { get: (key: string) => env().get(key), getAll: entries },
    };
    return { supply: () => ({ interfaces }) };
  },
};
