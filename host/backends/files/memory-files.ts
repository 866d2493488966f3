import type { HeapAccount } from "../../platform/heap-account.ts";
import type { KeptFiles } from "./file-nodes.ts";
import { type FileService, LocalFiles, type ServedFiles } from "./file-service.ts";
import type { FileAccess } from "./file-session.ts";
import { MemoryNodes } from "./memory-nodes.ts";

/** Files in memory, of a host without a data folder. */
export class MemoryFiles implements FileService {
  readonly #files: LocalFiles;

  /** `heap`: what they are drawn from. */
  constructor(heap?: HeapAccount) {
    this.#files = new LocalFiles(new MemoryNodes(heap));
  }

  open(access: FileAccess): ServedFiles {
    const session = this.#files.session(access);
    return { perform: async (request) => session.perform(request), end: () => session.end() };
  }

  async kept(plugin: string): Promise<KeptFiles | undefined> {
    return this.#files.nodes.kept(plugin);
  }

  async forget(plugin: string): Promise<boolean> {
    return this.#files.nodes.forget(plugin);
  }

  async close(): Promise<void> {
    this.#files.nodes.close();
  }
}
