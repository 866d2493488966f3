/** Sockets in the data folder by which `hotcell reload` asks: those of processes that were killed are swept, and no others. */
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { askToReload, ReloadSocket } from "../../host/cli/server/reload-socket.ts";
import { killRunning, Lines, startHotcell } from "../support/cli.ts";

const data = await mkdtemp(join(tmpdir(), "hotcell-reload-"));
afterEach(killRunning);
afterAll(() => rm(data, { recursive: true, force: true }));

const sockets = async () =>
  (await readdir(join(data, "nodes"))).filter((name) => /^workers-.*(?:sock|lock)$/.test(name)).sort();
const ofProcess = (pid: number | undefined) => [`workers-${pid}.lock`, `workers-${pid}.sock`];

it("are swept at the next start, but for those of who lives, also where that stands still", async () => {
  const start = async () => {
    const line = ["serve", "--port", "0", "--data", data, "--share-data", "--workers", "1"];
    const child = startHotcell(line);
    await new Lines(child).until(/^Workers: /);
    child.stdout.resume();
    return child;
  };
  const [killed, still] = [await start(), await start()];
  expect(await sockets()).toEqual([...ofProcess(killed.pid), ...ofProcess(still.pid)].sort());
  const exited = once(killed, "exit");
  killed.kill("SIGKILL");
  await exited;
  still.kill("SIGSTOP");
  let reloads = 0;
  const reload = async () => {
    reloads++;
    return { primary: process.pid, workers: [] };
  };
  {
    await using _ = await ReloadSocket.listen(data, reload);
    expect(await sockets()).toEqual([...ofProcess(still.pid), ...ofProcess(process.pid)].sort());
    // Nobody is asked for a reload by that.
    await using __ = await ReloadSocket.listen(join(data, "other"), reload);
    expect(reloads).toBe(0);
  }
  expect(await sockets()).toEqual(ofProcess(still.pid));
  still.kill("SIGCONT");
});

it("are several where processes of several containers have the same number, and all are asked", async () => {
  const folder = join(data, "containers");
  const asked: string[] = [];
  const listening = (who: string) =>
    ReloadSocket.listen(folder, async () => {
      asked.push(who);
      return { primary: process.pid, workers: [] };
    });
  {
    await using _ = await listening("one");
    {
      await using __ = await listening("other");
      expect(await askToReload(folder)).toHaveLength(2);
      expect(asked.sort()).toEqual(["one", "other"]);
    }
    // The one that has ended has taken nothing of the other's along.
    expect(await askToReload(folder)).toHaveLength(1);
  }
  expect(await readdir(join(folder, "nodes"))).toEqual([]);
});
