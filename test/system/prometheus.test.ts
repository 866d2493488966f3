/** A real Prometheus scrapes a host that runs, and its tool judges what it is told and the alerts that come with Hotcell. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { dashboardExpressions, rulesFile } from "../deploy/watching.ts";
import { sample } from "../guests/small-plugins.ts";
import { freePorts } from "../support/processes.ts";
import { startTestHost, type TestHost } from "../support/test-host.ts";

const run = promisify(execFile);
const patience = { timeout: 60_000, interval: 200 };

describe.runIf(!inject("missing").includes("prometheus"))("a real Prometheus", () => {
  let host: TestHost;
  let folder: string;
  let prometheus: ChildProcess;
  let url: string;

  /** Answer of its API. */
  async function ask<T>(path: string): Promise<T> {
    const { status, data } = (await (await fetch(`${url}/api/v1/${path}`)).json()) as {
      status: string;
      data: T;
    };
    expect(status).toBe("success");
    return data;
  }

  type Result = {
    readonly result: readonly { readonly metric: unknown; readonly value: readonly [number, string] }[];
  };
  const query = (expression: string) => ask<Result>(`query?query=${encodeURIComponent(expression)}`);

  beforeAll(async () => {
    // Prometheus sends a token, as it has to where a host is not on loopback.
    host = await startTestHost({ address: "0.0.0.0" });
    await host.registry.deploy("calc", sample());
    for (let i = 0; i < 30; i++) await host.call("calc/add", [1, 2]);
    await host.call("calc/boom", []);
    folder = await mkdtemp(join(tmpdir(), "hotcell-prometheus-"));
    const { token } = await host.tokens.create({ scopes: ["read"] }, "test");
    await writeFile(join(folder, "token"), token);
    const config = join(folder, "prometheus.yml");
    await writeFile(
      config,
      [
        "global: { scrape_interval: 1s, evaluation_interval: 1s }",
        `rule_files: [${JSON.stringify(rulesFile)}]`,
        "scrape_configs:",
        "  - job_name: hotcell",
        `    authorization: { credentials_file: ${JSON.stringify(join(folder, "token"))} }`,
        `    static_configs: [{ targets: ["127.0.0.1:${host.port}"] }]`,
      ].join("\n"),
    );
    const [port] = await freePorts(1);
    url = `http://127.0.0.1:${port}`;
    prometheus = spawn(
      "prometheus",
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: "ignore" },
    );
    const ready = async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.status;
    await vi.waitFor(async () => expect(await ready()).toBe(200), patience);
  }, 90_000);
  afterAll(async () => {
    if (prometheus?.kill()) await once(prometheus, "exit");
    await host?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  it("scrapes it without complaint, and answers how often a function was called", {
    timeout: 90_000,
  }, async () => {
    type Targets = {
      readonly activeTargets: readonly { readonly health: string; readonly lastError: string }[];
    };
    const target = async () => (await ask<Targets>("targets")).activeTargets[0];
    await expect.poll(target, patience).toMatchObject({ health: "up", lastError: "" });
    const calls = async () =>
      (await query('sum by (function, code) (hotcell_calls_total{plugin="calc"})')).result.map(
        ({ metric, value: [, value] }) => ({ metric, value }),
      );
    await expect.poll(calls, patience).toEqual(
      expect.arrayContaining([
        { metric: { function: "add", code: "ok" }, value: "30" },
        { metric: { function: "boom", code: "trap" }, value: "1" },
      ]),
    );
  });

  it("understands every expression of the dashboard, and the alerts", { timeout: 90_000 }, async () => {
    for (const expression of dashboardExpressions()) await query(expression);
    type Rules = { readonly groups: readonly { readonly rules: readonly { readonly health: string }[] }[] };
    const health = async () =>
      (await ask<Rules>("rules")).groups.flatMap(({ rules }) => rules.map((r) => r.health));
    await expect.poll(async () => new Set(await health()), patience).toEqual(new Set(["ok"]));
  });

  it("has a tool that finds nothing wrong with the metrics and the alerts", { timeout: 60_000 }, async () => {
    const { text } = await host.send("GET", "/metrics");
    const checking = run("promtool", ["check", "metrics"]);
    checking.child.stdin!.end(text);
    expect(await checking).toEqual({ stdout: "", stderr: "" });
    expect((await run("promtool", ["check", "rules", rulesFile])).stdout).toContain("SUCCESS");
  });
});
