import type { ByteReader } from "../../wasm/byte-reader.ts";
import { ByteWriter } from "../../wasm/byte-writer.ts";
import { keepsExceptions, malformed, reserved, unsupported } from "../../wasm/module-failures.ts";
import { type ModuleSection, moduleSection } from "../../wasm/sections.ts";
import { checkLimit, type HardenLimits } from "../module-limits.ts";
import { reservedPrefix } from "../reserved.ts";
import { copyConstant } from "./constant.ts";
import { type ModuleSpaces, movedGlobal } from "./module-spaces.ts";
import {
  type FunctionTypes,
  isException,
  readLimits,
  readReferenceType,
  readTypeCounts,
  readValueType,
} from "./module-types.ts";
import type { Outline, Stretch } from "./outline.ts";

/** Global that code may change. */
export interface MutableGlobal {
  /** Its value type as it is in the binary. */
  readonly type: Uint8Array;
  /** Index in the hardened module. */
  readonly index: number;
}

/** Reader of what the code of a module can refer to, before anything of it is written. */
export class ModuleReader {
  readonly types: FunctionTypes = { parameters: [], results: [], takeExceptions: [], known: 0 };
  /** Type indices. */
  readonly functions: number[] = [];
  readonly tags: number[] = [];
  importedFunctions = 0;
  importedGlobals = 0;
  importedMemories = 0;
  importedTables = 0;
  importedTags = 0;
  globals = 0;
  readonly mutableGlobals: MutableGlobal[] = [];
  readonly #reader: ByteReader;
  readonly #bytes: Uint8Array;
  readonly #outline: Outline;
  readonly #limits: HardenLimits;

  constructor(reader: ByteReader, outline: Outline, limits: HardenLimits) {
    this.#reader = reader;
    this.#bytes = reader.bytes;
    this.#outline = outline;
    this.#limits = limits;
    this.#readTypes();
    this.#readImports();
    this.#readFunctions();
    this.#readTags();
    this.#readGlobals();
  }

  /** Calls `element` for each element of a section's vector. Gives where the elements lie, and how many. */
  each(
    id: ModuleSection,
    limit: Parameters<typeof checkLimit>[1],
    element: (index: number) => void,
  ): { count: number; content: Stretch } {
    const section = this.#outline.sections.get(id);
    if (!section) return { count: 0, content: { start: 0, end: 0 } };
    const reader = this.enter(section);
    const count = reader.count();
    checkLimit(this.#limits, limit, count, section.start);
    const start = reader.at;
    for (let i = 0; i < count; i++) element(i);
    reader.finish("a section");
    return { count, content: { start, end: section.end } };
  }

  enter({ start, end }: Stretch): ByteReader {
    this.#reader.at = start;
    this.#reader.end = end;
    return this.#reader;
  }

  #readTypes(): void {
    this.each(moduleSection.type, "types", () => readTypeCounts(this.#reader, this.types));
  }

  #readImports(): void {
    const reader = this.#reader;
    this.each(moduleSection.import, "imports", () => {
      this.checkName();
      this.checkName();
      const offset = reader.at;
      const kind = reader.byte();
      switch (kind) {
        case 0:
          this.functions.push(this.#readTypeIndex());
          this.importedFunctions++;
          break;
        case 1:
          this.readElementType();
          readLimits(reader, "table", 2 ** 32 - 1);
          this.importedTables++;
          break;
        case 2:
          readLimits(reader, "memory", 65_536);
          this.importedMemories++;
          break;
        case 3:
          this.readGlobalType();
          this.importedGlobals++;
          break;
        case 4:
          this.#readTag();
          this.importedTags++;
          break;
        default:
          throw unsupported(`the kind of import 0x${kind.toString(16)}`, offset);
      }
    });
    this.globals = this.importedGlobals;
  }

  checkName(): void {
    const offset = this.#reader.at;
    const name = this.#reader.name();
    if (name.startsWith(reservedPrefix)) throw reserved(name, offset);
  }

  #readTypeIndex(): number {
    const index = this.#reader.u32();
    if (index >= this.types.known) throw malformed(`there is no type ${index}`, this.#reader.at);
    return index;
  }

  readFunctionIndex(): number {
    const index = this.#reader.u32();
    if (index >= this.functions.length) throw malformed(`there is no function ${index}`, this.#reader.at);
    return index;
  }

  #readTag(): void {
    const offset = this.#reader.at;
    if (this.#reader.byte() !== 0) throw unsupported("an unknown attribute of a tag", offset);
    const type = this.#readTypeIndex();
    checkLimit(this.#limits, "payload", this.types.parameters[type]!, offset);
    if (this.types.takeExceptions[type]) throw keepsExceptions("an exception that carries", offset);
    this.tags.push(type);
  }

  /** Reads the type of a table's elements. */
  readElementType(): void {
    const offset = this.#reader.at;
    readReferenceType(this.#reader, this.types);
    if (isException(this.#bytes, offset)) throw keepsExceptions("a table of", offset);
  }

  readGlobalType(): boolean {
    const reader = this.#reader;
    const start = reader.at;
    readValueType(reader, this.types);
    if (isException(this.#bytes, start)) throw keepsExceptions("a global that holds", start);
    const offset = reader.at;
    const flags = reader.byte();
    if (flags > 1) throw unsupported(`the flags 0x${flags.toString(16)} of a global`, offset);
    return flags === 1;
  }

  #readFunctions(): void {
    this.each(moduleSection.function, "functions", () => {
      this.functions.push(this.#readTypeIndex());
    });
  }

  #readTags(): void {
    this.each(moduleSection.tag, "globals", () => this.#readTag());
  }

  /** Their values may refer to functions and globals that come before them. */
  #readGlobals(): void {
    const reader = this.#reader;
    const skipped = new ByteWriter(64);
    this.each(moduleSection.global, "globals", () => {
      const start = reader.at;
      const mutable = this.readGlobalType();
      const type = this.#bytes.subarray(start, reader.at - 1);
      copyConstant(reader, this.spaces, skipped);
      skipped.clear();
      if (mutable) this.mutableGlobals.push({ type, index: movedGlobal(this.globals, this.spaces) });
      this.globals++;
    });
  }

  get spaces(): ModuleSpaces {
    return {
      types: this.types,
      functions: this.functions,
      tags: this.tags,
      globals: this.globals,
      fuel: this.importedGlobals,
    };
  }
}
