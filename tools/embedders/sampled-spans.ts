/** Spans with OpenTelemetry's SDK, as tools/embedders has it. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { SpanApi } from "../../host/observe/span-api.ts";
import { recordSpans } from "../../host/observe/spans.ts";

const embedders = fileURLToPath(new URL(".", import.meta.url));

/**
 * Begins recording of such a part of all traces, batched and thrown away; gives what does, and that gives what ends it. Undefined where
 * the SDK is not there (`npm ci --prefix tools/embedders`).
 */
export function sampledSpans(part: number): (() => () => void) | undefined {
  if (!existsSync(`${embedders}node_modules/@opentelemetry`)) return undefined;
  const require = createRequire(embedders);
  const api = require("@opentelemetry/api") as SpanApi;
  const sdk = require("@opentelemetry/sdk-trace-node") as Record<string, new (option: unknown) => unknown>;
  const exporter = {
    export: (_: unknown, done: (result: { readonly code: number }) => void) => done({ code: 0 }),
    shutdown: () => Promise.resolve(),
  };
  const sampler = new sdk.ParentBasedSampler!({ root: new sdk.TraceIdRatioBasedSampler!(part) });
  const spanProcessors = [new sdk.BatchSpanProcessor!(exporter)];
  const provider = new sdk.NodeTracerProvider!({ sampler, spanProcessors }) as { register(): void };
  provider.register();
  return () => recordSpans(api);
}
