/**
 * The entry of the kept child process in which jco's transpiler runs: one panic in it poisons the whole process it
 * happens in, and what it is fed is hostile. Ends with its parent. Started by `transpiler.ts`; never imported for
 * more than its types.
 */
export interface TranspileJob {
  readonly component: Uint8Array;
  /** Interfaces the component imports, exactly as it names them. */
  readonly interfaces: readonly string[];
  /** Bytes of everything emitted. */
  readonly maxOutput: number;
}

export type TranspileAnswer =
  | { readonly kind: "done"; readonly files: readonly (readonly [name: string, content: Uint8Array])[] }
  | { readonly kind: "too-big"; readonly size: number }
  /** The transpiler says what is wrong with the component. */
  | { readonly kind: "refused"; readonly reason: string }
  /** The transpiler itself failed; the process is of no use any more. */
  | { readonly kind: "broken"; readonly reason: string }
  | { readonly kind: "missing" };

async function run({ component, interfaces, maxOutput }: TranspileJob): Promise<TranspileAnswer> {
  let bindgen: typeof import("@bytecodealliance/jco-transpile/component");
  try {
    bindgen = await import("@bytecodealliance/jco-transpile/component");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND")
      return { kind: "missing" };
    throw error;
  }
  await bindgen.$init;
  try {
    const { files } = bindgen.generate(component, {
      name: "component",
      instantiation: { tag: "sync" },
      // Keys the import object by the whole id; without this, two versions of one interface would be one key.
      map: interfaces.map((id) => [id, id]),
      noTypescript: true,
      noNodejsCompat: true,
      noNamespacedExports: true,
      noComponentErrorWrapping: true,
      bindgenEnableWasmExnref: true,
      base64Cutoff: 0,
    });
    const size = files.reduce((sum, [, content]) => sum + content.length, 0);
    return size > maxOutput ? { kind: "too-big", size } : { kind: "done", files };
  } catch (error) {
    // An error the transpiler returns has a `payload`; anything else came out of it by accident.
    if (error instanceof Error && "payload" in error)
      return { kind: "refused", reason: String(error.payload).slice(0, 1000) };
    return { kind: "broken", reason: String(error).slice(0, 1000) };
  }
}

process.on("disconnect", () => process.exit());
process.on("message", async (job: TranspileJob) => {
  const answer = await run(job).catch(
    (error): TranspileAnswer => ({ kind: "broken", reason: String(error) }),
  );
  process.send?.(answer);
});
