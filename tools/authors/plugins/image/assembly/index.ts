import { Filter, Histogram, Picture } from "authors:image/filters@1.0.0";
import { Result } from "wit-types";

export function apply(picture: Picture, filters: Array<Filter>): Result<Picture, string> {
  const expected = picture.width * picture.height * 4;
  if (<u32>picture.pixels.length != expected) {
    return Result.err<Picture, string>(
      expected.toString() + " bytes make such a picture, and not " + picture.pixels.length.toString(),
    );
  }
  let current = picture;
  for (let i = 0; i < filters.length; i++) {
    const filter = filters[i];
    if (filter.isBlur) current = blur(current, filter.asBlur());
    else if (filter.isBrightness) current = mapped(current, brightness(filter.asBrightness()));
    else if (filter.isInvert) current = mapped(current, inverse());
    else if (filter.isGrey) current = grey(current);
    else current = edges(grey(current));
  }
  return Result.ok<Picture, string>(current);
}

/** Trusts the picture to be as large as it says. */
export function histogramOf(picture: Picture): Histogram {
  const counts = new Uint32Array(256);
  const count = <i32>(picture.width * picture.height);
  for (let i = 0; i < count; i++) counts[luminance(picture.pixels, i * 4)]++;
  let darkest = 0;
  while (darkest < 255 && counts[darkest] == 0) darkest++;
  let lightest = 255;
  while (lightest > 0 && counts[lightest] == 0) lightest--;
  return new Histogram(<u8>darkest, <u8>lightest, counts);
}

function luminance(pixels: Uint8Array, at: i32): u8 {
  const red = <u32>pixels[at]; // trap
  return <u8>((red * 299 + <u32>pixels[at + 1] * 587 + <u32>pixels[at + 2] * 114) / 1000);
}

function grey(picture: Picture): Picture {
  const out = new Uint8Array(picture.pixels.length);
  for (let at = 0; at < out.length; at += 4) {
    const value = luminance(picture.pixels, at);
    out[at] = value;
    out[at + 1] = value;
    out[at + 2] = value;
    out[at + 3] = picture.pixels[at + 3];
  }
  return new Picture(picture.width, picture.height, out);
}

function inverse(): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < 256; i++) table[i] = <u8>(255 - i);
  return table;
}

function brightness(factor: f32): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < 256; i++) table[i] = <u8>Mathf.max(0, Mathf.min(255, Mathf.floor(<f32>i * factor)));
  return table;
}

/** Each colour as the table has it; alpha stays. */
function mapped(picture: Picture, table: Uint8Array): Picture {
  const out = new Uint8Array(picture.pixels.length);
  for (let at = 0; at < out.length; at++) out[at] = at % 4 == 3 ? picture.pixels[at] : table[picture.pixels[at]];
  return new Picture(picture.width, picture.height, out);
}

/** The mean of the square around each pixel, as far as that is in the picture. */
function blur(picture: Picture, radius: u32): Picture {
  const width = <i32>picture.width;
  const height = <i32>picture.height;
  const out = new Uint8Array(picture.pixels.length);
  const r = <i32>radius;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 4; channel++) {
        let sum: u32 = 0;
        let count: u32 = 0;
        for (let v = max(0, y - r); v <= min(height - 1, y + r); v++) {
          for (let u = max(0, x - r); u <= min(width - 1, x + r); u++) {
            sum += picture.pixels[(v * width + u) * 4 + channel];
            count++;
          }
        }
        out[(y * width + x) * 4 + channel] = <u8>(sum / count);
      }
    }
  }
  return new Picture(picture.width, picture.height, out);
}

/** Sobel's, of a grey picture; the border is black. */
function edges(picture: Picture): Picture {
  const width = <i32>picture.width;
  const height = <i32>picture.height;
  const out = new Uint8Array(picture.pixels.length);
  const p = picture.pixels;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      out[at + 3] = p[at + 3];
      if (x == 0 || y == 0 || x == width - 1 || y == height - 1) continue;
      const row = width * 4;
      const gx = <i32>p[at - row + 4] + 2 * <i32>p[at + 4] + p[at + row + 4] - p[at - row - 4] - 2 * <i32>p[at - 4] - p[at + row - 4];
      const gy = <i32>p[at + row - 4] + 2 * <i32>p[at + row] + p[at + row + 4] - p[at - row - 4] - 2 * <i32>p[at - row] - p[at - row + 4];
      const strength = <u8>min(255, abs(gx) + abs(gy));
      out.fill(strength, at, at + 3);
    }
  }
  return new Picture(picture.width, picture.height, out);
}
