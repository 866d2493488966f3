import { HotcellError } from "../../errors.ts";
import { didYouMean } from "../../text/nearest.ts";
import type { Change } from "../../wit/diff/diff.ts";
import { contractReference } from "./contract-setting.ts";
import type { UnmetContract } from "./contracts.ts";

/** Changes and plugins that one error tells of. */
const maxTold = 5;

export function contractNotFound(name: string, near: readonly string[]): HotcellError {
  return new HotcellError("contract-not-found", `There is no contract ${JSON.stringify(name)}.`, {
    subject: name,
    remedy:
      didYouMean(near) ??
      "GET /contracts lists them (hotcell contract list); an admin puts one with hotcell contract put.",
    ...(near.length > 0 && { extra: { near } }),
  });
}

export function contractUnmet(plugin: string, contract: string, changes: readonly Change[]): HotcellError {
  const { name, version } = contractReference(contract);
  return new HotcellError(
    "contract-unmet",
    `${plugin} does not satisfy the contract ${contract}. ${told(changes.map(({ message }) => message))}`,
    {
      subject: plugin,
      remedy: `Export what GET /contracts/${name}/wit?version=${version} shows (hotcell contract check ${contract} FILE.wasm), or name another version in the setting contract.`,
      extra: { contract, changes },
    },
  );
}

export function contractsClash(plugin: string, one: string, other: string, paths: readonly string[]) {
  return new HotcellError(
    "contract-clash",
    `${plugin} is held to the contracts ${one} and ${other}, which disagree on ${paths.slice(0, maxTold).join(", ")}.`,
    {
      subject: plugin,
      remedy: `Take one of them out of the setting contract, or out of the patterns of the contract, or name versions that agree.`,
      extra: { contracts: [one, other], paths: paths.slice(0, 100) },
    },
  );
}

export function contractBreaks(contract: string, unmet: readonly UnmetContract[]): HotcellError {
  const names = unmet.slice(0, maxTold).map(({ plugin }) => plugin);
  const reasons = unmet
    .slice(0, maxTold)
    .map(({ plugin, changes }) => `${plugin}: ${told(changes.map(({ message }) => message))}`);
  const more = unmet.length > maxTold ? ` ${unmet.length - maxTold} more plugins.` : "";
  const { name } = contractReference(contract);
  return new HotcellError(
    "contract-breaks",
    `Live plugins would not satisfy the contract ${contract}. ${reasons.join(" ")}${more}`,
    {
      subject: contract,
      remedy: `Name an earlier version in their setting contract ("${name}@…"), or each that may go on as it is until its next upload: ?${names.map((each) => `breaks=${each}`).join("&")} (hotcell contract put ${name} … ${names.map((each) => `--breaks ${each}`).join(" ")}; in code: breaks: ${JSON.stringify(names)}).`,
      extra: { plugins: unmet.map(({ plugin, changes }) => ({ plugin, changes })) },
    },
  );
}

export function contractInUse(contract: string, users: readonly string[]): HotcellError {
  const shown = users.slice(0, maxTold).join(", ");
  const more = users.length > maxTold ? ` and ${users.length - maxTold} more` : "";
  return new HotcellError("contract-in-use", `The contract ${contract} is in use by ${shown}${more}.`, {
    subject: contract,
    remedy: `Take it out of their setting contract first: PATCH /plugins/${users[0]} with {"contract":null}.`,
    extra: { plugins: users },
  });
}

function told(messages: readonly string[]): string {
  const more = messages.length > maxTold ? ` ${messages.length - maxTold} more.` : "";
  return `${messages.slice(0, maxTold).join(" ")}${more}`;
}
