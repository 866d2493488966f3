import type { HostBounds } from "./host-bound.ts";

export const linkBounds = {
  depth: {
    value: 8,
    unit: "",
    of: "plugins that call one another in a row by links",
    code: "bad-link",
    effect: "a call that would go on is `link-failed`",
  },
  linkable: { value: 100, unit: "", of: "names and patterns of `linkable`", code: "bad-settings" },
} satisfies HostBounds;
