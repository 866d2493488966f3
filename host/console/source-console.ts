/** Console of a checkout: its sources as they lie there, TypeScript without its types, packages out of `node_modules`. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { type ConsoleFile, type ConsoleFiles, mediaTypes } from "./console-file.ts";
import { inPackages, packageModules, pageFolder, styleSheet } from "./page-sources.ts";

/** Reads each file anew: whoever edits one sees it after a reload. */
export class SourceConsole implements ConsoleFiles {
  async file(path: string): Promise<ConsoleFile | undefined> {
    const text = await textOf(path);
    if (text === undefined) return undefined;
    const bytes = Buffer.from(text);
    const digest = createHash("sha256").update(bytes).digest("base64url");
    const end = path === "" ? "html" : path.slice(path.lastIndexOf(".") + 1);
    return { type: mediaTypes[end]!, digest, bytes };
  }
}

async function textOf(path: string): Promise<string | undefined> {
  if (path === "") return readFile(`${pageFolder}/index.html`, "utf8");
  if (path === "icon.svg") return readFile(`${pageFolder}/icon.svg`, "utf8");
  if (path === "console.css") return styleSheet();
  if (path === "console.js") return 'import "./page/page.ts";\n';
  const named = /^lib\/(.+)\.mjs$/.exec(path)?.[1];
  const file = named === undefined ? undefined : packageModules.get(named);
  if (file !== undefined) return linked(await readFile(inPackages(file), "utf8"), path);
  // Names of ours only: nothing else of the machine is ever opened.
  if (!/^page\/(?:[a-z0-9-]+\/)*[a-z0-9-]+\.ts$/.test(path)) return undefined;
  const source = await readFile(`${pageFolder}/../${path}`, "utf8").catch(absent);
  return source && linked(stripped(source), path);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** Code that imports packages by the places where they are served: browsers know no names of packages. */
function linked(code: string, path: string): string {
  const up = "../".repeat(path.split("/").length - 1);
  return code.replace(/\b(from|import)(\s*)"([^"./][^"]*)"/g, (whole, word, space, name) =>
    packageModules.has(name) ? `${word}${space}"${up}lib/${name}.mjs"` : whole,
  );
}

/** Node runs the host's own files so, and says nothing; of the function by which one asks for it, it warns everybody at the first use. */
function stripped(source: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
