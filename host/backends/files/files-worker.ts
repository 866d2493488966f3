/** The thread that has the database of plugins' files. */
import { parentPort, workerData } from "node:worker_threads";
import { HotcellError } from "../../errors.ts";
import type { ThreadReply, ThreadReport, ThreadRequest } from "../../sqlite/file-thread.ts";
import { toErrorMessage } from "../../sqlite/sqlite-errors.ts";
import type { FileOptions } from "../../sqlite/sqlite-file.ts";
import { UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";
import { LocalFiles } from "./file-service.ts";
import type { FileAccess, FileSession } from "./file-session.ts";
import { SqliteNodes } from "./sqlite-nodes.ts";

/** Answer to a request of a cell's, or what was unexpected about it. */
export interface Performed {
  readonly value?: Data;
  readonly unexpected?: string;
}

const port = parentPort!;
const options = workerData as FileOptions;
const sessions = new Map<number, FileSession>();
const files = open();
if (files) port.on("message", (requests: readonly ThreadRequest[]) => serve(files, requests));

function open(): LocalFiles | undefined {
  try {
    const opened = new LocalFiles(new SqliteNodes(options));
    report([{ id: 0 }]);
    return opened;
  } catch (error) {
    report([failed(0, error)]);
    return undefined;
  }
}

function serve(files: LocalFiles, requests: readonly ThreadRequest[]): void {
  const replies = requests.map((request): ThreadReply => {
    try {
      return { id: request.id, value: run(files, request) };
    } catch (error) {
      return failed(request.id, error);
    }
  });
  report(replies);
  if (requests.at(-1)?.operation === "close") port.close();
}

function run(files: LocalFiles, { operation, args }: ThreadRequest): unknown {
  switch (operation) {
    case "open":
      sessions.set(args[0] as number, files.session(args[1] as FileAccess));
      return undefined;
    case "perform":
      return perform(args[0] as number, args[1] as Data);
    case "end":
      sessions.get(args[0] as number)?.end();
      sessions.delete(args[0] as number);
      return undefined;
    case "kept":
      return files.nodes.kept(args[0] as string);
    case "forget":
      return files.nodes.forget(args[0] as string);
    default:
      for (const session of sessions.values()) session.end();
      files.nodes.close();
      return undefined;
  }
}

function perform(number: number, request: Data): Performed {
  const session = sessions.get(number);
  // The thread that it was opened in died.
  if (!session)
    throw new HotcellError("closed", "What the cell had open is closed.", { subject: options.file });
  try {
    return { value: session.perform(request) };
  } catch (error) {
    if (error instanceof UnexpectedData) return { unexpected: error.message };
    throw error;
  }
}

function failed(id: number, error: unknown): ThreadReply {
  return { id, error: toErrorMessage(error, options.file) };
}

function report(replies: readonly ThreadReply[]): void {
  port.postMessage({ replies } satisfies ThreadReport);
}
