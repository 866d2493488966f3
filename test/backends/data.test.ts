import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Data, weighData } from "../../host/backends/data.ts";
import { readData, writeData } from "../../host/placement/process/data-codec.ts";
import { FrameReader, FrameWriter, Garbled } from "../../host/placement/process/frame.ts";

const text = fc.string({ unit: "binary" }).chain((whole) => fc.constantFrom(whole, `${whole}\ud800`));
const { data } = fc.letrec<{ data: Data }>((tie) => ({
  data: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.double(),
    fc.bigInt({ min: -(2n ** 64n) + 1n, max: 2n ** 64n - 1n }),
    text,
    fc.uint8Array(),
    fc.array(tie("data"), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie("data"), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

function write(value: Data): Buffer {
  const out = new FrameWriter(1, 8);
  writeData(out, value);
  return out.finish(7);
}

function read(frame: Buffer): Data {
  const from = new FrameReader(frame.subarray(4));
  const value = readData(from);
  from.end();
  return value;
}

describe("data between a cell and its backends", () => {
  it("arrive as they were, and take as many bytes as they weigh", () => {
    fc.assert(
      fc.property(data, (value) => {
        const frame = write(value);
        expect(read(frame)).toEqual(value);
        expect(frame.length - 9).toBe(weighData(value));
      }),
    );
  });

  it("are data, whatever bytes come, or are refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const out = new FrameWriter(1);
        out.bytes(bytes);
        try {
          const value = read(out.finish(0));
          expect(read(write(value))).toEqual(value);
        } catch (error) {
          expect(error).toBeInstanceOf(Garbled);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("are refused where they say that there are more of them than there may be", () => {
    const list = (levels: number): Data => (levels === 0 ? null : [list(levels - 1)]);
    expect(() => weighData(list(20))).toThrow(TypeError);
    expect(() => weighData(Array.from({ length: 70_000 }, () => null))).toThrow(TypeError);
    expect(() => read(write(list(20)))).toThrow(Garbled);
    expect(() => read(write(Array.from({ length: 70_000 }, () => null)))).toThrow(Garbled);
  });

  it.each([[undefined], [{ a: undefined }], [() => 1], [Symbol("a")], [2n ** 64n], [[new Date()]]])(
    "can't be %s",
    (value) => {
      expect(() => weighData(value as never)).toThrow(TypeError);
    },
  );
});
