/** Two hosts as processes on one data folder that they share, as their users see them. */
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { nodeBounds } from "../../host/bounds/node-bounds.ts";
import { createHost } from "../../host/host.ts";
import { finished, killRunning, Lines, type Running, startHotcell } from "../support/cli.ts";
import { exampleWasm } from "../support/examples.ts";
import { until } from "../support/processes.ts";
import { refusalOf } from "../support/thrown.ts";

interface Served {
  readonly child: Running;
  readonly url: string;
  readonly said: () => string;
}

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "hotcell-hosts-"));
});
afterEach(async () => {
  await killRunning();
  await rm(data, { recursive: true, force: true });
});

async function serve(...options: string[]): Promise<Served> {
  const child = startHotcell(["serve", "--port", "0", "--data", data, "--share-data", ...options]);
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const [url = ""] = /http:\S+/.exec((await new Lines(child).until(/listens on/)).at(-1)!) ?? [];
  return { child, url, said: () => errors };
}

async function end({ child }: Served, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

async function put({ url }: Served, name: string, wasm: string, query = ""): Promise<Response> {
  const token = (await readFile(join(data, "token"), "utf8")).trim();
  return fetch(`${url}/plugins/${name}${query}`, {
    method: "PUT",
    body: new Uint8Array(exampleWasm(wasm)),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/wasm" },
  });
}

async function configure({ url }: Served, name: string, settings: object): Promise<Response> {
  const token = (await readFile(join(data, "token"), "utf8")).trim();
  return fetch(`${url}/plugins/${name}`, {
    method: "PATCH",
    body: JSON.stringify(settings),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
  });
}

const call = ({ url }: Served, path: string, ...args: unknown[]) =>
  fetch(`${url}/call/${path}`, {
    method: "POST",
    body: JSON.stringify(args),
    headers: { "content-type": "application/json" },
  });
const revision = async ({ url }: Served, name: string) => {
  const response = await fetch(`${url}/plugins/${name}`);
  return response.ok ? ((await response.json()) as { revision: number }).revision : undefined;
};

it("are told of one another, keep others out, and answer by one cell of what serves HTTP", async () => {
  const [one, other] = [await serve(), await serve()];
  expect(other.said()).toContain(`shared with process ${one.child.pid}`);
  expect(other.said()).toContain(one.url);
  for (const host of [one, other]) {
    const { nodes } = (await (await fetch(`${host.url}/nodes`)).json()) as { nodes: object[] };
    const told = [one, other].map(({ child, url }) => ({
      pid: child.pid,
      address: url,
      self: url === host.url,
    }));
    expect(nodes).toMatchObject(told);
  }
  const alone = await finished(startHotcell(["serve", "--port", "0", "--data", data]));
  expect(alone.stderr).toMatch(/is in use by process \d+/);

  await put(one, "router", "router");
  expect((await configure(one, "router", { mode: "shared" })).status).toBe(200);
  await until(async () => (await revision(other, "router")) === 2);
  for (const host of [one, other]) {
    const hello = await fetch(`${host.url}/http/router/hello/Ada`);
    expect([hello.status, await hello.text()]).toEqual([200, "Hello, Ada!"]);
    const body = Buffer.alloc(300_000, "Ada ");
    const echo = await fetch(`${host.url}/http/router/echo`, { method: "POST", body });
    expect(Buffer.from(await echo.arrayBuffer()).equals(body)).toBe(true);
    const countdown = await fetch(`${host.url}/http/router/countdown?from=3`);
    expect(await countdown.text()).toBe("3\n2\n1\n");
    expect((await fetch(`${host.url}/http/router/countdown?from=0`)).status).toBe(400);
  }
  // Ended, they leave no trace of themselves.
  await end(one, "SIGTERM");
  expect(await (await fetch(`${other.url}/http/router/hello/Ada`)).text()).toBe("Hello, Ada!");
  await end(other, "SIGTERM");
  expect((await readdir(join(data, "nodes"))).filter((name) => /\.(lock|sock)$/.test(name))).toEqual([]);
});

it("take over from one that is killed under load: what fails are calls that it had", async () => {
  const [one, other] = [await serve(), await serve()];
  await put(one, "counter", "counter");
  await until(async () => (await revision(other, "counter")) === 1);
  expect(await (await call(one, "counter/increment", 1)).json()).toEqual(expect.anything());
  let calling = true;
  const failures: string[] = [];
  let answered = 0;
  const callers = Array.from({ length: 8 }, async () => {
    while (calling) {
      const response = await call(other, "counter/increment", 1);
      if (response.ok) answered++;
      else failures.push(((await response.json()) as { code: string }).code);
      if (response.ok) await response.arrayBuffer();
    }
  });
  await until(() => answered > 200);
  await end(one, "SIGKILL");
  const before = answered;
  await until(() => answered > before + 200);
  calling = false;
  await Promise.all(callers);
  expect(new Set(failures).size).toBeLessThanOrEqual(1);
  expect(failures.every((code) => code === "process-died")).toBe(true);
  // Each caller had one call under way at most.
  expect(failures.length).toBeLessThanOrEqual(8);
  const another = await serve();
  await until(async () => (await revision(another, "counter")) === 1);
  const [here, there] = [
    await call(other, "counter/increment", 0),
    await call(another, "counter/increment", 0),
  ];
  expect(await there.json()).toEqual(await here.json());
});

it("go on with what is stored where the host that tries a version is killed: nobody else had that", async () => {
  const [one, other] = [await serve(), await serve()];
  await put(one, "p", "greet");
  await configure(one, "p", { mode: "fresh" });
  await configure(one, "p", { rollout: { time: "4m" } });
  await until(async () => (await revision(other, "p")) === 3);
  const deploying = put(one, "p", "counter", "?allow-breaking").catch((error: Error) => error);
  const tried = async () => (await (await fetch(`${one.url}/plugins/p`)).json()) as { rollout?: object };
  await until(async () => (await tried()).rollout !== undefined);
  expect((await call(one, "p/increment", 1)).status).toBe(200);
  const meanwhile = await configure(other, "p", { limits: { queue: 7 } });
  expect([meanwhile.status, ((await meanwhile.json()) as { code: string }).code]).toEqual([
    409,
    "rollout-under-way",
  ]);
  await end(one, "SIGKILL");
  expect(await deploying).toBeInstanceOf(Error);
  expect(await (await call(other, "p/greet", "Ada")).json()).toBe("Hello, Ada!");
  expect((await configure(other, "p", { limits: { queue: 7 } })).status).toBe(200);
  expect(await revision(other, "p")).toBe(4);
});

it.each(["the host that is asked", "the host that has the cell"] as const)(
  "go on with what is stored where %s is killed while the one cell is tried",
  async (killed) => {
    const [holder, leader] = [await serve(), await serve()];
    await put(holder, "p", "greet");
    await configure(holder, "p", { rollout: { time: "4m" } });
    await until(async () => (await revision(leader, "p")) === 2);
    expect(await (await call(holder, "p/greet", "Ada")).json()).toBe("Hello, Ada!");
    expect(await (await call(leader, "p/greet", "Ada")).json()).toBe("Hello, Ada!");
    const deploying = put(leader, "p", "counter", "?allow-breaking").catch((error: Error) => error);
    const rolloutOn = async ({ url }: Served) =>
      ((await (await fetch(`${url}/plugins/p`)).json()) as { rollout?: object }).rollout;
    for (const host of [holder, leader]) await until(async () => (await rolloutOn(host)) !== undefined);
    expect((await call(holder, "p/increment", 1)).status).toBe(200);
    const [gone, left] = killed === "the host that is asked" ? [leader, holder] : [holder, leader];
    await end(gone, "SIGKILL");
    const answer = await deploying;
    if (answer instanceof Error) expect(gone).toBe(leader);
    else expect(((await answer.json()) as { code: string }).code).toBe("rollout-failed");
    await until(async () => (await rolloutOn(left)) === undefined);
    await until(async () => (await call(left, "p/greet", "Ada")).status === 200);
    expect(await revision(left, "p")).toBe(2);
    expect((await put(left, "p", "counter", "?allow-breaking")).status).toBe(200);
    expect((await call(left, "p/increment", 1)).status).toBe(200);
  },
);

it("give a trial up whose host stands still, which takes it back when it goes on", async () => {
  const holder = await serve();
  await put(holder, "p", "greet");
  await configure(holder, "p", { rollout: { time: "4m" } });
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  const bounds = [nodeBounds.trialSilence, nodeBounds.decideTime] as { value: number }[];
  const usual = bounds.map(({ value }) => value);
  try {
    await using leader = await createHost({ data, shareData: true, log: () => {} });
    expect(await (await call(holder, "p/greet", "Ada")).json()).toBe("Hello, Ada!");
    expect(await leader.registry.callJson("p", "greet", ["Ada"])).toBe("Hello, Ada!");
    for (const bound of bounds) bound.value = 2_000;
    const options = { allowBreaking: true };
    const deploying = refusalOf(leader.registry.deploy("p", exampleWasm("counter"), options));
    await until(() => leader.registry.details("p").rollout !== undefined);
    holder.child.kill("SIGSTOP");
    expect(await deploying).toMatchObject({
      code: "rollout-failed",
      message: expect.stringContaining("does not answer any more"),
    });
    holder.child.kill("SIGCONT");
    await until(async () => (await call(holder, "p/greet", "Ada")).status === 200);
    expect(await leader.registry.callJson("p", "greet", ["Ada"])).toBe("Hello, Ada!");
    expect(leader.registry.revision("p")).toBe(2);
  } finally {
    for (const [i, bound] of bounds.entries()) bound.value = usual[i]!;
    said.mockRestore();
  }
});

it("lose no change that both make of the same plugins, give no revision twice, and agree at the end", async () => {
  const hosts = [await serve(), await serve()];
  const names = ["a", "b", "c"];
  for (const name of names) await put(hosts[0]!, name, "greet");
  const acknowledged = new Map<string, number[]>(names.map((name) => [name, [1]]));
  const refused = new Set<string>();
  await Promise.all(
    hosts.flatMap((host, i) =>
      names.map(async (name) => {
        for (let round = 0; round < 12; round++) {
          const response = await configure(host, name, { limits: { queue: 10 + 2 * round + i } });
          const told = (await response.json()) as { revision: number; outcome: string; code: string };
          if (response.ok && told.outcome === "configured") acknowledged.get(name)!.push(told.revision);
          else if (!response.ok) refused.add(told.code);
        }
      }),
    ),
  );
  expect([...refused].every((code) => code === "stale-revision" || code === "plugin-not-found")).toBe(true);
  for (const name of names) {
    const revisions = acknowledged.get(name)!;
    expect(new Set(revisions).size).toBe(revisions.length);
    const last = Math.max(...revisions);
    expect(last).toBe(revisions.length);
    for (const host of hosts) await until(async () => (await revision(host, name)) === last);
    const told = hosts.map(
      async ({ url }) => (await (await fetch(`${url}/plugins/${name}`)).json()) as object,
    );
    const [one, other] = await Promise.all(told);
    const kept = ({ settings }: { settings?: unknown }) => settings;
    expect(kept(one!)).toEqual(kept(other!));
  }
});

it("end at once while the host that has a cell stands still, and tell who waits for it that nothing has happened", async () => {
  const one = await serve();
  await put(one, "counter", "counter");
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    const other = await createHost({ data, shareData: true, log: () => {} });
    const increment = () => other.registry.callJson("counter", "increment", [1]);
    expect((await call(one, "counter/increment", 1)).status).toBe(200);
    await increment();
    one.child.kill("SIGSTOP");
    const waiting = refusalOf(increment());
    await until(() => other.registry.counters("counter").inFlight === 1);
    await other.close();
    expect(await waiting).toMatchObject({
      code: "closed",
      message: expect.stringContaining("shutting down"),
    });
  } finally {
    said.mockRestore();
  }
});
