/** Fields of traces, as others write them (W3C Trace Context). */

import { describe, expect, it } from "vitest";
import { newTrace, readTrace, traceId } from "../../host/engine/trace-context.ts";

const [trace, parent] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
const good = `00-${trace}-${parent}-01`;

const read = (traceparent: string | null, tracestate: string | null = null) =>
  readTrace({ get: (name) => (name === "traceparent" ? traceparent : tracestate) });

describe("traceparent", () => {
  it("is taken as it is in the version that there is", () => {
    expect(read(good)).toEqual({ traceparent: good });
    expect(read(` ${good}\t`)).toEqual({ traceparent: good });
    expect(traceId(read(good)!)).toBe(trace);
  });

  it("has the flags that are known, whatever others it came with", () => {
    expect(read(`00-${trace}-${parent}-ff`)).toEqual({ traceparent: `00-${trace}-${parent}-03` });
    expect(read(`00-${trace}-${parent}-fc`)).toEqual({ traceparent: `00-${trace}-${parent}-00` });
  });

  it("is read for what is known of versions to come, and handed on in this one", () => {
    expect(read(`cc-${trace}-${parent}-01`)).toEqual({ traceparent: good });
    expect(read(`cc-${trace}-${parent}-01-what-the-future`)).toEqual({ traceparent: good });
  });

  it.each([
    ["no field", null],
    ["an empty one", ""],
    ["another version than there can be", `ff-${trace}-${parent}-01`],
    ["more than this version has", `${good}-01`],
    ["a version to come with more, not set off", `cc-${trace}-${parent}-01.what`],
    ["a trace of zeros", `00-${"0".repeat(32)}-${parent}-01`],
    ["a parent of zeros", `00-${trace}-${"0".repeat(16)}-01`],
    ["capital letters", good.toUpperCase()],
    ["too few digits", `00-${trace.slice(1)}-${parent}-01`],
    ["no flags", `00-${trace}-${parent}`],
    ["two fields", `${good}, ${good}`],
    ["something else", "x".repeat(15_000)],
  ])("is none where there is %s", (_, value) => {
    expect(read(value, "a=1")).toBeUndefined();
  });
});

describe("tracestate", () => {
  it.each([
    ["an entry", "congo=t61rcWkgMzE", "congo=t61rcWkgMzE"],
    ["several of one field or of more, with empty ones between", "a=1 , b=2,,  t@v=3", "a=1,b=2,t@v=3"],
    ["all printable characters", "a=!\"#$%&'()*+-./:;<>?@[]^_`{|}~ x", "a=!\"#$%&'()*+-./:;<>?@[]^_`{|}~ x"],
  ])("is handed on with %s", (_, value, state) => {
    expect(read(good, value)).toEqual({ traceparent: good, tracestate: state });
  });

  it.each([
    ["nothing", ""],
    ["a key twice", "a=1,b=2,a=3"],
    ["no value", "a"],
    ["a key in capitals", "A=1"],
    ["a value with an equals sign", "a=1=2"],
    ["characters that are not printable", "a=\x1b[2J"],
    ["more entries than there may be", Array.from({ length: 33 }, (__, i) => `k${i}=1`).join()],
  ])("is left out where it has %s; the trace goes on", (_, value) => {
    expect(read(good, value)).toEqual({ traceparent: good });
  });

  it("is cut to what has to be handed on: long entries first, then the last ones", () => {
    const short = Array.from({ length: 8 }, (_, i) => `k${i}=${"x".repeat(90)}`);
    const long = `long=${"y".repeat(200)}`;
    expect(read(good, [long, ...short].join())).toEqual({
      traceparent: good,
      tracestate: short.slice(0, 5).join(),
    });
    expect(read(good, `${long},${long.replace("long", "other")}`)?.tracestate).toHaveLength(412);
  });
});

describe("a new trace", () => {
  it("is one that can be read, and each another", () => {
    const made = newTrace();
    expect(read(made.traceparent)).toEqual(made);
    expect(traceId(newTrace())).not.toBe(traceId(made));
  });
});
