/** Setting `mcp`: its functions are tools of the Model Context Protocol. */
import * as v from "valibot";
import { describeBounds } from "../../bounds/describe-bounds.ts";

const most = describeBounds.functions.value;

export const mcpSchema = v.union([
  v.literal(true),
  v.strictObject({
    readOnly: v.optional(
      v.union([
        v.literal(true),
        v.pipe(
          v.array(v.pipe(v.string(), v.maxLength(500))),
          v.check((paths) => paths.length <= most, `a list of at most ${most} functions`),
        ),
      ]),
    ),
  }),
]);

/** `true`: tools of which nothing more is said. `readOnly`: functions that change nothing, all or some by their paths. */
export type ToolsSetting = true | { readonly readOnly?: true | readonly string[] | undefined };
