/** Plugins that fill their memory with what they are given and make, and what that costs them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { Cell } from "../../../host/engine/engine.ts";
import { buildComponent, removeTemporaryFolders } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const MiB = 1024 * 1024;
const [memory, held] = [64 * MiB, 60];

describe.each([
  ["release", ["-O3"]],
  ["debug", ["--debug"]],
])("a cell of 64 MiB, %s", (_, options) => {
  let component: Uint8Array;
  beforeAll(async () => {
    component = await buildComponent({
      files: {
        "wit/world.wit": `package t:filler; world filler {
          export take: func(bytes: list<u8>) -> u32;
          export make: func(length: u32) -> u32;
        }`,
        "assembly/index.ts": `
          const kept: Uint8Array[] = [];
          export function take(bytes: Uint8Array): u32 { kept.push(bytes); return kept.length; }
          export function make(length: u32): u32 { kept.push(new Uint8Array(length)); return kept.length; }`,
      },
      options,
    });
  });

  const start = async (): Promise<Cell> => {
    const compiled = await createDirectEngine().compile(inspectComponent(component), { memory });
    return compiled.instantiate({}, { plugin: "filler" });
  };

  test.each([
    ["take", new Uint8Array(MiB).fill(7)],
    ["make", MiB],
  ])(
    "holds 60 MiB of lists of 1 MiB, at an even price, and then says what the limit is: %s",
    async (name, argument) => {
      const cell = await start();
      const call = cell.function(name);
      const prices: number[] = [];
      for (let i = 1; i <= held; i++) {
        expect(call(argument)).toBe(i);
        prices.push(cell.fuelUsed);
      }
      expect(Math.max(...prices)).toBeLessThan(2 * Math.min(...prices));
      const beyond = () => {
        for (let i = 0; i < 5; i++) call(argument);
      };
      expect(beyond).toThrow(
        expect.objectContaining({
          code: "out-of-memory",
          message: expect.stringContaining(`limits.memory is ${memory}`),
          facts: expect.objectContaining({ subject: name, setting: "limits.memory", limit: memory }),
        }),
      );
    },
  );
});
