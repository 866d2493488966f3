import { describe, expect, it } from "vitest";
import { didYouMean, nearest } from "../../host/text/nearest.ts";

describe("names near one that was not found", () => {
  it.each([
    // Rules of writing.
    ["getUser", ["get-user", "put-user"], ["get-user", "put-user"]],
    ["GET_USER", ["get-user"], ["get-user"]],
    ["Greet", ["greet"], ["greet"]],
    ["line_items", ["lineItems", "item"], ["lineItems", "item"]],
    ["DRY-RUN", ["dry-run", "grant"], ["dry-run"]],
    // Slips.
    ["great", ["greet", "counter"], ["greet"]],
    ["colcks", ["clocks", "random", "logging"], ["clocks"]],
    ["memori", ["memory", "time"], ["memory"]],
    ["ab", ["ac", "xy"], ["ac"]],
    // Words.
    ["friendly-time", ["get-friendly-time", "now"], ["get-friendly-time"]],
    ["cellmemory", ["memory", "cellMemory"], ["cellMemory"]],
    ["grants.clock", ["clocks", "random"], ["clocks"]],
  ])("%s", (name, candidates, near) => {
    expect(nearest(name, candidates)).toEqual(near);
  });

  it.each([
    ["f", ["g", "h"]],
    ["ls", ["rm", "kv"]],
    ["sum", ["add", "now"]],
    ["frobnicate", ["greet", "clocks", "get-friendly-time"]],
    ["", ["a", "greet"]],
    ["--", ["a", "greet"]],
    ["is", ["is-there-anything"]],
  ])("drops what has nothing in common with %j", (name, candidates) => {
    expect(nearest(name, candidates)).toEqual([]);
    expect(didYouMean(nearest(name, candidates))).toBeUndefined();
  });

  it("are at most three, the nearest first, each once", () => {
    const names = ["item-4", "item-3", "item-33", "item-33", "items-33", "item-2"];
    expect(nearest("item33", names)[0]).toBe("item-33");
    expect(nearest("item33", names)).toHaveLength(3);
  });

  it("are looked for no further than among two thousand, and in the first letters of a long name", () => {
    const many = Array.from({ length: 2_500 }, (_, i) => `${"x".repeat(80)}${i}`);
    expect(nearest("greet", ["great", ...many])).toEqual(["great"]);
    expect(nearest("greet", [...many, "great"])).toEqual([]);
    expect(nearest(`greet${"-".repeat(1_000_000)}`, ["greet"])).toEqual(["greet"]);
    expect(nearest("x".repeat(1_000_000), many)).toHaveLength(3);
  });
});
