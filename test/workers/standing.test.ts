/** Workers that stand still when they are told to end, or before they serve, as the process has them that started them. */
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { finished, killRunning, startNode } from "../support/cli.ts";

afterAll(killRunning);

const script = fileURLToPath(new URL("./standing-workers.ts", import.meta.url));

// A reload would never end, nor any after it, and a host that was told to end would wait for ever.
it.each(["reload", "end"])("are killed at the end of their time: %s", async (deed) => {
  const run = await finished(startNode([script, deed, "2"]));
  expect(run).toMatchObject({ code: 0, stderr: "" });
  const told = run.stdout.trimEnd().split("\n");
  expect(told.pop()).toBe("ended, and 0 are left");
  expect(told).not.toEqual([]);
  for (const line of told) expect(line).toMatch(/^Process \d+ did not end within 0\.5 s, and was killed\.$/);
});

it("are killed where they do not get to serve: a reload ends, those before go on, and the next one replaces them", async () => {
  const run = await finished(startNode([script, "begin", "2"]));
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^Worker 2 \(process \d+\) did not get to serve within 2 s, and was killed\.$/),
    "closed: Worker 2 did not get to serve within 2 s",
    "the one before goes on",
    "another serves",
    "ended, and 0 are left",
  ]);
});
