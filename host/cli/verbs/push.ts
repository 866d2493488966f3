import { statSync } from "node:fs";
import { inspectComponent } from "../../component/inspect.ts";
import { HotcellError } from "../../errors.ts";
import { pushComponent } from "../../sources/oci/oci-push.ts";
import { parseReference, printReference } from "../../sources/oci/oci-reference.ts";
import { howMany } from "../../text/how-many.ts";
import { readBytes } from "../build/plugin-folder.ts";
import { parseLine, required, UsageError } from "../command-line.ts";
import { ownRegistryClient } from "../remote/own-registry.ts";
import { ask, askBytes, type RemoteHost, remoteHost } from "../remote/remote-host.ts";
import { detailsOf, pluginPath } from "../remote/remote-plugin.ts";
import { print, printJson } from "../terminal.ts";
import { hostHelp, hostOptions } from "./host-options.ts";
import { registryHelp, registryOptions } from "./registry-options.ts";
import type { Verb } from "./verb.ts";

const options = {
  version: { type: "string" },
  quiet: { type: "boolean", short: "q" },
  json: { type: "boolean" },
  ...registryOptions,
  ...hostOptions,
} as const;

export const push: Verb = {
  help: `Usage: hotcell push FILE.wasm|PLUGIN REFERENCE [options]

Pushes a component to a registry, in the layout that wkg, wash and other hosts read: from a file, or what is live of a plugin of a
host. REFERENCE is whole, with a tag: ghcr.io/acme/greet:1.2.0. A version with files can't be pushed: registries keep components
alone.

  --version DIGEST     another version of the plugin
  -q, --quiet          print nothing but errors
  --json               for programs: the reference, and the digest of its manifest
${registryHelp}

${hostHelp}

Example: hotcell push build/greet.wasm ghcr.io/acme/greet:1.2.0`,
  options,
  arguments: ["file", "other"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [what, to] = required(given, "FILE.wasm|PLUGIN", "REFERENCE");
    const reference = parseReference(to);
    // A folder by the name of a plugin is most likely the one that it is built in.
    const isFile =
      what.endsWith(".wasm") || statSync(what, { throwIfNoEntry: false })?.isDirectory() === false;
    if (isFile && values.version !== undefined)
      throw new UsageError("--version is for plugins of a host, and not for files.");
    const bytes = isFile
      ? await readBytes(what)
      : await versionOf(remoteHost(values.url, values.token, process.env), what, values.version);
    const { metadata, world } = inspectComponent(bytes);
    const client = ownRegistryClient(values["plain-http"], process.env);
    try {
      const digest = await pushComponent(client.means, reference, {
        bytes,
        metadata,
        imports: world.imports.map(({ name }) => name),
        exports: world.exports.map(({ name }) => name),
      });
      const shown = printReference(reference);
      if (values.json) printJson({ oci: shown, digest });
      else if (!values.quiet) print(`${shown}@${digest}`);
      return 0;
    } finally {
      await client.close();
    }
  },
};

/** Bytes of a plugin's version. Throws `bad-files` for one that files came with. */
async function versionOf(host: RemoteHost, plugin: string, version: string | undefined): Promise<Uint8Array> {
  const digest = version ?? (await detailsOf(host, plugin)).version;
  const path = `${pluginPath(plugin)}/versions/${encodeURIComponent(digest)}`;
  const { files } = (await ask(host, "GET", `${path}/files`)) as { readonly files: readonly unknown[] };
  if (files.length === 0) return askBytes(host, `${path}/wasm`);
  throw new HotcellError(
    "bad-files",
    `${plugin} came with ${howMany(files.length, "file")}, and registries keep components alone.`,
    {
      subject: plugin,
      actual: files.length,
      remedy:
        "Push the component from its file, and deploy the files with it: hotcell deploy FILE.wasm --files FOLDER.",
    },
  );
}
