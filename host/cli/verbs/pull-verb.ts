import { writeFile } from "node:fs/promises";
import { HotcellError } from "../../errors.ts";
import { howMany } from "../../text/how-many.ts";
import { parseLine, required, UsageError } from "../command-line.ts";
import { pullByHand } from "../remote/own-registry.ts";
import { noteLine, printBytes, printJson } from "../terminal.ts";
import { registryHelp, registryOptions } from "./registry-options.ts";
import type { Verb } from "./verb.ts";

const options = {
  output: { type: "string", short: "o" },
  registry: { type: "string" },
  quiet: { type: "boolean", short: "q" },
  json: { type: "boolean" },
  ...registryOptions,
} as const;

export const pull: Verb = {
  help: `Usage: hotcell pull REFERENCE -o FILE.wasm [options]

Pulls a component from a registry into a file. REFERENCE is whole, as in ghcr.io/acme/greet:1.2.0, or the name of a package with
its version, acme:greet@1.2.0, and --registry says whose. Digests, sizes and types of what comes are checked.

  -o, --output FILE    file to write; - for standard output
  --registry HOST      registry of a package's name, which says by /.well-known/wasm-pkg/registry.json where it has it
  -q, --quiet          print nothing but errors
  --json               for programs: the file, its size, and the digest of the manifest
${registryHelp}

Example: hotcell pull ghcr.io/acme/greet:1.2.0 -o greet.wasm`,
  options,
  arguments: ["other"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [reference] = required(given, "REFERENCE");
    const { output, registry, quiet, json } = values;
    if (output === undefined) throw new UsageError("-o FILE is missing: where is it to go?");
    if (output === "-" && json) throw new UsageError("-o - and --json both write to standard output.");
    const { bytes, origin } = await pullByHand(reference, { plain: values["plain-http"], registry });
    if (output === "-") await printBytes(bytes);
    else await write(output, bytes);
    if (json) printJson({ file: output, size: bytes.length, ...origin });
    else if (!quiet && output !== "-")
      noteLine(`${output}: ${howMany(bytes.length, "byte")}, ${origin.oci}, ${origin.digest}`);
    return 0;
  },
};

async function write(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes);
  } catch (cause) {
    throw new HotcellError("no-such-file", `${file} can't be written: ${(cause as Error).message}.`, {
      subject: file,
      remedy: "Name a file in a folder that you may write to.",
      cause,
    });
  }
}
