/** The official client of the Model Context Protocol at `/mcp`, and with `hotcell mcp` as its server. It is in a package of its own (tools/mcp). */
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { sample } from "../../../guests/small-plugins.ts";
import { root } from "../../../support/cli.ts";
import { hostOfFile } from "../../../support/hosts.ts";
import { toolPackage } from "./tool-package.ts";

const tool = toolPackage("mcp");

/** As much of the client as is used. */
interface Client {
  connect(transport: object): Promise<void>;
  close(): Promise<void>;
  getNegotiatedProtocolVersion(): string | undefined;
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>;
  callTool(call: { readonly name: string; readonly arguments?: object }): Promise<object>;
}
type Made<T> = new (...given: readonly unknown[]) => T;
interface Library {
  readonly Client: Made<Client>;
  readonly StreamableHTTPClientTransport: Made<object>;
}
const library = (file: string) => `@modelcontextprotocol/client/dist/${file}.mjs`;

const host = await hostOfFile();
const settings = { mcp: true, access: "token" } as const;
const { token } = await host.tokens.create({ name: "model", scopes: ["call"], plugins: ["calc"] }, "test");
let client: Client | undefined;
afterEach(async () => {
  await client?.close();
  client = undefined;
  await host.registry.remove("calc");
});

const transports = {
  "by HTTP": async () => {
    const { StreamableHTTPClientTransport } = await tool.load<Library>(library("index"));
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    return new StreamableHTTPClientTransport(new URL(`${host.url}/mcp`), { requestInit });
  },
  "by hotcell mcp": async () => {
    const { StdioClientTransport } = await tool.load<{ StdioClientTransport: Made<object> }>(
      library("stdio"),
    );
    const args = [join(root, "host/cli/hotcell.mjs"), "mcp", "--url", host.url];
    const env = { HOTCELL_TOKEN: token };
    return new StdioClientTransport({ command: process.execPath, args, env, stderr: "inherit" });
  },
};

describe.skipIf(tool.isSkipped).each(Object.entries(transports))("the official client %s", (_, transport) => {
  it.each([
    ["2025-11-25", "legacy", { result: 42 }],
    ["2026-07-28", { pin: "2026-07-28" }, 42],
  ])("of %s lists, calls, and is told of a swap", async (version, mode, structuredContent) => {
    await host.registry.deploy("calc", sample({ without: ["divide"] }), { settings });
    const { Client } = await tool.load<Library>(library("index"));
    const changed = Promise.withResolvers<readonly { readonly name: string }[]>();
    const onChanged = (error: unknown, tools: readonly { readonly name: string }[]) =>
      error ? changed.reject(error) : changed.resolve(tools);
    client = new Client(
      { name: "test", version: "1" },
      { versionNegotiation: { mode }, listChanged: { tools: { onChanged, debounceMs: 0 } } },
    );
    await client.connect(await transport());
    expect(client.getNegotiatedProtocolVersion()).toBe(version);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      ...["calc.add-up", "calc.echo", "calc.add", "calc.nothing", "calc.boom", "calc.version"],
    ]);
    // It holds results against the schema of the list.
    const call = { name: "calc.add", arguments: { a: 40, b: 2 } };
    expect(await client.callTool(call)).toMatchObject({
      content: [{ type: "text", text: "42" }],
      structuredContent,
    });
    expect(await client.callTool({ name: "calc.boom" })).toMatchObject({ isError: true });
    await expect(client.callTool({ name: "calc.no" })).rejects.toMatchObject({ code: -32602 });
    // A client of an older version begins to listen when it likes.
    let told = false;
    void changed.promise.then(() => (told = true));
    for (let version = 2; !told; version++) await host.registry.deploy("calc", sample({ version }));
    expect((await changed.promise).map(({ name }) => name)).toContain("calc.divide");
  });
});
