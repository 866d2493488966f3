/**
 * The first look at an upload: only headers of sections, and how many entries each says it has. Costs time linear
 * in the number of sections, which is limited, however large they are.
 */
import {
  componentPreamble,
  componentSection,
  modulePreamble,
  moduleSection,
  readPreamble,
} from "../../wasm/sections.ts";
import { malformedComponent } from "../component-failures.ts";
import { componentReader, type Reader } from "../component-reader.ts";
import type { StructureMeter } from "../structure-limits.ts";

/** Sections of core modules that aren't decoded before the module is compiled: start, elements, code, data, their count. */
const undecoded: ReadonlySet<number> = new Set([
  moduleSection.start,
  moduleSection.element,
  moduleSection.code,
  moduleSection.data,
  moduleSection.dataCount,
]);

/**
 * Bytes that a definition takes once it is decoded, one of a core module, and what stands in a byte of either (a field
 * of a record is no definition): most at most, found by measuring.
 */
const decoded = { definition: 400, coreDefinition: 60, byte: 16 };

/**
 * Refuses a component that holds too much, or whose sections don't fit into one another, before anything of it is
 * decoded. Throws `component-limit` and `malformed-component`, with the offset. Gives about how many bytes it will take
 * as long as it is kept.
 */
export function checkStructure(bytes: Uint8Array, meter: StructureMeter): number {
  meter.check("componentBytes", bytes.length, 0);
  const walk = new Walk(bytes, meter);
  walk.component(0, bytes.length, 0);
  return bytes.length + walk.size;
}

class Walk {
  readonly #reader: Reader;
  readonly #meter: StructureMeter;
  // What every section adds to is kept here: a private number is ten times as fast as the meter.
  #sections = 0;
  #customSections = 0;
  #definitionBytes = 0;
  #definitions = 0;
  #coreDefinitions = 0;
  #instances = 0;

  constructor(bytes: Uint8Array, meter: StructureMeter) {
    this.#reader = componentReader(bytes, meter);
    this.#meter = meter;
  }

  /** Bytes that all definitions take. */
  get size(): number {
    return (
      this.#definitions * decoded.definition +
      this.#coreDefinitions * decoded.coreDefinition +
      this.#definitionBytes * decoded.byte
    );
  }

  component(start: number, end: number, depth: number): void {
    const meter = this.#meter;
    const { limits } = meter;
    meter.check("nesting", depth, start);
    this.#preamble(componentPreamble, start, end, "a component");
    const reader = this.#reader;
    let imported = 0;
    let exported = 0;
    while (reader.at < end) {
      const offset = reader.at;
      const id = reader.byte();
      const sectionEnd = this.#header(id, componentSection.value, offset, end);
      switch (id) {
        case componentSection.custom:
          break;
        case componentSection.coreModule:
          meter.spend("coreModules", 1, offset);
          this.#module(reader.at, sectionEnd);
          break;
        case componentSection.component:
          meter.spend("components", 1, offset);
          this.component(reader.at, sectionEnd, depth + 1);
          break;
        case componentSection.start:
        case componentSection.value:
          // No vectors, and refused by the decoder.
          break;
        case componentSection.coreInstance:
        case componentSection.instance:
          this.#instances += this.#vector(sectionEnd, offset);
          if (this.#instances > limits.instances) meter.check("instances", this.#instances, offset);
          break;
        case componentSection.import:
          imported += this.#define(sectionEnd, offset);
          if (imported > limits.exports) meter.check("exports", imported, offset);
          break;
        case componentSection.export:
          exported += this.#define(sectionEnd, offset);
          if (exported > limits.exports) meter.check("exports", exported, offset);
          break;
        default:
          this.#define(sectionEnd, offset);
      }
      reader.at = sectionEnd;
      reader.end = end;
    }
  }

  #module(start: number, end: number): void {
    const meter = this.#meter;
    this.#preamble(modulePreamble, start, end, "a core module");
    const reader = this.#reader;
    while (reader.at < end) {
      const offset = reader.at;
      const id = reader.byte();
      const sectionEnd = this.#header(id, moduleSection.tag, offset, end);
      if (id !== moduleSection.custom && !undecoded.has(id)) {
        const count = this.#vector(sectionEnd, offset);
        this.#coreDefinitions += count;
        meter.check("coreDefinitions", this.#coreDefinitions, offset);
        if (id === moduleSection.import || id === moduleSection.export) meter.check("exports", count, offset);
      }
      reader.at = sectionEnd;
      reader.end = end;
    }
  }

  #preamble(expected: readonly number[], start: number, end: number, what: string): void {
    const reader = this.#reader;
    reader.at = start;
    reader.end = end;
    readPreamble(reader, expected, what);
  }

  /** Reads a section's size; gives where it ends. */
  #header(id: number, last: number, offset: number, end: number): number {
    if (id > last) {
      const what = last === moduleSection.tag ? "core module" : "component";
      throw malformedComponent(`0x${id.toString(16)} starts no section of a ${what}`, offset);
    }
    if (++this.#sections > this.#meter.limits.sections) this.#meter.check("sections", this.#sections, offset);
    if (id === componentSection.custom && ++this.#customSections > this.#meter.limits.customSections) {
      this.#meter.check("customSections", this.#customSections, offset);
    }
    const reader = this.#reader;
    const size = reader.u32();
    if (size > end - reader.at) throw malformedComponent("unexpected end", end);
    return reader.at + size;
  }

  /** The entries of a section that holds definitions of a component. */
  #define(end: number, offset: number): number {
    const count = this.#vector(end, offset);
    this.#definitions += count;
    if (this.#definitions > this.#meter.limits.definitions) {
      this.#meter.check("definitions", this.#definitions, offset);
    }
    return count;
  }

  /** The entries of a section that is decoded, each of a byte at least. */
  #vector(end: number, offset: number): number {
    const reader = this.#reader;
    this.#definitionBytes += end - reader.at;
    if (this.#definitionBytes > this.#meter.limits.definitionBytes) {
      this.#meter.check("definitionBytes", this.#definitionBytes, offset);
    }
    reader.end = end;
    return reader.count();
  }
}
