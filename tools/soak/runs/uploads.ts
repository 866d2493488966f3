/**
 * A host with a small heap, and uploads that make it keep much: tables, globals, exports, functions, many plugins. It
 * refuses in order what it has no room for, answers somebody else meanwhile, and has its memory back when they are gone.
 */
import { coreModule, starting, unfolded } from "../../../test/guests/start-bombs.ts";
import { exampleWasm } from "../../../test/support/examples.ts";
import { temporaryFolder } from "../support/folder.ts";
import { ServerProcess } from "../support/process.ts";

export interface UploadsReport {
  readonly kinds: readonly KindReport[];
  /** What was answered otherwise than it had to be. */
  readonly wrong: readonly string[];
}

interface KindReport {
  readonly kind: string;
  readonly admitted: number;
  readonly refused: Readonly<Record<string, number>>;
  /** After they were removed, another one is admitted. */
  readonly afterwards: number;
}

/** Large for what they are, and within the default limits; `i` makes each another component. */
const kinds: Readonly<Record<string, (i: number) => Uint8Array<ArrayBuffer>>> = {
  tables: (i) => starting([coreModule({ tables: [65_000 - (i % 100)] })], [{ module: 0, times: 1 }]),
  globals: (i) => starting([coreModule({ globals: 20_000 - i })], [{ module: 0, times: 100 }]),
  functions: (i) => starting([coreModule({ functions: 30_000 - i })], [{ module: 0, times: 100 }]),
  exports: (i) =>
    unfolded([coreModule({ functions: 4_000 - i, exports: 4_000 - i })], [{ module: 0, times: 1 }], 20),
  "small plugins": (i) => starting([coreModule({ functions: 1 + i })], [{ module: 0, times: 1 }]),
};

/** So many uploads of each kind, to a host whose old space may have `heap` MiB. */
export async function soakUploads(count: number, heap = 512): Promise<UploadsReport> {
  await using data = await temporaryFolder();
  const server = await ServerProcess.start(data.path, { NODE_OPTIONS: `--max-old-space-size=${heap}` });
  const wrong: string[] = [];
  const reports: KindReport[] = [];
  try {
    await server.ask("PUT", "/plugins/bystander", exampleWasm("greet"));
    const bystander = async (when: string) => {
      const { status, body } = await server.ask("POST", "/call/bystander/greet", ["Ada"]);
      if (status !== 200 || body !== "Hello, Ada!") wrong.push(`${when}: ${status} ${JSON.stringify(body)}`);
    };
    for (const [kind, bytes] of Object.entries(kinds)) {
      const refused: Record<string, number> = {};
      let admitted = 0;
      for (let i = 0; i < count; i++) {
        const { status, body } = await server.ask("PUT", `/plugins/hostile-${i}`, bytes(i));
        const { code = "" } = body as { code?: string };
        if (status === 201) admitted++;
        else refused[`${status} ${code}`] = (refused[`${status} ${code}`] ?? 0) + 1;
        if (status !== 201 && code !== "no-capacity") wrong.push(`${kind} ${i}: ${status} ${code}`);
        await bystander(`while ${kind}`);
      }
      for (let i = 0; i < count; i++) await server.ask("DELETE", `/plugins/hostile-${i}`);
      const { status } = await server.ask("PUT", "/plugins/hostile-0", bytes(0));
      await server.ask("DELETE", "/plugins/hostile-0");
      await bystander(`after ${kind}`);
      reports.push({ kind, admitted, refused, afterwards: status });
    }
  } finally {
    await server.kill("SIGTERM");
  }
  return { kinds: reports, wrong };
}
