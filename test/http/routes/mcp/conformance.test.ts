/**
 * `/mcp` against the official conformance tests, all that each version requires. They are in a package of their own (tools/mcp).
 */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conformanceTools, ownerWit } from "../../../guests/conformance-tools.ts";
import { sample } from "../../../guests/small-plugins.ts";
import { hostOfFile } from "../../../support/hosts.ts";
import { toolPackage } from "./tool-package.ts";

const tool = toolPackage("mcp");
const program = tool.path("@modelcontextprotocol/conformance/dist/index.js");

const unnamed = "needs a tool that is not plugin and function of a component, or that gives more than JSON";
const asking =
  "needs a tool that asks its client for something while it is called: calls are answered, and ask nothing";
const absent = "is about prompts, resources or completions, of which there are none";

/** Scenarios that can't pass, by what each is about. All others have to, with every check. */
const notOffered: Readonly<Record<string, readonly string[]>> = {
  [absent]: [
    "completion-complete",
    ...["prompts-list", "prompts-get-simple", "prompts-get-with-args", "prompts-get-embedded-resource"],
    ...["prompts-get-with-image", "resources-list", "resources-read-text", "resources-read-binary"],
    ...["resources-templates-read", "resources-subscribe", "resources-unsubscribe"],
    "input-required-result-non-tool-request",
  ],
  [unnamed]: [
    ...["tools-call-image", "tools-call-audio", "tools-call-embedded-resource", "tools-call-mixed-content"],
    ...["json-schema-2020-12", "http-custom-header-server-validation"],
  ],
  [asking]: [
    ...["tools-call-sampling", "tools-call-elicitation", "elicitation-sep1034-defaults"],
    ...["elicitation-sep1330-enums", "input-required-result-basic-elicitation"],
    ...["input-required-result-basic-sampling", "input-required-result-basic-list-roots"],
    ...["input-required-result-request-state", "input-required-result-multiple-input-requests"],
    ...["input-required-result-multi-round", "input-required-result-result-type"],
    ...["input-required-result-tampered-state", "input-required-result-capability-check"],
  ],
  "is about log messages and progress, which calls don't tell": [
    ...["logging-set-level", "tools-call-with-logging", "tools-call-with-progress"],
  ],
  "is about the extension tasks, which is not offered": [
    ...[
      "tasks-lifecycle",
      "tasks-capability-negotiation",
      "tasks-wire-fields",
      "tasks-request-state-removal",
    ],
    ...[
      "tasks-mrtr-input",
      "tasks-request-headers",
      "tasks-dispatch-and-envelope",
      "tasks-required-task-error",
    ],
    "tasks-mrtr-composition",
  ],
};

/** Checks that can't pass of scenarios that do otherwise. */
const notOfferedChecks: Readonly<Record<string, readonly string[]>> = {
  [absent]: [
    ...["sep-2549-prompts-list-caching-hints", "sep-2549-resources-list-caching-hints"],
    "sep-2549-resources-templates-list-caching-hints",
  ],
  [asking]: ["sep-2575-server-rejects-undeclared-capability", "sep-2575-missing-capability-http-400"],
};

const host = await hostOfFile({
  capabilities: {
    "test:tools/owner": { grant: "owner", wit: ownerWit, functions: () => ({ change: changeTools }) },
  },
});
await host.registry.deploy("conformance", conformanceTools(), {
  settings: { mcp: true, grants: { owner: true } },
});
const changes: Promise<unknown>[] = [];
function changeTools(): void {
  const bytes = sample({ version: changes.length });
  changes.push(host.registry.deploy("calc", bytes, { settings: { mcp: true } }));
}

/** Names of our tools: the tests have names of their own, such as `test_simple_text`. */
const toOurs = (said: string) =>
  said.replace(/\btest_[a-z_]+/g, (name) => `conformance.${name.replaceAll("_", "-")}`);
const toTheirs = (said: string) =>
  said.replace(/\bconformance\.(test-[a-z-]+)/g, (_, name: string) => name.replaceAll("-", "_"));

/** Relay that gives tools the names that the tests know, and nothing else. */
const relay = createServer(async (asked, answer) => {
  const { method, headers, url: path } = asked;
  const body = toOurs(await text(asked));
  const { "content-length": _, ...fields } = headers;
  const { "mcp-name": name } = fields;
  if (typeof name === "string") fields["mcp-name"] = toOurs(name);
  const sent = httpRequest(`${host.url}${path}`, { method, headers: fields }, (received) => {
    const { "content-length": _, ...more } = received.headers;
    answer.writeHead(received.statusCode!, more);
    received.on("data", (piece: Buffer) => answer.write(toTheirs(piece.toString())));
    received.on("end", () => answer.end());
  });
  sent.on("error", () => answer.destroy());
  answer.on("close", () => sent.destroy());
  sent.end(body);
});
await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
const folder = await mkdtemp(join(tmpdir(), "hotcell-mcp-"));
afterAll(async () => {
  relay.close();
  await Promise.all(changes);
  await rm(folder, { recursive: true, force: true });
});

interface Check {
  readonly id: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "INFO" | "SKIPPED";
  readonly errorMessage?: string;
}

/** Checks of each scenario that a version requires. */
async function checksOf(version: string): Promise<ReadonlyMap<string, readonly Check[]>> {
  const output = join(folder, version);
  const { port } = relay.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/mcp`;
  // It ends with 1 where a scenario fails; what failed is in its files.
  await new Promise<void>((resolve) => {
    const options = ["server", "--url", url, "--requirements", version, "--output-dir", output];
    execFile(process.execPath, [program, ...options], { maxBuffer: 2 ** 26 }, () => resolve());
  });
  const scenarios = new Map<string, readonly Check[]>();
  for (const name of await readdir(output)) {
    const [, scenario] = /^server-(.+?)-\d{4}-\d\d-\d\dT/.exec(name)!;
    scenarios.set(scenario!, JSON.parse(await readFile(join(output, name, "checks.json"), "utf8")));
  }
  return scenarios;
}

const all = (table: Readonly<Record<string, readonly string[]>>) => new Set(Object.values(table).flat());

describe.skipIf(tool.isSkipped).each([
  ["2025-11-25", 33],
  ["2026-07-28", 50],
] as const)("the tests of %s", (version, count) => {
  let scenarios: ReadonlyMap<string, readonly Check[]>;
  beforeAll(async () => {
    scenarios = await checksOf(version);
  });
  const failures = (scenario: string) =>
    scenarios.get(scenario)!.filter(({ status }) => status === "FAILURE");

  it("are all run", () => {
    expect(scenarios.size).toBe(count);
  });

  it("pass, but for what is not offered", () => {
    const known = all(notOfferedChecks);
    const failed = [...scenarios.keys()]
      .filter((scenario) => !all(notOffered).has(scenario))
      .flatMap((scenario) => failures(scenario).map((check) => ({ scenario, ...check })))
      .filter(({ id }) => !known.has(id));
    expect(failed).toEqual([]);
  });

  it("fail where the list says that something is not offered", () => {
    const passed = [...scenarios.keys()].filter(
      (scenario) => all(notOffered).has(scenario) && failures(scenario).length === 0,
    );
    expect(passed).toEqual([]);
  });
});
