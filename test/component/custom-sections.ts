/** Components with custom sections added at their end, as tools add them. */
import { ByteWriter } from "../../host/wasm/byte-writer.ts";

export type CustomSections = readonly (readonly [name: string, content: string | Uint8Array])[];

export function withSections(component: Uint8Array, sections: CustomSections): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(component.length);
  out.copy(component, 0, component.length);
  for (const [name, content] of sections) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const section = new ByteWriter(bytes.length);
    section.name(name);
    section.copy(bytes, 0, bytes.length);
    out.byte(0);
    out.sized(section);
  }
  return out.finish();
}

/** Content of a section `package-docs`. */
export function packageDocs(json: unknown, version = 1): Uint8Array {
  const text = new TextEncoder().encode(typeof json === "string" ? json : JSON.stringify(json));
  return new Uint8Array([version, ...text]);
}
