/**
 * `npm run conformance -- DIR [--failures]`: runs every `.wast` script in a folder (for example `test` of the
 * component-model repository) and prints, a file and an engine, what passed of the components that must load, the
 * calls, and the components that must be refused; at last every failure that is not a feature refused by name.
 */
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import { inspectComponent } from "../../host/component/inspect.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import { createJcoEngine } from "../../host/engine/jco/jco-engine.ts";
import { requireFolder } from "../given-folder.ts";
import { runScript, type Subject, type Tally } from "./script.ts";

const [folder, ...flags] = process.argv.slice(2);
if (!folder) {
  console.error("usage: npm run conformance -- DIR [--failures] [--only=direct]");
  process.exit(2);
}
requireFolder(folder);
const tools = await loadWasmTools();
const direct = createDirectEngine();
const jco = createJcoEngine();
// jco runs what Hotcell's decoder reads, so what must be refused says nothing about it.
const subjects: Subject[] = [
  { name: direct.name, inspect: inspectComponent, compile: direct.compile, refusals: true },
  { name: jco.name, inspect: inspectComponent, compile: jco.compile, refusals: false },
].filter(({ name }) => !flags.includes("--only=direct") || name === direct.name);

const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".wast")).sort();
console.log(
  `${"".padEnd(52)}${subjects.map(({ name }) => `| ${name}: loads, calls, refusals, unparsed`.padEnd(44)).join("")}`,
);
const totals = new Map(subjects.map((subject) => [subject.name, emptyTally()]));
const unexplained: string[] = [];
for (const file of files) {
  const source = await readFile(join(folder, file), "utf8");
  let row = relative(".", file).padEnd(52);
  const failures: string[] = [];
  for (const subject of subjects) {
    const tally = await runScript(source, tools.parse, subject);
    addTo(totals.get(subject.name)!, tally);
    row += describe(tally);
    for (const { explained, text } of tally.failures) {
      const failure = `${subject.name} ${file}:${text}`;
      failures.push(`    ${failure}`);
      // jco's own failures are for comparison only.
      if (!explained && subject.refusals) unexplained.push(failure);
    }
  }
  console.log(row);
  if (flags.includes("--failures")) for (const failure of failures) console.log(failure);
}
console.log("total".padEnd(52) + subjects.map(({ name }) => describe(totals.get(name)!)).join(""));
for (const { name } of subjects) console.log(remaining(name, totals.get(name)!));
if (unexplained.length > 0) console.log(`\nFor no such reason:\n${unexplained.join("\n")}`);
await jco.close();

/** What did not pass, by reason. */
function remaining(name: string, { loads, calls, refusals, unparsed, refused }: Tally): string {
  const failed = loads.failed + calls.failed + refusals.failed;
  const byFeature = [...refused].sort(([, a], [, b]) => b - a);
  const explained = byFeature.reduce((sum, [, count]) => sum + count, 0);
  const features = byFeature.map(([feature, count]) => `${feature} ${count}`).join(", ");
  return `${name}: ${failed} failed, ${explained} of them because a feature is refused by name (${features || "none"}); ${unparsed} unparsed`;
}

function emptyTally(): Tally {
  const count = () => ({ passed: 0, failed: 0 });
  return { loads: count(), calls: count(), refusals: count(), unparsed: 0, failures: [], refused: new Map() };
}

function addTo(total: Tally, part: Tally): void {
  for (const kind of ["loads", "calls", "refusals"] as const) {
    total[kind].passed += part[kind].passed;
    total[kind].failed += part[kind].failed;
  }
  total.unparsed += part.unparsed;
  for (const [feature, count] of part.refused)
    total.refused.set(feature, (total.refused.get(feature) ?? 0) + count);
}

function describe({ loads, calls, refusals, unparsed }: Tally): string {
  const parts = [loads, calls, refusals].map(({ passed, failed }) =>
    `${passed}/${passed + failed}`.padEnd(10),
  );
  return `| ${parts.join("")}${unparsed}`.padEnd(44);
}
