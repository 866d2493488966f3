/**
 * `kill -9` of the server at random moments during uploads, rollbacks, settings changes and removals: after each
 * restart, what it acknowledged is there, nothing is there by half, and the live versions answer.
 */
import type { Deployment } from "../../../host/registry/api.ts";
import type { PluginDetails } from "../../../host/registry/told-plugins.ts";
import type { DeploymentRecord } from "../../../host/store/store.ts";
import { labelOf, version } from "../../../test/guests/obedient.ts";
import { temporaryFolder } from "../support/folder.ts";
import { ServerProcess } from "../support/process.ts";
import { generator } from "../support/random.ts";

export interface KillReport {
  readonly operations: number;
  readonly kills: number;
  /** Operations that were acknowledged. */
  readonly acknowledged: number;
  /** Operations under way when the server died: how many of them turned out done, how many undone. */
  readonly cutShort: { readonly done: number; readonly undone: number };
  /** Restarts after which all of it was checked. */
  readonly checked: number;
  readonly wrong: readonly string[];
}

/** What a plugin is; `label` undefined: not deployed. */
interface State {
  readonly revision: number;
  readonly digest?: string | undefined;
  readonly label?: string | undefined;
  readonly text?: string | undefined;
}

interface Plugin {
  readonly name: string;
  /** The last state that was acknowledged. */
  state: State;
  /** What it is instead if the operation that was cut short went through. */
  maybe: State | undefined;
  /** Revision → digest, as acknowledged. */
  readonly history: Map<number, string | undefined>;
  readonly labels: Map<string, string>;
}

type Operation = (server: ServerProcess, plugin: Plugin) => Promise<void>;

export async function soakKill(operations: number, seed = 1): Promise<KillReport> {
  await using data = await temporaryFolder();
  const random = generator(seed);
  const plugins = ["p", "q", "r", "s"].map(
    (name): Plugin => ({
      name,
      state: { revision: 0 },
      maybe: undefined,
      history: new Map(),
      labels: new Map(),
    }),
  );
  const wrong: string[] = [];
  const cutShort = { done: 0, undone: 0 };
  let kills = 0;
  let checked = 0;
  let acknowledged = 0;
  let begun = 0;
  let number = 0;
  /** Milliseconds of the operation that was last acknowledged. */
  let pace = 100;
  /** Count of acknowledged operations at which the server is to be killed. */
  let enough = { at: 0, reached: () => {} };

  const upload: Operation = async (server, plugin) => {
    const label = labelOf(++number);
    const bytes = await version(number);
    const { revision, text = "" } = plugin.state;
    plugin.maybe = { revision: revision + 1, label, text: plugin.state.label ? text : "" };
    accept(plugin, await server.ask("PUT", `/plugins/${plugin.name}`, bytes), { label });
  };
  const configure: Operation = async (server, plugin) => {
    const text = `text-${++number}`;
    plugin.maybe = { ...plugin.state, revision: plugin.state.revision + 1, text };
    accept(plugin, await server.ask("PATCH", `/plugins/${plugin.name}`, { env: { text } }), { text });
  };
  const rollback: Operation = async (server, plugin) => {
    const target = [...plugin.history.values()].at(-2);
    if (target === undefined || target === plugin.state.digest) return upload(server, plugin);
    const label = plugin.labels.get(target);
    plugin.maybe = { ...plugin.state, revision: plugin.state.revision + 1, digest: target, label };
    accept(plugin, await server.ask("POST", `/plugins/${plugin.name}/rollback`, { to: target }), { label });
  };
  const remove: Operation = async (server, plugin) => {
    const revision = plugin.state.revision + 1;
    plugin.maybe = { revision };
    const { status, body } = await server.ask("DELETE", `/plugins/${plugin.name}`);
    if (status !== 204) throw new Refused(`DELETE: ${status} ${JSON.stringify(body)}`);
    settle(plugin, plugin.maybe);
  };
  const choose = (plugin: Plugin): Operation => {
    if (plugin.state.label === undefined) return upload;
    const dice = random(20);
    return dice < 9 ? upload : dice < 14 ? configure : dice < 18 ? rollback : remove;
  };

  /** Operations one after the other, until all are done or the server is gone. */
  const work = async (server: ServerProcess, plugin: Plugin) => {
    while (begun < operations) {
      begun++;
      try {
        const from = performance.now();
        await choose(plugin)(server, plugin);
        pace = performance.now() - from;
        acknowledged++;
        if (acknowledged >= enough.at) enough.reached();
      } catch (error) {
        if (error instanceof Refused) wrong.push(`${plugin.name}: ${error.message}`);
        if (!server.killed) wrong.push(`${plugin.name}: the server went by itself: ${error}`);
        return;
      }
    }
  };

  // The last round is not cut short: it runs what is left.
  for (let last = false; !last; ) {
    const server = await ServerProcess.start(data.path);
    for (const plugin of plugins) {
      wrong.push(...(await check(server, plugin, cutShort)).map((what) => `restart ${kills}: ${what}`));
    }
    checked++;
    last = begun >= operations;
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    // A dozen operations, on average, and then at any moment of those that are under way, however fast the machine is.
    enough = { at: acknowledged + random(12), reached: resolve };
    if (enough.at === acknowledged) resolve();
    const working = Promise.all(plugins.map((plugin) => work(server, plugin)));
    if (!last) {
      await Promise.race([reached, working]);
      await new Promise((passed) => setTimeout(passed, random(2 * Math.ceil(pace))));
    }
    await server.kill(last ? "SIGTERM" : "SIGKILL");
    if (!last) kills++;
    await working;
  }
  return { operations: begun, kills, acknowledged, cutShort, checked, wrong };
}

class Refused extends Error {}

function accept(plugin: Plugin, { status, body }: { status: number; body: unknown }, change: object): void {
  if (status !== 200 && status !== 201) throw new Refused(`${status} ${JSON.stringify(body)}`);
  const { revision, version: digest, settings } = body as Deployment;
  if (revision !== plugin.state.revision + 1) {
    throw new Refused(`revision ${revision} after ${plugin.state.revision}`);
  }
  settle(plugin, { ...plugin.state, ...change, revision, digest, text: `${settings.env.text ?? ""}` });
}

function settle(plugin: Plugin, state: State): void {
  plugin.state = state;
  plugin.maybe = undefined;
  plugin.history.set(state.revision, state.digest);
  if (state.digest !== undefined && state.label !== undefined) plugin.labels.set(state.digest, state.label);
}

/** Compares with what was acknowledged; where an operation was cut short, finds out what became of it. */
async function check(
  server: ServerProcess,
  plugin: Plugin,
  cutShort: { done: number; undone: number },
): Promise<string[]> {
  const { name } = plugin;
  const wrong: string[] = [];
  const { body } = await server.ask("GET", `/plugins/${name}/deployments`);
  const deployments = (body as { deployments?: DeploymentRecord[] }).deployments ?? [];
  const revision = deployments[0]?.revision ?? 0;
  if (plugin.maybe) {
    const done = revision === plugin.maybe.revision;
    cutShort[done ? "done" : "undone"]++;
    if (done) settle(plugin, { ...plugin.maybe, digest: deployments[0]?.version?.digest });
    plugin.maybe = undefined;
  }
  const { state } = plugin;
  const expect = (what: string, actual: unknown, expected: unknown) => {
    if (actual !== expected) wrong.push(`${name}: ${what} is ${actual}, not ${expected}`);
  };
  expect("revision", revision, state.revision);
  // Retention forgets the oldest; what is there must be what was acknowledged.
  for (const past of deployments) {
    expect(`version of revision ${past.revision}`, past.version?.digest, plugin.history.get(past.revision));
  }
  const own = [...plugin.history].slice(-15);
  for (const [past] of own.slice(own.findLastIndex(([, digest]) => digest === undefined) + 1)) {
    if (!deployments.some((record) => record.revision === past))
      wrong.push(`${name}: revision ${past} is lost`);
  }
  const details = await server.ask("GET", `/plugins/${name}`);
  if (state.label === undefined) {
    expect("status", details.status, 404);
    return wrong;
  }
  const { version: digest, settings } = details.body as PluginDetails;
  expect("version", digest, state.digest);
  expect("text", settings.env.text ?? "", state.text);
  const call = await server.ask("GET", `/call/${name}/describe`);
  expect("answer", call.body, `${state.label} ${state.text} 1`);
  return wrong;
}
