import type { ByteReader } from "../../wasm/byte-reader.ts";
import { ByteWriter } from "../../wasm/byte-writer.ts";
import { malformed, unsupported } from "../../wasm/module-failures.ts";
import { externKinds, moduleSection } from "../../wasm/sections.ts";
import type { HardenedMemory, HardenedTable, InstanceParts } from "../hardened-module.ts";
import { checkSize, type HardenLimits } from "../module-limits.ts";
import { memoryExport, stateExport } from "../reserved.ts";
import { copyConstant } from "../scan/constant.ts";
import type { ModuleReader } from "../scan/module-reader.ts";
import { type ModuleSpaces, movedGlobal } from "../scan/module-spaces.ts";
import { type DeclaredLimits, readLimits } from "../scan/module-types.ts";
import type { Stretch } from "../scan/outline.ts";
import { sharedMaxima } from "../shares.ts";
import type { StateFunction } from "./state-function.ts";

interface Definition extends DeclaredLimits {
  /** The element type of a table, and its initial value if it has one. */
  readonly type: Stretch;
  readonly value: Stretch | undefined;
}

/** Numbers of what an instance is made of, counted as it is written. */
export type Parts = { -readonly [Name in keyof InstanceParts]: number };

/**
 * Writer of what a module defines and exports: with maxima that fit the limits, and with the globals and exports that
 * hardening adds.
 */
export class DefinitionWriter {
  readonly memories: HardenedMemory[] = [];
  readonly tables: HardenedTable[] = [];
  readonly #module: ModuleReader;
  readonly #reader: ByteReader;
  readonly #limits: HardenLimits;
  readonly #state: StateFunction;
  readonly #parts: Parts;

  constructor(
    module: ModuleReader,
    reader: ByteReader,
    limits: HardenLimits,
    state: StateFunction,
    parts: Parts,
  ) {
    this.#module = module;
    this.#reader = reader;
    this.#limits = limits;
    this.#state = state;
    this.#parts = parts;
  }

  writeTables(content: ByteWriter, spaces: ModuleSpaces): void {
    const reader = this.#reader;
    const tables: Definition[] = [];
    const values = new ByteWriter(64);
    this.#module.each(moduleSection.table, "tables", () => {
      const at = reader.at;
      const initialised = reader.peek() === 0x40;
      if (initialised) {
        reader.byte();
        if (reader.byte() !== 0) throw unsupported("an unknown form of table", at);
      }
      const start = reader.at;
      this.#module.readElementType();
      const type = { start, end: reader.at };
      const limits = readLimits(reader, "table", 2 ** 32 - 1);
      const from = values.length;
      if (initialised) copyConstant(reader, spaces, values);
      tables.push({ ...limits, type, value: initialised ? { start: from, end: values.length } : undefined });
    });
    const sum = tables.reduce((all, { min }) => all + min, 0);
    checkSize("tableElements", this.#limits.tableElements, sum);
    const maxima = sharedMaxima(tables, this.#limits.tableElements);
    const written = values.finish();
    content.u32(tables.length);
    tables.forEach(({ type, min, max: declared, value }, i) => {
      const max = maxima[i]!;
      if (value) content.bytes(0x40, 0x00);
      content.copy(this.#reader.bytes, type.start, type.end);
      content.byte(0x01);
      content.u32(min);
      content.u32(max);
      if (value) content.copy(written, value.start, value.end);
      this.tables.push({ min, max, declared, filled: value !== undefined });
    });
  }

  writeMemories(content: ByteWriter): void {
    const memories: DeclaredLimits[] = [];
    this.#module.each(moduleSection.memory, "memories", () => {
      memories.push(readLimits(this.#reader, "memory", 65_536));
    });
    const sum = memories.reduce((all, { min }) => all + min, 0);
    checkSize("memoryPages", this.#limits.memoryPages, sum);
    const maxima = sharedMaxima(memories, this.#limits.memoryPages);
    content.u32(memories.length);
    memories.forEach(({ min, max: declared }, i) => {
      const max = maxima[i]!;
      content.byte(0x01);
      content.u32(min);
      content.u32(max);
      this.memories.push({ export: memoryExport(i), min, max, declared });
    });
  }

  writeGlobals(content: ByteWriter, spaces: ModuleSpaces): void {
    const reader = this.#reader;
    const copied = new ByteWriter(1024);
    const { count } = this.#module.each(moduleSection.global, "globals", () => {
      const start = reader.at;
      this.#module.readGlobalType();
      copied.copy(this.#reader.bytes, start, reader.at);
      copyConstant(reader, spaces, copied);
    });
    content.u32(count + this.#state.addedGlobals);
    content.append(copied);
    this.#state.writeGlobals(content);
  }

  writeExports(content: ByteWriter, spaces: ModuleSpaces): void {
    const reader = this.#reader;
    const copied = new ByteWriter(1024);
    const functions = new Set<number>();
    const { count } = this.#module.each(moduleSection.export, "exports", () => {
      const start = reader.at;
      this.#module.checkName();
      const kind = reader.byte();
      if (externKinds[kind] === undefined)
        throw unsupported(`the kind of export 0x${kind.toString(16)}`, reader.at - 1);
      copied.copy(this.#reader.bytes, start, reader.at);
      if (externKinds[kind] === "func") {
        const index = this.#module.readFunctionIndex();
        functions.add(index);
        copied.u32(index);
      } else if (externKinds[kind] === "global") {
        this.#parts.exportedGlobals++;
        const index = reader.u32();
        if (index >= spaces.globals) throw malformed(`there is no global ${index}`, reader.at);
        copied.u32(movedGlobal(index, spaces));
      } else copied.u32(reader.u32());
    });
    const state = this.#state.needed;
    const all = count + this.memories.length + (state ? 1 : 0);
    this.#parts.exports = all;
    this.#parts.exportedFunctions = functions.size + (state ? 1 : 0);
    content.u32(all);
    content.append(copied);
    const add = (name: string, kind: number, index: number) => {
      content.name(name);
      content.byte(kind);
      content.u32(index);
    };
    this.memories.forEach((memory, i) => {
      add(memory.export, 2, this.#module.importedMemories + i);
    });
    if (state) add(stateExport, 0, this.#module.functions.length + 1);
  }
}
