import type { ByteReader } from "../../wasm/byte-reader.ts";
import { ByteWriter } from "../../wasm/byte-writer.ts";
import { unsupported } from "../../wasm/module-failures.ts";
import { moduleSection } from "../../wasm/sections.ts";
import { copyConstant } from "../scan/constant.ts";
import type { ModuleReader } from "../scan/module-reader.ts";
import type { ModuleSpaces } from "../scan/module-spaces.ts";
import { readReferenceType } from "../scan/module-types.ts";
import type { Parts } from "./definition-writer.ts";

/** Writer of element and data segments: as they were, but for the globals that their constants refer to. */
export class SegmentWriter {
  readonly #module: ModuleReader;
  readonly #reader: ByteReader;
  readonly #parts: Parts;

  constructor(module: ModuleReader, reader: ByteReader, parts: Parts) {
    this.#module = module;
    this.#reader = reader;
    this.#parts = parts;
  }

  writeElements(content: ByteWriter, spaces: ModuleSpaces): void {
    const reader = this.#reader;
    const copied = new ByteWriter(1024);
    const { count } = this.#module.each(moduleSection.element, "segments", () => {
      const start = reader.at;
      const flags = reader.u32();
      if (flags > 7) throw unsupported(`the flags 0x${flags.toString(16)} of an element segment`, start);
      const passive = (flags & 1) !== 0;
      const explicit = (flags & 2) !== 0;
      if (!passive && explicit) reader.u32();
      copied.copy(this.#reader.bytes, start, reader.at);
      if (!passive) copyConstant(reader, spaces, copied);
      const from = reader.at;
      const expressions = (flags & 4) !== 0;
      if (passive || explicit) {
        if (expressions) readReferenceType(reader, this.#module.types);
        else if (reader.byte() !== 0) throw unsupported("an unknown kind of element", from);
      }
      const elements = reader.count();
      this.#parts.elements += elements;
      copied.copy(this.#reader.bytes, from, reader.at);
      for (let left = elements; left > 0; left--) {
        if (expressions) copyConstant(reader, spaces, copied);
        else copied.u32(this.#module.readFunctionIndex());
      }
    });
    this.#parts.elementSegments = count;
    content.u32(count);
    content.append(copied);
  }

  writeData(content: ByteWriter, spaces: ModuleSpaces): void {
    const reader = this.#reader;
    const copied = new ByteWriter(1024);
    const { count } = this.#module.each(moduleSection.data, "segments", () => {
      const start = reader.at;
      const flags = reader.u32();
      if (flags > 2) throw unsupported(`the flags 0x${flags.toString(16)} of a data segment`, start);
      if (flags === 2) reader.u32();
      copied.copy(this.#reader.bytes, start, reader.at);
      if (flags !== 1) copyConstant(reader, spaces, copied);
      const from = reader.at;
      const size = reader.u32();
      this.#parts.dataBytes += size;
      reader.skip(size);
      copied.copy(this.#reader.bytes, from, reader.at);
    });
    this.#parts.dataSegments = count;
    content.u32(count);
    content.append(copied);
  }
}
