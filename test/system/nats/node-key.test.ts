/** Change of the key by which the hosts of a store on NATS know one another, while they ask one another. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { natsAddress } from "../../../host/nats/nats-address.ts";
import { openNats } from "../../../host/nats/open-nats.ts";
import { NodeKeys } from "../../../host/nodes/node-key.ts";
import { NatsRegisters } from "../../../host/store/nats/nats-registers.ts";
import { Places } from "../../../host/store/nats/places.ts";
import { finished, killRunning, Lines, type Running, startHotcell } from "../../support/cli.ts";
import { exampleWasm } from "../../support/examples.ts";
import { until } from "../../support/processes.ts";
import { SecretSearch } from "../../support/secret-search.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

describe.runIf(!inject("missing").includes("nats-server"))("hotcell rotate-node-key", () => {
  let nats: NatsServer;
  let folder: string;
  let store: string;
  const said: string[] = [];
  beforeAll(async () => {
    nats = await natsServer();
    folder = await mkdtemp(join(tmpdir(), "hotcell-node-key-"));
    store = `nats://127.0.0.1:${nats.port}/keyed`;
  });
  afterAll(async () => {
    await killRunning();
    await nats?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const start = async (name: string) => {
    const line = ["serve", "--port", "0", "--data", join(folder, name), "--token", "t", "--store", store];
    const child: Running = startHotcell(line);
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => said.push(`${chunk}`));
    const [url = ""] = /http:\S+/.exec((await new Lines(child).until(/listens on/)).at(-1)!) ?? [];
    return { child, url };
  };
  const rotate = (url: string, ...more: string[]) =>
    finished(startHotcell(["rotate-node-key", "--url", url, "--token", "t", "--json", ...more]));
  const authorization = { authorization: "Bearer t" };

  it("changes it without a failed call, says whom it waits for, and shows it nowhere", async () => {
    const [one, two] = [await start("one"), await start("two")];
    const link = await openNats(natsAddress(store, "store"), { patience: 5000 });
    const places = new Places("keyed");
    const registers = new NatsRegisters(link, places.data, places.registers);
    const keys = [(await NodeKeys.kept(registers))!];
    const form = new FormData();
    form.set(
      "plugin",
      new Blob([new Uint8Array(await exampleWasm("counter"))], { type: "application/wasm" }),
    );
    form.set("settings", new Blob(['{"mode":"shared"}'], { type: "application/json" }));
    const put = await fetch(`${one.url}/plugins/counter`, {
      method: "PUT",
      headers: authorization,
      body: form,
    });
    expect([put.status, put.ok ? "" : await put.text()]).toEqual([201, ""]);
    const call = (url: string) => fetch(`${url}/call/counter/increment?by=1`, { headers: authorization });
    await until(async () => {
      const answers = await Promise.all([one, two].map(({ url }) => call(url)));
      return answers.every(({ ok }) => ok);
    });
    let over = false;
    let calls = 0;
    const calling = [one, two].map(async ({ url }) => {
      while (!over) {
        const answer = await call(url);
        expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
        calls++;
      }
    });
    const first = await rotate(two.url);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(first.stdout)).toEqual({ number: 2, alone: true, waitsFor: [] });
    keys.push((await NodeKeys.kept(registers))!);
    const then = calls;
    await until(() => calls > then + 20);
    over = true;
    await Promise.all(calling);

    // One that stands still follows nothing, and is waited for as long as it may live.
    two.child.kill("SIGSTOP");
    const second = await rotate(one.url, "--wait", "1");
    expect(second.code).toBe(9);
    expect(JSON.parse(second.stdout)).toMatchObject({
      number: 3,
      alone: false,
      waitsFor: [{ pid: two.child.pid }],
    });
    two.child.kill("SIGCONT");
    const told = async () =>
      (await (await fetch(`${one.url}/nodes/key`, { headers: authorization })).json()) as { alone: boolean };
    await until(async () => (await told()).alone);
    expect(await told()).toEqual({ number: 3, alone: true, waitsFor: [] });
    keys.push((await NodeKeys.kept(registers))!);
    for (const { url } of [one, two]) expect((await call(url)).status).toBe(200);

    const nodes = await (await fetch(`${one.url}/nodes`, { headers: authorization })).text();
    expect(JSON.parse(nodes).nodes.map(({ key }: { key: unknown }) => key)).toEqual([
      { shows: 3, accepts: [3] },
      { shows: 3, accepts: [3] },
    ]);
    const events = await (await fetch(`${one.url}/events?kept`, { headers: authorization })).text();
    await link.close();
    const search = new SecretSearch(keys.map(({ shown }) => shown.key.reveal()));
    for (const text of [...said, nodes, events, first.stdout, second.stdout, second.stderr])
      search.add("told", text);
    expect(search.findings()).toEqual([]);
    expect(events.match(/^event: node-key-rotated$/gm)).toHaveLength(2);
  });

  it("is refused where there is no such key", async () => {
    const child = startHotcell(["serve", "--port", "0", "--data", join(folder, "alone"), "--token", "t"]);
    const [url = ""] = /http:\S+/.exec((await new Lines(child).until(/listens on/)).at(-1)!) ?? [];
    const { code, stderr } = await rotate(url);
    expect([code, JSON.parse(stderr)]).toEqual([
      1,
      expect.objectContaining({ code: "route-not-found", remedy: expect.stringContaining("NATS") }),
    ]);
  });
});
