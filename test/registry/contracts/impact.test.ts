/** Impact of a new contract over the corpus of compared worlds: what a plan says is what the gate then refuses. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { contractWorld } from "../../../host/component/contract-world.ts";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { createHost } from "../../../host/host.ts";
import { componentTypeOf, dummyModule, wrap } from "../../support/oracle.ts";

const folder = fileURLToPath(new URL("../../wit/diff-cases", import.meta.url));

/** The same component, as another version. */
function again(component: Uint8Array): Uint8Array {
  return Buffer.concat([component, Buffer.from([0, 2, 1, 0x78])]);
}

it("is what the gate refuses", async () => {
  await using host = await createHost({ log: () => {} });
  const { registry } = host;
  const verdicts = { refused: 0, taken: 0 };
  for (const name of readdirSync(folder).sort()) {
    const [old, next] = ["old.wit", "new.wit"].map((file) =>
      dummyModule(readFileSync(`${folder}/${name}/${file}`, "utf8")),
    );
    const component = wrap(old!);
    const { imports, exports } = inspectComponent(component).world;
    // What it may import is another matter.
    if (imports.length > 0 || exports.length === 0) continue;
    await registry.contracts.put("held", componentTypeOf(old!));
    await registry.deploy("p", component, { settings: { contract: "held" } });
    const bytes = componentTypeOf(next!);
    if (contractWorld(bytes).exports.length === 0) {
      await registry.remove("p");
      await registry.contracts.remove("held");
      continue;
    }
    const { breaks } = await registry.contracts.put("held", bytes, { dryRun: true });
    await registry.contracts.put("held", bytes, { breaks: ["p"] });
    const code = await registry.deploy("p", again(component)).then(
      () => undefined,
      (error: { code: string; facts: { extra: unknown } }) => {
        expect(error.facts.extra).toMatchObject({ changes: breaks[0]?.changes });
        return error.code;
      },
    );
    expect([name, code]).toEqual([name, breaks.length > 0 ? "contract-unmet" : undefined]);
    verdicts[code ? "refused" : "taken"]++;
    await registry.remove("p");
    await registry.contracts.remove("held");
  }
  expect(verdicts.refused).toBeGreaterThan(20);
  expect(verdicts.taken).toBeGreaterThan(5);
});
