import { describe, expect, it } from "vitest";
import { componentReader } from "../../host/component/component-reader.ts";
import { StructureMeter } from "../../host/component/structure-limits.ts";

const reader = (...bytes: number[]) => componentReader(Uint8Array.from(bytes), new StructureMeter());
const malformed = (offset: number) =>
  expect.objectContaining({ code: "malformed-component", facts: expect.objectContaining({ offset }) });

describe("Reader", () => {
  it.each([
    [[0x00], 0],
    [[0x7f], 127],
    [[0x80, 0x01], 128],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], 0xffff_ffff],
    // Padding is allowed within the five bytes.
    [[0x81, 0x80, 0x80, 0x80, 0x00], 1],
  ])("reads unsigned integers: %j is %d", (bytes, value) => {
    expect(reader(...bytes).u32()).toBe(value);
  });

  it.each([[[0xff, 0xff, 0xff, 0xff, 0x1f]], [[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]]])(
    "refuses unsigned integers that are too large or too long: %j",
    (bytes) => {
      expect(() => reader(...bytes).u32()).toThrow(malformed(0));
    },
  );

  it.each([
    [[0x00], 0],
    [[0x3f], 63],
    [[0x40], -64],
    [[0xc0, 0x00], 64],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], 0xffff_ffff],
    [[0x80, 0x80, 0x80, 0x80, 0x70], -0x1_0000_0000],
    [[0x7f], -1],
  ])("reads signed integers of 33 bits: %j is %d", (bytes, value) => {
    expect(reader(...bytes).s33()).toBe(value);
  });

  it.each([
    [[0xff, 0xff, 0xff, 0xff, 0x1f]],
    [[0x80, 0x80, 0x80, 0x80, 0x40]],
    [[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
  ])("refuses signed integers that are too large or too long: %j", (bytes) => {
    expect(() => reader(...bytes).s33()).toThrow(malformed(0));
  });

  it("reads names of any Unicode text and refuses what is no UTF-8", () => {
    const bytes = [...new TextEncoder().encode("\u{FEFF}é\0🌍")];
    expect(reader(bytes.length, ...bytes).name()).toBe("\u{FEFF}é\0🌍");
    expect(() => reader(2, 0xc3, 0x28).name()).toThrow(malformed(1));
    expect(() => reader(3, 0xed, 0xa0, 0x80).name()).toThrow(malformed(1));
  });

  it("never reads beyond its end", () => {
    const whole = reader(0x01, 0x02, 0x03);
    const part = whole.sub(2);
    expect([part.byte(), part.byte()]).toEqual([1, 2]);
    expect(() => part.byte()).toThrow(malformed(2));
    expect(whole.byte()).toBe(3);
    expect(() => reader(0x05, 0x61).name()).toThrow(malformed(2));
    expect(() => reader(0x80).u32()).toThrow(malformed(1));
    expect(() => reader(0x03, 0x00).vector(() => 0)).toThrow(malformed(0));
  });
});
