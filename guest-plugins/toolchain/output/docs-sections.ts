/** Custom sections by which docs and metadata travel in a component (`host/component/package-docs.ts` and `metadata.ts` read them). */
import { contractWorld } from "../../../host/component/contract-world.ts";
import type { ComponentMetadata } from "../../../host/component/metadata.ts";
import { interfaceDocsSection, packageDocsSection } from "../../../host/component/package-docs.ts";
import { ByteWriter } from "../../../host/wasm/byte-writer.ts";
import { componentSection } from "../../../host/wasm/sections.ts";
import type { InterfaceDocs, TypeDocs, WorldDocs } from "../../../host/wit/model.ts";
import { parseInterfaceId } from "../../../host/wit/wit-names.ts";

/**
 * The component, or an encoded world, with these docs and this metadata at its end, where no offset in it moves. Docs of what it does not have are left
 * out: wasm-tools drop imports that no code uses.
 */
export function withDocs(
  component: Uint8Array,
  docs: WorldDocs | undefined,
  { name, producers, ...texts }: ComponentMetadata,
): Uint8Array {
  const out = new ByteWriter(component.length);
  out.copy(component, 0, component.length);
  const add = (section: string, content: Uint8Array): void => {
    const body = new ByteWriter(content.length);
    body.name(section);
    body.copy(content, 0, content.length);
    out.byte(componentSection.custom);
    out.sized(body);
  };
  if (docs) {
    const { imports, exports } = contractWorld(component);
    const imported = new Set(imports.map((item) => item.name));
    const exported = new Set(exports.map((item) => item.name));
    const packageDocs = packageDocsOf(docs, imported, exported);
    if (packageDocs) add(packageDocsSection, encoded({ worlds: { root: packageDocs } }));
    const named = [...docs.interfaces].filter(
      ([id]) => parseInterfaceId(id) && (imported.has(id) || exported.has(id)),
    );
    if (named.length > 0) {
      const interfaces = Object.fromEntries(named.map(([id, about]) => [id, metadataOf(about)]));
      add(interfaceDocsSection, encoded({ interfaces }));
    }
  }
  if (name !== undefined) add("component-name", nameSection(name));
  if (producers) add("producers", producersSection(producers));
  for (const [section, text] of Object.entries(texts)) add(section, new TextEncoder().encode(text));
  return out.finish();
}

/**
 * Metadata of the world in the words of version 1: wasm-tools call it `root`, and refuse the whole component where a name leads
 * nowhere in it, as that of a type or function that the encoded world does not have, or of an interface of a package.
 */
function packageDocsOf(
  { docs, functions, types, interfaces }: WorldDocs,
  imported: ReadonlySet<string>,
  exported: ReadonlySet<string>,
): object | undefined {
  const inline = [...interfaces].filter(([id]) => !parseInterfaceId(id));
  const some = <T>(
    all: Iterable<readonly [string, T]>,
    names: ReadonlySet<string>,
    without?: ReadonlySet<string>,
  ) => [...all].filter(([name]) => names.has(name) && !without?.has(name));
  const world = {
    ...(docs !== undefined && { docs }),
    ...members("funcs", some(functions, imported, exported), (text) => ({ docs: text })),
    ...members("func_exports", some(functions, exported), (text) => ({ docs: text })),
    ...members("types", some(types, imported), typeMetadata),
    ...members("interfaces", some(inline, imported), metadataOf),
    ...members("interface_exports", some(inline, exported), metadataOf),
  };
  return Object.keys(world).length > 0 ? world : undefined;
}

function metadataOf({ docs, functions, types }: InterfaceDocs): object {
  return {
    ...(docs !== undefined && { docs }),
    ...members("funcs", [...functions], (text) => ({ docs: text })),
    ...members("types", [...types], typeMetadata),
  };
}

function typeMetadata({ docs, items }: TypeDocs): object {
  return { ...(docs !== undefined && { docs }), ...members("items", [...items], (text) => text) };
}

function members<T>(
  name: string,
  entries: readonly (readonly [string, T])[],
  written: (value: T) => unknown,
): object {
  if (entries.length === 0) return {};
  return { [name]: Object.fromEntries(entries.map(([key, value]) => [key, written(value)])) };
}

/** The version and JSON. */
function encoded(json: object): Uint8Array {
  return new TextEncoder().encode(`\u0001${JSON.stringify(json)}`);
}

/** The name section with the component's own name only (Binary.md, Name Section). */
function nameSection(name: string): Uint8Array {
  const subsection = new ByteWriter(name.length);
  subsection.name(name);
  const section = new ByteWriter(name.length);
  section.byte(0);
  section.sized(subsection);
  return section.finish();
}

function producersSection(producers: NonNullable<ComponentMetadata["producers"]>): Uint8Array {
  const section = new ByteWriter(64);
  const fields = Object.entries(producers);
  section.u32(fields.length);
  for (const [field, tools] of fields) {
    section.name(field);
    const values = Object.entries(tools);
    section.u32(values.length);
    for (const value of values) for (const text of value) section.name(text);
  }
  return section.finish();
}
