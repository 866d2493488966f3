/** The worker thread of the SQLite store. */
import { type FSWatcher, watch as watchFile } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadReply, ThreadReport } from "../../sqlite/file-thread.ts";
import { toErrorMessage } from "../../sqlite/sqlite-errors.ts";
import type { FileOptions } from "../../sqlite/sqlite-file.ts";
import type { EventRow } from "../rows.ts";
import { pageBytes, pageLimit } from "../store.ts";
import { SqliteDatabase } from "./sqlite-database.ts";
import type { Request } from "./sqlite-protocol.ts";

export interface WorkerOptions extends FileOptions {
  /** Milliseconds between looks at what other processes have written, while somebody watches. */
  readonly pollInterval: number;
}

/** Tells of the events added since it was last asked. */
class Tail {
  readonly #db: SqliteDatabase;
  #last: number;
  #dataVersion: number;

  constructor(db: SqliteDatabase) {
    this.#db = db;
    // The version first: what is written between the two looks is then looked for again, not missed.
    this.#dataVersion = db.dataVersion;
    this.#last = db.eventRange().last;
  }

  othersWrote(): boolean {
    return this.#db.dataVersion !== this.#dataVersion;
  }

  /** One page of them. */
  take(): { events: EventRow[]; more: boolean } {
    const dataVersion = this.#db.dataVersion;
    const events = this.#db.events(this.#last, pageLimit, pageBytes, undefined);
    this.#last = events.at(-1)?.id ?? this.#last;
    const more = this.#last < this.#db.eventRange().last;
    if (!more) this.#dataVersion = dataVersion;
    return { events, more };
  }
}

/** Milliseconds from a sign that somebody has written to the look, and so between two looks at least. */
const signPause = 2;

const port = parentPort!;
const { pollInterval, ...options } = workerData as WorkerOptions;
const db = open();
if (db) serve(db);

function open(): SqliteDatabase | undefined {
  try {
    const opened = new SqliteDatabase(options);
    report([{ id: 0 }], []);
    return opened;
  } catch (error) {
    report([{ id: 0, error: toErrorMessage(error, options.file) }], []);
    return undefined;
  }
}

function serve(db: SqliteDatabase): void {
  let tail: Tail | undefined;
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  let soon: NodeJS.Timeout | undefined;

  const takeEvents = (): EventRow[] => {
    try {
      const { events, more } = tail?.take() ?? { events: [], more: false };
      // In messages of their own: all at once may be as large as the log.
      if (more) setImmediate(tellRest);
      return events;
    } catch {
      // Whoever reads or writes is told; the events are looked for again next time.
      return [];
    }
  };
  const tellRest = () => {
    const events = takeEvents();
    if (events.length > 0) report([], events);
  };
  const poll = () => {
    try {
      if (!tail?.othersWrote()) return;
    } catch {
      return;
    }
    tellRest();
  };
  const look = () => {
    soon = undefined;
    poll();
  };
  /** The system says at once that somebody writes, where it can: whoever waits for that need not wait for the next look. */
  const heedSigns = (): void => {
    try {
      watcher = watchFile(`${options.file}-wal`, { persistent: false }, () => {
        soon ??= setTimeout(look, signPause);
      });
      watcher.on("error", () => watcher?.close());
    } catch {
      // Looking now and then is enough.
    }
  };
  const watch = (on: boolean): void => {
    clearInterval(timer);
    clearTimeout(soon);
    soon = undefined;
    watcher?.close();
    watcher = undefined;
    tail = on ? new Tail(db) : undefined;
    if (!on) return;
    timer = setInterval(poll, pollInterval);
    heedSigns();
  };
  const run = ({ operation, args }: Request): unknown => {
    if (operation === "watch") return watch(args[0] === true);
    if (operation === "close") {
      watch(false);
      return db.close();
    }
    return (db[operation] as (...args: unknown[]) => unknown).apply(db, [...args]);
  };

  port.on("message", (requests: readonly Request[]) => {
    const replies = requests.map((request): ThreadReply => {
      try {
        return { id: request.id, value: run(request) };
      } catch (error) {
        return { id: request.id, error: toErrorMessage(error, options.file) };
      }
    });
    const closed = requests.at(-1)?.operation === "close";
    report(replies, closed ? [] : takeEvents());
    if (closed) port.close();
  });
}

function report(replies: readonly ThreadReply[], events: readonly EventRow[]): void {
  const bytes = replies.flatMap(({ value }) =>
    value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : [],
  );
  const message: ThreadReport<readonly EventRow[]> = { replies, ...(events.length > 0 && { told: events }) };
  port.postMessage(message, bytes);
}
