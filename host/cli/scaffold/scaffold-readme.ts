import type { Checks } from "../../registry/deploy/checks.ts";
import type { TemplateFiles } from "./templates.ts";

interface Described extends Pick<TemplateFiles, "checks" | "grants"> {
  /** Contract of a host that the plugin is to be held to. */
  readonly contract?: string;
}

/** The README of a new plugin; `pages` is the path to hotcell's package as it is installed. */
export function readme(
  name: string,
  { checks, grants: others = {}, contract }: Described,
  pages: string,
): string {
  const plain = Object.keys((checks.settings?.grants ?? {}) as object);
  const grants = [...plain, ...Object.keys(others)];
  const served = checks.requests !== undefined;
  const calls = checks.calls.length > 0;
  const tests = [
    ...(calls || !served ? ["the calls of calls.json"] : []),
    ...(served ? ["the requests of requests.json"] : []),
  ].join(" and ");
  const settings = {
    ...(contract !== undefined && { contract }),
    ...(Object.keys(others).length > 0 && { grants: others }),
  };
  const needs = grants.length > 0 ? ` It needs the grant \`${grants.join("`, `")}\` from its host.` : "";
  return `# ${name}

A [Hotcell](${pages}/README.md) plugin: a WebAssembly component written in AssemblyScript.${needs}${heldTo(contract, pages)} Once the packages are
installed, [Writing plugins](${pages}/guest-plugins/README.md) tells of types, tests, state and what the host offers.

\`\`\`sh
npx hotcell build   # build/${name}.wasm
npx hotcell test    # ${tests} against it, and assembly/*.spec.ts (--update writes down the answers)
npx hotcell dev     # build and upload to a running host at every change
\`\`\`

Without the CLI:

\`\`\`sh
npx asc assembly/index.ts -o build/${name}.wasm
${curlOfUpload(name, plain, settings)}
${served ? curlOfRequest(name) : curlOfCall(name, checks)}
\`\`\`

- \`wit/world.wit\`: what the plugin imports and exports; the packages it refers to are in \`wit/deps/\`, where
  \`npx hotcell wit add wasi:random\` puts what the host offers.
${served ? servedFiles(pages) : calledFiles}
- \`build/bindings/\`: what the world offers for import, written by every build for editors to complete from.
`;
}

const calledFiles = `- \`assembly/index.ts\`: a function for each that the world exports, named in camelCase.
- \`calls.json\`: calls and the answers they must give, and the settings to give them under.`;

const servedFiles = (
  pages: string,
) => `- \`assembly/index.ts\`: the routes, on [the router of the package](${pages}/guest-plugins/assembly/README.md).
- \`requests.json\`: requests and the answers they must get, and the settings to give them under.`;

function heldTo(contract: string | undefined, pages: string): string {
  if (contract === undefined) return "";
  return ` It exports what the [contract](${pages}/docs/contracts.md) \`${contract}\` asks for.`;
}

/** Settings besides grants that take none do not fit into a query. */
function curlOfUpload(
  name: string,
  plain: readonly string[],
  { grants, ...settings }: { readonly contract?: string; readonly grants?: object },
): string {
  const token = '-H "Authorization: Bearer $HOTCELL_TOKEN"';
  const url = `http://127.0.0.1:8787/plugins/${name}`;
  if (grants || Object.keys(settings).length > 0) {
    const all = { ...Object.fromEntries(plain.map((grant) => [grant, true])), ...grants };
    const sent = { ...settings, ...(Object.keys(all).length > 0 && { grants: all }) };
    return `curl -X PUT ${token} -F plugin=@build/${name}.wasm -F 'settings=${JSON.stringify(sent)}' ${url}`;
  }
  const query = plain.length > 0 ? `?${plain.map((grant) => `grant=${grant}`).join("&")}` : "";
  return `curl -T build/${name}.wasm ${token} -H "Content-Type: application/wasm" "${url}${query}"`;
}

function curlOfRequest(name: string): string {
  return `curl http://127.0.0.1:8787/http/${name}/`;
}

function curlOfCall(name: string, { calls: [first] }: Checks): string {
  if (!first) return `curl http://127.0.0.1:8787/plugins/${name}`;
  const call = `http://127.0.0.1:8787/call/${name}/${first.call}`;
  return isEmpty(first.args)
    ? `curl ${call}`
    : `curl -H "Content-Type: application/json" -d '${JSON.stringify(first.args)}' ${call}`;
}

function isEmpty(args: unknown): boolean {
  return args === undefined || (Array.isArray(args) && args.length === 0);
}
