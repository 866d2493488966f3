/** Setting `contract`: contracts that each version of a plugin satisfies. */
import * as v from "valibot";
import { contractBounds } from "../../bounds/contract-bounds.ts";

const most = contractBounds.asked.value;
const reference = v.pipe(
  v.string(),
  v.regex(
    /^[a-z0-9][a-z0-9-]{0,62}(?:@[1-9]\d{0,8})?$/,
    "the name of a contract, or one version of it, such as discount@2",
  ),
);

export const contractSchema = v.union([
  reference,
  v.pipe(v.array(reference), v.minLength(1), v.maxLength(most, `at most ${most} contracts`)),
]);

/** Name of a contract, or `name@version`; or several. */
export type ContractSetting = string | readonly string[];

/** Contract that a setting names; without a version the newest. */
export interface ContractReference {
  readonly name: string;
  readonly version: number | undefined;
}

export function contractsNamed(setting: ContractSetting | undefined): ContractReference[] {
  const texts = setting === undefined ? [] : typeof setting === "string" ? [setting] : setting;
  return texts.map(contractReference);
}

/** True for what settings and errors write for a contract, or one version of it. */
export function isContractReference(text: string): boolean {
  return v.is(reference, text);
}

/** A reference as settings and errors write it: `discount`, or `discount@2`. */
export function contractReference(text: string): ContractReference {
  const [name = "", version] = text.split("@");
  return { name, version: version === undefined ? undefined : Number(version) };
}
