/** Workers that stand still when they are told to end, as the process has them that started them. */
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
