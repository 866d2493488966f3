/** Contracts of a store in memory: their versions, and the numbers of those that were removed. */
import { contractBounds } from "../../bounds/contract-bounds.ts";
import { contractTaken } from "../refusals.ts";
import { type ContractRow, removedRow } from "../rows.ts";

export class MemoryContracts {
  #rows: readonly ContractRow[];

  constructor(rows: readonly ContractRow[] = []) {
    this.#rows = rows;
  }

  /** Rows by name and number. */
  all(): ContractRow[] {
    return this.#rows.map((row) => ({ ...row, bytes: row.bytes.slice() }));
  }

  /** Throws `stale-revision` where the version has other bytes. */
  put(row: ContractRow): void {
    const { name, version } = row;
    const others = this.#rows.filter((other) => other.name !== name || other.version !== version);
    const there = this.#rows.find((other) => !others.includes(other));
    if (there && Buffer.compare(there.bytes, row.bytes) !== 0) throw contractTaken(name, version);
    this.#rows = inOrder([...others, row]);
  }

  /** One version, or all of the name; false where there is none. */
  remove(name: string, version: number | undefined, at: string): boolean {
    const all = this.#rows.filter((row) => row.name === name);
    const gone = all.filter((row) => !isRemoved(row) && (version ?? row.version) === row.version);
    if (gone.length === 0) return false;
    const highest = all.at(-1)!;
    const isGone = gone.includes(highest);
    const left = this.#rows.filter(
      (row) => !(gone.includes(row) || (isGone && row.name === name && isRemoved(row))),
    );
    this.#rows = remembered(isGone ? [...left, removedRow(name, highest.version, at)] : left);
    return true;
  }
}

const isRemoved = ({ bytes }: ContractRow): boolean => bytes.length === 0;

/** Rows in which one stands for those that were removed first, beyond as many as are remembered. */
function remembered(rows: readonly ContractRow[]): ContractRow[] {
  const removed = rows
    .filter(isRemoved)
    .sort((a, b) => (a.at === b.at ? byName(a, b) : a.at < b.at ? 1 : -1));
  const forgotten = removed.slice(contractBounds.removed.value);
  const left = rows.filter((row) => !forgotten.includes(row));
  const highest = Math.max(...forgotten.map(({ version }) => version));
  return inOrder(forgotten.length === 0 ? left : [...left, removedRow("", highest, "")]);
}

function inOrder(rows: readonly ContractRow[]): ContractRow[] {
  return rows.toSorted((a, b) => byName(a, b) || a.version - b.version);
}

function byName(a: ContractRow, b: ContractRow): number {
  return a.name === b.name ? 0 : a.name < b.name ? -1 : 1;
}
