import { readFile, writeFile } from "node:fs/promises";
import { HotcellError, rebuilt } from "../../errors.ts";
import type { Checks } from "../../registry/deploy/checks.ts";
import { cutText } from "../../text/cut.ts";
import { harmlessLine } from "../../text/harmless.ts";
import { shownPath } from "../../text/paths.ts";
import { Asc } from "../build/asc.ts";
import { buildPlugin } from "../build/build-plugin.ts";
import { buildSpecs, findSpecs } from "../build/build-specs.ts";
import { type PluginFolder, pluginFolder, readBytes, readCalls } from "../build/plugin-folder.ts";
import { type Recorded, recordAnswers } from "../checks/record-answers.ts";
import { runCalls } from "../checks/run-calls.ts";
import { runSpecs } from "../checks/run-specs.ts";
import { parseLine, positionals, UsageError } from "../command-line.ts";
import { print } from "../terminal.ts";
import type { Verb } from "./verb.ts";

export const test: Verb = {
  summary: "build a plugin, make the calls of its calls.json and run its specs",
  help: `Usage: hotcell test [DIR] [options]

Builds the plugin in DIR (default: this folder), deploys it to a host of its own with the settings of DIR/calls.json,
and makes the calls there, in order. Then builds and runs DIR/assembly/**/*.spec.ts, the tests of inner functions, each
in a cell of its own. Ends with 1 when an answer is not the one expected, or a spec fails.

  --update       write the answers that came into calls.json, instead of failing for them
  --wasm FILE    test this component instead of building; no specs
  --calls FILE   the calls to make                    DIR/calls.json
  --debug        build asconfig.json's target debug; specs always are
  --world NAME   the world to build for, where wit/ has several

calls.json: { "settings": { "grants": { "clocks": { "fixed": "2026-11-22T10:15:02Z" } } },
              "calls": [{ "call": "greet", "args": ["Ada"], "returns": "Hello, Ada!" }] }
A call may say "err": … for the error of a result, or "traps": true, instead of "returns".

assembly/NAME.spec.ts: import { equal, test, traps } from "hotcell/spec";
                       test("adds", () => { equal(add(1, 2), 3); });

Example: hotcell test greet`,

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options: {
        wasm: { type: "string" },
        calls: { type: "string" },
        debug: { type: "boolean" },
        update: { type: "boolean" },
        world: { type: "string" },
      },
    });
    const [folder] = positionals(given, "DIR");
    const plugin = pluginFolder(folder);
    const file = values.calls ?? plugin.calls;
    if (values.wasm !== undefined && values.debug)
      throw new UsageError("--debug is for builds: leave out --wasm.");
    const checks = await readCalls(file);
    const specs = values.wasm === undefined ? await findSpecs(plugin) : [];
    if (values.calls !== undefined && !checks) throw nothingToTest(`There is no ${shownPath(file)}`, file);
    if (!checks?.calls.length && specs.length === 0)
      throw nothingToTest(
        checks ? `${shownPath(file)} has no calls` : `There is no ${shownPath(file)}`,
        file,
      );

    const asc = values.wasm === undefined ? new Asc(plugin.path) : undefined;
    try {
      const wasm = asc
        ? (await buildPlugin(asc, plugin, values)).component.bytes
        : await readBytes(values.wasm ?? "");
      const calls = !checks?.calls.length || (await makeCalls(plugin, wasm, { file, checks, ...values }));
      const passed =
        !asc || specs.length === 0 || (await makeSpecs(asc, plugin, specs, checks, values.world));
      return calls && passed ? 0 : 1;
    } catch (error) {
      throw grantedInCalls(error, file);
    } finally {
      asc?.close();
    }
  },
};

function nothingToTest(what: string, file: string): HotcellError {
  return new HotcellError("no-such-file", `${what}: nothing is tested.`, {
    subject: shownPath(file),
    remedy:
      'Write one: { "calls": [{ "call": "greet", "args": ["Ada"], "returns": "Hello, Ada!" }] }; ' +
      "hotcell test --update fills in what the calls return.",
  });
}

/** The error of a plugin that needs a grant, with the remedy of whoever tests it; others as they are. */
function grantedInCalls(error: unknown, file: string): unknown {
  if (!(error instanceof HotcellError) || error.code !== "import-not-granted") return error;
  const names = (error.facts.extra?.grants ?? []) as readonly string[];
  const settings = JSON.stringify({ grants: Object.fromEntries(names.map((name) => [name, true])) });
  const remedy = `Grant it in ${shownPath(file)}: { "settings": ${settings}, "calls": […] }.`;
  return rebuilt(error, error.message, { ...error.facts, remedy });
}

interface Calls {
  readonly file: string;
  readonly checks: Checks;
  readonly update?: boolean | undefined;
}

/** Makes the calls; true where all were as expected, or are now. */
async function makeCalls(plugin: PluginFolder, wasm: Uint8Array, made: Calls): Promise<boolean> {
  const { file, checks, update = false } = made;
  let failed = 0;
  const recorded: Recorded[] = [];
  let index = 0;
  for await (const { call, failure, answer } of runCalls(plugin.name, wasm, checks)) {
    const line = `${call.call}(${excerpt(call.args)})`;
    if (failure === undefined) print(`ok    ${harmlessLine(line)}`);
    else if (update && answer) {
      recorded.push({ index, ...answer });
      const err = answer.kind === "err" ? "err " : "";
      print(`new   ${harmlessLine(`${line}: ${err}${excerpt(answer.value)}`)}`);
    } else {
      failed++;
      print(`FAIL  ${harmlessLine(failure)}`);
    }
    index++;
  }
  if (recorded.length > 0) await writeFile(file, recordAnswers(await readFile(file, "utf8"), recorded));
  const { length } = checks.calls;
  const written = recorded.length > 0 ? `, ${recorded.length} written into ${shownPath(file)}` : "";
  print(
    failed === 0
      ? `${length} of ${length} calls as expected${written}`
      : `${failed} of ${length} calls failed${written}`,
  );
  return failed === 0;
}

/** Runs the specs; true where all passed. */
async function makeSpecs(
  asc: Asc,
  plugin: PluginFolder,
  specs: readonly string[],
  checks: Checks | undefined,
  world: string | undefined,
): Promise<boolean> {
  const wasm = await buildSpecs(asc, plugin, specs, world);
  let [failed, all] = [0, 0];
  for await (const { place, name, failure } of runSpecs(plugin, wasm, checks)) {
    const line = harmlessLine(`${place} ${name}`);
    print(failure === undefined ? `ok    ${line}` : `FAIL  ${line}\n      ${harmlessLine(failure)}`);
    all++;
    if (failure !== undefined) failed++;
  }
  print(failed === 0 ? `${all} of ${all} specs pass` : `${failed} of ${all} specs failed`);
  return failed === 0;
}

const maxShown = 100;

function excerpt(value: unknown): string {
  return cutText(JSON.stringify(value) ?? "nothing", maxShown);
}
