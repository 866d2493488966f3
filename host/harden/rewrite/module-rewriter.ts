import type { ByteReader } from "../../wasm/byte-reader.ts";
import { ByteWriter } from "../../wasm/byte-writer.ts";
import { malformed } from "../../wasm/module-failures.ts";
import { op } from "../../wasm/opcodes.ts";
import { externKinds, type ModuleSection, moduleSection, sectionOrder } from "../../wasm/sections.ts";
import { numberTypes, reference, typeForms } from "../../wasm/value-types.ts";
import type { CodeSources, Hardened } from "../hardened-module.ts";
import { maxLineBytes } from "../line-table.ts";
import { checkLimit, type HardenLimits } from "../module-limits.ts";
import { MoveRecorder } from "../moves.ts";
import { addedImports, fuelImport, fuelModule, refillImport, roomImport, roomModule } from "../reserved.ts";
import { BodyScanner } from "../scan/body-scanner.ts";
import { ModuleReader } from "../scan/module-reader.ts";
import { type ModuleSpaces, movedGlobal } from "../scan/module-spaces.ts";
import type { Outline } from "../scan/outline.ts";
import { BodyWriter } from "./body-writer.ts";
import { BranchHints } from "./branch-hints.ts";
import { Charges } from "./charges.ts";
import { DefinitionWriter, type Parts } from "./definition-writer.ts";
import { InsertedCode } from "./inserted-code.ts";
import { linedModuleName, writeNames } from "./module-names.ts";
import { SegmentWriter } from "./segment-writer.ts";
import { StateFunction } from "./state-function.ts";

interface Code {
  readonly content: ByteWriter;
  readonly count: number;
  readonly hints: BranchHints | undefined;
}

const { i32, i64 } = numberTypes;
const globalKind = externKinds.indexOf("global");

/** Writer of a module anew, section by section. */
export class ModuleRewriter {
  readonly #reader: ByteReader;
  readonly #bytes: Uint8Array;
  readonly #outline: Outline;
  readonly #limits: HardenLimits;
  readonly #unwinds: boolean;
  readonly #out: ByteWriter;
  readonly #module: ModuleReader;

  readonly #state: StateFunction;
  readonly #definitions: DefinitionWriter;
  readonly #segments: SegmentWriter;
  #charges = 0;
  /** Place where the functions of the code section begin in what is written. */
  #functionsAt = 0;
  readonly #moves: MoveRecorder | undefined;
  readonly #parts: Parts = {
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
    this.#state = new StateFunction(this.#module.mutableGlobals);
    this.#definitions = new DefinitionWriter(this.#module, reader, limits, this.#state, this.#parts);
    this.#segments = new SegmentWriter(this.#module, reader, this.#parts);
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
    this.#state.irreversible = scanner.operations.irreversible.size > 0;

    const out = this.#out;
    out.copy(this.#bytes, 0, 8);
    for (const id of sectionOrder) this.#writeSection(id, spaces, code);
    const sources = this.#sources();
    writeNames(out, this.#reader, this.#outline.names, sources?.module);
    this.#countParts();
    const hardened = out.finish();
    const features = scanner.features;
    if (this.#definitions.memories.length + this.#module.importedMemories > 1) features.add("multi-memory");
    return {
      bytes: hardened,
      info: {
        memories: this.#definitions.memories,
        tables: this.#definitions.tables,
        parts: this.#parts,
        hasStart: this.#outline.sections.has(moduleSection.start),
        features: [...features].sort(),
        sources,
        reset: {
          state: this.#state.needed,
          globals: this.#state.globals,
          irreversible: [...scanner.operations.irreversible].sort(),
        },
        stats: {
          functions: this.#module.functions.length - this.#module.importedFunctions,
          bytesIn: this.#bytes.length,
          bytesOut: hardened.length,
          charges: this.#charges,
          largestBody: scanner.largestBody,
          maxLocals: scanner.maxLocals,
          deepestNesting: scanner.control.deepestNesting,
          maxBranchTargets: scanner.control.maxBranchTargets,
          maxMerges: scanner.control.maxMerges,
          totalMerges: scanner.control.totalMerges,
        },
      },
    };
  }

  #rewriteCode(scanner: BodyScanner, spaces: ModuleSpaces): Code {
    const section = this.#outline.sections.get(moduleSection.code);
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
    const content = new ByteWriter(id === moduleSection.code ? 0 : 1024);
    const section = this.#outline.sections.get(id);
    const state = this.#state;
    switch (id) {
      case moduleSection.type:
        this.#copyVector(content, id, state.needed ? 3 : 2);
        content.bytes(typeForms.function, 0x00, 0x01, i64); // (func (result i64))
        content.bytes(typeForms.function, 0x02, i32, i32, 0x01, i64); // (func (param i32 i32) (result i64))
        if (state.needed) content.bytes(typeForms.function, 0x01, i32, 0x01, i32); // (func (param i32) (result i32))
        break;
      case moduleSection.import:
        this.#copyVector(content, id, addedImports);
        content.name(fuelModule);
        content.name(fuelImport);
        content.bytes(globalKind, i64, 0x01); // (global (mut i64))
        content.name(roomModule);
        content.name(roomImport);
        content.bytes(globalKind, i32, 0x01); // (global (mut i32))
        content.name(fuelModule);
        content.name(refillImport);
        content.bytes(globalKind, reference); // (global (ref $type))
        content.positive(this.#module.types.known + 1);
        content.byte(0x00);
        break;
      case moduleSection.function:
        this.#copyVector(content, id, state.needed ? 2 : 1);
        content.u32(this.#module.types.known);
        if (state.needed) content.u32(this.#module.types.known + 2);
        break;
      case moduleSection.table:
        this.#definitions.writeTables(content, spaces);
        break;
      case moduleSection.memory:
        this.#definitions.writeMemories(content);
        break;
      case moduleSection.global:
        this.#definitions.writeGlobals(content, spaces);
        break;
      case moduleSection.export:
        this.#definitions.writeExports(content, spaces);
        break;
      case moduleSection.element:
        this.#segments.writeElements(content, spaces);
        break;
      case moduleSection.code:
        content.u32(code.count + (state.needed ? 2 : 1));
        this.#functionsAt = content.length;
        content.append(code.content);
        this.#writeRefill(content, spaces);
        if (state.needed) state.writeBody(content, movedGlobal(spaces.globals, spaces));
        break;
      case moduleSection.data:
        this.#segments.writeData(content, spaces);
        break;
      case moduleSection.start:
      case moduleSection.dataCount:
        if (section) {
          const reader = this.#module.enter(section);
          if (id === moduleSection.start) this.#module.readFunctionIndex();
          else reader.u32();
          reader.finish("a section");
          content.copy(this.#bytes, section.start, section.end);
        }
        break;
      case moduleSection.tag:
        this.#copyVector(content, id, 0);
        break;
    }
    // A vector of nothing says the same as no section.
    const empty =
      content.length === 0 ||
      (content.length === 1 &&
        id !== moduleSection.start &&
        id !== moduleSection.dataCount &&
        content.first === 0);
    if (empty && !section) return;
    if (id === moduleSection.code) code.hints?.write(this.#out);
    this.#out.byte(id);
    this.#out.sized(content);
    if (id === moduleSection.code) this.#functionsAt += this.#out.length - content.length;
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

  #countParts(): void {
    const module = this.#module;
    const { types, functions } = module;
    const imported = module.importedFunctions + module.importedGlobals + module.importedMemories;
    this.#parts.types = types.known + 3;
    this.#parts.functions = functions.length + 2;
    this.#parts.imports = imported + module.importedTables + module.importedTags + addedImports;
    this.#parts.globals = module.globals + 2 + this.#state.addedGlobals;
  }

  /** A function that only calls what is imported for it: that takes less room than wherever fuel may run out. */
  #writeRefill(content: ByteWriter, { fuel, types }: ModuleSpaces): void {
    const body = new ByteWriter(16);
    // No locals.
    body.bytes(0x00, op.i32Const, 0x00, op.i32Const, 0x00, op.globalGet);
    body.u32(fuel + 2);
    body.byte(op.callRef);
    body.u32(types.known + 1);
    body.byte(op.end);
    content.sized(body);
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
