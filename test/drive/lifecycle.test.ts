/** What the host makes of a plugin's part in its deployment, where that is not what our own code would do. */
import { expect, it } from "vitest";
import type { Data } from "../../host/backends/data.ts";
import type { Drives } from "../../host/drive/driven-export.ts";
import { lifecycleFunctions } from "../../host/drive/driven-exports.ts";
import { bindLifecycle } from "../../host/drive/lifecycle.ts";
import { Scrubber } from "../../host/text/scrubber.ts";
import { parseFunctionType } from "../../host/wit/text/expression.ts";

const owner = "hotcell:plugin/state@0.1.0";
const type = parseFunctionType("func() -> list<u8>");
const functions = lifecycleFunctions([{ key: `${owner}#save`, interface: owner, name: "save", type }]);

/** Lifecycle of a plugin whose `save` sends these parts, again and again. */
function saving(part: Data) {
  let sent = 0;
  const placement: Drives = {
    async drive(_, exchange) {
      for (; sent < 10_000; sent++) await exchange.send(part);
      exchange.end();
    },
  };
  const lifecycle = bindLifecycle(
    functions,
    placement,
    new Scrubber([]),
    async () => {},
    () => 100_000,
  );
  return { lifecycle, sent: () => sent };
}

it.each([
  [50_000, 10],
  [0, 5_000],
])(
  "takes no more of a state than a call may pass, in parts of %i bytes, and cuts off who goes on",
  async (bytes, most) => {
    const { lifecycle, sent } = saving(new Uint8Array(bytes));
    await expect(lifecycle.save()).rejects.toMatchObject({ code: "save-failed" });
    expect(sent()).toBeLessThan(most);
  },
);

it("takes bytes alone for a state", async () => {
  const { lifecycle } = saving("text");
  await expect(lifecycle.save()).rejects.toMatchObject({ code: "fault" });
});
