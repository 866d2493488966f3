/** Amounts in settings of grants, such as `kv.bytes`, for which the host's owner can set ceilings as for limits. */
import { HotcellError } from "../errors.ts";
import { isObject } from "../text/json-value.ts";
import { capabilities } from "./table.ts";

/** Most that an amount may be on a host, whatever a plugin's owner asks for: `{ "kv.bytes": 1048576 }`. */
export type AmountCeilings = { readonly [amount: `${string}.${string}`]: number };

/** Names of amounts: of a grant, and of its setting. */
export const amountNames: readonly string[] = capabilities.flatMap(({ name, grant }) =>
  (grant?.amounts ?? []).map((amount) => `${name}.${amount}`),
);

/** Settings of a grant, parsed, in which no amount is above its ceiling. */
export function underCeilings<S>(name: string, settings: S, ceilings: AmountCeilings): S {
  let lowered = settings;
  for (const [amount, path] of amountsOf(name)) {
    const ceiling = ceilings[amount];
    const value = at(lowered, path);
    if (ceiling !== undefined && typeof value === "number" && value > ceiling)
      lowered = replaced(lowered, path, ceiling) as S;
  }
  return lowered;
}

/** Throws `bad-settings` for an amount above its ceiling that was not asked for `before`. */
export function requireAmountsWithin(ceilings: AmountCeilings, asked: Asked, before: Asked = {}): void {
  for (const [grant, settings] of Object.entries(asked)) {
    for (const [amount, path] of amountsOf(grant)) {
      const ceiling = ceilings[amount];
      const wanted = at(settings, path);
      if (ceiling === undefined || typeof wanted !== "number" || wanted <= ceiling) continue;
      if (Object.hasOwn(before, grant) && at(before[grant], path) === wanted) continue;
      throw new HotcellError("bad-settings", `grants.${amount} is at most ${ceiling} on this host.`, {
        subject: `settings.grants.${amount}`,
        limit: ceiling,
        actual: wanted,
        remedy: "Ask for less, or ask the host's owner to raise the ceiling (HOTCELL_CEILINGS).",
      });
    }
  }
}

/** Remedy for more than an amount: less, or a higher one, unless it is as high as it may be on this host. */
export function orSetAmount(
  otherwise: string,
  amount: `${string}.${string}`,
  held: number,
  { ceilings, most }: { readonly ceilings: AmountCeilings; readonly most: number },
): string {
  const ceiling = Math.min(ceilings[amount] ?? most, most);
  if (held < ceiling) return `${otherwise}, or set grants.${amount} of the plugin, up to ${ceiling}.`;
  const whose =
    ceiling === most ? "can be" : "this host allows, whose owner sets the ceiling (HOTCELL_CEILINGS)";
  return `${otherwise}: grants.${amount} is as high as ${whose}.`;
}

/** Settings of grants, by name. */
type Asked = Readonly<Record<string, unknown>>;

type Path = readonly string[];

function amountsOf(grant: string): (readonly [name: `${string}.${string}`, path: Path])[] {
  const { amounts = [] } = capabilities.find(({ name }) => name === grant)?.grant ?? {};
  return amounts.map((amount) => [`${grant}.${amount}`, amount.split(".")] as const);
}

function at(settings: unknown, path: Path): unknown {
  return path.reduce(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    settings,
  );
}

function replaced(settings: unknown, [name = "", ...rest]: Path, value: number): unknown {
  const members = settings as Readonly<Record<string, unknown>>;
  return { ...members, [name]: rest.length === 0 ? value : replaced(members[name], rest, value) };
}
