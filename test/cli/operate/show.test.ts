/** What `hotcell show` says of a plugin that is not simply what was deployed, by real hosts. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { behindText } from "../../../host/cli/shown/condition-text.ts";
import { createHost } from "../../../host/host.ts";
import { serve } from "../../../host/server.ts";
import { sample } from "../../guests/small-plugins.ts";
import { until } from "../../support/processes.ts";
import { refusalOf } from "../../support/thrown.ts";
import { lineHere } from "./line-here.ts";

it("names a rollout that its host leads, until it is stopped", async () => {
  await using opened = new AsyncDisposableStack();
  const data = await mkdtemp(join(tmpdir(), "hotcell-show-"));
  opened.defer(() => rm(data, { recursive: true }));
  const start = async () => opened.use(await createHost({ data, shareData: true, log: () => {} }));
  const [one, other] = [await start(), await start()];
  const serving = await serve(one, { host: "127.0.0.1", port: 0, token: "a-token-of-this-test" });
  opened.defer(() => serving.close());
  const another = await serve(other, { host: "127.0.0.1", port: 0, token: "a-token-of-this-test" });
  opened.defer(() => another.close());
  const environment = { HOTCELL_TOKEN: "a-token-of-this-test" };
  const show = (url: string = serving.url) => lineHere(["show", "p"], { ...environment, HOTCELL_URL: url });
  const deploy = async (...options: string[]) => {
    const file = join(data, "p.wasm");
    await writeFile(file, sample({ version: 2 }));
    return (
      await lineHere(["deploy", file, "--dry-run", ...options], { ...environment, HOTCELL_URL: serving.url })
    ).stdout;
  };

  await one.registry.deploy("p", sample({ version: 1 }), {
    settings: { mode: "fresh", rollout: { time: "4m" } },
  });
  await until(() => other.registry.revision("p") === 1);
  expect(await one.registry.callJson("p", "version")).toBe(1);
  expect(await deploy()).toContain(
    "  would be a rollout: one of 2 hosts tries it for 4m, then the other gets it; --at-once sends it to all without that\n",
  );
  expect(await deploy("--at-once")).not.toContain("rollout");
  const deploying = refusalOf(one.registry.deploy("p", sample({ version: 2 })));
  await until(() => one.registry.details("p").rollout !== undefined);

  const listed = async (url: string) => (await lineHere(["ls"], { ...environment, HOTCELL_URL: url })).stdout;
  const digest = one.registry.details("p").rollout!.version;
  for (const url of [serving.url, another.url])
    await until(async () => (await listed(url)).includes(`one host tries ${digest.slice(7, 19)}; `));
  // A host that has nothing to do with it sends to the one that has.
  expect((await show(another.url)).stdout).toContain(
    `rollout    ${digest} runs on ${serving.url} (${hostname()}) alone; that host says how it goes\n`,
  );
  expect((await show()).stdout).toMatch(
    /^rollout +sha256:\w+ runs on this host alone until \d{4}-.+: 0 calls, 0 traps; the version before 1 call, 0 traps$/m,
  );
  await other.registry.stopRollout("p");
  await deploying;
  expect((await show()).stdout).not.toContain("runs on this host alone");
});

it("names the revision that its host can't follow, and why", () => {
  const behind = { revision: 4, code: "out-of-memory", detail: "No room.", since: "then" } as const;
  expect(behindText(behind)).toBe("revision 4 does not run on this host, for then: No room. (out-of-memory)");
});
