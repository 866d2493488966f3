import { afterAll, expect, it } from "vitest";
import { buildComponent, removeTemporaryFolders, run } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const world = (imports: string) => `package demo:o; world o { ${imports} export pages: func() -> u32; }`;
const sending = {
  "wit/world.wit": world("import wasi:http/outgoing-handler@0.2.0;"),
  "wit/deps/http/handler.wit":
    "package wasi:http@0.2.0; interface outgoing-handler { ready: func() -> bool; }",
  "assembly/index.ts": `import { ready } from "wasi:http/outgoing-handler@0.2.0";
    export function pages(): u32 { return ready() ? memory.size() : 0; }`,
};
const silent = {
  "wit/world.wit": world(""),
  "assembly/index.ts": "export function pages(): u32 { return memory.size(); }",
};
const text = sending["assembly/index.ts"];
const large = {
  ...sending,
  "assembly/index.ts": text.replace("memory.size()", "memory.data(400000) ? memory.size() : 0"),
};

it.each([
  ["that sends requests", sending, [], 4],
  ["that sends none", silent, [], 1],
  ["that has more", large, [], 7],
  ["that asks for more", sending, ["--initialMemory", "9"], 9],
  ["that may have less", sending, ["--maximumMemory", "3"], 1],
])("a plugin %s begins with the memory that it needs", async (_, files, options, pages) => {
  const component = await buildComponent({ files, options });
  const { call } = await run(component, { "wasi:http/outgoing-handler": { ready: () => true } });
  expect(call("pages")).toBe(pages);
});
