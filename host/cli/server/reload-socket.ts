/** Socket in the data folder by which `hotcell reload` asks the process that has the workers. Only its user can open it. */

import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { FileLock, isLocked } from "../../sqlite/file-lock.ts";

/** Answer: the processes that serve now, or why they are not all new. */
export interface ReloadAnswer {
  /** Process that has the workers. */
  readonly primary: number;
  readonly workers: readonly number[];
  readonly failed?: string;
}

const name = /^workers-\d+(?:-\d+)?\.sock$/;

export class ReloadSocket implements AsyncDisposable {
  readonly #path: string;
  readonly #server: Server;
  /** Lock that ends with this process. */
  readonly #life: FileLock;

  private constructor(path: string, server: Server, life: FileLock) {
    this.#path = path;
    this.#server = server;
    this.#life = life;
  }

  /** `reload` is asked by each connection, and what it gives is told there. */
  static async listen(data: string, reload: () => Promise<ReloadAnswer>): Promise<ReloadSocket> {
    const folder = folderOf(data);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    sweep(folder);
    const { path, life } = ownPlace(folder);
    // Nobody who lives listens there.
    rmSync(path, { force: true });
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      void reload().then((answer) => socket.end(JSON.stringify(answer)));
    });
    await new Promise<void>((done, reject) => {
      server.once("error", reject);
      server.listen(path, done);
    });
    return new ReloadSocket(path, server, life);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    rmSync(this.#path, { force: true });
    this.#life[Symbol.dispose]();
    rmSync(lockOf(this.#path), { force: true });
  }
}

/** Asks all that have workers on the folder, one after the other. None answers: there are none. */
export async function askToReload(data: string): Promise<readonly ReloadAnswer[]> {
  const folder = folderOf(data);
  const answers: ReloadAnswer[] = [];
  for (const entry of names(folder)) {
    const answer = await ask(join(folder, entry)).catch(() => undefined);
    if (answer) answers.push(answer);
  }
  return answers;
}

async function ask(path: string): Promise<ReloadAnswer | undefined> {
  const said = await text(connect(path));
  return said === "" ? undefined : (JSON.parse(said) as ReloadAnswer);
}

/**
 * Removes what processes left that were killed, as the kernel says by their locks: numbers of processes are those of a container, and hosts
 * of several may share a folder. To connect would be to ask for a reload.
 */
function sweep(folder: string): void {
  for (const entry of names(folder)) {
    const lock = lockOf(join(folder, entry));
    // One without is an older Hotcell's.
    if (!existsSync(lock) || isLocked(lock)) continue;
    rmSync(join(folder, entry), { force: true });
    rmSync(lock, { force: true });
  }
}

/** Place that nobody has who lives: a process of another container may have the same number. */
function ownPlace(folder: string): { path: string; life: FileLock } {
  for (let place = 1; ; place++) {
    const path = join(folder, `workers-${process.pid}${place === 1 ? "" : `-${place}`}.sock`);
    const life = FileLock.attempt(lockOf(path), { shared: false });
    if (life) return { path, life };
  }
}

/** Lock that whoever listens at a socket has. */
function lockOf(path: string): string {
  return path.replace(/\.sock$/, ".lock");
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((entry) => name.test(entry));
  } catch {
    return [];
  }
}

function folderOf(data: string): string {
  return resolve(join(data, "nodes"));
}
