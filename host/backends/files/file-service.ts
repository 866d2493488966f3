import type { Data } from "../data.ts";
import type { FileNodes, KeptFiles } from "./file-nodes.ts";
import { type FileAccess, FileSession } from "./file-session.ts";
import { OpenNodes } from "./volume.ts";

/** Files of all plugins of a host, wherever they are kept. */
export interface FileService {
  /** Files as one cell uses them. */
  open(access: FileAccess): ServedFiles;
  kept(plugin: string): Promise<KeptFiles | undefined>;
  /** Removes everything of a plugin. Tells whether there was anything. */
  forget(plugin: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Files of one cell: requests are answered one after the other. */
export interface ServedFiles {
  /** Rejects with `UnexpectedData`, and with what is a fault. */
  perform(request: Data): Promise<Data>;
  end(): void;
}

/** Files that are kept where this runs: in memory, or in the thread of a database. */
export class LocalFiles {
  readonly nodes: FileNodes;
  readonly #opened = new OpenNodes();

  constructor(nodes: FileNodes) {
    this.nodes = nodes;
  }

  session(access: FileAccess): FileSession {
    return new FileSession(this.nodes, this.#opened, access);
  }
}
