/**
 * Origin of a source map's offsets. A map that asc writes gives byte offsets in the core module, and they hold for it as
 * it lies in the component: wit-component copies the module's sections up to its code as they are, and nothing is
 * removed from before the code. Engines that compile the core module (V8 in Node and browsers, and so this host) report
 * offsets in it and find the map through its `sourceMappingURL` section, which stays. Only a tool that counts from the
 * component's first byte needs to know where in it the core module begins.
 */

import { componentReader } from "../../../host/component/component-reader.ts";
import { defaultComponentLimits, StructureMeter } from "../../../host/component/structure-limits.ts";
import { componentSection } from "../../../host/wasm/sections.ts";

/**
 * The map with the core module's place in the component, in bytes, as `x_coreModuleOffset`: offset in the component =
 * offset in the map + this.
 */
export function placeInComponent(sourceMap: string, component: Uint8Array): string {
  const map = JSON.parse(sourceMap) as Record<string, unknown>;
  return JSON.stringify({ ...map, x_coreModuleOffset: mainModuleOffset(component) });
}

/** wit-component puts the module it was given first, its own helpers after it. */
function mainModuleOffset(component: Uint8Array): number {
  const reader = componentReader(component, new StructureMeter(defaultComponentLimits));
  reader.take(8);
  for (;;) {
    const id = reader.byte();
    const content = reader.sub(reader.u32());
    if (id === componentSection.coreModule) return content.at;
  }
}
