/** Damages that know what a component is made of: most come out as components again, valid or nearly so. */
import { type Edit, edited, type Field, type Layout, leb } from "./component-layout.ts";
import { mutateBinary, type Random } from "./mutate-binary.ts";

/** Names that are right or wrong for one reason each. */
const names = [
  ..."a A a-b A-B aB a_b a- -a a--b 1a a1 a-1 a1b".split(" "),
  ..."[method]r.f [static]r.f [constructor]r [method]r.r [method]r [static]r.r.r [constructor]R".split(" "),
  ..."[async]f [foo]r [method]R.F [method]s.f".split(" "),
  ..."a:b/c a:b/c@1.0.0 a:b/c@1.0 a:b/c@1 a:b/c@0.2 a:b/c@0.0.1-rc.1+x a:b/c@01.0.0 a:b:c/d a:b/c/d".split(
    " ",
  ),
  ..."A:b/c a:B/c a:b/C a:b a:b/ a:b/c@ a/b url=<x> unlocked-dep=<a:b> integrity=<sha256-a>".split(" "),
  ..."self r s f g e i x memory realloc é".split(" "),
  "",
].map((name) => Buffer.from(name));

const integers = [
  0, 0, 1, 1, 2, 3, 4, 5, 7, 9, 16, 17, 32, 33, 64, 127, 128, 255, 65_535, 65_537, 0xffff_ffff,
];

export function mutateComponent(
  layout: Layout,
  others: readonly Layout[],
  random: Random,
): Uint8Array<ArrayBuffer> {
  const kind = random(20);
  if (kind === 0 || layout.fields.length === 0)
    return mutateBinary(
      layout.bytes,
      others.map(({ bytes }) => bytes),
      random,
    );
  if (kind < 5 && layout.definitions.length > 0)
    return edited(layout, changeDefinitions(layout, others, random));
  const edits = new Map<number, Edit>();
  for (let changes = 1 + (random(2) ? 0 : random(3)); changes > 0; changes--) {
    const field = layout.fields[random(layout.fields.length)]!;
    if (field.kind === "size" && random(8)) continue;
    edits.set(field.start, changeField(layout, field, others, random));
  }
  return edited(layout, [...edits.values()]);
}

function changeField(
  { bytes, fields }: Layout,
  field: Field,
  others: readonly Layout[],
  random: Random,
): Edit {
  const { start, end } = field;
  const put = (changed: Uint8Array): Edit => ({ start, end, bytes: changed });
  const before = bytes.subarray(start, end);
  switch (field.kind) {
    case "name": {
      const other = random(3) ? names[random(names.length)]! : nameOf(others[random(others.length)]!, random);
      return put(Buffer.concat([leb(other.length), other]));
    }
    case "byte": {
      const alike = fields.filter(({ kind }) => kind === "byte");
      const byte = before[0]!;
      switch (random(8)) {
        case 0:
          return put(Uint8Array.of((byte + (random(2) ? 1 : 255)) & 0xff));
        case 1:
          return put(Uint8Array.of(random(256)));
        case 2:
          return put(bytes.subarray(alike[random(alike.length)]!.start).subarray(0, 1));
        default:
          // Types for types, and codes of what is no type for one another.
          return put(Uint8Array.of(byte >= 0x60 ? 0x60 + random(0x20) : random(Math.max(6, byte + 2))));
      }
    }
    default: {
      const [first = 0] = before;
      switch (random(6)) {
        case 0:
          return put(leb(integers[random(integers.length)]!));
        case 1:
          // A primitive, where a type is asked for.
          return put(Uint8Array.of(0x40 + random(0x40)));
        case 2:
          return put(Uint8Array.from([first | 0x80, 0x80, 0x00]));
        case 3:
          return put(leb(random(12)));
        default:
          return put(Uint8Array.of((first + (random(2) ? 1 : 127)) & 0x7f));
      }
    }
  }
}

function nameOf({ bytes, fields }: Layout, random: Random): Uint8Array {
  const found = fields.filter(({ kind }) => kind === "name");
  const field = found[random(found.length)];
  if (!field) return names[0]!;
  const size = bytes[field.start]! < 0x80 ? 1 : 2;
  return bytes.subarray(field.start + size, field.end);
}

/** A definition doubled, removed, moved, or one of another component's put in; the count of its section fits. */
function changeDefinitions(layout: Layout, others: readonly Layout[], random: Random): Edit[] {
  const sections = definitionsOf(layout);
  const section = sections[random(sections.length)];
  if (!section) return [];
  const { count, starts, end } = section;
  const n = starts.length;
  const item = (i: number) => layout.bytes.subarray(starts[i]!, starts[i + 1] ?? end);
  const all = Array.from({ length: n }, (_, i) => item(i));
  const at = random(n);
  switch (random(5)) {
    case 0:
      all.splice(at, 0, item(random(n)));
      break;
    case 1:
      all.splice(at, 1);
      break;
    case 2:
      all.splice(random(n), 0, ...all.splice(at, 1));
      break;
    default: {
      const foreign = others.flatMap((other) =>
        definitionsOf(other)
          .filter(({ id }) => id === section.id)
          .map((found) => ({ other, found })),
      );
      const chosen = foreign[random(foreign.length)];
      if (!chosen) break;
      const i = random(chosen.found.starts.length);
      const { starts: theirs, end: last } = chosen.found;
      all.splice(random(n + 1), random(2), chosen.other.bytes.subarray(theirs[i]!, theirs[i + 1] ?? last));
    }
  }
  return [{ start: count, end, bytes: Buffer.concat([leb(all.length), ...all]) }];
}

interface Definitions {
  readonly id: number;
  /** Where the section's count is. */
  readonly count: number;
  readonly starts: readonly number[];
  readonly end: number;
}

const known = new WeakMap<Layout, readonly Definitions[]>();

/** Sections whose definitions are all known by where they begin. */
function definitionsOf(layout: Layout): readonly Definitions[] {
  let found = known.get(layout);
  if (!found) {
    found = layout.fields.flatMap((field, i) => {
      const counted = layout.fields[i + 1];
      if (field.kind !== "size" || counted?.kind !== "count") return [];
      const starts = layout.definitions.filter((start) => start >= counted.end && start < field.until);
      const id = layout.bytes[field.start - 1]!;
      const whole = starts.length === layout.bytes[counted.start];
      return whole && starts.length > 0 ? [{ id, count: counted.start, starts, end: field.until }] : [];
    });
    known.set(layout, found);
  }
  return found;
}
