import { visible } from "../capabilities/print-log.ts";
import { HotcellError } from "../errors.ts";
import { Asc } from "./asc.ts";
import { buildPlugin } from "./build-plugin.ts";
import { parseLine, positionals } from "./command-line.ts";
import { type PluginFolder, pluginFolder, readBytes, readCalls, shown } from "./plugin-folder.ts";
import { runCalls } from "./run-calls.ts";
import type { Verb } from "./verb.ts";

export const test: Verb = {
  summary: "build a plugin and make the calls of its calls.json",
  help: `Usage: hotcell test [DIR] [options]

Builds the plugin in DIR (default: this folder), deploys it to a host of its own with the settings of DIR/calls.json,
and makes the calls there, in order. Ends with 1 when an answer is not the one expected.

  --wasm FILE    test this component instead of building
  --calls FILE   the calls to make                    DIR/calls.json
  --debug        build asconfig.json's target debug
  --world NAME   the world to build for, where wit/ has several

calls.json: { "settings": { "grants": { "clocks": { "fixed": "2026-11-22T10:15:02Z" } } },
              "calls": [{ "call": "greet", "args": ["Ada"], "returns": "Hello, Ada!" }] }
A call may say "err": … for the error of a result, or "traps": true, instead of "returns".

Example: hotcell test greet`,

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options: {
        wasm: { type: "string" },
        calls: { type: "string" },
        debug: { type: "boolean" },
        world: { type: "string" },
      },
    });
    const [folder] = positionals(given, "DIR");
    const plugin = pluginFolder(folder);
    const file = values.calls ?? plugin.calls;
    const checks = await readCalls(file);
    if (!checks?.calls.length) {
      const what = checks ? `${shown(file)} has no calls` : `There is no ${shown(file)}`;
      throw new HotcellError("no-such-file", `${what}: nothing is tested.`, {
        subject: shown(file),
        remedy: 'Write one: { "calls": [{ "call": "greet", "args": ["Ada"], "returns": "Hello, Ada!" }] }',
      });
    }
    const wasm = values.wasm === undefined ? await builtBytes(plugin, values) : await readBytes(values.wasm);

    let failed = 0;
    for await (const { call, failure } of runCalls(plugin.name, wasm, checks)) {
      console.log(
        failure === undefined
          ? `ok    ${call.call}(${argumentsText(call.args)})`
          : `FAIL  ${visible(failure)}`,
      );
      if (failure !== undefined) failed++;
    }
    const { length } = checks.calls;
    console.log(
      failed === 0 ? `${length} of ${length} calls as expected` : `${failed} of ${length} calls failed`,
    );
    return failed === 0 ? 0 : 1;
  },
};

async function builtBytes(
  plugin: PluginFolder,
  options: { debug?: boolean | undefined; world?: string | undefined },
): Promise<Uint8Array> {
  const asc = new Asc(plugin.path);
  try {
    return (await buildPlugin(asc, plugin, options)).component.bytes;
  } finally {
    asc.close();
  }
}

const shownArguments = 100;

function argumentsText(args: unknown): string {
  const text = JSON.stringify(args);
  return text.length > shownArguments ? `${text.slice(0, shownArguments)}…` : text;
}
