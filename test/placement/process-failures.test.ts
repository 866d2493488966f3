/** Errors of a plugin, as they come out of its process. */
import { expect, it } from "vitest";
import { ExitError, type HotcellError, NoRoomToGrowError, TrapError } from "../../host/errors.ts";
import { FrameReader, FrameWriter } from "../../host/placement/process/frame.ts";
import { readFailure, writeFailure } from "../../host/placement/process/messages.ts";
import { Scrubber } from "../../host/text/scrubber.ts";

const errors: readonly HotcellError[] = [
  new TrapError("It trapped.", { subject: "go", extra: { stack: ["go (assembly/index.ts:1)"] } }),
  new ExitError(3, "It ended itself.", { actual: 3 }),
  new NoRoomToGrowError("It had 1 and asked for 2.", {
    limit: 2,
    retryAfter: 1,
    extra: { had: 1, asked: 2 },
  }),
];

it.each(errors)("are of the same class and tell the same: $code", (error) => {
  const out = new FrameWriter(1);
  writeFailure(out, error, new Scrubber([]));
  const told = readFailure(new FrameReader(out.finish(1).subarray(4)));
  expect(told).toBeInstanceOf(error.constructor);
  expect(told.message).toBe(error.message);
  expect(told.facts).toEqual(error.facts);
  expect(told.toProblem()).toEqual(error.toProblem());
});
