/**
 * The page of all limits, docs/limits.md, is what the tables in the code say: `npx vitest run test/docs/limits-page.test.ts -u`
 * writes it anew. And the tables have all: no error tells of a limit that is a number in the code beside them.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bounds } from "../../host/bounds/all-bounds.ts";
import type { HostBound } from "../../host/bounds/host-bound.ts";
import {
  defaultComponentLimits as component,
  structureTerms,
} from "../../host/component/structure-limits.ts";
import { type ErrorCode, HotcellError } from "../../host/errors.ts";
import { defaultHardenLimits, moduleTerms } from "../../host/harden/module-limits.ts";
import { ceilingOf, defaultLimits, limitNames } from "../../host/registry/plugin-limits.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const all = Object.values(bounds).flatMap((group) => Object.values(group));

const KiB = 1024;
const figure = (amount: number) => amount.toLocaleString("en");

/** `64 MiB`, `15 s`, `100 years`, `2,048`. */
function amount({ value, unit }: HostBound): string {
  if (unit === "ms") {
    const year = 365.25 * 86_400_000;
    if (value >= year) return `${value / year} years`;
    return value < 1000 ? `${value} ms` : `${value / 1000} s`;
  }
  const suffix = unit === "" ? "" : ` ${unit}`;
  if (unit === "") return figure(value);
  if (value % KiB ** 2 === 0) return `${value / KiB ** 2} Mi${unit === "bytes" ? "B" : ` ${unit}`}`;
  if (value % KiB === 0) return `${value / KiB} Ki${unit === "bytes" ? "B" : ` ${unit}`}`;
  return `${figure(value)}${suffix}`;
}

function outcome({ code, effect, set }: HostBound): string {
  const told = [code && `\`${code}\``, effect].filter((part) => part !== undefined).join("; ");
  return set ? `${told}; set by ${set}` : told;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return lines.join("\n");
}

function page(): string {
  const plugin = limitNames.map((name) => [
    `\`${name}\``,
    figure(defaultLimits[name]),
    figure(ceilingOf(name)),
  ]);
  const groups = Object.entries(bounds).flatMap(([title, group]) => [
    `### ${title}`,
    table(
      ["of", "at most", "who meets it"],
      Object.values(group).map((bound: HostBound) => [bound.of, amount(bound), outcome(bound)]),
    ),
  ]);
  const owners = new Set<string>(limitNames);
  const structure = Object.entries(structureTerms)
    .filter(([name]) => !owners.has(name))
    .map(([name, term]) => [term, figure(component[name as keyof typeof component])]);
  const modules = Object.entries(moduleTerms).map(([name, term]) => [
    term,
    figure(defaultHardenLimits[name as keyof typeof moduleTerms]),
  ]);
  return `${[
    "<!-- Generated from the tables in host/ by test/docs/limits-page.test.ts: change those, and run it with -u. -->",
    "# Limits",
    "Everything that a plugin, a client or an owner can make the host do or keep ends somewhere. What an owner sets for a plugin comes first; the rest holds for all, and most of it can't be set.",
    "## What an owner sets for a plugin",
    "In its settings' `limits`, up to the host's ceiling (`HOTCELL_CEILINGS=memory=67108864,…`). What each does, and the error of who meets it, is in [SECURITY.md](../SECURITY.md#limits-and-defaults).",
    table(["limit", "default", "ceiling"], plugin),
    "## What holds for all",
    ...groups,
    "## What a component may be made of",
    "More is refused with `component-limit`. The numbers are far above what compilers emit, and low enough that a hostile binary is refused before it costs much.",
    table(["of a component, nested ones included", "at most"], structure),
    table(["of a core module", "at most"], modules),
  ].join("\n\n")}\n`;
}

it("says what the tables do", async () => {
  await expect(page()).toMatchFileSnapshot("../../docs/limits.md");
});

describe("a bound", () => {
  const known = (code: string) => new HotcellError(code as ErrorCode, "").toProblem().status !== undefined;

  it.each(all.map((bound) => [bound.of, bound] as const))("of %s tells who meets it what", (_, bound) => {
    expect(bound.code ?? bound.effect).toBeDefined();
    if (bound.code !== undefined) expect(known(bound.code)).toBe(true);
    expect(bound.value).toBeGreaterThan(0);
  });

  const tables = join(root, "host/bounds");
  const sources = readdirSync(join(root, "host"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.startsWith(tables))
    .map((file) => ({ file, text: readFileSync(file, "utf8") }));

  it("holds somewhere, and nowhere as a number of its own", () => {
    const table = readdirSync(tables)
      .map((file) => readFileSync(join(tables, file), "utf8"))
      .join("\n");
    const declared = [...table.matchAll(/^export const (\w+Bounds) = \{\n([\s\S]*?)^\} satisfies/gm)].flatMap(
      ([, group, body]) =>
        [...body!.matchAll(/^ {2}(\w+): \{/gm)].map(([, name]) => `${group}.${name}.value`),
    );
    expect(declared).toHaveLength(all.length);
    const unused = declared.filter((use) => !sources.some(({ text }) => text.includes(use)));
    expect(unused).toEqual([]);
  });

  it("that an error tells of is in the table", () => {
    const numeric = /^(?:export )?const (\w+) = [\d_.e*+\-/() ]+;$/gm;
    const hidden = sources.flatMap(({ file, text }) =>
      [...text.matchAll(numeric)]
        .map(([, name]) => name!)
        .filter((name) => new RegExp(`\\blimit: (?:${name},|${name} \\}|\`\\$\\{${name}\\})`).test(text))
        .map((name) => `${file}: ${name}`),
    );
    const written = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/^\s+limit: [`"]?[1-9][^,]*,/gm)].map(([line]) => `${file}: ${line.trim()}`),
    );
    expect([...hidden, ...written]).toEqual([]);
  });
});
