import { isSharedWith } from "../../backends/key-value/bucket-owners.ts";
import type { GrantReach } from "../grant-reach.ts";

/** Reach of a grant that opens a bucket of another plugin: who may bring that plugin's code may, and whom it shares it with. */
export function sharedReach(shared: string, readonly: boolean): GrantReach {
  const [plugin = "", bucket = ""] = shared.split("/");
  return {
    plugin,
    what: `the bucket ${bucket}${readonly ? ", to read it," : ""}`,
    permission: "deploy",
    leave: ({ grants }, to) => isSharedWith(sharedWith(grants.kv, bucket), to),
    leaving: (to) => ({ grants: { kv: { buckets: { [bucket]: { sharedWith: [to] } } } } }),
  };
}

/** Plugins, and patterns of some, that the settings of a grant share a bucket with. */
function sharedWith(settings: unknown, bucket: string): readonly string[] {
  const { buckets } = (settings ?? {}) as { buckets?: Readonly<Record<string, { sharedWith?: unknown }>> };
  const patterns = buckets && Object.hasOwn(buckets, bucket) ? buckets[bucket]?.sharedWith : undefined;
  return Array.isArray(patterns) ? patterns.filter((each) => typeof each === "string") : [];
}
