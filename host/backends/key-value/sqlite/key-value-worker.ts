/** The thread of a key-value store in a file. */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { ThreadReply, ThreadReport } from "../../../sqlite/file-thread.ts";
import { toErrorMessage } from "../../../sqlite/sqlite-errors.ts";
import type { FileOptions } from "../../../sqlite/sqlite-file.ts";
import { KeyValueFile } from "./key-value-file.ts";
import type { KeyValueRequest } from "./key-value-protocol.ts";

/** Requests that are taken together, and their changes committed together. */
const maxTogether = 1_000;

const port = parentPort!;
const options = workerData as FileOptions;
const file = open();
if (file) serve(file);

function open(): KeyValueFile | undefined {
  try {
    const opened = new KeyValueFile(options);
    report([{ id: 0, value: opened.inode }]);
    return opened;
  } catch (error) {
    report([failed(0, error)]);
    return undefined;
  }
}

function failed(id: number, error: unknown): ThreadReply {
  return { id, error: toErrorMessage(error, options.file) };
}

function serve(file: KeyValueFile): void {
  const attempt = ({ id, operation, args }: KeyValueRequest): ThreadReply => {
    try {
      const run = file[operation as "usage"] as (...given: unknown[]) => unknown;
      return { id, value: run.apply(file, [...args]) };
    } catch (error) {
      return failed(id, error);
    }
  };
  port.on("message", (first: readonly KeyValueRequest[]) => {
    const requests = [...first];
    // Whatever came while the last commit was under way goes into the next one.
    while (requests.length < maxTogether) {
      const more = receiveMessageOnPort(port) as { message: readonly KeyValueRequest[] } | undefined;
      if (more === undefined) break;
      requests.push(...more.message);
    }
    // Nobody who reads has to wait for the disk: what is not acknowledged yet may be before or behind it.
    const reads = requests.filter(({ operation }) => !["change", "forget", "close"].includes(operation));
    if (reads.length > 0) report(reads.map(attempt));
    const changes = requests.filter((each) => each.operation === "change");
    if (changes.length > 0) {
      const outcomes = file.changeAll(changes.map(({ args: [change] }) => change));
      report(
        changes.map(({ id }, i): ThreadReply => {
          const outcome = outcomes[i]!;
          return "error" in outcome ? failed(id, outcome.error) : { id, value: outcome };
        }),
      );
    }
    const others = requests.filter(({ operation }) => operation === "forget" || operation === "close");
    if (others.length > 0) report(others.map(attempt));
    if (others.some(({ operation }) => operation === "close")) port.close();
  });
}

function report(replies: readonly ThreadReply[]): void {
  port.postMessage({ replies } satisfies ThreadReport);
}
