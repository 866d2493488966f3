import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { buildComponent, removeTemporaryFolders, run } from "../../support/plugin-build.ts";
import { type TypeCase, typeCases } from "./author-types.ts";
import { builds } from "./builds.ts";
import { functionsOf, guestInterface, hostInterface, shapesFiles, shapesImports } from "./shapes.ts";

const all = {
  ...builds,
  "release, garbage collected at every chance": ["-O3", "--use", "hotcell.gc=torture"],
};

interface Ways {
  /** Host → guest → host. */
  echo(value: unknown): unknown;
  /** The same with guest → imported host function → guest in between. */
  relay(value: unknown): unknown;
}

type Start = (component: Uint8Array) => Promise<(type: TypeCase) => Ways>;

/** The engine that plugins run in, and the reference implementation. */
const engines: Record<string, Start> = {
  async hotcell(component) {
    const compiled = await createDirectEngine().compile(inspectComponent(component));
    const cell = compiled.instantiate({ [hostInterface]: shapesImports });
    return (type) => {
      const { echo, relay } = functionsOf(type);
      const [echoing, relaying] = [echo, relay].map((name) => cell.function(`${guestInterface}#${name}`));
      return { echo: (value) => echoing!(value), relay: (value) => relaying!("🌍", value) };
    };
  },
  async jco(component) {
    const running = await run(component, { "test:shapes/host": shapesImports });
    return (type) => {
      const { echoInJs, relayInJs } = functionsOf(type);
      return {
        echo: (value) => running.callIn(guestInterface, echoInJs, value),
        relay: (value) => running.callIn(guestInterface, relayInJs, "🌍", value),
      };
    };
  },
};

afterAll(removeTemporaryFolders);

describe.each(Object.entries(all))("values survive the way through a plugin: %s", (_, options) => {
  let building: Promise<Uint8Array> | undefined;
  const build = () => {
    building ??= buildComponent({ files: shapesFiles, options });
    return building;
  };

  describe.each(Object.entries(engines))("run by %s", (_name, start) => {
    let starting: ReturnType<Start> | undefined;

    test.each(typeCases.map((t) => [t.wit, t] as const))("%s", async (_wit, type) => {
      starting ??= start(await build());
      const { echo, relay } = (await starting)(type);
      fc.assert(
        fc.property(type.values, (value) => {
          expect(echo(value)).toEqual(value);
          expect(relay(value)).toEqual(value);
        }),
        { numRuns: 40 },
      );
    });
  });
});
