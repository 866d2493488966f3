import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { HotcellError, rebuilt } from "../../errors.ts";
import { countOf } from "../../registry/deploy/checks.ts";
import { shownPath } from "../../text/paths.ts";
import { Asc } from "../build/asc.ts";
import { buildPlugin } from "../build/build-plugin.ts";
import { buildSpecs, findSpecs } from "../build/build-specs.ts";
import { readFilesFolder } from "../build/files-folder.ts";
import { type PluginFolder, pluginFolder, readBytes } from "../build/plugin-folder.ts";
import { type ChecksPart, type FolderChecks, readChecks } from "../checks/folder-checks.ts";
import { type Recorded, recordAnswers } from "../checks/record-answers.ts";
import { type Beside, runChecks } from "../checks/run-checks.ts";
import { runSpecs } from "../checks/run-specs.ts";
import { ToldTests } from "../checks/told-tests.ts";
import { parseLine, positionals, UsageError } from "../command-line.ts";
import type { Verb } from "./verb.ts";

const options = {
  wasm: { type: "string" },
  beside: { type: "string", multiple: true },
  calls: { type: "string" },
  requests: { type: "string" },
  debug: { type: "boolean" },
  update: { type: "boolean" },
  world: { type: "string" },
  json: { type: "boolean" },
} as const;

export const test: Verb = {
  help: `Usage: hotcell test [DIR] [options]

Builds the plugin in DIR (default: this folder), deploys it to a host of its own with the settings of DIR/calls.json or
DIR/requests.json, makes the calls there, in order, and then the requests, which the plugin's HTTP handler answers. Then
builds and runs DIR/assembly/**/*.spec.ts, the tests of inner functions, each in a cell of its own. Ends with 1 when an
answer is not the one expected, or a spec fails.

  --update         write the answers that came into these files, instead of failing for them
  --wasm FILE      test this component instead of building; no specs
  --beside NAME=FILE  deploy that component first, for what the plugin is linked to; as often as needed
  --calls FILE     the calls to make                    DIR/calls.json
  --requests FILE  the requests to make                 DIR/requests.json
  --debug          build asconfig.json's target debug; specs always are
  --world NAME     the world to build for, where wit/ has several
  --json           for programs: { "ok": …, "calls": […], "requests": […], "specs": […] }, each with its state: ok, new, failed

calls.json: { "settings": { "grants": { "clocks": { "fixed": "2026-11-22T10:15:02Z" } } },
              "calls": [{ "call": "greet", "args": ["Ada"], "returns": "Hello, Ada!" }] }
A call may say "err": … for the error of a result, or "traps": true, instead of "returns".

requests.json: { "requests": [{ "request": { "method": "POST", "path": "/greet?loud=1", "body": { "json": "Ada" } },
                                "response": { "status": 200, "headers": { "content-type": { "matches": "text/*" } },
                                              "body": "HELLO, ADA!" } }] }
A body is a text, {"json": …} or {"bytes": "base64"}; one to expect may also be {"matches": "text with * for any text"}.

assembly/NAME.spec.ts: import { equal, test, traps } from "hotcell/spec";
                       test("adds", () => { equal(add(1, 2), 3); });

Example: hotcell test greet`,
  options,
  arguments: ["file"],

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options,
    });
    const [folder] = positionals(given, "DIR");
    const plugin = pluginFolder(folder);
    const files = { calls: values.calls ?? plugin.calls, requests: values.requests ?? plugin.requests };
    if (values.wasm !== undefined && values.debug)
      throw new UsageError("--debug is for builds: leave out --wasm.");
    for (const named of [values.calls, values.requests])
      if (named !== undefined && !existsSync(named))
        throw nothingToTest(`There is no ${shownPath(named)}`, named);
    const beside = await componentsBeside(values.beside ?? []);
    const checks = await readChecks(files);
    const specs = values.wasm === undefined ? await findSpecs(plugin) : [];
    const checked = checks.parts.some((part) => countOf(part.checks) > 0);
    const [first] = checks.parts;
    if (!checked && specs.length === 0)
      throw nothingToTest(
        first
          ? `${shownPath(first.file)} has no ${first.file === files.calls ? "calls" : "requests"}`
          : `There is no ${shownPath(files.calls)} and no ${shownPath(files.requests)}`,
        first?.file ?? files.calls,
      );

    const { json = false, debug, world } = values;
    const told = new ToldTests(json);
    const asc = values.wasm === undefined ? new Asc(plugin.path, { captures: json }) : undefined;
    try {
      const wasm = asc
        ? (await buildPlugin(asc, plugin, { debug, world })).component.bytes
        : await readBytes(values.wasm ?? "");
      if (checked) await makeChecks(plugin, wasm, checks, beside, told, values.update);
      if (asc && specs.length > 0) await makeSpecs(asc, plugin, specs, checks, told, world);
      return told.end() ? 0 : 1;
    } catch (error) {
      throw grantedInChecks(error, checks.parts[0]?.file ?? files.calls);
    } finally {
      asc?.close();
    }
  },
};

/** Components of `NAME=FILE`, by name. */
async function componentsBeside(given: readonly string[]): Promise<Beside> {
  const found = new Map<string, Uint8Array>();
  for (const text of given) {
    const [name = "", ...file] = text.split("=");
    if (file.length === 0) throw new UsageError("--beside takes NAME=FILE, such as tax=tax.wasm.");
    found.set(name, await readBytes(file.join("=")));
  }
  return found;
}

function nothingToTest(what: string, file: string): HotcellError {
  return new HotcellError("no-such-file", `${what}: nothing is tested.`, {
    subject: shownPath(file),
    remedy:
      'Write one: { "calls": [{ "call": "greet", "args": ["Ada"], "returns": "Hello, Ada!" }] }; ' +
      "hotcell test --update fills in what the calls return.",
  });
}

/** The error of a plugin that needs a grant, with the remedy of whoever tests it; others as they are. */
function grantedInChecks(error: unknown, file: string): unknown {
  if (!(error instanceof HotcellError) || error.code !== "import-not-granted") return error;
  const names = (error.facts.extra?.grants ?? []) as readonly string[];
  const settings = JSON.stringify({ grants: Object.fromEntries(names.map((name) => [name, true])) });
  const remedy = `Grant it in ${shownPath(file)}: { "settings": ${settings}, … }.`;
  return rebuilt(error, error.message, { ...error.facts, remedy });
}

/** Makes the calls and requests, and writes the answers that are new into their files. */
async function makeChecks(
  plugin: PluginFolder,
  wasm: Uint8Array,
  checks: FolderChecks,
  beside: Beside,
  told: ToldTests,
  update = false,
): Promise<void> {
  const written = { calls: new Map<string, number>(), requests: new Map<string, number>() };
  const recorded = new Map<ChecksPart, Recorded[]>();
  const files = await readFilesFolder(plugin.files);
  for await (const outcome of runChecks(plugin.name, wasm, checks, beside, files)) {
    const { part, list, index, failure, answer } = outcome;
    told.check(outcome, update);
    if (failure === undefined || !update || !answer) continue;
    recorded.set(part, [...(recorded.get(part) ?? []), { list, index, ...answer }]);
    written[list].set(part.file, (written[list].get(part.file) ?? 0) + 1);
  }
  for (const [{ file }, answers] of recorded)
    await writeFile(file, recordAnswers(await readFile(file, "utf8"), answers));
  told.sumOfChecks(written);
}

async function makeSpecs(
  asc: Asc,
  plugin: PluginFolder,
  specs: readonly string[],
  { settings }: FolderChecks,
  told: ToldTests,
  world: string | undefined,
): Promise<void> {
  const wasm = await buildSpecs(asc, plugin, specs, world);
  for await (const outcome of runSpecs(plugin, wasm, settings)) told.spec(outcome);
  told.sumOfSpecs();
}
