/** Honest work on an image, in one call with the fuel that a plugin has by default. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import { defaultLimits } from "../../host/registry/plugin-limits.ts";
import { buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const [width, height] = [512, 512];

const wit = `package t:image; world image {
  record pixel { r: u8, g: u8, b: u8, a: u8 }
  export grey: func(pixels: list<u8>) -> list<u8>;
  export blur: func(width: u32, pixels: list<u8>) -> list<u8>;
  export edges: func(width: u32, pixels: list<u8>) -> list<u8>;
  export invert: func(pixels: list<pixel>) -> list<pixel>;
}`;

const source = `
import { Pixel } from "wit-world";

export function grey(pixels: Uint8Array): Uint8Array {
  const out = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 4) {
    const light = <u8>((<i32>pixels[i] * 299 + <i32>pixels[i + 1] * 587 + <i32>pixels[i + 2] * 114) / 1000);
    out[i] = light;
    out[i + 1] = light;
    out[i + 2] = light;
    out[i + 3] = pixels[i + 3];
  }
  return out;
}

/** Every channel of every pixel, times a kernel of 3 by 3. */
function convolve(w: i32, pixels: Uint8Array, kernel: StaticArray<f64>): Uint8Array {
  const out = new Uint8Array(pixels.length);
  const h = pixels.length / 4 / w;
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
    for (let channel = 0; channel < 3; channel++) {
      let sum: f64 = 0;
      for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) {
        const near = min(max(y + dy, 0), h - 1) * w + min(max(x + dx, 0), w - 1);
        sum += <f64>pixels[near * 4 + channel] * kernel[(dy + 1) * 3 + dx + 1];
      }
      out[(y * w + x) * 4 + channel] = <u8>min(max(sum, 0), 255);
    }
    out[(y * w + x) * 4 + 3] = pixels[(y * w + x) * 4 + 3];
  }
  return out;
}

export function blur(width: u32, pixels: Uint8Array): Uint8Array {
  return convolve(width, pixels, StaticArray.fromArray<f64>([1.0 / 16, 2.0 / 16, 1.0 / 16, 2.0 / 16, 4.0 / 16, 2.0 / 16, 1.0 / 16, 2.0 / 16, 1.0 / 16]));
}

export function edges(width: u32, pixels: Uint8Array): Uint8Array {
  return convolve(width, pixels, StaticArray.fromArray<f64>([0, -1, 0, -1, 4, -1, 0, -1, 0]));
}

export function invert(pixels: Pixel[]): Pixel[] {
  for (let i = 0; i < pixels.length; i++) {
    const pixel = pixels[i];
    pixel.r = 255 - pixel.r;
    pixel.g = 255 - pixel.g;
    pixel.b = 255 - pixel.b;
  }
  return pixels;
}
`;

let component: Uint8Array;
beforeAll(async () => {
  const files = { "wit/world.wit": wit, "assembly/index.ts": source };
  component = await buildComponent({ files, options: ["-O3", "--converge"] });
});

const image = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 7) % 251));

/** In JavaScript. */
function convolved(kernel: readonly number[]): Uint8Array {
  const out = image.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let k = 0; k < 9; k++) {
          const [nearY, nearX] = [y + Math.floor(k / 3) - 1, x + (k % 3) - 1];
          const near =
            Math.min(Math.max(nearY, 0), height - 1) * width + Math.min(Math.max(nearX, 0), width - 1);
          sum += image[near * 4 + channel]! * kernel[k]!;
        }
        out[(y * width + x) * 4 + channel] = Math.floor(Math.min(Math.max(sum, 0), 255));
      }
    }
  }
  return out;
}

describe("an image of 512 × 512 pixels", () => {
  const call = async (name: string, ...args: unknown[]) => {
    const compiled = await createDirectEngine().compile(inspectComponent(component), defaultLimits);
    const cell = compiled.instantiate({}, defaultLimits);
    const result = cell.function(name)(...args);
    expect(cell.fuelUsed).toBeLessThan(defaultLimits.fuel);
    return result;
  };

  test("in shades of grey", async () => {
    const grey = (await call("grey", image)) as Uint8Array;
    expect(grey[4]).toBe(Math.floor((image[4]! * 299 + image[5]! * 587 + image[6]! * 114) / 1000));
  });

  test.each([
    ["blur", [1, 2, 1, 2, 4, 2, 1, 2, 1].map((n) => n / 16)],
    ["edges", [0, -1, 0, -1, 4, -1, 0, -1, 0]],
  ])("under a kernel of 3 × 3: %s", async (name, kernel) => {
    const result = (await call(name, width, image)) as Uint8Array;
    expect(Buffer.compare(result, convolved(kernel))).toBe(0);
  });

  test("as a list of records", async () => {
    const pixels = Array.from({ length: width * height }, (_, i) => ({ r: i % 256, g: 1, b: 2, a: 255 }));
    const inverted = (await call("invert", pixels)) as { r: number }[];
    expect(inverted[300]).toEqual({ r: 211, g: 254, b: 253, a: 255 });
  });
});
