import type { Data } from "../../host/backends/data.ts";
import type { BoundBackends } from "../../host/backends/drivers.ts";
import type { CallContext } from "../../host/engine/call-context.ts";
import { readData } from "../../host/placement/process/data-codec.ts";
import { FrameWriter } from "../../host/placement/process/frame.ts";
import { request } from "../../host/placement/process/messages.ts";
import { PluginProcess } from "../../host/placement/process/plugin-process.ts";
import type { HeapAccount } from "../../host/platform/heap-account.ts";
import { type ScenarioName, scenarios } from "./scenarios.ts";

/** Module of the host, for the program of a process. */
const module = (path: string) => JSON.stringify(new URL(`../../host/${path}`, import.meta.url).href);

/** Program that does what a scenario says, with our own end of the frames. It may read nothing but the host's own code. */
const program = `
  import { Socket } from "node:net";
  import { BackendUse } from ${module("backends/backend-use.ts")};
  import { cellEnded } from ${module("backends/exchange.ts")};
  import { BackendConnection } from ${module("placement/process/backend-connection.ts")};
  import { writeData } from ${module("placement/process/data-codec.ts")};
  import { FrameSplitter, FrameWriter } from ${module("placement/process/frame.ts")};
  import { answer } from ${module("placement/process/messages.ts")};
  const scenarios = { ${Object.values(scenarios).map(String).join(",\n")} };
  const channel = new Socket({ fd: 3, readable: true, writable: true });
  const connection = new BackendConnection((frame) => channel.write(frame));
  const requests = new FrameSplitter(Number.MAX_SAFE_INTEGER, (frame) => {
    if (!connection.receive(frame)) void run(frame);
  });
  channel.on("data", (chunk) => requests.feed(chunk));
  async function run(frame) {
    const use = new BackendUse((name) => connection.backend(name));
    const near = { backend: use.client("test"), endCell: () => use.end(() => cellEnded("guest")) };
    const out = new FrameWriter(answer.value);
    out.f64(0);
    writeData(out, await scenarios[frame.text()](near));
    channel.write(out.finish(frame.id));
  }`;

/** A real process that has these backends in the host. */
export function nearProcess(backends: BoundBackends, account: HeapAccount, context?: CallContext) {
  const process = new PluginProcess({
    plugin: "guest",
    limits: { memory: 1024 ** 3, heap: 64 * 1024 ** 2, message: 2 * 1024 ** 2, log: 1_000_000 },
    backends,
    account,
    room: { leave() {}, end() {} },
    onEnd: () => {},
    run: ["--input-type=module-typescript", "-e", program],
  });
  const run = (name: ScenarioName): Promise<Data> => {
    const frame = new FrameWriter(request.call);
    frame.text(name);
    const late = () => new Error("the deadline was reached") as never;
    return process.ask({ frame, time: 60_000, late, fuel: 0, read: readData, context });
  };
  return { process, run };
}
