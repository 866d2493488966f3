/** Plugins and clients that make much of the Model Context Protocol: lists without end, streams by the hundred. */
import { expect, it } from "vitest";
import { describeBounds } from "../../host/bounds/describe-bounds.ts";
import { streamBounds } from "../../host/bounds/http-bounds.ts";
import { toolName } from "../../host/describe/mcp/tool-names.ts";
import { guest, many } from "../guests/hostile-text.ts";
import { sample } from "../guests/small-plugins.ts";
import { hostOfFile } from "../support/hosts.ts";
import { head, RawClient } from "../support/raw-client.ts";

const streamsEach = 8;
const host = await hostOfFile({ streams: { streams: 12, streamsEach, stalledTime: 60_000 } });

interface Page {
  readonly text: string;
  readonly names: readonly string[];
  readonly next: string | undefined;
}

async function list(cursor?: string): Promise<Page> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { cursor } });
  const { text, json } = await host.send("POST", "/mcp", {
    body,
    headers: { "content-type": "application/json", "mcp-protocol-version": "2025-11-25" },
  });
  const { tools, nextCursor: next } = json.result;
  return { text, names: tools.map(({ name }: { name: string }) => name), next };
}

async function pages(): Promise<Page[]> {
  const all = [await list()];
  for (let { next } = all[0]!; next !== undefined; next = all.at(-1)!.next) all.push(await list(next));
  return all;
}

it("a plugin of thousands of functions is listed in part, page by page, each tool once", async () => {
  const names = many(3_000, (i) => `f${i}`);
  const exports = Object.fromEntries(names.map((name) => [name, ""]));
  const functions = names.map((name) => `(func (export "${name}"))`).join(" ");
  await host.registry.deploy("many", guest(functions, exports)(), { settings: { mcp: true } });
  await host.registry.deploy("other", sample(), { settings: { mcp: true } });
  const listed = await pages();
  for (const { names } of listed) expect(names.length).toBeLessThanOrEqual(describeBounds.toolsAtOnce.value);
  const tools = listed.flatMap(({ names }) => names);
  expect(new Set(tools).size).toBe(tools.length);
  expect(tools).toHaveLength(describeBounds.functions.value + 7);
  expect(tools).toContain("other.add");
  await host.registry.remove("many");
});

it("a plugin whose functions have large schemas is listed in pages that are small", async () => {
  const fields = many(1_000, (i) => `(field "f${i}" (option u8))`).join(" ");
  const names = many(40, (i) => `f${i}`);
  const large = guest(
    names.map((name) => `(func (export "${name}") (param i32) (result i32) unreachable)`).join(" "),
    Object.fromEntries(names.map((name) => [name, '(param "v" $wide) (result $wide)'])),
    { before: `(type $wide' (record ${fields})) (export $wide "wide-type" (type $wide'))` },
  );
  await host.registry.deploy("large", large(), { settings: { mcp: true } });
  const listed = await pages();
  expect(listed.length).toBeGreaterThan(3);
  for (const { text } of listed)
    expect(text.length).toBeLessThan(describeBounds.toolsText.value + 2.5 * describeBounds.tool.value);
  expect(listed.flatMap(({ names }) => names)).toHaveLength(40 + 7);
  await host.registry.remove("large");
});

it("a name that stands for a long one is looked for among the tools that are listed, and counts as a call", async () => {
  const names = many(describeBounds.functions.value + 1, (i) => `f${i}-${"x".repeat(130)}`);
  const functions = names.map((name) => `(func (export "${name}"))`).join(" ");
  const exports = Object.fromEntries(names.map((name) => [name, ""]));
  const rate = { requests: 1, seconds: 3_600, burst: 3 };
  await host.registry.deploy("long", guest(functions, exports)(), { settings: { mcp: true, rate } });
  const call = async (name: string) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name } });
    const headers = { "content-type": "application/json", "mcp-protocol-version": "2025-11-25" };
    const { result, error } = (await host.send("POST", "/mcp", { body, headers })).json;
    return error?.message ?? result._meta?.["hotcell/problem"].code ?? "called";
  };
  const [first, last] = [names[0]!, names.at(-1)!];
  expect(await call(toolName("long", first))).toBe("called");
  expect(await call(toolName("long", last))).toContain("Unknown tool");
  expect(await call(`long._h${"0".repeat(40)}`)).toContain("Unknown tool");
  expect(await call(`long._h${"0".repeat(40)}`)).toBe("rate-limited");
  await host.registry.remove("long");
});

it("the id of a request, which a stream repeats for ever, is no longer than it may be", async () => {
  const { value: longest } = streamBounds.messageId;
  for (const length of [longest, longest + 1]) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: "x".repeat(length), method: "ping" });
    const { status, text } = await host.send("POST", "/mcp", {
      body,
      headers: { "content-type": "application/json" },
    });
    expect([status, text.length < 2 * longest]).toEqual([length > longest ? 400 : 200, true]);
  }
});

it("streams of tools are so many for a token, and those who leave make room", async () => {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const params = { _meta: meta, notifications: { toolsListChanged: true } };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "subscriptions/listen", params });
  const modern = ["Mcp-Protocol-Version: 2026-07-28", "Mcp-Method: subscriptions/listen"];
  const json = ["Content-Type: application/json", `Content-Length: ${body.length}`];
  const requests = [
    head("POST /mcp", ...modern, ...json) + body,
    head("GET /mcp", "Accept: text/event-stream", "Mcp-Protocol-Version: 2025-11-25"),
  ];
  const open: RawClient[] = [];
  const ask = async (i: number) => {
    const client = (await RawClient.open(host)).send(requests[i % 2]!);
    open.push(client);
    return (await client.until(/^HTTP\/1\.1 \d+[\s\S]*?\r\n\r\n./)).slice(9, 12);
  };
  const statuses: string[] = [];
  for (let i = 0; i < 2 * streamsEach; i++) statuses.push(await ask(i));
  expect(statuses).toEqual([...many(streamsEach, () => "200"), ...many(streamsEach, () => "429")]);
  expect((await list()).names).toHaveLength(7);
  // None of them reads what it is told.
  for (const { socket } of open) socket.pause();
  for (let version = 2; version < 30; version++) await host.registry.deploy("other", sample({ version }));
  for (const { socket } of open) socket.destroy();
  while ((await ask(0)) !== "200");
  for (const { socket } of open) socket.destroy();
  expect(host.faults).toEqual([]);
});
