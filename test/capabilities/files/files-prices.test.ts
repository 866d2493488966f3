import { expect, it } from "vitest";
import { filesPrices } from "../../../host/capabilities/files/files-prices.ts";
import { hostInterface } from "../../../host/capabilities/interfaces.ts";
import { hostCosts } from "../../../host/fuel-prices.ts";
import { functionsIn } from "../../../host/wit/model.ts";

it("price every function that a plugin with files may call, by what it asks for", () => {
  const prices = filesPrices(3, (name) => hostInterface(name)!);
  for (const [name, rows] of Object.entries(prices)) {
    const functions = functionsIn(hostInterface(name)!).map((each) => each.name);
    expect(Object.keys(rows).sort()).toEqual(functions.sort());
  }
  const types = prices["wasi:filesystem/types"]!;
  expect(types["[method]descriptor.stat"]?.call).toBe(hostCosts.file);
  const { touched } = types["[method]descriptor.rename-at"]!;
  expect(touched?.({}, "a/b/c/d", {}, "e".repeat(40))).toBe(24 * hostCosts.filePart);
  expect(types["[method]descriptor.write"]!.touched?.({}, new Uint8Array(100), 0n)).toBe(
    100 * hostCosts.fileByte,
  );
});
