/**
 * Metadata that travels in a component: custom sections `version`, `authors`, `description`, `licenses`, `source`, `revision` and
 * `homepage`, whose contents are texts (as wasm-metadata writes them, by the annotations of OCI images), `producers` (tool-conventions,
 * ProducersSection.md) and the component's name in `component-name`.
 */
import { describeBounds } from "../bounds/describe-bounds.ts";
import { ByteReader } from "../wasm/byte-reader.ts";

/** Sections of text, by their names. */
const metadataTexts = [
  "version",
  "description",
  "authors",
  "licenses",
  "homepage",
  "source",
  "revision",
] as const;

/** Metadata of a component, as whoever built it says: nobody has checked any of it. */
export interface ComponentMetadata {
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  readonly authors?: string;
  /** Licence or licences as an SPDX expression. */
  readonly licenses?: string;
  readonly homepage?: string;
  readonly source?: string;
  readonly revision?: string;
  /** Tools and their versions by what they did: `language`, `sdk`, `processed-by`. */
  readonly producers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Parts that plans and details tell of a component besides its world. */
export interface ToldComponent {
  /** Who made it and of what, as it says; absent where it says nothing, and of versions that an older host has kept. */
  readonly metadata?: ComponentMetadata;
  /** Sentences on docs and metadata in it that were ignored; absent where there are none. */
  readonly notes?: readonly string[];
}

interface FoundMetadata {
  readonly metadata: ComponentMetadata;
  /** Sentences on sections that are ignored, and why. */
  readonly notes: readonly string[];
}

const maxBytes = describeBounds.metadata.value;
const maxTools = describeBounds.tools.value;

/** Metadata of the outermost component; of several sections of one name the last counts. It throws nothing. */
export function readMetadata(
  sections: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): FoundMetadata {
  const found: { -readonly [K in keyof ComponentMetadata]: ComponentMetadata[K] } = {};
  const notes = new Map<string, string>();
  for (const { name, bytes } of sections) {
    const read = readerOf(name);
    if (!read) continue;
    try {
      const value = read(bytes);
      if (value !== undefined) Object.assign(found, value);
    } catch (error) {
      notes.set(name, `The section ${name} is ignored: ${(error as Error).message}.`);
    }
  }
  return { metadata: found, notes: [...notes.values()] };
}

function readerOf(name: string): ((bytes: Uint8Array) => ComponentMetadata | undefined) | undefined {
  if ((metadataTexts as readonly string[]).includes(name)) {
    return (bytes) => {
      const text = clean(textOf(bytes));
      return text === "" ? undefined : { [name]: text };
    };
  }
  if (name === "producers") return (bytes) => ({ producers: readProducers(bytes) });
  return name === "component-name" ? readName : undefined;
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length > maxBytes) throw new Error(`it has ${bytes.length} bytes of at most ${maxBytes}`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("it is no UTF-8");
  }
}

/** One line without what would act on a terminal or hide there. */
function clean(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\p{Bidi_C}\ufff9-\ufffb]/gu, "")
    .trim();
}

function readProducers(bytes: Uint8Array): Record<string, Record<string, string>> {
  const reader = readerFor(bytes);
  const text = (): string => clean(textOf(reader.take(reader.u32())));
  const producers = new Map<string, Map<string, string>>();
  let left = maxTools;
  for (let fields = reader.u32(); fields > 0; fields--) {
    const tools = new Map<string, string>();
    producers.set(text(), tools);
    for (let values = reader.u32(); values > 0; values--) {
      if (--left < 0) throw new Error(`it names more than ${maxTools} tools`);
      tools.set(text(), text());
    }
    if (--left < 0) throw new Error(`it names more than ${maxTools} tools`);
  }
  return Object.fromEntries([...producers].map(([field, tools]) => [field, Object.fromEntries(tools)]));
}

/** The subsection of the component's own name (Binary.md, Name Section); names of what is in it are for debuggers. */
function readName(bytes: Uint8Array): ComponentMetadata | undefined {
  if (bytes[0] !== 0) return undefined;
  const reader = readerFor(bytes);
  reader.byte();
  reader.u32();
  const name = clean(textOf(reader.take(reader.u32())));
  return name === "" ? undefined : { name };
}

function readerFor(bytes: Uint8Array): ByteReader<undefined> {
  return new ByteReader(bytes, () => new Error("it is malformed"), undefined);
}
