import type { ByteReader } from "../../wasm/byte-reader.ts";
import { ByteWriter } from "../../wasm/byte-writer.ts";
import { malformed, unsupported } from "../../wasm/module-failures.ts";
import { type ModuleSection, sectionOrder } from "../../wasm/sections.ts";
import type {
  CodeSources,
  Hardened,
  HardenedMemory,
  HardenedTable,
  InstanceParts,
} from "../hardened-module.ts";
import { maxLineBytes } from "../line-table.ts";
import { checkLimit, checkSize, type HardenLimits } from "../module-limits.ts";
import { MoveRecorder } from "../moves.ts";
import {
  addedImports,
  fuelImport,
  fuelModule,
  memoryExport,
  refillImport,
  roomImport,
  roomModule,
  stateExport,
} from "../reserved.ts";
import { BodyScanner } from "../scan/body-scanner.ts";
import { copyConstant } from "../scan/constant.ts";
import { ModuleReader } from "../scan/module-reader.ts";
import { type ModuleSpaces, movedGlobal } from "../scan/module-spaces.ts";
import { type Limits, readLimits, readReferenceType } from "../scan/module-types.ts";
import type { Outline, Stretch } from "../scan/outline.ts";
import { sharedMaxima } from "../shares.ts";
import { BodyWriter } from "./body-writer.ts";
import { BranchHints } from "./branch-hints.ts";
import { Charges } from "./charges.ts";
import { InsertedCode } from "./inserted-code.ts";
import { linedModuleName, writeNames } from "./module-names.ts";

interface Definition extends Limits {
  /** The element type of a table, and its initial value if it has one. */
  readonly type: Stretch;
  readonly value: Stretch | undefined;
}

interface Code {
  readonly content: ByteWriter;
  readonly count: number;
  readonly hints: BranchHints | undefined;
}

/** Writes a module anew, section by section. */
export class ModuleRewriter {
  readonly #reader: ByteReader;
  readonly #bytes: Uint8Array;
  readonly #outline: Outline;
  readonly #limits: HardenLimits;
  readonly #unwinds: boolean;
  readonly #out: ByteWriter;
  readonly #module: ModuleReader;

  readonly #memories: HardenedMemory[] = [];
  readonly #tables: HardenedTable[] = [];
  #charges = 0;
  /** Where the functions of the code section begin in what is written. */
  #functionsAt = 0;
  readonly #moves: MoveRecorder | undefined;
  readonly #parts: { -readonly [Name in keyof InstanceParts]: number } = {
    types: 0,
    functions: 0,
    imports: 0,
    globals: 0,
    exports: 0,
    exportedFunctions: 0,
    exportedGlobals: 0,
    elementSegments: 0,
    elements: 0,
    dataSegments: 0,
    dataBytes: 0,
  };

  /** `unwinds`: as for `BodyScanner`. */
  constructor(reader: ByteReader, outline: Outline, limits: HardenLimits, unwinds: boolean) {
    this.#reader = reader;
    this.#bytes = reader.bytes;
    this.#outline = outline;
    this.#limits = limits;
    this.#unwinds = unwinds;
    this.#module = new ModuleReader(reader, outline, limits);
    this.#moves = this.#lines && new MoveRecorder();
    this.#out = new ByteWriter(Math.ceil(this.#bytes.length * 1.5) + 1024);
  }

  /** The content of the section that says where the code comes from, unless that is too large to be used. */
  get #lines(): Uint8Array | undefined {
    const { lines } = this.#outline;
    if (!lines || lines.end - lines.start > maxLineBytes) return undefined;
    return this.#bytes.subarray(lines.start, lines.end);
  }

  run(): Hardened {
    const { spaces } = this.#module;
    const scanner = new BodyScanner(this.#reader, spaces, this.#limits, this.#unwinds);
    const code = this.#rewriteCode(scanner, spaces);
    this.#module.state.irreversible = scanner.irreversible.size > 0;

    const out = this.#out;
    out.copy(this.#bytes, 0, 8);
    for (const id of sectionOrder) this.#writeSection(id, spaces, code);
    const sources = this.#sources();
    writeNames(out, this.#reader, this.#outline.names, sources?.module);
    this.#countParts();
    const hardened = out.finish();
    const features = scanner.features;
    if (this.#memories.length + this.#module.importedMemories > 1) features.add("multi-memory");
    return {
      bytes: hardened,
      info: {
        memories: this.#memories,
        tables: this.#tables,
        parts: this.#parts,
        hasStart: this.#outline.sections.has(8),
        features: [...features].sort(),
        sources,
        reset: {
          state: this.#module.state.needed,
          globals: this.#module.state.globals,
          irreversible: [...scanner.irreversible].sort(),
        },
        stats: {
          functions: this.#module.functions.length - this.#module.importedFunctions,
          bytesIn: this.#bytes.length,
          bytesOut: hardened.length,
          charges: this.#charges,
          largestBody: scanner.largestBody,
          mostLocals: scanner.mostLocals,
          deepestNesting: scanner.control.deepestNesting,
          mostBranchTargets: scanner.control.mostBranchTargets,
          mostMerges: scanner.control.mostMerges,
          totalMerges: scanner.control.totalMerges,
        },
      },
    };
  }

  #rewriteCode(scanner: BodyScanner, spaces: ModuleSpaces): Code {
    const section = this.#outline.sections.get(10);
    const defined = this.#module.functions.length - this.#module.importedFunctions;
    const content = new ByteWriter(section ? Math.ceil((section.end - section.start) * 1.4) : 64);
    if (!section) {
      if (defined > 0) throw malformed("functions without code", 0);
      return { content, count: 0, hints: undefined };
    }
    const reader = this.#module.enter(section);
    const count = reader.count();
    if (count !== defined) throw malformed(`${count} bodies for ${defined} functions`, section.start);
    const body = new ByteWriter(4096);
    const charges = new Charges();
    const { fuel, globals } = spaces;
    const added = {
      fuel,
      room: fuel + 1,
      tell: fuel + 2,
      dirty: movedGlobal(globals, spaces),
      refill: spaces.functions.length,
      tellType: spaces.types.known + 1,
    };
    const hints = new BranchHints();
    const inserted = new InsertedCode(body, added, hints);
    const writer = new BodyWriter(scanner, charges, this.#bytes, body, inserted, this.#moves);
    for (let i = 0; i < count; i++) {
      const size = reader.u32();
      const end = reader.at + size;
      if (end > section.end) throw malformed("a function reaches beyond its section", reader.at);
      reader.end = end;
      scanner.read(this.#module.functions[this.#module.importedFunctions + i]!);
      const charged = charges.settle(scanner.scan);
      this.#charges += charged;
      this.#moves?.begin(end - size);
      writer.write(charged > 0, end);
      hints.next(this.#module.importedFunctions + i);
      checkLimit(this.#limits, "hardenedBodyBytes", body.length, end - size);
      content.sized(body);
      this.#moves?.end(content.length - body.length);
      body.clear();
      reader.end = section.end;
    }
    reader.finish("the code");
    return { content, count, hints };
  }

  #writeSection(id: ModuleSection, spaces: ModuleSpaces, code: Code): void {
    const content = new ByteWriter(id === 10 ? 0 : 1024);
    const section = this.#outline.sections.get(id);
    const state = this.#module.state;
    switch (id) {
      case 1:
        this.#copyVector(content, id, state.needed ? 3 : 2);
        content.bytes(0x60, 0x00, 0x01, 0x7e); // (func (result i64))
        content.bytes(0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7e); // (func (param i32 i32) (result i64))
        if (state.needed) content.bytes(0x60, 0x01, 0x7f, 0x01, 0x7f); // (func (param i32) (result i32))
        break;
      case 2:
        this.#copyVector(content, id, addedImports);
        content.name(fuelModule);
        content.name(fuelImport);
        content.bytes(0x03, 0x7e, 0x01); // (global (mut i64))
        content.name(roomModule);
        content.name(roomImport);
        content.bytes(0x03, 0x7f, 0x01); // (global (mut i32))
        content.name(fuelModule);
        content.name(refillImport);
        content.bytes(0x03, 0x64); // (global (ref $type))
        content.positive(this.#module.types.known + 1);
        content.byte(0x00);
        break;
      case 3:
        this.#copyVector(content, id, state.needed ? 2 : 1);
        content.u32(this.#module.types.known);
        if (state.needed) content.u32(this.#module.types.known + 2);
        break;
      case 4:
        this.#writeTables(content, spaces);
        break;
      case 5:
        this.#writeMemories(content);
        break;
      case 6:
        this.#writeGlobals(content, spaces);
        break;
      case 7:
        this.#writeExports(content, spaces);
        break;
      case 9:
        this.#writeElements(content, spaces);
        break;
      case 10:
        content.u32(code.count + (state.needed ? 2 : 1));
        this.#functionsAt = content.length;
        content.append(code.content);
        this.#writeRefill(content, spaces);
        if (state.needed) state.writeBody(content, movedGlobal(spaces.globals, spaces));
        break;
      case 11:
        this.#writeData(content, spaces);
        break;
      case 8:
      case 12:
        if (section) {
          const reader = this.#module.enter(section);
          if (id === 8) this.#module.readFunctionIndex();
          else reader.u32();
          reader.finish("a section");
          content.copy(this.#bytes, section.start, section.end);
        }
        break;
      case 13:
        this.#copyVector(content, id, 0);
        break;
    }
    // A vector of nothing says the same as no section.
    const empty =
      content.length === 0 || (content.length === 1 && id !== 8 && id !== 12 && content.first === 0);
    if (empty && !section) return;
    if (id === 10) code.hints?.write(this.#out);
    this.#out.byte(id);
    this.#out.sized(content);
    if (id === 10) this.#functionsAt += this.#out.length - content.length;
  }

  #countParts(): void {
    const module = this.#module;
    const { state, types, functions } = module;
    const imported = module.importedFunctions + module.importedGlobals + module.importedMemories;
    this.#parts.types = types.known + 3;
    this.#parts.functions = functions.length + 2;
    this.#parts.imports = imported + module.importedTables + module.importedTags + addedImports;
    this.#parts.globals = module.globals + 2 + state.addedGlobals;
  }

  /** The elements of a section, announcing that some more follow. */
  #copyVector(content: ByteWriter, id: ModuleSection, more: number): void {
    const section = this.#outline.sections.get(id);
    if (!section) {
      content.u32(more);
      return;
    }
    const reader = this.#module.enter(section);
    content.u32(reader.u32() + more);
    content.copy(this.#bytes, reader.at, section.end);
  }

  #writeTables(content: ByteWriter, spaces: ModuleSpaces): void {
    const reader = this.#reader;
    const tables: Definition[] = [];
    const values = new ByteWriter(64);
    this.#module.each(4, "tables", () => {
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
      content.copy(this.#bytes, type.start, type.end);
      content.byte(0x01);
      content.u32(min);
      content.u32(max);
      if (value) content.copy(written, value.start, value.end);
      this.#tables.push({ min, max, declared, filled: value !== undefined });
    });
  }

  #writeMemories(content: ByteWriter): void {
    const memories: Limits[] = [];
    this.#module.each(5, "memories", () => {
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
      this.#memories.push({ export: memoryExport(i), min, max, declared });
    });
  }

  #writeGlobals(content: ByteWriter, spaces: ModuleSpaces): void {
    const reader = this.#reader;
    const copied = new ByteWriter(1024);
    const { count } = this.#module.each(6, "globals", () => {
      const start = reader.at;
      this.#module.readGlobalType();
      copied.copy(this.#bytes, start, reader.at);
      copyConstant(reader, spaces, copied);
    });
    content.u32(count + this.#module.state.addedGlobals);
    content.append(copied);
    this.#module.state.writeGlobals(content);
  }

  #writeExports(content: ByteWriter, spaces: ModuleSpaces): void {
    const reader = this.#reader;
    const copied = new ByteWriter(1024);
    const functions = new Set<number>();
    const { count } = this.#module.each(7, "exports", () => {
      const start = reader.at;
      this.#module.checkName();
      const kind = reader.byte();
      if (kind > 4) throw unsupported(`the kind of export 0x${kind.toString(16)}`, reader.at - 1);
      copied.copy(this.#bytes, start, reader.at);
      if (kind === 0) {
        const index = this.#module.readFunctionIndex();
        functions.add(index);
        copied.u32(index);
      } else if (kind === 3) {
        this.#parts.exportedGlobals++;
        const index = reader.u32();
        if (index >= spaces.globals) throw malformed(`there is no global ${index}`, reader.at);
        copied.u32(movedGlobal(index, spaces));
      } else copied.u32(reader.u32());
    });
    const state = this.#module.state.needed;
    const all = count + this.#memories.length + (state ? 1 : 0);
    this.#parts.exports = all;
    this.#parts.exportedFunctions = functions.size + (state ? 1 : 0);
    content.u32(all);
    content.append(copied);
    const add = (name: string, kind: number, index: number) => {
      content.name(name);
      content.byte(kind);
      content.u32(index);
    };
    this.#memories.forEach((memory, i) => {
      add(memory.export, 2, this.#module.importedMemories + i);
    });
    if (state) add(stateExport, 0, this.#module.functions.length + 1);
  }

  #writeElements(content: ByteWriter, spaces: ModuleSpaces): void {
    const reader = this.#reader;
    const copied = new ByteWriter(1024);
    const { count } = this.#module.each(9, "segments", () => {
      const start = reader.at;
      const flags = reader.u32();
      if (flags > 7) throw unsupported(`the flags 0x${flags.toString(16)} of an element segment`, start);
      const passive = (flags & 1) !== 0;
      const explicit = (flags & 2) !== 0;
      if (!passive && explicit) reader.u32();
      copied.copy(this.#bytes, start, reader.at);
      if (!passive) copyConstant(reader, spaces, copied);
      const from = reader.at;
      const expressions = (flags & 4) !== 0;
      if (passive || explicit) {
        if (expressions) readReferenceType(reader, this.#module.types);
        else if (reader.byte() !== 0) throw unsupported("an unknown kind of element", from);
      }
      const elements = reader.count();
      this.#parts.elements += elements;
      copied.copy(this.#bytes, from, reader.at);
      for (let left = elements; left > 0; left--) {
        if (expressions) copyConstant(reader, spaces, copied);
        else copied.u32(this.#module.readFunctionIndex());
      }
    });
    this.#parts.elementSegments = count;
    content.u32(count);
    content.append(copied);
  }

  /** A function that only calls what is imported for it: that takes less room than wherever fuel may run out. */
  #writeRefill(content: ByteWriter, { fuel, types }: ModuleSpaces): void {
    const body = new ByteWriter(16);
    body.bytes(0x00, 0x41, 0x00, 0x41, 0x00, 0x23); // no locals, i32.const 0, i32.const 0, global.get
    body.u32(fuel + 2);
    body.byte(0x14); // call_ref
    body.u32(types.known + 1);
    body.byte(0x0b);
    content.sized(body);
  }

  #writeData(content: ByteWriter, spaces: ModuleSpaces): void {
    const reader = this.#reader;
    const copied = new ByteWriter(1024);
    const { count } = this.#module.each(11, "segments", () => {
      const start = reader.at;
      const flags = reader.u32();
      if (flags > 2) throw unsupported(`the flags 0x${flags.toString(16)} of a data segment`, start);
      if (flags === 2) reader.u32();
      copied.copy(this.#bytes, start, reader.at);
      if (flags !== 1) copyConstant(reader, spaces, copied);
      const from = reader.at;
      const size = reader.u32();
      this.#parts.dataBytes += size;
      reader.skip(size);
      copied.copy(this.#bytes, from, reader.at);
    });
    this.#parts.dataSegments = count;
    content.u32(count);
    content.append(copied);
  }

  #sources(): CodeSources | undefined {
    const lines = this.#lines;
    if (!lines || !this.#moves) return undefined;
    return {
      module: linedModuleName(lines),
      lines: lines.slice(),
      moves: this.#moves.finish(this.#functionsAt, this.#module.importedFunctions),
    };
  }
}
