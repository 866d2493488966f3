/** Guest whose functions are the tools that the conformance tests of the Model Context Protocol ask for by name. */
import { guest, importing } from "./hostile-text.ts";

/** WIT of what changes the list of tools: the function that whoever runs the host gives the guest. */
export const ownerWit = `
package test:tools@1.0.0;
interface owner {
  change: func();
}
`;

const texts = ["A text for tests.", "An error for tests.", "Logged.", "Nothing was asked."];
const at = (index: number) => 1_024 + 64 * index;
const data = texts.map((text, i) => `(data (i32.const ${at(i)}) "${text}")`).join(" ");

/** Function that returns a text; `fails`: as the error of its result. */
function says(name: string, index: number, fails = false): string {
  const words = fails ? [1, at(index), texts[index]!.length] : [at(index), texts[index]!.length];
  const stores = words.map((word, i) => `(i32.store (i32.const ${16 + 4 * i}) (i32.const ${word}))`);
  return `(func (export "${name}") (result i32) ${stores.join(" ")} (i32.const 16))`;
}

const { imports, supplied } = importing({ change: "" });

/** Tools whose names are those that the tests ask for, with `-` for `_`. */
export const conformanceTools = guest(
  `${data}
  ${says("test-simple-text", 0)} ${says("test-error-handling", 1, true)} ${says("test-logging-tool", 2)}
  ${says("test-streaming-elicitation", 3)}
  (func (export "test-trigger-tool-change") (call $change))`,
  {
    "test-simple-text": "(result string)",
    "test-error-handling": "(result (result (error string)))",
    "test-logging-tool": "(result string)",
    "test-streaming-elicitation": "(result string)",
    "test-trigger-tool-change": "",
  },
  {
    imports,
    supplied,
    before: `(import "test:tools/owner@1.0.0" (instance $owner (export "change" (func))))
      (core func $change (canon lower (func $owner "change")))`,
  },
);
