import type { World } from "../wit/model.ts";
import type { ComponentDefinition, CoreModule } from "./definition.ts";
import type { ComponentMetadata } from "./metadata.ts";

/** A component that passed inspection. Immutable. */
export interface Component {
  readonly bytes: Uint8Array;
  /** About how many bytes it takes as long as it is kept, those of the binary with it. */
  readonly size: number;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  readonly world: World;
  /** Imports and exports (`name`, `interface#name`) that the world leaves out, because WIT has no words for them. */
  readonly beyondWit: readonly string[];
  readonly metadata: ComponentMetadata;
  /** Sentences on docs and metadata in it that are ignored, and why. */
  readonly notes: readonly string[];
  readonly coreModules: readonly CoreModule[];
  /** Steps by which an engine instantiates it. */
  readonly definition: ComponentDefinition;
}
