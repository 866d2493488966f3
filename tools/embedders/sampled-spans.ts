/** Spans with OpenTelemetry's SDK, as tools/embedders has it. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { SpanApi } from "../../host/observe/span-api.ts";
import { recordSpans } from "../../host/observe/spans.ts";

const embedders = fileURLToPath(new URL(".", import.meta.url));

/** Parts of all traces: that which the SDK is asked about, and that of those which it samples. */
export interface SampledParts {
  readonly asked: number;
  readonly sampled: number;
}

interface Sampler {
  shouldSample(...asked: unknown[]): unknown;
}

/**
 * SDK that is registered from here on, with traces batched and thrown away; gives what begins to record such parts of them, and that gives
 * what ends it. Undefined where the SDK is not there (`npm ci --prefix tools/embedders`).
 */
export function sampledSpans(): ((parts: SampledParts) => () => void) | undefined {
  if (!existsSync(`${embedders}node_modules/@opentelemetry`)) return undefined;
  const require = createRequire(embedders);
  const api = require("@opentelemetry/api") as SpanApi;
  const sdk = require("@opentelemetry/sdk-trace-node") as Record<string, new (option?: unknown) => unknown>;
  const exporter = {
    export: (_: unknown, done: (result: { readonly code: number }) => void) => done({ code: 0 }),
    shutdown: () => Promise.resolve(),
  };
  const samplerOf = (part: number) =>
    new sdk.ParentBasedSampler!({
      root: part === 1 ? new sdk.AlwaysOnSampler!() : new sdk.TraceIdRatioBasedSampler!(part),
    }) as Sampler;
  let chosen = samplerOf(1);
  const sampler: Sampler = { shouldSample: (...asked) => chosen.shouldSample(...asked) };
  const spanProcessors = [new sdk.BatchSpanProcessor!(exporter)];
  const provider = new sdk.NodeTracerProvider!({ sampler, spanProcessors }) as { register(): void };
  provider.register();
  return ({ asked, sampled }) => {
    chosen = samplerOf(sampled);
    return recordSpans(api, { ratio: asked });
  };
}
