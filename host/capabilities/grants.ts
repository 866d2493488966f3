/** Grants: what the owner of a plugin allows it, as it was asked for and as its capabilities take it. */
import type { HostReach } from "../backends/http-client/client-settings.ts";
import { HotcellError } from "../errors.ts";
import { isObject } from "../text/json-value.ts";
import { didYouMean, nearest } from "../text/nearest.ts";
import type { Capability, GrantForm } from "./capability.ts";
import { type CapabilityTable, standardTable } from "./capability-table.ts";
import { type AmountCeilings, underCeilings } from "./grant-amounts.ts";
import type { GrantReach } from "./grant-reach.ts";
import { parseGrant } from "./kit/settings-schema.ts";
import { seal, unseal } from "./secret.ts";

/** Capability name → its settings; `false` or absence denies. */
export type Grants = Readonly<Record<string, unknown>>;

/** Grants whose settings are parsed, once: whoever links or binds takes these. */
export class ParsedGrants {
  /** Grants as the owner asked for them, for answers, the store and comparisons. */
  readonly asked: Grants;
  /** Capabilities of the host that grants. */
  readonly table: CapabilityTable;
  readonly #settings: ReadonlyMap<string, unknown>;

  /** `settings` are those of capabilities that are granted, parsed. */
  constructor(asked: Grants, settings: ReadonlyMap<string, unknown>, table: CapabilityTable) {
    this.asked = asked;
    this.table = table;
    this.#settings = settings;
  }

  /** Settings that it is granted with; undefined where it is not. */
  settingsOf<S>({ name }: Capability<S>): S | undefined {
    return this.#settings.get(name) as S | undefined;
  }

  /** The same grants where none gives more of an amount than its ceiling. */
  under(ceilings: AmountCeilings): ParsedGrants {
    const settings = [...this.#settings].map(
      ([name, held]) => [name, underCeilings(name, held, ceilings)] as const,
    );
    return new ParsedGrants(this.asked, new Map(settings), this.table);
  }

  /** Throws `bad-settings` where one of these gives more than the host's owner lets any plugin reach. */
  requireWithin(names: readonly string[], reach: HostReach): void {
    for (const name of names) {
      const capability = this.table.find(name);
      const settings = capability && this.settingsOf(capability);
      if (settings === undefined) continue;
      const remedy = reach.lacks?.get(name);
      if (remedy !== undefined) throw lacking(name, remedy);
      capability?.grant?.requireWithin?.(settings, reach);
    }
  }

  /** Tells whether nobody but an admin may grant it as it is here. */
  isForAdmins(name: string): boolean {
    const capability = this.table.find(name);
    const settings = capability && this.settingsOf(capability);
    return settings !== undefined && capability?.grant?.forAdmins?.(settings) === true;
  }
}

/** Throws `bad-settings` for a grant nobody knows, or settings its capability can't honour. `table`: what the host has. */
export function parseGrants(grants: Grants, table: CapabilityTable = standardTable): ParsedGrants {
  const settings = new Map<string, unknown>();
  for (const [name, asked] of Object.entries(grants)) {
    const { settings: schema, example } = formOf(name, table);
    if (asked === true && example !== undefined)
      throw new HotcellError("bad-settings", `grants.${name} takes settings, and can't be plainly true.`, {
        subject: `grants.${name}`,
        actual: "true",
        remedy: `Give settings such as ${JSON.stringify({ grants: { [name]: example } })}.`,
      });
    if (asked !== false) settings.set(name, parseGrant(schema, withSecrets(asked), `grants.${name}`));
  }
  return new ParsedGrants(grants, settings, table);
}

/** Settings in which every `{ "secret": "…" }` is a Secret; they themselves are none, whatever they are called. */
function withSecrets(asked: unknown): unknown {
  const plain = unseal(asked);
  if (!isObject(plain)) return plain;
  return Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, seal(value)]));
}

/** Grants of which each is as `wanted` has it, where that gives no more; else it stays as it is granted. */
export function grantsWithin(granted: ParsedGrants, wanted: ParsedGrants): ParsedGrants {
  const asked: Record<string, unknown> = {};
  const settings = new Map<string, unknown>();
  for (const name of Object.keys(granted.asked)) {
    const other = Object.hasOwn(wanted.asked, name) && givesNoMore(name, granted, wanted);
    const source = other ? wanted : granted;
    asked[name] = source.asked[name];
    const parsed = source.settingsOf({ name } as Capability);
    if (parsed !== undefined) settings.set(name, parsed);
  }
  return new ParsedGrants(asked, settings, granted.table);
}

function lacking(name: string, remedy: string): HotcellError {
  return new HotcellError("bad-settings", `Plugins of this host can't be granted "${name}".`, {
    subject: `grants.${name}`,
    remedy,
  });
}

/** Reaches of all grants, of those too that the plugin's world has nothing of. */
export function reachesOf(grants: ParsedGrants): GrantReach[] {
  return grants.table.capabilities.flatMap((capability) => {
    const settings = grants.settingsOf(capability);
    return settings === undefined ? [] : (capability.grant?.reaches?.(settings) ?? []);
  });
}

function givesNoMore(name: string, granted: ParsedGrants, wanted: ParsedGrants): boolean {
  const { table } = granted;
  const capability = table.find(name)!;
  const [less, more] = [wanted.settingsOf(capability), granted.settingsOf(capability)];
  if (less === undefined) return true;
  return more !== undefined && formOf(name, table).within(less, more);
}

function formOf(name: string, table: CapabilityTable): GrantForm<unknown> {
  const form = table.find(name)?.grant;
  if (form) return form;
  const names = table.capabilities.filter(({ grant }) => grant).map((capability) => capability.name);
  const near = nearest(name, names);
  throw new HotcellError("bad-settings", `There is no capability "${name}" to grant.`, {
    subject: `grants.${name}`,
    expected: names.join(", "),
    remedy: `${near.length > 0 ? `${didYouMean(near)} ` : ""}Grant one of: ${names.join(", ")}.`,
    extra: { near },
  });
}
