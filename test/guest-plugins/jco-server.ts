/** The HTTP server of jco: a host of its own for components that export `wasi:http/incoming-handler`. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, startNode } from "../support/cli.ts";
import { freePorts } from "../support/processes.ts";

export interface JcoServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function serveByJco(component: Uint8Array): Promise<JcoServer> {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-jco-"));
  const file = join(folder, "plugin.wasm");
  await writeFile(file, component);
  const [port] = await freePorts(1);
  const jco = join(root, "node_modules/@bytecodealliance/jco/dist/jco.js");
  const child = startNode([jco, "serve", file, "--port", String(port)]);
  const said = new Promise<string>((resolve, reject) => {
    let output = "";
    const hear = (chunk: Buffer) => {
      output += chunk;
      if (output.includes("listening")) resolve(output);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", () => reject(new Error(`jco serve ended: ${output}`)));
  });
  await said;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
