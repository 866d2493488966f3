/** Spans of a host that runs as a program, with an SDK that Node has loaded before it. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { killRunning, Lines, startHotcell } from "../support/cli.ts";
import { until } from "../support/processes.ts";
import { hasSdk, receiver } from "./otlp-receiver.ts";

const embedders = fileURLToPath(new URL("../../tools/embedders", import.meta.url));
const scratch = await mkdtemp(join(tmpdir(), "hotcell-registered-spans-"));
afterEach(killRunning);
afterAll(() => rm(scratch, { recursive: true }));

/** A module that registers an SDK, as an owner has Node load it, with packages of another folder. */
async function registering(url: string): Promise<string> {
  const file = join(scratch, "otel.mjs");
  const text = `import { createRequire } from "node:module";
const require = createRequire(${JSON.stringify(join(embedders, "program.js"))});
const { NodeTracerProvider, SimpleSpanProcessor } = require("@opentelemetry/sdk-trace-node");
const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-http");
const exporter = new OTLPTraceExporter({ url: ${JSON.stringify(url)} });
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();`;
  await writeFile(file, text);
  return pathToFileURL(file).href;
}

describe.skipIf(!hasSdk)("hotcell serve, where an SDK is registered", () => {
  it("records spans with the package of the working folder, and says so where there is none", async () => {
    const collected = await receiver();
    const environment = { NODE_OPTIONS: `--import=${await registering(collected.url)}` };
    const serve = (cwd: string, name: string) =>
      new Lines(startHotcell(["serve", "--port", "0", "--data", join(scratch, name)], { environment, cwd }));
    const data = join(scratch, "unregistered");
    const unregistered = new Lines(startHotcell(["serve", "--port", "0", "--data", data, "--traces", "0.5"]));
    const without = serve(scratch, "without");
    const lines = serve(embedders, "with");
    const url = /http\S+$/.exec((await lines.until(/^Hotcell listens on /)).at(-1)!)![0];
    await fetch(`${url}/healthz`).then((answer) => answer.text());
    await until(() => collected.spans.length > 0);
    expect(collected.spans).toMatchObject([{ name: "GET /healthz", kind: 2 }]);
    await without.error(/No spans are recorded: @opentelemetry\/api can't be loaded/);
    await without.until(/^Hotcell listens on /);
    await unregistered.error(/HOTCELL_TRACES or --traces is set, and no SDK/);
    collected.close();
  });
});
