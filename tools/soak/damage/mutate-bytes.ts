/** Damage to texts and scripts: bytes turned, cut out, doubled, or replaced by what means something there. */

/** Bytes of the same kind, damaged in one to four places; `words` are put in here and there. */
export function mutateBytes(
  bytes: Uint8Array,
  words: readonly Uint8Array[],
  random: (below: number) => number,
): Buffer {
  let damaged = Buffer.from(bytes);
  for (let left = 1 + random(4); left > 0; left--) {
    const at = random(damaged.length + 1);
    const end = Math.min(damaged.length, at + random(24));
    const [before, middle, after] = [
      damaged.subarray(0, at),
      damaged.subarray(at, end),
      damaged.subarray(end),
    ];
    const put = (...parts: Uint8Array[]) => {
      damaged = Buffer.concat(parts);
    };
    switch (random(6)) {
      case 0:
        if (at < damaged.length) damaged[at] = random(256);
        break;
      case 1:
        put(before, after);
        break;
      case 2:
        put(before, middle, middle, after);
        break;
      case 3:
        put(before, words[random(words.length)]!, after);
        break;
      case 4:
        put(before, words[random(words.length)]!, damaged.subarray(at));
        break;
      default:
        if (at < damaged.length) damaged[at]! ^= 1 << random(8);
    }
  }
  return damaged;
}
