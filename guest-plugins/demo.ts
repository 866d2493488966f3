/**
 * `npm run demo`: Go's hot-update article as a script against a real server. Uploads friendly-time, calls it, puts
 * it under load, swaps it, tries an incompatible version, rolls back, and reads the interface by reflection.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { buildPlugin, buildPlugins } from "./build.ts";

const callers = 16;

interface Answer {
  /** Milliseconds since the load began. */
  readonly at: number;
  readonly status: number;
  readonly text: string;
}

const folder = fileURLToPath(new URL(".", import.meta.url));
const token = randomBytes(16).toString("hex");
const scratch = await mkdtemp(join(tmpdir(), "hotcell-demo-"));
const server = await startServer();
const plugin = `${server.url}/plugins/friendly-time`;
try {
  await demo();
} finally {
  // The server closes its store before it ends; a folder taken from under it would be its last complaint.
  await server.stop();
  await rm(scratch, { recursive: true, force: true });
}

async function demo(): Promise<void> {
  const built = await buildPlugins();
  const wasm = async (name: string) => readFile(built.find((b) => b.name === name)!.file);
  const [v1, v2] = [await wasm("friendly-time-v1"), await wasm("friendly-time-v2")];

  step("1. Upload friendly-time v1, granting it the clock");
  const first = await upload(v1, "?grant=clocks");
  say(
    `${first.outcome}: revision ${first.revision}, ${first.version.slice(0, 19)}…, ${total(first.timings)} ms`,
  );

  step("2. Call it");
  say(`GET /call/friendly-time/get-friendly-time → ${(await call()).text}`);

  step(`3. ${callers} callers call it without pause; v2 is uploaded meanwhile`);
  const load = startLoad();
  await load.reached(200);
  const second = await upload(v2);
  await load.reached(load.count() + 200);
  const answers = await load.stop();
  report(answers, second.timings);

  step("4. Upload v3, which returns a number where callers expect a string");
  const v3 = await buildIncompatible();
  const refusal = await put(v3);
  say(`${refusal.status} ${JSON.stringify(await refusal.json(), null, 2)}`);
  say(`still live: ${(await call()).text}`);

  step("5. Roll back");
  const rollback = await send("POST", `${plugin}/rollback`);
  const { revision } = (await rollback.json()) as { revision: number };
  say(`revision ${revision} is live: ${(await call()).text}`);

  step("6. Reflect: the interface of the running plugin");
  say(await (await fetch(`${plugin}/wit`)).text());
}

function report(answers: readonly Answer[], timings: Readonly<Record<string, number>>): void {
  const failed = answers.filter((answer) => answer.status !== 200);
  const isNew = (answer: Answer) => answer.text.includes("当前时间");
  const lastOld = answers.findLast((answer) => !isNew(answer));
  const firstNew = answers.find(isNew);
  say(`${answers.length} calls, ${failed.length} failed`);
  say(`last answer of v1 at ${lastOld?.at.toFixed(1)} ms:  ${lastOld?.text}`);
  say(`first answer of v2 at ${firstNew?.at.toFixed(1)} ms: ${firstNew?.text}`);
  say(`the upload took ${total(timings)} ms, the switch itself ${timings.swap} ms`);
  if (failed.length > 0) throw new Error(`${failed.length} calls failed: ${failed[0]?.text}`);
}

function startLoad() {
  const start = performance.now();
  const answers: Answer[] = [];
  let running = true;
  let waiting: { count: number; resolve: () => void } | undefined;
  const caller = async () => {
    while (running) {
      const { status, text } = await call();
      answers.push({ at: performance.now() - start, status, text });
      if (waiting && answers.length >= waiting.count) waiting.resolve();
    }
  };
  const done = Promise.all(Array.from({ length: callers }, caller));
  return {
    count: () => answers.length,
    /** Resolves when so many calls have been answered; rejects if the callers fail. */
    reached: (count: number) =>
      Promise.race([done, new Promise<void>((resolve) => (waiting = { count, resolve }))]),
    stop: async () => {
      running = false;
      await done;
      return answers;
    },
  };
}

async function buildIncompatible(): Promise<Buffer> {
  const source = join(scratch, "friendly-time-v3");
  await cp(join(folder, "friendly-time-v1"), source, { recursive: true });
  const change = async (file: string, edit: (text: string) => string) =>
    writeFile(join(source, file), edit(await readFile(join(source, file), "utf8")));
  await change("wit/world.wit", (wit) => wit.replace("func() -> string", "func() -> u64"));
  await writeFile(
    join(source, "assembly/index.ts"),
    'import { now } from "wasi:clocks/wall-clock@0.2.0";\n\nexport function getFriendlyTime(): u64 {\n  return now().seconds;\n}\n',
  );
  await writeFile(
    join(source, "asconfig.json"),
    JSON.stringify({ extends: join(folder, "../asconfig.json") }),
  );
  const file = join(scratch, "friendly-time-v3.wasm");
  await buildPlugin(source, file);
  return readFile(file);
}

interface Deployed {
  readonly outcome: string;
  readonly revision: number;
  readonly version: string;
  readonly timings: Readonly<Record<string, number>>;
}

async function upload(wasm: Buffer, query = ""): Promise<Deployed> {
  const answer = await put(wasm, query);
  if (!answer.ok) throw new Error(`upload failed: ${await answer.text()}`);
  return (await answer.json()) as Deployed;
}

function put(wasm: Buffer, query = ""): Promise<Response> {
  return send("PUT", plugin + query, new Uint8Array(wasm), "application/wasm");
}

function send(method: string, url: string, body?: BodyInit, type = "application/json"): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": type }) };
  return fetch(url, { method, headers, ...(body !== undefined && { body }) });
}

async function call(): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${server.url}/call/friendly-time/get-friendly-time`);
  return { status: answer.status, text: await answer.text() };
}

async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const child = spawn(
    process.execPath,
    [join(folder, "../host/cli/hotcell.mjs"), "serve", "--port", "0", "--data", scratch],
    {
      env: { ...process.env, HOTCELL_TOKEN: token },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  for await (const line of createInterface(child.stdout)) {
    const url = /http:\/\/[^\s/]+/.exec(line)?.[0];
    if (url) return { url, stop };
  }
  throw new Error("the server did not start");
}

function total(timings: Readonly<Record<string, number>>): string {
  return Object.values(timings)
    .reduce((sum, ms) => sum + ms, 0)
    .toFixed(1);
}

function step(title: string): void {
  console.log(`\n\x1b[1m${title}\x1b[0m`);
}

function say(text: string): void {
  console.log(text.replace(/^/gm, "   "));
}
