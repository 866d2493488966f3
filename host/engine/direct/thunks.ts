/**
 * The functions that a guest calls instead of the host's where it may be suspended: in WebAssembly, because a guest
 * can't be suspended while JavaScript is on its stack (JavaScript Promise Integration). What JavaScript has to do, it
 * does before and after. They say nothing but how many values of which core types go where.
 */

import { ByteWriter } from "../../wasm/byte-writer.ts";
import { catchAll, op } from "../../wasm/opcodes.ts";
import { modulePreamble, moduleSection } from "../../wasm/sections.ts";
import { emptyBlock, numberTypes, typeForms } from "../../wasm/value-types.ts";
import type { CoreType } from "../../wit/layout.ts";
import { hostModuleName } from "../cell/wasm-stack.ts";

/** Types that a core function takes and gives. */
export interface CoreShape {
  readonly parameters: readonly CoreType[];
  readonly results: readonly CoreType[];
}

/** A module that imports functions `"" "0"`, `"" "1"`, … and exports one as `thunk`. */
export type Thunk = WebAssembly.Module;

const nothing: CoreShape = { parameters: [], results: [] };

/** All that one component needs. */
export class Thunks {
  readonly #made = new Map<string, Thunk>();

  /** Calls 0 with all it was given; if that is not 0 then 1, which suspends; at last 2, whose result is its own. */
  toHost({ parameters, results }: CoreShape): Thunk {
    return this.#remember(["host", parameters, results], () => {
      const begin: CoreShape = { parameters, results: ["i32"] };
      const finish: CoreShape = { parameters: [], results };
      const suspend = [op.if, emptyBlock, op.call, 1, op.end];
      const body = [...passed(parameters), op.call, 0, ...suspend, op.call, 2];
      return compile([begin, nothing, finish], { parameters, results }, [], body);
    });
  }

  /** Calls 0 with all it was given, 1 with what that gives, and 2 with what that gives; 3 when 1 throws. */
  toSibling({ parameters, results }: CoreShape, callee: CoreShape): Thunk {
    return this.#remember(["sibling", parameters, results, callee.parameters, callee.results], () => {
      const begin: CoreShape = { parameters, results: callee.parameters };
      const finish: CoreShape = { parameters: callee.results, results };
      const raw = parameters.length;
      const kept = callee.results.length === 0 ? [] : [op.localSet, raw];
      const given = callee.results.length === 0 ? [] : [op.localGet, raw];
      const body = [
        ...caught(
          [...passed(parameters), op.call, 0, op.call, 1, ...kept],
          [...given, op.call, 2, op.return],
        ),
        ...[op.call, 3, op.unreachable],
      ];
      return compile([begin, callee, finish, nothing], { parameters, results }, callee.results, body);
    });
  }

  /** Calls 0 with an index; if that gives another first value than 0 then 1 with the second, and then 2; 3 when 1 throws. */
  toDestructor(): Thunk {
    return this.#remember(["destructor"], () => {
      const drop: CoreShape = { parameters: ["i32"], results: [] };
      const begin: CoreShape = { parameters: ["i32"], results: ["i32", "i32"] };
      const rep = 1;
      const end = [op.if, emptyBlock, op.localGet, rep, op.call, 1, op.call, 2, op.end, op.return];
      const body = [
        ...caught([op.localGet, 0, op.call, 0, op.localSet, rep, ...end], []),
        ...[op.call, 3, op.unreachable],
      ];
      return compile([begin, drop, nothing, nothing], drop, ["i32"], body);
    });
  }

  /** Calls 0 with all it was given, and 1 with what that gives. */
  telling({ parameters, results }: CoreShape): Thunk {
    return this.#remember(["telling", parameters, results], () => {
      const callee: CoreShape = { parameters, results };
      const tell: CoreShape = { parameters: results, results: [] };
      const body = [...passed(parameters), op.call, 0, op.call, 1];
      return compile([callee, tell], { parameters, results: [] }, [], body);
    });
  }

  #remember(what: readonly unknown[], make: () => Thunk): Thunk {
    const key = JSON.stringify(what);
    const thunk = this.#made.get(key) ?? make();
    this.#made.set(key, thunk);
    return thunk;
  }
}

/** The function that comes of it. */
export function bindThunk(thunk: Thunk, ...functions: readonly unknown[]): unknown {
  return new WebAssembly.Instance(thunk, { "": Object.fromEntries(functions.entries()) }).exports.thunk;
}

function passed(parameters: readonly CoreType[]): number[] {
  return parameters.flatMap((_, i) => [op.localGet, i]);
}

/** `body`, and `then` if it throws nothing; what it throws ends here. */
function caught(body: readonly number[], then: readonly number[]): number[] {
  return [
    ...[op.block, emptyBlock],
    ...[op.tryTable, emptyBlock, 1, catchAll, 0, ...body, op.end],
    ...then,
    op.end,
  ];
}

function compile(
  imports: readonly CoreShape[],
  own: CoreShape,
  locals: readonly CoreType[],
  body: readonly number[],
): Thunk {
  const out = new ByteWriter(256);
  out.bytes(...modulePreamble);
  const section = (id: number, write: (content: ByteWriter) => void) => {
    const content = new ByteWriter(128);
    write(content);
    out.byte(id);
    out.sized(content);
  };
  const types = (content: ByteWriter, list: readonly CoreType[]) => {
    content.u32(list.length);
    for (const type of list) content.byte(numberTypes[type]);
  };
  section(moduleSection.type, (content) => {
    content.u32(imports.length + 1);
    for (const { parameters, results } of [...imports, own]) {
      content.byte(typeForms.function);
      types(content, parameters);
      types(content, results);
    }
  });
  section(moduleSection.import, (content) => {
    content.u32(imports.length);
    for (const i of imports.keys()) {
      content.name("");
      content.name(String(i));
      content.bytes(0x00, i);
    }
  });
  section(moduleSection.function, (content) => content.bytes(1, imports.length));
  section(moduleSection.export, (content) => {
    content.u32(1);
    content.name("thunk");
    content.bytes(0x00, imports.length);
  });
  section(moduleSection.code, (content) => {
    const code = new ByteWriter(128);
    code.u32(locals.length);
    for (const type of locals) code.bytes(1, numberTypes[type]);
    code.bytes(...body, op.end);
    content.u32(1);
    content.sized(code);
  });
  section(moduleSection.custom, (content) => {
    const name = new ByteWriter(32);
    name.name(hostModuleName);
    content.name("name");
    content.byte(0);
    content.sized(name);
  });
  return new WebAssembly.Module(out.finish());
}
