/** Other servers that benches measure ours beside, each a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "../../test/support/processes.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const jco = join(root, "node_modules/@bytecodealliance/jco/dist/jco.js");
/** Binary itself: the package's own command is a script of Node's where scripts of packages are not run. */
const workerd = join(
  root,
  `bench/node_modules/@cloudflare/workerd-${process.platform}-${process.arch.replace("x64", "64")}/bin/workerd`,
);

export interface ServingProcess {
  readonly port: number;
  readonly pid: number;
  close(): Promise<void>;
}

/** The server that jco has for components. */
export async function serveByJco(file: string): Promise<ServingProcess> {
  const [port = 0] = await freePorts(1);
  // It starts a process of its own, which its end does not end: both are one group.
  const child = spawn(process.execPath, [jco, "serve", file, "--port", `${port}`], { detached: true });
  await said(child, /listening/i);
  return { port, pid: child.pid!, close: () => ended(child, -child.pid!) };
}

/** Workers of workerd: its own, at `/own`, and one that its loader made of source text, at any other path. */
export async function serveByWorkerd(answer: string): Promise<ServingProcess> {
  const source = `export default { fetch() { return new Response(${JSON.stringify(answer)}); } };`;
  const main = `const own = (${source.slice("export default ".length, -1)});
export default {
  fetch(request, env) {
    if (request.url.endsWith("/own")) return own.fetch(request);
    const code = () => ({ compatibilityDate, mainModule: "hello.js", modules: { "hello.js": ${JSON.stringify(source)} } });
    return env.LOADER.get("hello", code).getEntrypoint().fetch(request);
  },
};
const compatibilityDate = "2026-01-01";
`;
  const folder = await mkdtemp(join(tmpdir(), "hotcell-workerd-"));
  await writeFile(join(folder, "main.js"), main);
  await writeFile(join(folder, "config.capnp"), config);
  const args = ["serve", "--experimental", "--control-fd=1", join(folder, "config.capnp")];
  const child = spawn(workerd, args);
  const [, port] = await said(child, /"socket":"http","port":(\d+)/);
  return {
    port: Number(port),
    pid: child.pid!,
    async close() {
      await ended(child);
      await rm(folder, { recursive: true });
    },
  };
}

/** Tells whether the peers that only benches need are installed. */
export async function hasWorkerd(): Promise<boolean> {
  return access(workerd).then(
    () => true,
    () => false,
  );
}

const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [(name = "main.js", esModule = embed "main.js")],
  compatibilityDate = "2026-01-01",
  bindings = [(name = "LOADER", workerLoader = ())]
);
`;

/** Match of what a process is to say; rejects where it ends before. */
function said(child: ChildProcessWithoutNullStreams, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let output = "";
    const hear = (chunk: Buffer) => {
      output += chunk;
      const match = pattern.exec(output);
      if (match) resolve(match);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", () => reject(new Error(`The server ended: ${output}`)));
  });
}

async function ended(child: ChildProcessWithoutNullStreams, pid = child.pid!): Promise<void> {
  const exit = once(child, "exit");
  process.kill(pid, "SIGTERM");
  await exit;
}
