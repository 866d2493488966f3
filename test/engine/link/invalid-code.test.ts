import { expect, it } from "vitest";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { assemble } from "../../support/oracle.ts";

it("says of code that is not valid where it stands in the module that was uploaded", async () => {
  const bytes = assemble(
    "(core module (memory 1) (global (mut i32) i32.const 0) (func (result i32) i32.const 1 i32.add))",
  );
  const component = inspectComponent(bytes);
  const { bytes: module } = component.coreModules[0]!;
  const at = module.indexOf(0x6a);
  await expect(createDirectEngine().compile(component)).rejects.toMatchObject({
    code: "invalid-component",
    message: expect.stringMatching(new RegExp(`^Invalid core module at byte ${at}: .*i32\\.add`)),
    facts: { offset: at },
  });
});

it("names the feature where code is of a proposal that is not run", async () => {
  const component = inspectComponent(assemble("(core module (memory 1 (pagesize 1)))"));
  await expect(createDirectEngine().compile(component)).rejects.toMatchObject({
    code: "unsupported-feature",
    facts: { subject: "a custom page size" },
  });
});
