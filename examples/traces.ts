/**
 * Calls a plugin within a span of the program's own, and prints the spans that come of it: `node traces.ts greet.wasm`. Takes
 * `npm install @opentelemetry/api@1 @opentelemetry/sdk-trace-node@2`.
 */
import { readFile } from "node:fs/promises";
import * as otel from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { createHost, recordSpans } from "hotcell";

const [file = "build/greet.wasm"] = process.argv.slice(2);

// In a program of yours: a BatchSpanProcessor with the exporter of @opentelemetry/exporter-trace-otlp-http.
const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
recordSpans(otel);

const host = await createHost();
await host.registry.deploy("greet", await readFile(file));
await otel.trace.getTracer("program").startActiveSpan("welcome", async (span) => {
  console.log(await host.registry.callJson("greet", "greet", ["Ada"]));
  span.end();
});

const spans = exporter.getFinishedSpans();
for (const { name, attributes, parentSpanContext } of spans) {
  const parent = spans.find((span) => span.spanContext().spanId === parentSpanContext?.spanId);
  console.log(`${name} in ${parent?.name ?? "nothing"}`, attributes["faas.name"] ?? "");
}
await host.close();
