/** Bounds of what a host counts to be seen by. */
import { type HostBounds, MiB } from "./host-bound.ts";

export const observeBounds = {
  plugins: {
    value: 1_000,
    unit: "",
    of: "plugins that metrics name, as they are first used",
    effect: 'the others are counted together, as `plugin="other"`',
  },
  functions: {
    value: 2_000,
    unit: "",
    of: "functions that metrics name, of all plugins together",
    effect: 'the others of a plugin are counted together, as `function="other"`',
  },
  functionsOfPlugin: {
    value: 100,
    unit: "",
    of: "functions of one plugin that metrics name",
    effect: 'the others are counted together, as `function="other"`',
  },
  series: {
    value: 100,
    unit: "",
    of: "plugins that time series are kept of, besides those of all together",
    effect: "one that is used more takes the place of the one used least",
  },
  memory: {
    value: 16 * MiB,
    unit: "bytes",
    of: "heap that is set aside for metrics and time series, with all those names",
    effect: "it is no part of what uploads and clients may make the host keep",
  },
} satisfies HostBounds;
