/** Three hosts on three NATS servers behind HAProxy under load, of which hosts and then a server die by kill -9: short versions of soaks. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Cluster, type Trouble } from "../../../tools/soak/cluster/cluster.ts";
import { waitedFor } from "../../../tools/soak/cluster/waited-for.ts";
import { killHosts } from "../../../tools/soak/runs/cluster.ts";

const load = { callers: 64, callPause: 800, changePause: 1_000, seed: 1 };
const missing = ["nats-server", "haproxy"].some((program) => inject("missing").includes(program));

describe.runIf(!missing)("three hosts on three NATS servers behind HAProxy", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start();
  }, 240_000);
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  const outcome = async (trouble: Trouble) => {
    await cluster.run(trouble, load);
    const { lost, strange, failed, apart } = await cluster.verdict();
    return { wrong: cluster.record.wrong, lost, strange, failed, apart };
  };
  const nothing = { wrong: [], lost: [], strange: [], failed: [], apart: [] };

  it("are behind a balancer whose example HAProxy takes as it is, without a warning", async () => {
    const file = fileURLToPath(new URL("../../../deploy/haproxy.cfg", import.meta.url));
    await promisify(execFile)("haproxy", ["-c", "-dW", "-f", file]);
  });

  it("lose nothing, agree, and answer calls while hosts are killed", { timeout: 300_000 }, async () => {
    expect(await outcome(killHosts(4))).toEqual(nothing);
    expect(cluster.nodes.reduce((sum, { lives }) => sum + lives.length, 0)).toBe(3 + 2);
    expect(cluster.record.calls.length).toBeGreaterThan(100);
  });

  it("lose nothing, agree, and answer calls while a NATS server is away", { timeout: 300_000 }, async () => {
    const { record, servers } = cluster;
    const more = async (count: number) => {
      const before = record.kept().length;
      await waitedFor("changes to be kept", () => record.kept().length >= before + count);
    };
    const killServer = async () => {
      await more(3);
      await servers[0]!.kill();
      await more(5);
      await servers[0]!.start();
      await more(5);
    };
    expect(await outcome(killServer)).toEqual(nothing);
  });
});
