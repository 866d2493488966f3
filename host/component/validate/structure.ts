/**
 * The first look at an upload: only headers of sections, and how many entries each says it has. Costs time linear
 * in the number of sections, which is limited, however large they are.
 */
import { malformed } from "../component-failures.ts";
import type { Meter } from "../structure-limits.ts";

/** What comes before the sections; its last four bytes tell the two apart. */
const componentPreamble = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const modulePreamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

const custom = 0;
const coreModule = 1;
const coreInstances = 2;
const component = 4;
const instances = 5;
const startFunction = 9;
const imports = 10;
const exports = 11;
const values = 12;
const lastOfComponent = values;

const importsOfModule = 2;
const exportsOfModule = 7;
const lastOfModule = 13;

/** Sections of core modules that aren't decoded before the module is compiled: start, elements, code, data, their count. */
const undecoded: ReadonlySet<number> = new Set([8, 9, 10, 11, 12]);

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
export function checkStructure(bytes: Uint8Array, meter: Meter): number {
  meter.check("componentBytes", bytes.length, 0);
  const walk = new Walk(bytes, meter);
  walk.component(0, bytes.length, 0);
  return bytes.length + walk.size;
}

class Walk {
  readonly #bytes: Uint8Array;
  readonly #meter: Meter;
  #at = 0;
  // What every section adds to is kept here: a private number is ten times as fast as the meter.
  #sections = 0;
  #customSections = 0;
  #definitionBytes = 0;
  #definitions = 0;
  #coreDefinitions = 0;
  #instances = 0;

  constructor(bytes: Uint8Array, meter: Meter) {
    this.#bytes = bytes;
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
    this.#preamble(componentPreamble, start, end, "expected a component");
    let imported = 0;
    let exported = 0;
    while (this.#at < end) {
      const offset = this.#at;
      const id = this.#bytes[this.#at++]!;
      const sectionEnd = this.#header(id, lastOfComponent, offset, end);
      switch (id) {
        case custom:
          break;
        case coreModule:
          meter.spend("coreModules", 1, offset);
          this.#module(this.#at, sectionEnd);
          break;
        case component:
          meter.spend("components", 1, offset);
          this.component(this.#at, sectionEnd, depth + 1);
          break;
        case startFunction:
        case values:
          // No vectors, and refused by the decoder.
          break;
        case coreInstances:
        case instances:
          this.#instances += this.#vector(sectionEnd, offset);
          if (this.#instances > limits.instances) meter.check("instances", this.#instances, offset);
          break;
        case imports:
          imported += this.#define(sectionEnd, offset);
          if (imported > limits.exports) meter.check("exports", imported, offset);
          break;
        case exports:
          exported += this.#define(sectionEnd, offset);
          if (exported > limits.exports) meter.check("exports", exported, offset);
          break;
        default:
          this.#define(sectionEnd, offset);
      }
      this.#at = sectionEnd;
    }
  }

  #module(start: number, end: number): void {
    const meter = this.#meter;
    this.#preamble(modulePreamble, start, end, "expected a core module");
    while (this.#at < end) {
      const offset = this.#at;
      const id = this.#bytes[this.#at++]!;
      const sectionEnd = this.#header(id, lastOfModule, offset, end);
      if (id !== custom && !undecoded.has(id)) {
        const count = this.#vector(sectionEnd, offset);
        this.#coreDefinitions += count;
        meter.check("coreDefinitions", this.#coreDefinitions, offset);
        if (id === importsOfModule || id === exportsOfModule) meter.check("exports", count, offset);
      }
      this.#at = sectionEnd;
    }
  }

  #preamble(expected: readonly number[], start: number, end: number, what: string): void {
    for (let i = 0; i < expected.length; i++) {
      if (start + i >= end) throw malformed("unexpected end", end);
      if (this.#bytes[start + i] !== expected[i]) throw malformed(what, start);
    }
    this.#at = start + expected.length;
  }

  /** Reads a section's size; gives where it ends. */
  #header(id: number, last: number, offset: number, end: number): number {
    if (id > last) {
      const what = last === lastOfModule ? "core module" : "component";
      throw malformed(`0x${id.toString(16)} starts no section of a ${what}`, offset);
    }
    if (++this.#sections > this.#meter.limits.sections) this.#meter.check("sections", this.#sections, offset);
    if (id === custom && ++this.#customSections > this.#meter.limits.customSections) {
      this.#meter.check("customSections", this.#customSections, offset);
    }
    const size = this.#u32(end);
    if (size > end - this.#at) throw malformed("unexpected end", end);
    return this.#at + size;
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
    const start = this.#at;
    this.#definitionBytes += end - start;
    if (this.#definitionBytes > this.#meter.limits.definitionBytes) {
      this.#meter.check("definitionBytes", this.#definitionBytes, offset);
    }
    const count = this.#u32(end);
    if (count > end - this.#at) throw malformed(`a vector of ${count} elements does not fit`, start);
    return count;
  }

  /** Unsigned LEB128 of at most 32 bits. */
  #u32(end: number): number {
    const start = this.#at;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.#at >= end) throw malformed("unexpected end", this.#at);
      const byte = this.#bytes[this.#at++]!;
      if (shift === 28 && byte > 0x0f) throw malformed("integer representation too long or too large", start);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
}
