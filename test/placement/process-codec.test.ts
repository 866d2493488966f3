import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, FrameSplitter, FrameWriter, Garbled } from "../../host/placement/process/frame.ts";
import { codecOf } from "../../host/placement/process/value-codec.ts";
import { sizeOf } from "../../host/wit/layout.ts";
import type { ValueType } from "../../host/wit/model.ts";
import { anyValueOf, anyValueType } from "../support/arbitrary-values.ts";
import { checkValue } from "../support/conversions.ts";

const typedValue = anyValueType({ references: true, fixedLengthLists: true }).chain((type) =>
  fc.tuple(fc.constant(type), anyValueOf(type)),
);

function write(type: ValueType, value: unknown): Buffer {
  const out = new FrameWriter(1, 8);
  codecOf(type).write(out, value);
  return out.finish(7);
}

function read(type: ValueType, frame: Buffer): unknown {
  const from = new FrameReader(frame.subarray(4));
  const value = codecOf(type).read(from);
  from.end();
  return value;
}

describe("values between processes", () => {
  it("arrive as they were", () => {
    fc.assert(
      fc.property(typedValue, ([type, value]) => {
        expect(read(type, write(type, value))).toEqual(value);
      }),
    );
  });

  it("are values of their type, whatever bytes come, or are refused", () => {
    fc.assert(
      fc.property(anyValueType({ references: true }), fc.uint8Array({ maxLength: 200 }), (type, bytes) => {
        const out = new FrameWriter(1);
        out.bytes(bytes);
        try {
          const value = read(type, out.finish(0));
          expect(checkValue(type, value, "value")).toEqual(value);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Garbled);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("cut short are refused", () => {
    fc.assert(
      fc.property(typedValue, fc.nat(), ([type, value], at) => {
        const whole = write(type, value).subarray(4);
        const cut = whole.subarray(0, 5 + (at % Math.max(1, whole.length - 5)));
        fc.pre(cut.length < whole.length);
        expect(() => read(type, Buffer.concat([Buffer.alloc(4), cut]))).toThrow(Garbled);
      }),
    );
  });

  it("claim no more than came", () => {
    const lists: ValueType[] = [
      { kind: "list", element: { kind: "u8" } },
      { kind: "list", element: { kind: "u64" } },
      { kind: "list", element: { kind: "string" } },
      { kind: "string" },
    ];
    for (const type of lists) {
      const out = new FrameWriter(1);
      out.u32(0xffff_ffff);
      expect(() => read(type, out.finish(0))).toThrow(Garbled);
    }
  });

  it("are about as large as in a guest's memory", () => {
    const records: ValueType = {
      kind: "list",
      element: {
        kind: "record",
        fields: [
          { name: "some-long-field-name", type: { kind: "u8" } },
          { name: "another", type: { kind: "option", some: { kind: "u32" } } },
        ],
      },
    };
    const value = Array.from({ length: 1000 }, (_, i) => ({ someLongFieldName: i % 200, another: i }));
    expect(write(records, value).length).toBeLessThan(
      1000 * sizeOf((records as { element: ValueType }).element) + 100,
    );
  });

  it("with resources can't cross", () => {
    const resource = { name: "file", owner: { direction: "export" }, body: { kind: "resource" } } as const;
    expect(() => codecOf({ kind: "list", element: { kind: "own", resource } })).toThrow(
      expect.objectContaining({
        code: "unsupported-feature",
        facts: expect.objectContaining({ subject: "file" }),
      }),
    );
  });
});

describe("a stream of messages", () => {
  const frames = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 300 })), {
    maxLength: 10,
  });

  it("is cut the same, however it comes in pieces", () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, sizes) => {
        const stream = Buffer.concat(
          sent.map(([kind, bytes], id) => {
            const out = new FrameWriter(kind);
            out.bytes(bytes);
            return out.finish(id);
          }),
        );
        const received: unknown[] = [];
        const splitter = new FrameSplitter(1000, (frame) =>
          received.push([frame.kind, frame.id, frame.bytes(frame.left)]),
        );
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length]!;
          splitter.feed(stream.subarray(at, at + size));
          at += size;
        }
        expect(received).toEqual(sent.map(([kind, bytes], id) => [kind, id, bytes]));
      }),
    );
  });

  it("is refused at a message that is too long, before it has come", () => {
    const splitter = new FrameSplitter(1000, () => {});
    splitter.feed(Buffer.from([0xe9]));
    expect(() => splitter.feed(Buffer.from([0x03, 0, 0]))).toThrow(Garbled);
  });

  it("is refused at a message that is none", () => {
    expect(() => new FrameSplitter(1000, () => {}).feed(Buffer.from([4, 0, 0, 0]))).toThrow(Garbled);
  });
});
