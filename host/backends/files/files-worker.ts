/** The thread that has the database of plugins' files. */
import { parentPort, workerData } from "node:worker_threads";
import { UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";
import { LocalFiles } from "./file-service.ts";
import type { FileAccess, FileSession } from "./file-session.ts";
import { SqliteNodes } from "./sqlite-nodes.ts";

/** Message to the thread; all but `end` are replied to. */
export type FileMessage = { readonly id: number } & (
  | { readonly do: "open"; readonly session: number; readonly access: FileAccess }
  | { readonly do: "perform"; readonly session: number; readonly request: Data }
  | { readonly do: "end"; readonly session: number }
  | { readonly do: "kept" | "forget"; readonly plugin: string }
  | { readonly do: "close" }
);

/** Reply of the thread: what was answered, or why it was not. */
export interface FileReply {
  readonly id: number;
  readonly value?: Data;
  readonly unexpected?: string;
  readonly failure?: string;
}

const port = parentPort!;
const { file } = workerData as { file: string };
const sessions = new Map<number, FileSession>();
let files: LocalFiles | undefined;

/** Opened by whoever asks first, and again where that failed. */
function opened(): LocalFiles {
  files ??= new LocalFiles(new SqliteNodes(file));
  return files;
}

function run(message: FileMessage): Data {
  switch (message.do) {
    case "open":
      sessions.set(message.session, opened().session(message.access));
      return null;
    case "perform":
      return sessions.get(message.session)?.perform(message.request) ?? null;
    case "end":
      sessions.get(message.session)?.end();
      sessions.delete(message.session);
      return null;
    case "kept": {
      const kept = opened().nodes.kept(message.plugin);
      return kept ? [kept.bytes, kept.files] : null;
    }
    case "forget":
      return opened().nodes.forget(message.plugin);
    case "close":
      for (const session of sessions.values()) session.end();
      files?.nodes.close();
      return null;
  }
}

port.on("message", (message: FileMessage) => {
  const reply = answer(message);
  if (message.id !== 0) port.postMessage(reply);
  if (message.do === "close") port.close();
});

function answer(message: FileMessage): FileReply {
  try {
    return { id: message.id, value: run(message) };
  } catch (error) {
    if (error instanceof UnexpectedData) return { id: message.id, unexpected: error.message };
    return {
      id: message.id,
      failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}
