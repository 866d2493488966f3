/** Sections of core modules and components (Core spec, Binary Format / Modules; Binary.md, Component Definitions). */
import type { ByteReader } from "./byte-reader.ts";

/** Magic and version that come before the sections; the last four bytes tell the two apart. */
export const modulePreamble: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
export const componentPreamble: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

export const moduleSection = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

export type ModuleSection = (typeof moduleSection)[keyof typeof moduleSection];

/** Sections of a core module as they must follow one another; custom ones may stand anywhere. */
export const sectionOrder = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11] as const satisfies ModuleSection[];

export const componentSection = {
  custom: 0,
  coreModule: 1,
  coreInstance: 2,
  coreType: 3,
  component: 4,
  instance: 5,
  alias: 6,
  type: 7,
  canon: 8,
  start: 9,
  import: 10,
  export: 11,
  value: 12,
} as const;

/** Kinds of what a core module imports and exports, by their code. */
export const externKinds = ["func", "table", "memory", "global", "tag"] as const;

/** Reads what comes before the sections. Throws for all else, saying that `what` was expected. */
export function readPreamble(
  reader: Pick<ByteReader, "at" | "byte" | "malformed">,
  preamble: readonly number[],
  what: string,
): void {
  const start = reader.at;
  for (const byte of preamble) if (reader.byte() !== byte) throw reader.malformed(`expected ${what}`, start);
}
