/** OpenTelemetry's SDK as programs have it (tools/embedders), and a receiver of what it sends (OTLP over HTTP, as JSON). */

import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { SpanApi } from "../../host/observe/span-api.ts";

const embedders = fileURLToPath(new URL("../../tools/embedders", import.meta.url));
const require = createRequire(join(embedders, "program.js"));

/** Tells whether the SDK is there: it is in a package of its own. CI has it. */
export const hasSdk = existsSync(join(embedders, "node_modules/@opentelemetry")) || Boolean(process.env.CI);

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: number;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly events: readonly { readonly name: string }[];
  readonly traceState: string | undefined;
  readonly milliseconds: number;
}

export interface Receiver {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  close(): void;
}

export async function receiver(): Promise<Receiver> {
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as Sent;
    for (const { scopeSpans } of body.resourceSpans)
      for (const { spans: sent } of scopeSpans) spans.push(...sent.map(received));
    response.setHeader("content-type", "application/json").end("{}");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1/traces`,
    spans,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface SentSpan extends Omit<ReceivedSpan, "facts" | "milliseconds"> {
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

function received({ attributes, startTimeUnixNano, endTimeUnixNano, ...span }: SentSpan): ReceivedSpan {
  const facts = Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  const milliseconds = Number((BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1_000n) / 1_000;
  return { ...span, parentSpanId: span.parentSpanId || undefined, facts, milliseconds };
}

export interface Sdk {
  readonly api: SpanApi & { readonly trace: { disable(): void }; readonly context: { disable(): void } };
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Registers an SDK that sends to that URL what it samples. */
export function registeredSdk(url: string, ratio = 1): Sdk {
  const api = require("@opentelemetry/api") as Sdk["api"];
  const sdk = require("@opentelemetry/sdk-trace-node") as Record<string, new (...args: unknown[]) => unknown>;
  const otlp = require("@opentelemetry/exporter-trace-otlp-http") as typeof sdk;
  const exporter = new otlp.OTLPTraceExporter!({ url });
  const processor = new sdk.BatchSpanProcessor!(exporter);
  const sampler = new sdk.ParentBasedSampler!({ root: new sdk.TraceIdRatioBasedSampler!(ratio) });
  const provider = new sdk.NodeTracerProvider!({ spanProcessors: [processor], sampler }) as {
    register(): void;
    forceFlush(): Promise<void>;
    shutdown(): Promise<void>;
  };
  provider.register();
  return {
    api,
    flush: () => provider.forceFlush(),
    shutdown: async () => {
      await provider.shutdown();
      api.trace.disable();
      api.context.disable();
    },
  };
}
