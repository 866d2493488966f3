import type { Json } from "../capabilities/secret.ts";

/** Checks, without secrets. */
export interface ShownChecks {
  readonly settings?: { readonly [member: string]: Json };
  readonly calls: readonly {
    readonly call: string;
    readonly args?: Json;
    readonly returns?: Json;
    readonly err?: Json;
    readonly traps?: true;
  }[];
  readonly requests?: readonly {
    readonly request: {
      readonly method?: string;
      readonly path?: string;
      readonly headers?: Json;
      readonly body?: Json;
    };
    readonly response?: { readonly [member: string]: Json };
    readonly traps?: true;
  }[];
}
