/** Flags (CanonicalABI.md, `load_flags`): bits beyond the last name are ignored when lifted, zero when lowered. */
import { propertyNames } from "../../wit/values/mapping.ts";

export interface FlagsCodec {
  readonly unpack: (bits: number) => unknown;
  readonly pack: (value: unknown) => number;
}

/** Codec of flags of up to 32 names; valid components have no more. */
export function flagsCodec(names: readonly string[]): FlagsCodec {
  const keys = propertyNames(names);
  return {
    unpack(bits) {
      const value: Record<string, boolean> = {};
      for (let i = 0; i < keys.length; i++) value[keys[i]!] = ((bits >>> i) & 1) === 1;
      return value;
    },
    pack(value) {
      const flags = value as Record<string, unknown>;
      let bits = 0;
      for (let i = 0; i < keys.length; i++) if (flags[keys[i]!]) bits |= 1 << i;
      return bits >>> 0;
    },
  };
}
