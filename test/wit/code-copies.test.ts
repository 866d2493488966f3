import { expect, test } from "vitest";
import { CodeCopies } from "../../host/wit/code-copies.ts";

const file = new URL("./copied.ts", import.meta.url).href;

test("gives each list of fields a copy, the same for the same fields, and at last the shared one", async () => {
  const shared = { file };
  const copies = new CodeCopies(shared);
  await copies.prepare(["a", "b"]);
  const first = copies.for(["a", "b"]);
  expect(first).not.toBe(shared);
  expect(copies.for(["a", "b"])).toBe(first);

  const given = new Set([first]);
  for (let i = 0; i < 100; i++) {
    await copies.prepare([`field${i}`]);
    given.add(copies.for([`field${i}`]));
  }
  expect(given.size).toBe(65);
  expect(given).toContain(shared);
  expect(copies.for(["a", "b"])).toBe(first);
});

test("does without copies where none can be loaded", async () => {
  const shared = { file: new URL("./nowhere.ts", import.meta.url).href };
  const copies = new CodeCopies(shared);
  await copies.prepare(["a"]);
  expect(copies.for(["a"])).toBe(shared);
});
