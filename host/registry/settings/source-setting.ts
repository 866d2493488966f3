/** Setting `source`: tag of a registry that the plugin follows, and how often the host looks what it stands for. */
import * as v from "valibot";
import { ociBounds } from "../../bounds/oci-bounds.ts";
import { timeSchema } from "./time-text.ts";

/** Setting `source`: the tag of a registry that a plugin follows. */
export interface SourceSetting {
  /** Reference with a tag: `ghcr.io/acme/greet:stable`. */
  readonly oci: string;
  /** Time between looks: `30s`, `5m`, `1h`. Absent: the host looks when it is told to. */
  readonly watch?: string | undefined;
}

export const sourceSchema = v.strictObject({
  oci: v.pipe(v.string(), v.minLength(1, "a reference such as ghcr.io/acme/greet:stable")),
  watch: v.optional(
    timeSchema({ least: ociBounds.watchEvery.value, longest: ociBounds.watchAtLeast.value, such: "5m" }),
  ),
});
