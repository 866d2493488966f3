import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { bundleSources } from "./tools/bundle/bundle.ts";

const root = fileURLToPath(new URL(".", import.meta.url));
/** Real compilers and servers run in these tests, on two cores; nothing is timed. */
const time = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
};
/** What needs programs that npm does not bring. */
const system = "test/system/**/*.test.ts";

// Hundreds of processes and threads start in these tests, as they do in the package.
await bundleSources();

const files = await Array.fromAsync(glob("test/**/*.test.ts", { cwd: root }));

/** Words of files that look at all that a process holds: what other files left there would be seen. */
const wholeProcess =
  /support\/collect\.ts|memoryUsage|queryObjects|unhandledRejection|getActiveResourcesInfo/;
const alone = files.filter(
  (file) => !file.startsWith("test/system/") && wholeProcess.test(readFileSync(file, "utf8")),
);

/** Files that take longest: begun last, one would keep its worker busy while the others have nothing left. */
const longest = [
  "tools/soak",
  "tools/authors",
  "cli/authoring",
  "hostile/hostile",
  "cli/specs",
  "system/console",
  "hostile/hostile-process",
  "cli/kv",
  "hostile/slow-clients",
  "system/console-history",
  "http/routes/leaving-clients",
  "embedding/programs",
  "cli/contract-plugin",
  "cli/token-and-backup",
  "package",
  "engine/cell/cell-memory",
  "toolchain/asc/other-transforms",
  "system/plugin-pages",
  "embedding/examples",
  "cli/wit",
  "http/access/route-scopes",
  "system/operator",
  "cli/dev",
  "http/answer/secret-search",
  "cli/data-in-use",
  "placement/process",
  "tools/corpus",
  "system/console-call",
  "tools/javascript-plugins",
].map((file) => `test/${file}.test.ts`);

/**
 * Order of a run that knows no durations of an earlier one, project by project: a file of another one in between would end the
 * worker that files share, and what it has loaded and compiled.
 */
class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = longest.indexOf(relative(root, moduleId));
      return place === -1 ? longest.length : place;
    };
    const turn = ({ project }: TestSpecification) => ["system", "alone", "npm"].indexOf(project.name);
    const sorted = await super.sort(specifications);
    return sorted.sort((a, b) => turn(a) - turn(b) || rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // More than the two cores: a worker waits a third of its time for processes, sockets and what sleeps.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      // Starting Node and loading the host's files anew for each file of tests takes a fifth of the time.
      {
        test: {
          ...time,
          name: "npm",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, system, ...alone],
          isolate: false,
        },
      },
      { test: { ...time, name: "alone", include: alone } },
      {
        test: {
          ...time,
          name: "system",
          include: [system],
          globalSetup: "test/system/setup.ts",
          isolate: false,
        },
      },
    ],
  },
});
