/** Fields of a component, as the decoder comes by them, so that one can be changed and the sizes around it stay true. */

import { decodeComponent } from "../../../host/component/decode/decoder.ts";
import { type ComponentLimits, StructureMeter } from "../../../host/component/structure-limits.ts";
import { ByteReader } from "../../../host/wasm/byte-reader.ts";

type FieldKind = "byte" | "u32" | "s33" | "count" | "name" | "size";

export interface Field {
  readonly kind: FieldKind;
  readonly start: number;
  readonly end: number;
  /** Of a size: where what it measures ends. */
  readonly until: number;
}

export interface Layout {
  readonly bytes: Uint8Array;
  /** In order. A component that is not decoded to its end has fewer. */
  readonly fields: readonly Field[];
  /** Where definitions begin. */
  readonly definitions: readonly number[];
}

class DefinitionsMeter extends StructureMeter {
  readonly definitions: number[] = [];

  override spend(...[what, amount, offset]: Parameters<StructureMeter["spend"]>): void {
    if (offset !== undefined && (what === "definitions" || what === "instances"))
      this.definitions.push(offset);
    super.spend(what, amount, offset);
  }
}

const read = ["byte", "u32", "s33", "count", "name"] as const;
type Reading = Pick<ByteReader<StructureMeter>, (typeof read)[number] | "sub">;

export function layoutOf(bytes: Uint8Array, limits: Partial<ComponentLimits> = {}): Layout {
  const fields = new Map<number, Field>();
  const meter = new DefinitionsMeter(limits);
  const { prototype } = ByteReader as unknown as { prototype: Reading };
  const original = { ...pick(prototype) };
  let inside = false;
  let last: Field | undefined;
  for (const kind of read) {
    const method: (this: ByteReader<StructureMeter>) => unknown = original[kind];
    prototype[kind] = function (this: ByteReader<StructureMeter>): never {
      if (inside) return method.call(this) as never;
      const start = this.at;
      inside = true;
      try {
        return method.call(this) as never;
      } finally {
        inside = false;
        last = { kind, start, end: this.at, until: this.at };
        if (this.at > start && !fields.has(start)) fields.set(start, last);
      }
    };
  }
  prototype.sub = function (this: ByteReader<StructureMeter>, length: number) {
    const start = this.at;
    if (last?.end === start) fields.set(last.start, { ...last, kind: "size", until: start + length });
    return original.sub.call(this, length);
  };
  try {
    decodeComponent(bytes, meter);
  } catch {
    // What comes after is changed as bytes only.
  } finally {
    Object.assign(prototype, original);
  }
  const inOrder = [...fields.values()].filter(({ start }) => start >= 8).sort((a, b) => a.start - b.start);
  return { bytes, fields: inOrder, definitions: [...new Set(meter.definitions)].sort((a, b) => a - b) };
}

function pick(prototype: Reading): Reading {
  const { byte, u32, s33, count, name, sub } = prototype;
  return { byte, u32, s33, count, name, sub };
}

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** The component with stretches replaced (they may not overlap, nor hold sizes), and sizes around them made to fit. */
export function edited({ bytes, fields }: Layout, edits: readonly Edit[]): Uint8Array<ArrayBuffer> {
  const changes: Edit[] = [...edits];
  const sizes = fields.filter(({ kind }) => kind === "size");
  // Inner sizes come after the outer ones that they are part of.
  for (const size of sizes.reverse()) {
    const grown = changes.filter(({ start, end }) => start >= size.end && end <= size.until);
    if (grown.length === 0) continue;
    const growth = grown.reduce((sum, { start, end, bytes: put }) => sum + put.length - (end - start), 0);
    const content = leb(Math.max(0, size.until - size.end + growth));
    changes.push({ start: size.start, end: size.end, bytes: content });
  }
  changes.sort((a, b) => a.start - b.start);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end, bytes: put } of changes) {
    if (start < at) continue;
    parts.push(bytes.subarray(at, start), put);
    at = end;
  }
  return new Uint8Array(Buffer.concat([...parts, bytes.subarray(at)]));
}

export function leb(value: number): Uint8Array {
  const made: number[] = [];
  let left = value;
  while (left >= 0x80) {
    made.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  return Uint8Array.from([...made, left]);
}
