import { HotcellError } from "../../errors.ts";
import { beginning } from "../../text/cut.ts";
import { didYouMean } from "../../text/nearest.ts";
import type { Shortfall } from "../../wit/diff/diff-contract.ts";
import { contractReference } from "./contract-setting.ts";
import type { HeldContract, UnmetContract } from "./contracts.ts";

/** Changes and plugins that one error tells of in words. */
const maxTold = 5;
/** Plugins that it lists for programs. */
const maxListed = 100;

export function contractNotFound(name: string, near: readonly string[]): HotcellError {
  const shown = beginning(name, 100);
  return new HotcellError("contract-not-found", `There is no contract ${JSON.stringify(shown)}.`, {
    subject: shown,
    remedy:
      didYouMean(near) ??
      "GET /contracts lists them (hotcell contract list); an admin puts one with hotcell contract put.",
    ...(near.length > 0 && { extra: { near } }),
  });
}

/** Contract that a plugin misses, and by whose word it is held to it. */
interface MissedContract extends Pick<HeldContract, "by">, Shortfall {
  /** `discount@2` */
  readonly contract: string;
}

/** `missed`: one at least. */
export function contractUnmet(plugin: string, missed: readonly MissedContract[]): HotcellError {
  const [{ contract, changes, by }] = missed as [MissedContract];
  const { name, version } = contractReference(contract);
  const sentences = missed
    .slice(0, maxTold)
    .map((each) => `${plugin} does not satisfy the contract ${each.contract}. ${told(each)}`);
  const way =
    by === "setting"
      ? "name another version of it in the setting contract, or none"
      : `name an earlier version of it in the setting contract, or have an admin put it for other plugins than ${plugin}`;
  return new HotcellError("contract-unmet", `${sentences.join(" ")}${moreThan(missed.length, "contracts")}`, {
    subject: plugin,
    remedy: `Export what GET /contracts/${name}/wit?version=${version} shows (hotcell contract check ${contract} FILE.wasm); or ${way}.`,
    extra: {
      contract,
      changes,
      contracts: missed.slice(0, maxTold).map(({ contract: id, by: whose, more, ...each }) => ({
        contract: id,
        by: whose,
        changes: each.changes.slice(0, maxTold),
        count: each.changes.length + (more ?? 0),
      })),
    },
  });
}

export function contractsClash(plugin: string, one: string, other: string, paths: readonly string[]) {
  return new HotcellError(
    "contract-clash",
    `${plugin} is held to the contracts ${one} and ${other}, which disagree on ${paths.slice(0, maxTold).join(", ")}.`,
    {
      subject: plugin,
      remedy: `Export what does for both, where there is such a type (a result with the fields of both); else take one of them out of the setting contract, or out of the patterns of the contract, or name versions that agree.`,
      extra: { contracts: [one, other], paths: paths.slice(0, 100) },
    },
  );
}

export function contractBreaks(contract: string, unmet: readonly UnmetContract[]): HotcellError {
  const names = unmet.slice(0, maxTold).map(({ plugin }) => plugin);
  const reasons = unmet.slice(0, maxTold).map((each) => `${each.plugin}: ${told(each)}`);
  const { name } = contractReference(contract);
  // What has no end of names is said of all.
  const named = unmet.length > maxTold ? ["*"] : names;
  return new HotcellError(
    "contract-breaks",
    `Live plugins would not satisfy the contract ${contract}. ${reasons.join(" ")}${moreThan(unmet.length, "plugins")}`,
    {
      subject: contract,
      remedy: `Name an earlier version in their setting contract ("${name}@…"), or each that may go on as it is until its next upload: ?${named.map((each) => `breaks=${each}`).join("&")} (hotcell contract put ${name} … ${named.map((each) => `--breaks ${each === "*" ? "'*'" : each}`).join(" ")}; in code: breaks: ${JSON.stringify(named)}).`,
      extra: {
        plugins: unmet.slice(0, maxListed).map(({ plugin, changes }) => ({
          plugin,
          changes: changes.slice(0, maxTold),
        })),
      },
    },
  );
}

export function contractInUse(contract: string, users: readonly string[]): HotcellError {
  const shown = users.slice(0, maxTold).join(", ");
  const more = users.length > maxTold ? ` and ${users.length - maxTold} more` : "";
  return new HotcellError("contract-in-use", `The contract ${contract} is in use by ${shown}${more}.`, {
    subject: contract,
    remedy: `Take it out of their setting contract first: PATCH /plugins/${users[0]} with {"contract":null}.`,
    extra: { plugins: users.slice(0, maxListed) },
  });
}

function told({ changes, more = 0 }: Shortfall): string {
  const messages = changes.slice(0, maxTold).map(({ message }) => message);
  return `${messages.join(" ")}${moreThan(changes.length + more)}`;
}

function moreThan(count: number, what?: string): string {
  return count > maxTold ? ` ${count - maxTold} more${what === undefined ? "" : ` ${what}`}.` : "";
}
