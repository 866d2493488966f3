import assert from "node:assert/strict";
import { type Authored, errorOf } from "../../authored.ts";

export const sessions: Authored = {
  name: "sessions",
  settings: { grants: { clocks: true, random: true }, env: { most: "3", minutes: "60" } },
  async use({ call, replace }) {
    const ada = (await call("log-in", "Ada Löwe")) as string;
    const bob = (await call("log-in", "Bob\n%")) as string;
    assert.match(ada, /^[0-9a-f]{16}$/);
    assert.notEqual(ada, bob);
    assert.equal(await call("put", ada, "theme", "dark & 日本"), true);
    assert.equal(await call("put", "none", "theme", "dark"), false);
    assert.equal(await call("find", "none"), null);
    const found = (await call("find", ada)) as { age: number };
    assert.ok(found.age < 3600);
    assert.deepEqual(
      { ...found, age: 0 },
      { user: "Ada Löwe", age: 0, uses: 1, data: [["theme", "dark & 日本"]] },
    );
    await call("log-in", "Cy");
    assert.equal(await errorOf(call("log-in", "Di")), "there are 3 sessions already");

    // The next version has what the first one knew.
    await replace("assembly/index.ts", (text) => text.replace("there are ", "all taken: "));
    assert.equal(await call("count"), 3);
    assert.equal(await errorOf(call("log-in", "Di")), "all taken: 3 sessions already");
    assert.deepEqual(
      { ...((await call("find", ada)) as object), age: 0 },
      {
        user: "Ada Löwe",
        age: 0,
        uses: 2,
        data: [["theme", "dark & 日本"]],
      },
    );
    assert.equal(await call("log-out", ada), undefined);
    assert.equal(await call("find", ada), null);
    assert.equal(((await call("find", bob)) as { user: string }).user, "Bob\n%");
  },
  trap: { call: "log-out", args: ["none"], file: "assembly/index.ts", function: "endOf" },
};
