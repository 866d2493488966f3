/** What a component's bytes are. */

const componentSections = [
  "custom",
  "core module",
  "core instances",
  "core types",
  "component",
  "instances",
  "aliases",
  "types",
  "canonical functions",
  "start",
  "imports",
  "exports",
];
const coreSections = [
  "custom",
  "types",
  "imports",
  "functions",
  "tables",
  "memories",
  "globals",
  "exports",
  "start",
  "elements",
  "code",
  "data",
  "data count",
];

/** Name → bytes of each section with its header, core modules taken apart; equal names are summed. */
export function sectionSizes(bytes: Uint8Array): Map<string, number> {
  const sizes = new Map<string, number>();
  let modules = 0;
  const add = (name: string, size: number) => sizes.set(name, (sizes.get(name) ?? 0) + size);
  const visit = (from: number, end: number, prefix: string) => {
    const names = bytes[from + 6] === 0 ? coreSections : componentSections;
    add(`${prefix}preamble`, 8);
    for (let at = from + 8; at < end; ) {
      const id = bytes[at]!;
      const [size, start] = unsigned(bytes, at + 1);
      const name = id === 0 ? `custom ${text(bytes, start)}` : (names[id] ?? `section ${id}`);
      if (name === "core module") {
        add("headers of core modules", start - at);
        visit(start, start + size, `core module ${++modules}: `);
      } else add(prefix + name, start + size - at);
      at = start + size;
    }
  };
  visit(0, bytes.length, "");
  return sizes;
}

/** The same for the code of a core module that has names: source file → bytes of its functions. */
export function codeSizes(module: Uint8Array): Map<string, number> {
  const bodies: number[] = [];
  const names = new Map<number, string>();
  let imported = 0;
  for (let at = 8; at < module.length; ) {
    const id = module[at]!;
    const [size, start] = unsigned(module, at + 1);
    if (id === 2)
      imported = WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(module))).length;
    if (id === 10) {
      let [count, next] = unsigned(module, start);
      for (; count > 0; count--) {
        const [body, from] = unsigned(module, next);
        bodies.push(from + body - next);
        next = from + body;
      }
    }
    if (id === 0 && text(module, start) === "name") readNames(module, start + 5, start + size, names);
    at = start + size;
  }
  const sizes = new Map<string, number>();
  for (const [i, size] of bodies.entries()) {
    const file = (names.get(imported + i) ?? "unnamed").replace(/(?<=.)[/~#|<][^/]*$/, "");
    sizes.set(file, (sizes.get(file) ?? 0) + size);
  }
  return sizes;
}

/** Function names, subsection 1 of the name section. */
function readNames(bytes: Uint8Array, from: number, end: number, names: Map<number, string>): void {
  for (let at = from; at < end; ) {
    const [size, start] = unsigned(bytes, at + 1);
    if (bytes[at] === 1) {
      let [count, next] = unsigned(bytes, start);
      for (; count > 0; count--) {
        const [index, nameAt] = unsigned(bytes, next);
        const [length, textAt] = unsigned(bytes, nameAt);
        names.set(index, text(bytes, nameAt));
        next = textAt + length;
      }
    }
    at = start + size;
  }
}

/** An unsigned LEB128, and where it ends. */
function unsigned(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let shift = 0, i = at; ; shift += 7, i++) {
    value += (bytes[i]! & 0x7f) * 2 ** shift;
    if (bytes[i]! < 0x80) return [value, i + 1];
  }
}

function text(bytes: Uint8Array, at: number): string {
  const [length, start] = unsigned(bytes, at);
  return new TextDecoder().decode(bytes.subarray(start, start + length));
}
