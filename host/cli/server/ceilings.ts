import { amountNames } from "../../capabilities/grant-amounts.ts";
import { HotcellError } from "../../errors.ts";
import { type Ceilings, limitNames } from "../../registry/plugin-limits.ts";
import { didYouMean, nearest } from "../../text/nearest.ts";

const names: readonly string[] = [...limitNames, ...amountNames];

/** From `memory=67108864` and the like; the last of several counts. Throws `bad-settings`. */
export function parseCeilings(values: readonly string[], source: string): Ceilings {
  return Object.fromEntries(
    values.map((value) => {
      const [, name = "", amount = ""] = /^([A-Za-z.]+)=(\d{1,15})$/.exec(value) ?? [];
      if (names.includes(name)) return [name, Number(amount)];
      const near = nearest(name, names);
      throw new HotcellError("bad-settings", `${source} is ${JSON.stringify(value)}, which won't do.`, {
        subject: source,
        actual: value,
        expected: `NAME=NUMBER, where NAME is one of ${names.join(", ")}`,
        remedy: didYouMean(near) ?? `Write it as ${limitNames[0]}=1000000.`,
      });
    }),
  );
}
