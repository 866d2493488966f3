/** A host with plugins that are called all the while, and its console open in a real browser: for `bench -- console` and `soak -- console`. */
import { readFile } from "node:fs/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { Pool } from "undici";
import { BuiltConsole } from "../../../host/console/built-console.ts";
import { createHost } from "../../../host/host.ts";
import { serve } from "../../../host/server.ts";
import { fileOf } from "../../../test/system/packages.ts";
import { bundleConsole } from "../../bundle/console-bundle.ts";
import { temporaryFolder } from "./folder.ts";

const token = "visitor";
/** Milliseconds between two bursts of calls. */
const burst = 20;

export interface ConsoleVisit extends AsyncDisposable {
  readonly page: Page;
  /** Address of the console. */
  readonly url: string;
  /** Calls that were answered, and those that were not well. */
  readonly calls: { answered: number; failed: number };
}

/** Begins one, with the console out of that folder, or bundled anew. Throws where there is no Chromium. */
export async function visitConsole(
  plugins: number,
  callsPerSecond: number,
  bundled?: string,
): Promise<ConsoleVisit> {
  const file = fileOf("chromium");
  if (file === undefined) throw new Error("There is no chromium: apt-get install chromium.");
  await using parts = new AsyncDisposableStack();
  const folder = bundled ?? parts.use(await temporaryFolder()).path;
  if (bundled === undefined) await bundleConsole(folder);
  const host = parts.use(await createHost({ log: () => {} }));
  const consoleFiles = new BuiltConsole(folder);
  const server = await serve(host, { host: "127.0.0.1", port: 0, token, consoleFiles, ready: () => true });
  parts.defer(() => server.close());
  const greet = await readFile(new URL("../../../build/greet.wasm", import.meta.url));
  const names = Array.from({ length: plugins }, (_, i) => `plugin-${i}`);
  for (const name of names) await host.registry.deploy(name, greet);
  const pool = new Pool(server.url, { connections: 8 });
  parts.defer(() => pool.destroy());
  const calls = { answered: 0, failed: 0 };
  const call = async (name: string) => {
    const request = { path: `/call/${name}/greet?name=Ada`, method: "GET" } as const;
    const answer = await pool.request(request).catch(() => undefined);
    await answer?.body.dump();
    if (answer?.statusCode === 200) calls.answered++;
    else calls.failed++;
  };
  let next = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < (callsPerSecond * burst) / 1000; i++) void call(names[next++ % names.length]!);
  }, burst);
  parts.defer(() => clearInterval(timer));
  const browser: Browser = await chromium.launch({ executablePath: file, args: ["--no-sandbox"] });
  parts.defer(() => browser.close());
  const context = await browser.newContext({ locale: "en" });
  await context.addInitScript(`sessionStorage.setItem("hotcell.token", "${token}")`);
  const page = await context.newPage();
  const all = parts.move();
  return { page, url: `${server.url}/console/`, calls, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
