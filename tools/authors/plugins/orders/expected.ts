import assert from "node:assert/strict";
import { type Authored, errorOf } from "../../authored.ts";

/** Of an option of an option. */
const none = { tag: "none" };

const line = (article: unknown, quantity: number, price: number | null, ...wishes: string[]) => ({
  article,
  quantity,
  price,
  wishes,
});
const person = (country?: string, geo: readonly number[] | null = null) => ({
  name: "Ada",
  address: country === undefined ? null : { lines: ["Street 1", ""], country, geo },
  tags: ["new", "größe"],
});
const order = (customer: unknown, lines: unknown[], notes: unknown = none) => ({ customer, lines, notes });

export const orders: Authored = {
  name: "orders",
  async use({ call }) {
    const lines = [
      line({ tag: "product", val: "mug" }, 3, 1250, "gift"),
      line({ tag: "service", val: ["repair", 1.5] }, 2, 1000),
      line(
        {
          tag: "bundle",
          val: [
            ["pen", 2],
            ["pad", 1],
          ],
        },
        1,
        5000,
        "insured",
        "express",
      ),
      line({ tag: "voucher" }, 1, null),
    ];
    const totals = [3 * 1250 + 250, Math.trunc(2 * 1000 * 1.5), 5000 + 990 + 5000 / 50, 0];
    const positions = [
      { title: "mug", total: totals[0], extras: [["wrapping", 250]] },
      { title: "repair (service)", total: totals[1], extras: [] },
      {
        title: "2 × pen, 1 × pad",
        total: totals[2],
        extras: [
          ["express", 990],
          ["insurance", 100],
        ],
      },
      { title: "voucher", total: 0, extras: [] },
    ];
    const sum = totals.reduce((a, b) => a + b);
    for (const [country, geo, region, extra] of [
      [undefined, null, "home", 0],
      ["de", [50, 8], "home", 0],
      ["at", null, "near", 0],
      ["de", [-81.5, 0], "far", 1500],
      ["jp", null, "far", 1500],
    ] as const) {
      const customer = { tag: "ok", val: person(country, geo) };
      assert.deepEqual(await call("price", order(customer, lines, none)), {
        to: "Ada",
        region,
        positions,
        total: sum + extra,
        note: none,
      });
    }
    for (const note of [none, { tag: "some", val: null }, { tag: "some", val: "by hand" }]) {
      const priced = await call("price", order({ tag: "ok", val: person() }, [lines[0]], note));
      assert.deepEqual((priced as { note: unknown }).note, note);
    }
    const wrong = [line({ tag: "product", val: "a" }, 101, null), line({ tag: "voucher" }, 1, null)];
    assert.deepEqual(await errorOf(call("price", order({ tag: "err", val: "unknown" }, wrong, none))), [
      { tag: "nobody", val: "unknown" },
      { tag: "no-price", val: 0 },
      { tag: "too-many", val: [0, 101] },
    ]);
    assert.deepEqual(await errorOf(call("price", order({ tag: "ok", val: person() }, [], none))), [
      { tag: "empty" },
    ]);
    const all = ["de", "jp", "ch", "de"].map((country) => ({
      tag: "ok",
      val: order({ tag: "ok", val: person(country) }, [], none),
    }));
    assert.deepEqual(await call("regions", [...all, { tag: "err", val: "lost" }]), [
      ["home", [0, 3]],
      ["near", [2]],
      ["far", [1]],
    ]);
  },
  trap: {
    call: "price",
    args: [order({ tag: "ok", val: person() }, [line({ tag: "bundle", val: [] }, 1, 1)], none)],
    file: "assembly/index.ts",
    function: "titleOf",
  },
};
