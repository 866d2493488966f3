/** Settings that plugins of this host may have, as its JSON Schema tells them. */
import { useAnswer } from "../../api/loaded.ts";

interface OfferedGrant {
  /** Words on what it allows. */
  readonly allows: string;
  /** Value of one who only ticks it: `true`, or an example where a grant has to say more. */
  readonly plain: unknown;
}

interface LimitRange {
  readonly minimum: number;
  readonly maximum: number;
}

export interface SettingsOffer {
  readonly grants: ReadonlyMap<string, OfferedGrant>;
  readonly limits: ReadonlyMap<string, LimitRange>;
}

interface SettingsDocument {
  readonly properties: {
    readonly grants: { readonly properties: Readonly<Record<string, GrantSchema>> };
    readonly limits: { readonly properties: Readonly<Record<string, LimitRange>> };
  };
}

interface GrantSchema {
  readonly description?: string;
  readonly examples?: readonly unknown[];
}

/** Empty until the host has said. */
export function useSettingsOffer(): SettingsOffer {
  const { answer } = useAnswer<SettingsDocument>(["settings.schema.json"]);
  const { grants, limits } = answer?.data.properties ?? {};
  return {
    grants: new Map(
      Object.entries(grants?.properties ?? {}).map(([name, { description = "", examples }]) => [
        name,
        { allows: description, plain: examples?.[0] ?? true },
      ]),
    ),
    limits: new Map(Object.entries(limits?.properties ?? {})),
  };
}
