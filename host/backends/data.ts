/**
 * Data that cross between a cell and a backend: plain, so that they mean the same in one process and between two. Who
 * gives some away does not touch them any more.
 */
export type Data =
  | null
  | boolean
  | number
  /** Integer of 64 bits, with or without sign. */
  | bigint
  | string
  | Uint8Array
  | readonly Data[]
  | { readonly [name: string]: Data };

/** Levels of lists and objects, and values in them all together. */
export const dataShape = { depth: 16, values: 65_536 } as const;

/** Kinds of data, as frames have them. A text that is not well-formed goes as its UTF-16 code units. */
export const dataKinds = {
  null: 0,
  false: 1,
  true: 2,
  number: 3,
  natural: 4,
  negative: 5,
  text: 6,
  units: 7,
  bytes: 8,
  list: 9,
  object: 10,
} as const;

/** Bytes that data take in a frame. Throws a TypeError for what is no data, or has too many values or levels. */
export function weighData(data: Data): number {
  let values = 0;
  const weigh = (value: Data, depth: number): number => {
    if (++values > dataShape.values || depth > dataShape.depth)
      throw new TypeError("Data have too many values.");
    if (value === null || typeof value === "boolean") return 1;
    if (typeof value === "number") return 9;
    if (typeof value === "bigint") return weighInteger(value);
    if (typeof value === "string") return 1 + weighText(value);
    if (value instanceof Uint8Array) return 5 + value.byteLength;
    let sum = 5;
    if (Array.isArray(value)) {
      for (const each of value as Data[]) sum += weigh(each, depth + 1);
      return sum;
    }
    if (!isPlain(value)) throw new TypeError(`Data can't have a ${typeof value}.`);
    const members = value as { readonly [name: string]: Data };
    for (const name of Object.keys(members))
      sum += 4 + Buffer.byteLength(name) + weigh(members[name]!, depth + 1);
    return sum;
  };
  return weigh(data, 0);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function weighInteger(value: bigint): number {
  if (value >= 1n << 64n || value <= -(1n << 64n)) throw new TypeError("Data have integers of 64 bits.");
  return 9;
}

function weighText(text: string): number {
  return 4 + (text.isWellFormed() ? Buffer.byteLength(text) : 2 * text.length);
}
