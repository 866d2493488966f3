/** Calls with keys of the hosts of a data folder, workers among them, in a small SQLite file beside their leases. */
import { join } from "node:path";
import type { StatementSync } from "node:sqlite";
import { idempotencyBounds } from "../bounds/http-bounds.ts";
import { isLocked } from "../sqlite/file-lock.ts";
import type { FileSchema } from "../sqlite/file-schema.ts";
import { SharedFile } from "../sqlite/shared-file.ts";
import {
  allOfHost,
  callBytes,
  type RoomAmount,
  type RoomRule,
  requireRoom,
  roomsOf,
} from "../store/call-rooms.ts";
import {
  type BegunCall,
  bytesOfAnswer,
  type KeptAnswer,
  type KeyedCall,
  type KnownCall,
} from "../store/keyed-calls.ts";
import { OwedWrites } from "../store/owed-writes.ts";
import { idOfCall, readAnswer, type SharedCalls, writtenAnswer } from "../store/shared-calls.ts";
import { lifeFile } from "./folder-nodes.ts";

const schema: FileSchema = {
  what: "Hotcell's calls with keys",
  applicationId: 0x48_43_43_4b,
  steps: [
    `CREATE TABLE calls (
       id TEXT PRIMARY KEY, print TEXT NOT NULL, rooms TEXT NOT NULL, bytes INTEGER NOT NULL,
       maker TEXT, until INTEGER, lost INTEGER NOT NULL DEFAULT 0, answer TEXT, body BLOB
     ) STRICT;
     CREATE INDEX calls_until ON calls (until) WHERE until IS NOT NULL;
     CREATE INDEX calls_maker ON calls (maker) WHERE maker IS NOT NULL;
     CREATE TABLE rooms (name TEXT PRIMARY KEY, entries INTEGER NOT NULL, bytes INTEGER NOT NULL, underWay INTEGER NOT NULL) STRICT;`,
  ],
};

/** Row as far as rooms are about it. */
interface RoomedRow {
  /** Names, as JSON. */
  readonly rooms: string;
  readonly bytes: number;
  readonly maker: string | null;
}

interface CallRow extends RoomedRow {
  readonly print: string;
  readonly until: number | null;
  readonly lost: number;
  readonly answer: string | null;
  readonly body: Uint8Array | null;
}

/** Milliseconds between two times that what is old is removed, whoever calls, and while there is more than one step removes. */
const [sweepEvery, sweepOn] = [60_000, 50];
/** Calls that one step removes: their bytes are written over, and the thread has other work. */
const batch = 16;

export class SqliteCalls implements SharedCalls, Disposable {
  readonly #folder: string;
  readonly #self: string;
  readonly #kept: SharedFile;
  readonly #statements = new Map<string, StatementSync>();
  readonly #now: () => number;
  readonly #owed = new OwedWrites();
  #sweeping: NodeJS.Timeout | undefined;

  /** `folder`: in which the leases are, of which `self` has its own. Throws `store-unavailable`, `store-corrupt` and `store-too-new`. */
  constructor(folder: string, self: string, now: () => number = Date.now) {
    this.#folder = folder;
    this.#self = self;
    this.#now = now;
    this.#kept = new SharedFile(join(folder, "calls.db"), schema, "PRAGMA secure_delete = ON");
    this.#sweep();
  }

  async claim(call: KeyedCall, maker: string): Promise<BegunCall | KnownCall> {
    const id = idOfCall(call);
    const known = this.#kept.transact(() => {
      this.#forgetOld();
      const row = this.#row(id);
      if (row) return knownOf(row);
      const rules = [...roomsOf(call), allOfHost];
      this.#require(rules);
      const names = rules.map(({ name }) => name);
      this.#sql("INSERT INTO calls (id, print, rooms, bytes, maker) VALUES (?, ?, ?, ?, ?)").run(
        id,
        call.print,
        JSON.stringify(names),
        callBytes,
        maker,
      );
      this.#count(names, { entries: 1, bytes: callBytes, underWay: 1 });
      return undefined;
    });
    if (known) return known;
    return {
      settle: (answer) =>
        this.#write(
          () => this.#settle(id, maker, answer),
          bytesOfAnswer(answer),
          () => this.#lose(id, maker),
        ),
      drop: () => this.#write(() => this.#drop(id, maker)),
    };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#sweeping);
    this.#owed.close();
    this.#kept[Symbol.dispose]();
  }

  /** Removes what is old, and notes of calls whose hosts have died that they are lost; again and again. */
  #sweep(): void {
    let more = false;
    try {
      more = this.#kept.transact(() => {
        this.#loseDead();
        return this.#forgetOld();
      });
    } catch {
      // The next time, or whoever claims.
    }
    this.#sweeping = setTimeout(() => this.#sweep(), more ? sweepOn : sweepEvery).unref();
  }

  /** Statement of that text: to prepare one takes longer than most take to run. */
  #sql(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known) return known;
    const statement = this.#kept.db.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }

  /** Writes now, or as soon as it can be done, as on a full disk. */
  #write(work: () => void, bytes = 0, instead = work): void {
    try {
      this.#kept.transact(work);
    } catch {
      const later = (work: () => void) => async () => this.#kept.transact(work);
      this.#owed.owe({ write: later(work), bytes, instead: later(instead) });
    }
  }

  /** Row of a call, unless that is old. */
  #row(id: string): CallRow | undefined {
    const found = this.#sql(
      "SELECT print, rooms, bytes, maker, until, lost, answer, body FROM calls WHERE id = ?",
    ).get(id);
    const row = found as CallRow | undefined;
    if (row?.until == null || row.until > this.#now()) return row;
    this.#remove(id, row);
    return undefined;
  }

  #settle(id: string, maker: string, answer: KeptAnswer): void {
    const row = this.#own(id, maker);
    if (!row) return;
    const bytes = bytesOfAnswer(answer);
    const fits = bytes <= idempotencyBounds.answer.value;
    const written = fits ? writtenAnswer(answer) : undefined;
    this.#sql(
      "UPDATE calls SET maker = NULL, until = ?, bytes = bytes + ?, answer = ?, body = ? WHERE id = ?",
    ).run(
      this.#now() + idempotencyBounds.keptTime.value,
      fits ? bytes : 0,
      written ? JSON.stringify(written.answer) : null,
      written?.bytes ?? null,
      id,
    );
    this.#count(namesIn(row.rooms), { entries: 0, bytes: fits ? bytes : 0, underWay: -1 });
  }

  #drop(id: string, maker: string): void {
    const row = this.#own(id, maker);
    if (row) this.#remove(id, row);
  }

  #remove(id: string, { rooms, bytes, maker }: RoomedRow): void {
    this.#sql("DELETE FROM calls WHERE id = ?").run(id);
    this.#count(namesIn(rooms), { entries: -1, bytes: -bytes, underWay: maker === null ? 0 : -1 });
  }

  /** Row of a call that this host makes. */
  #own(id: string, maker: string): RoomedRow | undefined {
    const row = this.#sql("SELECT rooms, bytes, maker FROM calls WHERE id = ? AND maker = ?").get(id, maker);
    return row as RoomedRow | undefined;
  }

  /** Throws `too-many-requests` where there is no room, also without what is old and what dead hosts have under way. */
  #require(rules: readonly RoomRule[]): void {
    const require = () => {
      for (const rule of rules) requireRoom(rule, this.#taken(rule.name));
    };
    try {
      require();
    } catch {
      this.#loseDead();
      while (this.#forgetOld());
      require();
    }
  }

  #taken(name: string): RoomAmount {
    const row = this.#sql("SELECT entries, bytes, underWay FROM rooms WHERE name = ?").get(name);
    return (row as RoomAmount | undefined) ?? { entries: 0, bytes: 0, underWay: 0 };
  }

  #count(names: readonly string[], { entries, bytes, underWay }: RoomAmount): void {
    const add = this.#sql(
      `INSERT INTO rooms (name, entries, bytes, underWay) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO UPDATE
       SET entries = entries + ?2, bytes = bytes + ?3, underWay = underWay + ?4`,
    );
    for (const name of names) {
      add.run(name, entries, bytes, underWay);
      if (entries < 0) this.#sql("DELETE FROM rooms WHERE name = ? AND entries = 0").run(name);
    }
  }

  /** Removes some of what is old; true where there may be more. */
  #forgetOld(): boolean {
    const gone = this.#sql(
      `DELETE FROM calls WHERE id IN (SELECT id FROM calls WHERE until <= ? ORDER BY until LIMIT ${batch}) RETURNING rooms, bytes`,
    ).all(this.#now());
    for (const { rooms, bytes } of gone as unknown as readonly RoomedRow[])
      this.#count(namesIn(rooms), { entries: -1, bytes: -bytes, underWay: 0 });
    return gone.length === batch;
  }

  #loseDead(): void {
    const makers = this.#sql("SELECT DISTINCT maker FROM calls WHERE maker IS NOT NULL").all();
    for (const { maker } of makers) {
      if (maker === this.#self || isLocked(lifeFile(this.#folder, String(maker)))) continue;
      const lost = this.#sql("SELECT id FROM calls WHERE maker = ?").all(maker!) as { id: string }[];
      for (const { id } of lost) this.#lose(id, String(maker));
    }
  }

  /** Notes that nobody knows what a call came to. */
  #lose(id: string, maker: string): void {
    const row = this.#own(id, maker);
    if (!row) return;
    const until = this.#now() + idempotencyBounds.keptTime.value;
    this.#sql("UPDATE calls SET maker = NULL, lost = 1, until = ? WHERE id = ?").run(until, id);
    this.#count(namesIn(row.rooms), { entries: 0, bytes: 0, underWay: -1 });
  }
}

function namesIn(rooms: string): readonly string[] {
  return JSON.parse(rooms) as string[];
}

function knownOf({ print, maker, lost, answer, body }: CallRow): KnownCall {
  return {
    print,
    ...(maker !== null && { maker }),
    ...(lost === 1 && { lost: true as const }),
    ...(answer !== null && { answer: readAnswer(JSON.parse(answer), body ?? new Uint8Array()) }),
  };
}
