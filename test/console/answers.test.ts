/** Types that the console's page reads answers by, held against those that the host answers with: the compiler is what runs this. */
import { describe, expectTypeOf, it } from "vitest";
import type { ComponentMetadata } from "../../host/component/metadata.ts";
import type { ShownContract } from "../../host/console/answers/contract-answers.ts";
import type {
  ShownChange,
  ShownDeployment,
  ShownMetadata,
} from "../../host/console/answers/deployment-answers.ts";
import type { ListedPlugin, ShownPlugin } from "../../host/console/answers/plugin-answers.ts";
import type { Deployment } from "../../host/registry/api.ts";
import type { ContractSummary } from "../../host/registry/contracts/contracts.ts";
import type { PluginDetails, PluginSummary } from "../../host/registry/told-plugins.ts";
import type { Change } from "../../host/wit/diff/diff.ts";

describe("answers that the console reads", () => {
  // `satisfies` in the routes holds what is always there; of what may be absent it misses that it is gone.
  it("have every member that may be absent by the name that the host gives it", () => {
    expectTypeOf<keyof ListedPlugin>().toExtend<keyof PluginSummary>();
    expectTypeOf<keyof ShownPlugin>().toExtend<keyof PluginDetails | "servedAt" | "origin" | "lateWorkers">();
    expectTypeOf<keyof ShownDeployment>().toExtend<keyof Deployment | "servedAt">();
    expectTypeOf<keyof ShownMetadata>().toExtend<keyof ComponentMetadata>();
    expectTypeOf<keyof ShownChange>().toExtend<keyof Change>();
    expectTypeOf<keyof ShownContract>().toExtend<keyof ContractSummary>();
  });
});
