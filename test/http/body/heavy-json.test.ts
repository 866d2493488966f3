/** JSON that becomes more than it looks like: refused before it is made, and what is large but honest is taken. */

import { describe, expect, test } from "vitest";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import { guest } from "../../guests/hostile-text.ts";
import { hostileBodies, taker } from "../../hostile/attacks/bodies.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { until } from "../../support/processes.ts";

const heap = new HeapAccount(256 * 1024 * 1024);
const host = await hostOfFile({ heap });
await host.put("taker", taker());

const headers = { "content-type": "application/json" };
const send = (to: string, body: string) =>
  host.send("POST", `/call/${to}`, { body, headers, anonymous: true });

test.each(hostileBodies)("$name", async ({ to, text, refused }) => {
  const { status, text: answer, json } = await send(`taker/${to}`, text());
  if (refused) expect(refused).toContain(json.code);
  else expect([status, answer]).toEqual([204, ""]);
  expect(answer.length).toBeLessThan(2_000);
  expect(heap.inUse).toBe(0);
});

describe("arguments that become more than they may", () => {
  const many = (item: string, count: number) => `[[${Array(count).fill(item).join()}]]`;

  test("are refused with limit, actual value and remedy, and counted", async () => {
    const before = host.registry.details("taker").counters.limits["argument-too-large"] ?? 0;
    const { status, json } = await send("taker/arrays", many("[]", 200_000));
    expect([status, json]).toEqual([
      413,
      expect.objectContaining({
        code: "argument-too-large",
        subject: "limits.argumentBytes",
        limit: 16 * 1024 * 1024,
        actual: 200_000 * 96 + 32,
        remedy: expect.stringContaining("limits.argumentBytes"),
      }),
    ]);
    expect(host.registry.details("taker").counters.limits["argument-too-large"]).toBe(before + 1);
  });

  test("are taken where the plugin's limit lets them", async () => {
    const body = many("[]", 20_000);
    expect((await send("taker/arrays", body)).status).toBe(204);
    await host.put("small", taker());
    const patch = (argumentBytes: number) =>
      host.send("PATCH", "/plugins/small", { body: JSON.stringify({ limits: { argumentBytes } }), headers });
    await patch(500_000);
    expect((await send("small/arrays", body)).json).toMatchObject({
      code: "argument-too-large",
      limit: 1_000_000,
    });
    await patch(1_000_000);
    expect((await send("small/arrays", body)).status).toBe(204);
    await patch(50);
    expect((await send("small/arrays", "[[[1,2],[3]]]")).status).toBe(204);
  });

  test("are refused in a query and in checks too", async () => {
    const form = new FormData();
    form.set("plugin", new Blob([taker()]));
    form.set("checks", `{"calls":[{"call":"wides","args":[[${Array(2_000).fill("{}").join()}]]}]}`);
    const { json } = await host.send("PUT", "/plugins/checked", { body: form });
    expect(json.code).toBe("checks-failed");
    expect(json.failures[0]).toContain("become");
  });
});

describe("what large arguments take of the heap", () => {
  const words = `[[${Array(100_000).fill('"a word"').join()}]]`;

  test("is drawn from the host's account for as long as their call lasts", async () => {
    const endless = guest(
      '(func (export "go") (param i32 i32) (loop (br 0)))',
      {
        go: '(param "v" (list string))',
      },
      { memory: "200" },
    );
    const form = new FormData();
    form.set("plugin", new Blob([endless()]));
    form.set("settings", '{"placement":"process","limits":{"time":3000}}');
    expect((await host.send("PUT", "/plugins/endless", { body: form })).status).toBe(201);
    const called = send("endless/go", words);
    // Two bytes for each that they weigh, which is eight and the characters of every word.
    await until(() => heap.inUse > 2 * 14 * 100_000 - 100_000);
    expect((await called).json.code).toBe("timeout");
    expect(heap.inUse).toBe(0);
  });

  test("is refused when the account has no room, and only what is large is", async () => {
    const taken = heap.left - 1_000;
    heap.take(taken, "the test");
    try {
      const { status, json, headers: answered } = await send("taker/words", words);
      expect([status, json.code, answered.get("retry-after")]).toEqual([503, "no-capacity", "1"]);
      expect((await send("taker/words", '[["a word"]]')).status).toBe(204);
      expect((await send("taker/arrays", `[[${Array(2_000).fill("[]").join()}]]`)).json.code).toBe(
        "no-capacity",
      );
    } finally {
      heap.give(taken);
    }
    expect((await send("taker/words", words)).status).toBe(204);
    expect(heap.inUse).toBe(0);
  });
});
