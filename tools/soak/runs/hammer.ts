/**
 * Everything at once: callers without pause while uploads, rollbacks, settings changes, removals and refused uploads go
 * on side by side. No call of a plugin that stays deployed may fail, every answer must be of a version that was live
 * while the call ran, and no revision may be left out or given twice.
 */
import type { Deployment } from "../../../host/registry/api.ts";
import { labelOf, version } from "../../../test/guests/obedient.ts";
import { exampleWasm } from "../../../test/support/examples.ts";
import { temporaryFolder } from "../support/folder.ts";
import { generator } from "../support/random.ts";
import { startServer } from "../support/server.ts";

export interface HammerReport {
  readonly callers: number;
  readonly calls: number;
  /** How often each kind of change was made. */
  readonly changes: Readonly<Record<string, number>>;
  /** Calls of plugins that were not deployed just then. */
  readonly callsBetween: number;
  readonly failed: readonly string[];
  /** Answers of versions that were not live while the call ran. */
  readonly strange: readonly string[];
  /** Revisions left out, given twice, or out of order. */
  readonly gaps: readonly string[];
}

interface Change {
  readonly revision: number;
  /** What calls answer from it on; undefined: the plugin was removed. */
  readonly answer: string | undefined;
  readonly sent: number;
  readonly acknowledged: number;
}

interface Plugin {
  readonly name: string;
  readonly removable: boolean;
  readonly changes: Change[];
  readonly calls: { readonly answer: string; readonly start: number; readonly end: number }[];
}

export async function soakHammer(seconds: number, callers = 64, seed = 1): Promise<HammerReport> {
  await using data = await temporaryFolder();
  await using server = await startServer(data.path);
  const random = generator(seed);
  const plugins = ["s1", "s2", "s3", "s4", "d1", "d2"].map(
    (name): Plugin => ({ name, removable: name.startsWith("d"), changes: [], calls: [] }),
  );
  const labels = new Map<string, string>();
  const changes: Record<string, number> = {};
  const failed: string[] = [];
  let number = 0;
  let callsBetween = 0;

  const change = async (
    kind: string,
    { name, changes: made }: Plugin,
    method: string,
    path: string,
    body?: Uint8Array<ArrayBuffer> | object,
  ): Promise<void> => {
    const sent = performance.now();
    const { status, text } = await server.ask(method, `/plugins/${name}${path}`, body);
    const acknowledged = performance.now();
    const counted = status >= 400 ? `${kind}, refused` : kind;
    changes[counted] = (changes[counted] ?? 0) + 1;
    if (status >= 500 || status >= 400 !== (kind === "bad upload" || kind === "bad settings")) {
      failed.push(`${kind} of ${name}: ${status} ${text}`);
    }
    if (status >= 400) return;
    if (status === 204) {
      // A removal has a revision of its own, which its answer does not tell.
      made.push({ revision: made.at(-1)!.revision + 1, answer: undefined, sent, acknowledged });
      return;
    }
    const { revision, version: digest, settings } = JSON.parse(text) as Deployment;
    const answer = `${labels.get(digest)} ${settings.env.text ?? ""} 1`;
    made.push({ revision, answer, sent, acknowledged });
  };
  const upload = async (plugin: Plugin) => {
    const label = labelOf(++number);
    const bytes = await version(number);
    labels.set(await digestOf(bytes), label);
    await change("upload", plugin, "PUT", "", bytes);
  };
  const bad = [
    { kind: "bad upload", body: new Uint8Array(100) },
    { kind: "bad upload", body: (await version(0)).slice(0, 5000) },
    { kind: "bad upload", body: new Uint8Array(exampleWasm("greet")) },
    { kind: "bad upload", body: new Uint8Array(exampleWasm("friendly-time-v1")) },
    { kind: "bad settings", body: { env: { init: "err" } } },
    { kind: "bad settings", body: { env: { restore: "trap" } } },
    { kind: "bad settings", body: { mood: "shared" } },
  ];
  const changeOne = async (plugin: Plugin): Promise<void> => {
    if (plugin.changes.at(-1)?.answer === undefined) return upload(plugin);
    const dice = random(20);
    if (dice < 7) return upload(plugin);
    if (dice < 11) return change("settings", plugin, "PATCH", "", { env: { text: `text-${++number}` } });
    if (dice < 16) {
      const { kind, body } = bad[random(bad.length)]!;
      return change(kind, plugin, body instanceof Uint8Array ? "PUT" : "PATCH", "", body);
    }
    if (plugin.removable && dice < 18) return change("removal", plugin, "DELETE", "");
    const since = plugin.changes.findLastIndex(({ answer }) => answer === undefined) + 1;
    const versions = new Set(plugin.changes.slice(since).map(({ answer }) => answer?.split(" ")[0]));
    if (versions.size < 2) return upload(plugin);
    return change("rollback", plugin, "POST", "/rollback", {});
  };
  const call = async ({ name, removable, calls }: Plugin): Promise<void> => {
    const start = performance.now();
    const { status, text } = await server.ask("GET", `/call/${name}/describe`);
    const end = performance.now();
    if (status === 200) calls.push({ answer: JSON.parse(text) as string, start, end });
    else if (removable && status === 404) callsBetween++;
    else failed.push(`call of ${name}: ${status} ${text}`);
  };

  await Promise.all(plugins.map(upload));
  const end = performance.now() + seconds * 1000;
  const until = async (work: () => Promise<void>) => {
    while (performance.now() < end) await work();
  };
  await Promise.all([
    ...Array.from({ length: callers }, () => until(() => call(plugins[random(plugins.length)]!))),
    // Two at a time change a plugin that stays; one that is removed has one, who knows its revision.
    ...plugins.map((plugin) => until(() => changeOne(plugin))),
    ...plugins.filter(({ removable }) => !removable).map((plugin) => until(() => changeOne(plugin))),
  ]);
  failed.push(...server.faults.map(String));

  for (const plugin of plugins) plugin.changes.sort((a, b) => a.revision - b.revision);
  return {
    callers,
    calls: plugins.reduce((sum, { calls }) => sum + calls.length, 0),
    changes,
    callsBetween,
    failed,
    strange: plugins.flatMap(strangeAnswers),
    gaps: plugins.flatMap(({ name, changes: made }) =>
      made.flatMap(({ revision }, i) =>
        revision === i + 1 ? [] : [`${name}: ${revision} as number ${i + 1}`],
      ),
    ),
  };
}

/** A version may answer from when it was sent until the next one was acknowledged. */
function strangeAnswers({ name, changes, calls }: Plugin): string[] {
  const live = Map.groupBy(
    changes.map(({ answer, sent }, i) => ({
      answer,
      from: sent,
      until: changes[i + 1]?.acknowledged ?? Number.POSITIVE_INFINITY,
    })),
    ({ answer }) => answer,
  );
  return calls
    .filter(
      ({ answer, start, end }) => !live.get(answer)?.some(({ from, until }) => from <= end && start <= until),
    )
    .map(({ answer, start, end }) => `${name}: ${answer} from ${start} to ${end}`);
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha256:${Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex")}`;
}
