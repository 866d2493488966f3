/** Places that an attack's code runs in without being called: a start function, and `init` of the plugin's lifecycle. */
import { inspectComponent } from "../../host/component/inspect.ts";
import { exportedFunctions } from "../../host/wit/exports.ts";
import { type CoreType, coreSignature } from "../../host/wit/layout.ts";
import type { FunctionType } from "../../host/wit/model.ts";
import { leb } from "../guests/core-bytes.ts";
import { componentPreamble, shared, text } from "../guests/hostile-text.ts";
import type { Attack } from "./attack.ts";

export type Position = "start" | "init";

/** An empty component, as a section of the one around it. */
const hole = Buffer.from([0x04, componentPreamble.length, ...componentPreamble]);

/**
 * A component around the attack's that makes its calls by itself. Undefined where nothing of the attack is called, or
 * what it imports is not known as text.
 */
export function placed(
  { calls = [], imports = "", settings }: Attack,
  bytes: Uint8Array,
  position: Position,
): Uint8Array<ArrayBuffer> | undefined {
  if (calls.length === 0 || settings?.engine === "jco") return undefined;
  const { world } = inspectComponent(bytes);
  if (world.imports.some((item) => item.kind !== "type") && imports === "") return undefined;
  const types = new Map(exportedFunctions(world).map(({ key, type }) => [key, type]));
  const called = [...new Set(calls.map(({ call }) => call))].filter((call) => types.has(call));
  if (called.length === 0) return undefined;
  const core = called.map((call, i) => ({ name: `f${i}`, ...coreCall(`f${i}`, types.get(call)!) }));
  const given = [...imports.matchAll(/\(import "([^"]+)" \(instance (\$[\w-]+)/g)];
  const outer = text(`${shared} ${imports}
    (component)
    (instance $attack (instantiate 0 ${given.map(([, id, name]) => `(with "${id}" (instance ${name}))`).join(" ")}))
    ${called.map((call, i) => `(alias export $attack "${call}" (func $f${i}))`).join(" ")}
    ${core.map(({ name }) => `(core func $c${name} (canon lower (func $${name}) (memory $memory) (realloc $realloc)))`).join(" ")}
    (core module $M ${core.map(({ imported }) => imported).join(" ")}
      (func $all ${core.map(({ call }) => call).join(" ")})
      (func (export "idle"))
      ${position === "start" ? "(start $all)" : `(func (export "init") (param i32 i32) (result i32) (call $all) (i32.const 2048))`})
    (core instance $m (instantiate $M (with "env" (instance
      ${core.map(({ name }) => `(export "${name}" (func $c${name}))`).join(" ")}))))
    ${position === "start" ? "" : lifecycle}
    (func (export "idle") (canon lift (core func $m "idle")))`)();
  const at = Buffer.from(outer).indexOf(hole);
  if (at < 0) throw new Error("there is no place for the attack's component");
  return new Uint8Array(
    Buffer.concat([
      outer.subarray(0, at),
      Buffer.from([0x04, ...leb(bytes.length)]),
      bytes,
      outer.subarray(at + hole.length),
    ]),
  );
}

/** What it returns lies at 2048, where all is zero: `ok`. */
const lifecycle = `
  (func $init (param "config" (list (tuple string string))) (result (result (error string)))
    (canon lift (core func $m "init") (memory $memory) (realloc $realloc)))
  (instance $lifecycle (export "init" (func $init)))
  (export "hotcell:plugin/lifecycle@0.1.0" (instance $lifecycle))`;

/** An import and a call of it; where a number might be an address or a length, it is 8. */
function coreCall(name: string, type: FunctionType): { readonly imported: string; readonly call: string } {
  const { parameters, results } = coreSignature(type, "lower");
  const signature = `${parameters.map((p) => `(param ${p})`).join(" ")} ${results.map((r) => `(result ${r})`).join(" ")}`;
  const values = parameters.map((p: CoreType) => `(${p}.const 8)`).join(" ");
  const call = `(call $${name} ${values})`;
  return {
    imported: `(import "env" "${name}" (func $${name} ${signature}))`,
    call: results.length > 0 ? `(drop ${call})` : call,
  };
}
