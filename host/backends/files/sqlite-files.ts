/** Files in a file of SQLite's in the data folder, which a thread of its own has. */
import { HotcellError } from "../../errors.ts";
import { ownFile } from "../../platform/own-file.ts";
import { WokenFile } from "../../sqlite/woken-file.ts";
import { UnexpectedData } from "../backend.ts";
import type { KeptFiles } from "./file-nodes.ts";
import type { FileService, ServedFiles } from "./file-service.ts";
import type { FileAccess } from "./file-session.ts";
import type { Performed } from "./files-worker.ts";

export interface FilesFileOptions {
  readonly file: string;
  /** Bytes that the file may grow to; beyond, a guest's operation gets `insufficient-space`. */
  readonly maxBytes?: number;
}

export class SqliteFiles implements FileService {
  readonly #file: WokenFile;
  #lastSession = 0;

  constructor({ file, maxBytes }: FilesFileOptions) {
    this.#file = new WokenFile({
      options: { file, maxBytes, busyTimeout: 10_000 },
      entry: ownFile(import.meta.url, "files-worker"),
      what: "the plugins' files",
      closed: () => new HotcellError("closed", "The plugins' files are closed.", { subject: file }),
    });
  }

  open(access: FileAccess): ServedFiles {
    const session = ++this.#lastSession;
    const opened = this.#file.ask("open", [session, access]);
    // What is wrong with it is told to whoever asks for something.
    opened.catch(() => {});
    return {
      perform: async (request) => {
        const performed = this.#file.ask("perform", [session, request]);
        performed.catch(() => {});
        await opened;
        const { unexpected, value = null } = (await performed) as Performed;
        if (unexpected !== undefined) throw new UnexpectedData(unexpected);
        return value;
      },
      end: () => {
        if (this.#file.isOpen) this.#file.ask("end", [session]).catch(() => {});
      },
    };
  }

  async kept(plugin: string): Promise<KeptFiles | undefined> {
    return this.#file.absent
      ? undefined
      : ((await this.#file.ask("kept", [plugin])) as KeptFiles | undefined);
  }

  async forget(plugin: string): Promise<boolean> {
    return this.#file.absent ? false : ((await this.#file.ask("forget", [plugin])) as boolean);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
