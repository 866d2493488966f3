import assert from "node:assert/strict";
import { type Authored, errorOf, seeded } from "../../authored.ts";

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: readonly number[];
}

const random = seeded(3);
const picture: Picture = {
  width: 24,
  height: 17,
  pixels: Array.from({ length: 24 * 17 * 4 }, () => random(256)),
};

const luminance = (p: readonly number[], at: number) =>
  Math.trunc((p[at]! * 299 + p[at + 1]! * 587 + p[at + 2]! * 114) / 1000);

function each(
  { width, height, pixels }: Picture,
  value: (x: number, y: number, channel: number) => number,
): Picture {
  const at = (i: number) => [Math.trunc(i / 4) % width, Math.trunc(i / 4 / width), i % 4] as const;
  return { width, height, pixels: pixels.map((_, i) => value(...at(i))) };
}

const pixel = ({ width, pixels }: Picture, x: number, y: number, channel: number) =>
  pixels[(y * width + x) * 4 + channel]!;

const grey = (of: Picture) =>
  each(of, (x, y, c) => (c === 3 ? pixel(of, x, y, 3) : luminance(of.pixels, (y * of.width + x) * 4)));

const colours = (of: Picture, change: (value: number) => number) =>
  each(of, (x, y, c) => (c === 3 ? pixel(of, x, y, c) : change(pixel(of, x, y, c))));

const blur = (of: Picture, radius: number) =>
  each(of, (x, y, c) => {
    const near: number[] = [];
    for (let v = y - radius; v <= y + radius; v++) {
      for (let u = x - radius; u <= x + radius; u++) {
        if (u >= 0 && v >= 0 && u < of.width && v < of.height) near.push(pixel(of, u, v, c));
      }
    }
    return Math.trunc(near.reduce((a, b) => a + b) / near.length);
  });

const edges = (from: Picture) => {
  const of = grey(from);
  const kernel = [-1, 0, 1, -2, 0, 2, -1, 0, 1];
  return each(of, (x, y, c) => {
    if (c === 3) return pixel(of, x, y, 3);
    if (x === 0 || y === 0 || x === of.width - 1 || y === of.height - 1) return 0;
    const around = kernel.map((_, i) => pixel(of, x - 1 + (i % 3), y - 1 + Math.trunc(i / 3), c));
    const gx = around.reduce((sum, value, i) => sum + value * kernel[i]!, 0);
    const gy = around.reduce((sum, value, i) => sum + value * kernel[(i % 3) * 3 + Math.trunc(i / 3)]!, 0);
    return Math.min(255, Math.abs(gx) + Math.abs(gy));
  });
};

/** A list of bytes comes as base64. */
const answer = (of: Picture) => ({ ...of, pixels: Buffer.from(of.pixels).toString("base64") });

export const image: Authored = {
  name: "image",
  async use({ call }) {
    const apply = (...filters: unknown[]) => call("filters/apply", picture, filters);
    assert.deepEqual(await apply({ tag: "grey" }), answer(grey(picture)));
    assert.deepEqual(await apply({ tag: "invert" }), answer(colours(picture, (v) => 255 - v)));
    assert.deepEqual(await apply({ tag: "blur", val: 2 }), answer(blur(picture, 2)));
    assert.deepEqual(
      await apply({ tag: "brightness", val: 1.5 }),
      answer(colours(picture, (v) => Math.min(255, Math.floor(v * 1.5)))),
    );
    assert.deepEqual(await apply({ tag: "edges" }), answer(edges(picture)));
    assert.deepEqual(await apply({ tag: "blur", val: 1 }, { tag: "edges" }), answer(edges(blur(picture, 1))));
    assert.deepEqual(await apply(), answer(picture));
    assert.equal(
      await errorOf(call("filters/apply", { ...picture, width: 25 }, [])),
      `${25 * 17 * 4} bytes make such a picture, and not ${24 * 17 * 4}`,
    );
    const counts = Array.from({ length: 256 }, () => 0);
    for (let at = 0; at < picture.pixels.length; at += 4) counts[luminance(picture.pixels, at)]!++;
    assert.deepEqual(await call("filters/histogram-of", picture), {
      darkest: counts.findIndex((n) => n > 0),
      lightest: counts.findLastIndex((n) => n > 0),
      counts,
    });
  },
  trap: {
    call: "filters/histogram-of",
    args: [{ width: 9, height: 9, pixels: [1, 2, 3, 4] }],
    file: "assembly/index.ts",
    function: "luminance",
  },
};
