import { expect, it } from "vitest";
import { filesPrices } from "../../../host/capabilities/files/files-prices.ts";
import { hostInterface } from "../../../host/capabilities/interfaces.ts";
import { pricesOf } from "../../../host/capabilities/prices.ts";
import { hostCosts } from "../../../host/fuel-prices.ts";
import { functionsIn } from "../../../host/wit/model.ts";

it("price every function that a plugin with files may call, by what it asks for", () => {
  const prices = filesPrices(3);
  for (const name of Object.keys(prices)) {
    const offered = hostInterface(name)!;
    const functions = functionsIn(offered).map((each) => each.name);
    expect(Object.keys(pricesOf({ prices }, name, offered)).sort()).toEqual(functions.sort());
  }
  const types = pricesOf({ prices }, "wasi:filesystem/types", hostInterface("wasi:filesystem/types")!);
  expect(types["[method]descriptor.stat"]?.call).toBe(hostCosts.file);
  const { touched } = types["[method]descriptor.rename-at"]!;
  expect(touched?.({}, "a/b/c/d", {}, "e".repeat(40))).toBe(24 * hostCosts.filePart);
  expect(types["[method]descriptor.write"]!.touched?.({}, new Uint8Array(100), 0n)).toBe(
    100 * hostCosts.fileByte,
  );
});
