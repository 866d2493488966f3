// `import … from "hotcell"`; its types are those of host/index.ts.
import { load } from "./load.mjs";

const hotcell = load("index.js", "hotcell");

export const {
  ComponentError,
  capability,
  createHost,
  ExitError,
  HotcellError,
  open,
  openNatsStore,
  recordSpans,
  SymbolNotFoundError,
  SymbolTypeError,
  suspending,
  TrapError,
} = hotcell;
