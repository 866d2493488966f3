/** Socket in the data folder by which `hotcell reload` asks the process that has the workers. Only its user can open it. */

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";

/** Answer: the processes that serve now, or why they are not all new. */
export interface ReloadAnswer {
  /** Process that has the workers. */
  readonly primary: number;
  readonly workers: readonly number[];
  readonly failed?: string;
}

const name = /^workers-\d+\.sock$/;

export class ReloadSocket implements AsyncDisposable {
  readonly #path: string;
  readonly #server: Server;

  private constructor(path: string, server: Server) {
    this.#path = path;
    this.#server = server;
  }

  /** `reload` is asked by each connection, and what it gives is told there. */
  static async listen(data: string, reload: () => Promise<ReloadAnswer>): Promise<ReloadSocket> {
    const folder = folderOf(data);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `workers-${process.pid}.sock`);
    // One before with the same number can't be alive.
    rmSync(path, { force: true });
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      void reload().then((answer) => socket.end(JSON.stringify(answer)));
    });
    await new Promise<void>((done, reject) => {
      server.once("error", reject);
      server.listen(path, done);
    });
    return new ReloadSocket(path, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    rmSync(this.#path, { force: true });
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
