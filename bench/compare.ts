/**
 * This checkout beside another one, whose folder is the next argument, in processes of their own and in turn:
 * `npm run bench -- compare DIR [ROUNDS]`. Both need `npm ci` and built examples.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { compileKernels } from "./support/kernels.ts";
import type { Table } from "./support/table.ts";

const here = resolve(import.meta.dirname, "..");
const round = resolve(import.meta.dirname, "support/compared.ts");

export async function run(): Promise<Table[]> {
  const [, other, count] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
  if (other === undefined) throw new Error("usage: npm run bench -- compare DIR [ROUNDS] [--json]");
  const rounds = Number(count ?? 9);
  const folder = await mkdtemp(join(tmpdir(), "hotcell-compare-"));
  try {
    const kernels = join(folder, "kernels.wasm");
    await writeFile(kernels, await compileKernels());
    const measured: Record<"before" | "after", Record<string, number>[]> = { before: [], after: [] };
    for (let i = 0; i < rounds; i++) {
      // Who comes first changes from round to round.
      const order = i % 2 === 0 ? (["before", "after"] as const) : (["after", "before"] as const);
      for (const which of order) {
        const root = which === "before" ? resolve(other) : here;
        const { stdout } = await promisify(execFile)(process.execPath, [round, root, kernels], { cwd: root });
        measured[which].push(JSON.parse(stdout) as Record<string, number>);
      }
    }
    return [table(measured, rounds)];
  } finally {
    await rm(folder, { recursive: true });
  }
}

function table(
  { before, after }: Record<"before" | "after", readonly Record<string, number>[]>,
  rounds: number,
): Table {
  const rows = Object.keys(before[0]!).map((name) => {
    const ratios = before.map((times, i) => after[i]![name]! / times[name]!);
    const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part).toFixed(3));
    const times = (all: readonly Record<string, number>[]) =>
      quantile(
        all.map((each) => each[name]!),
        0.5,
      );
    return {
      name: `${name}: ${middle} (${low}–${high})`,
      nanoseconds: new Map([
        ["before", times(before)],
        ["after", times(after)],
      ]),
    };
  });
  const title = `After beside before, ${rounds} rounds in turn: median of the rounds' ratios (quartiles)`;
  return { title, subject: "before", rows };
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * part)]!;
}
