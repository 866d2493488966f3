import { expect, it } from "vitest";
import { free } from "../../host/platform/spent-bytes.ts";

it("frees bytes that have a buffer of their own", () => {
  const bytes = new Uint8Array(4096);
  const { buffer } = bytes;
  free(bytes);
  expect(buffer.detached).toBe(true);
});

it("leaves a part of a larger buffer alone", () => {
  const all = new Uint8Array(8192).fill(7);
  free(all.subarray(0, 4096));
  expect(all.every((byte) => byte === 7)).toBe(true);
  expect(all).toHaveLength(8192);
});

it("leaves memory that threads share alone", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(4096)).fill(7);
  free(shared);
  expect(shared.every((byte) => byte === 7)).toBe(true);
  expect(shared).toHaveLength(4096);
});
