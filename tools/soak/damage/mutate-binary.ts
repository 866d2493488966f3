/** Damages to components: of bytes anywhere, and of the parts a component is made of. */

export type Random = (below: number) => number;

/** One to four damages; what is spliced in comes from `others`. */
export function mutateBinary(
  bytes: Uint8Array,
  others: readonly Uint8Array[],
  random: Random,
): Uint8Array<ArrayBuffer> {
  let mutated = Buffer.from(bytes);
  for (let changes = 1 + random(4); changes > 0; changes--) {
    mutated = random(5) < 3 ? changeBytes(mutated, random) : changeSections(mutated, others, random);
  }
  return new Uint8Array(mutated);
}

type Bytes = Buffer<ArrayBuffer>;

function splice(bytes: Bytes, from: number, to: number, inserted: Uint8Array): Bytes {
  return Buffer.concat([bytes.subarray(0, from), inserted, bytes.subarray(to)]);
}

/** A byte flipped, set, raised, inserted or removed, an integer made longer, a stretch doubled, or the end cut off. */
function changeBytes(bytes: Bytes, random: Random): Bytes {
  const at = random(bytes.length);
  const byte = bytes[at] ?? 0;
  const set = (value: number) => splice(bytes, at, at + 1, Uint8Array.of(value & 0xff));
  switch (random(10)) {
    case 0:
    case 1:
      return set(byte ^ (1 << random(8)));
    case 2:
      return set(random(256));
    case 3:
      // An index, a count or a length that is off by one.
      return set(byte + (random(2) ? 1 : -1));
    case 4:
      return set([0x00, 0x7f, 0x80, 0xff, 0x40, 0x60][random(6)]!);
    case 5:
      // The same integer in more bytes, or in too many.
      return splice(
        bytes,
        at,
        at + 1,
        Uint8Array.from([byte | 0x80, ...new Array(random(6)).fill(0x80), 0x00]),
      );
    case 6:
      return splice(bytes, at, at, Uint8Array.of(random(256)));
    case 7:
      return splice(bytes, at, Math.min(bytes.length, at + 1 + random(4)), new Uint8Array());
    case 8:
      return splice(bytes, at, at, bytes.subarray(at, at + random(64)));
    default:
      return random(4) ? set(byte ^ 0x80) : bytes.subarray(0, at);
  }
}

interface Section {
  readonly start: number;
  readonly end: number;
}

/** A section doubled, removed, moved, emptied, taken from another component, or wrapped in a component. */
function changeSections(bytes: Bytes, others: readonly Uint8Array[], random: Random): Bytes {
  const sections = sectionsOf(bytes);
  const section = sections[random(sections.length)];
  if (!section) return changeBytes(bytes, random);
  const content = bytes.subarray(section.start, section.end);
  const elsewhere = sections[random(sections.length)]!.start;
  switch (random(7)) {
    case 0:
      return splice(bytes, elsewhere, elsewhere, content);
    case 1:
      return splice(bytes, section.start, section.end, new Uint8Array());
    case 2: {
      const without = splice(bytes, section.start, section.end, new Uint8Array());
      const at = elsewhere > section.start ? elsewhere - content.length : elsewhere;
      return splice(without, at, at, content);
    }
    case 3:
      return splice(bytes, section.start + 1, section.end, Uint8Array.of(1, 0));
    case 4:
      return splice(bytes, section.start, section.start + 1, Uint8Array.of(random(13)));
    case 5: {
      const other = Buffer.from(others[random(others.length)]!);
      const foreign = sectionsOf(other);
      const taken = foreign[random(foreign.length)] ?? { start: 0, end: 0 };
      const replaced = random(2) ? section.end : section.start;
      return splice(bytes, section.start, replaced, other.subarray(taken.start, taken.end));
    }
    default: {
      const whole = Buffer.from(others[random(others.length)]!);
      return splice(
        bytes,
        elsewhere,
        elsewhere,
        Buffer.concat([Uint8Array.from([4, ...leb(whole.length)]), whole]),
      );
    }
  }
}

/** As far as they can be read. */
function sectionsOf(bytes: Buffer): Section[] {
  const sections: Section[] = [];
  let at = 8;
  while (at < bytes.length) {
    const start = at++;
    let size = 0;
    let shift = 1;
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) return sections;
      size += (byte & 0x7f) * shift;
      shift *= 128;
      if (byte < 0x80) break;
    }
    at += size;
    if (at > bytes.length) return sections;
    sections.push({ start, end: at });
  }
  return sections;
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
