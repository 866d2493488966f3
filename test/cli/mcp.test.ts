/** `hotcell mcp` beside a running host: a session on standard input and output, as programs have it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { sample } from "../guests/small-plugins.ts";
import { root } from "../support/cli.ts";
import { hostOfFile } from "../support/hosts.ts";

const host = await hostOfFile();
await host.registry.deploy("calc", sample(), { settings: { mcp: true } });

const start = (url: string) =>
  spawn(process.execPath, [join(root, "host/cli/hotcell.mjs"), "mcp", "--url", url], {
    stdio: ["pipe", "pipe", "inherit"],
  });
let child: ReturnType<typeof start>;
afterEach(() => child.kill());

const meta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};
const add = { name: "calc.add", arguments: { a: 40, b: 2 } };

/** What a client writes, and the answers it waits for before it writes on. */
const legacy = [
  [
    {
      id: 0,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } },
    },
    { result: { protocolVersion: "2025-11-25" } },
  ],
  [{ method: "notifications/initialized" }],
  [{ id: 1, method: "tools/call", params: add }, { result: { structuredContent: { result: 42 } } }],
  [{ id: 2, method: "tools/call", params: { name: "calc.boom" } }, { result: { isError: true } }],
  [{ id: 3, method: "resources/list" }, { error: { code: -32601 } }],
] as const;
const modern = [
  [{ id: "d", method: "server/discover", params: { _meta: meta } }, { result: { resultType: "complete" } }],
  [
    {
      id: "s",
      method: "subscriptions/listen",
      params: { _meta: meta, notifications: { toolsListChanged: true } },
    },
    { method: "notifications/subscriptions/acknowledged" },
  ],
  [{ id: "c", method: "tools/call", params: { _meta: meta, ...add } }, { result: { structuredContent: 42 } }],
] as const;

it.each([
  ["2025-11-25", legacy],
  ["2026-07-28", modern],
])("carries a session of %s", async (version, session) => {
  child = start(host.url);
  const lines = child.stdout[Symbol.asyncIterator]();
  let text = "";
  const next = async (): Promise<object> => {
    while (!text.includes("\n")) text += String((await lines.next()).value);
    const end = text.indexOf("\n");
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    return JSON.parse(line);
  };
  const write = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  for (const [sent, answer] of session as readonly (readonly [object, object?])[]) {
    write(sent);
    if (answer === undefined) continue;
    const { id } = sent as { id: unknown };
    expect(await next()).toMatchObject({ jsonrpc: "2.0", ...("method" in answer ? {} : { id }), ...answer });
  }
  if (version === "2026-07-28") {
    await host.registry.deploy("calc", sample({ version: 2 }));
    expect(await next()).toMatchObject({ method: "notifications/tools/list_changed" });
  }
  child.stdin.end();
  expect(await once(child, "exit")).toEqual([0, null]);
});

it("says that no host answers, as an error of the request", async () => {
  child = start("http://127.0.0.1:1");
  child.stdin.end(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" })}\n`);
  let text = "";
  for await (const piece of child.stdout) text += String(piece);
  expect(JSON.parse(text)).toMatchObject({ id: 1, error: { code: -32603 } });
});
