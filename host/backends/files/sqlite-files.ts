/** Files in a file of SQLite's in the data folder, which a thread of its own has. */
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { HotcellError } from "../../errors.ts";
import { ownFile } from "../../platform/own-file.ts";
import { threadOptions } from "../../platform/thread-options.ts";
import { UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";
import type { KeptFiles } from "./file-nodes.ts";
import type { FileService, ServedFiles } from "./file-service.ts";
import type { FileAccess } from "./file-session.ts";
import type { FileMessage, FileReply } from "./files-worker.ts";

export class SqliteFiles implements FileService {
  readonly #file: string;
  /** Started when files are first asked for: most hosts have no plugin that has some. */
  #worker: Worker | undefined;
  readonly #pending = new Map<number, PromiseWithResolvers<Data>>();
  #exited = Promise.withResolvers<void>();
  #lastId = 0;
  #lastSession = 0;
  #closed = false;

  constructor(file: string) {
    this.#file = file;
  }

  open(access: FileAccess): ServedFiles {
    const session = ++this.#lastSession;
    const opened = this.#ask({ do: "open", session, access });
    // What is wrong with it is told to whoever asks for something.
    opened.catch(() => {});
    return {
      perform: async (request) => {
        const performed = this.#ask({ do: "perform", session, request });
        performed.catch(() => {});
        await opened;
        return performed;
      },
      end: () => this.#worker?.postMessage({ id: 0, do: "end", session } satisfies FileMessage),
    };
  }

  async kept(plugin: string): Promise<KeptFiles | undefined> {
    if (this.#empty) return undefined;
    const kept = (await this.#ask({ do: "kept", plugin })) as readonly [number, number] | null;
    return kept ? { bytes: kept[0], files: kept[1] } : undefined;
  }

  async forget(plugin: string): Promise<boolean> {
    if (this.#empty) return false;
    return (await this.#ask({ do: "forget", plugin })) === true;
  }

  async close(): Promise<void> {
    const done = this.#worker && this.#ask({ do: "close" });
    this.#closed = true;
    if (!done) return;
    await done.catch(() => {});
    await this.#exited.promise;
  }

  /** Nobody has had any files: no thread is started to find none. */
  get #empty(): boolean {
    return !this.#worker && !existsSync(this.#file);
  }

  #ask(message: Asked): Promise<Data> {
    if (this.#closed) return Promise.reject(this.#gone());
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = ++this.#lastId;
    const pending = Promise.withResolvers<Data>();
    this.#pending.set(id, pending);
    // An idle thread must not keep the process alive, a waiting cell must.
    worker.ref();
    worker.postMessage({ ...message, id });
    return pending.promise;
  }

  #start(): Worker {
    this.#exited = Promise.withResolvers();
    const options = { ...threadOptions(), workerData: { file: this.#file } };
    const worker = new Worker(ownFile(import.meta.url, "files-worker"), options);
    const ended = (cause?: unknown) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      for (const { reject } of this.#pending.values()) reject(this.#gone(cause));
      this.#pending.clear();
      this.#exited.resolve();
    };
    return worker
      .on("message", (reply: FileReply) => this.#receive(reply))
      .on("error", ended)
      .on("exit", () => ended());
  }

  #receive({ id, value = null, unexpected, failure }: FileReply): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (unexpected !== undefined) pending?.reject(new UnexpectedData(unexpected));
    else if (failure !== undefined) pending?.reject(this.#gone(failure));
    else pending?.resolve(value);
    if (this.#pending.size === 0 && !this.#closed) this.#worker?.unref();
  }

  #gone(cause?: unknown): HotcellError {
    return new HotcellError("store-unavailable", `The plugins' files in ${this.#file} can't be used.`, {
      subject: this.#file,
      remedy: "Look at the cause in the host's log; make sure that the data folder can be written to.",
      ...(cause !== undefined && { cause }),
    });
  }
}

type Asked = FileMessage extends infer M ? (M extends FileMessage ? Omit<M, "id"> : never) : never;
