/** The validator of wasm-tools, with every feature it knows, without what its caller does afterwards. */
import { objection } from "../../../test/support/oracle.ts";
import { leb } from "./component-layout.ts";

const preamble = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

/**
 * What it says against a component, but for the code of core modules; undefined if it is valid. The component is
 * asked about inside another one: the WIT of that is empty, so that none is made of it, and the tools' own words for
 * what has no WIT don't get in the way.
 */
export async function objectionTo(component: Uint8Array): Promise<string | undefined> {
  const around = Buffer.concat([Uint8Array.from([...preamble, 0x04]), leb(component.length), component]);
  const said = await objection(new Uint8Array(around));
  if (said === null) return "panic";
  return said
    ?.replace(/^Failed to decode wit component\s*/, "")
    .replace(/ \(at offset 0x[0-9a-f]+\)[\s\S]*$/, "");
}
