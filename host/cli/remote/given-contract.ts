/** Contract that a new plugin is to satisfy, wherever its author has it from. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { contractWorld } from "../../component/contract-world.ts";
import { isContractReference } from "../../registry/contracts/contract-setting.ts";
import { contractModel } from "../build/contract-model.ts";
import { UsageError } from "../command-line.ts";
import type { GivenContract } from "../scaffold/contract-plugin.ts";
import { contractAt, contractBytes } from "./remote-contract.ts";
import { remoteHost } from "./remote-host.ts";

interface ContractOptions {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  /** World to take of WIT that has several. */
  readonly world?: string | undefined;
}

/**
 * Reads a contract: a URL or a name of a host's, or what `contractModel` reads. What lies on this machine comes before a name.
 * Throws what reading it throws, `no-host`, and the host's own errors.
 */
export async function givenContract(source: string, options: ContractOptions): Promise<GivenContract> {
  const { url, token } = options;
  if (/^https?:/i.test(source)) {
    if (url !== undefined) throw new UsageError("Leave out --url: the contract's URL says which host.");
    const { host, id } = contractAt(source, token);
    return { world: contractWorld(await contractBytes(host, id)), id };
  }
  if (existsSync(resolve(source)) || !isContractReference(source))
    return { world: (await contractModel(source, options.world)).world };
  const bytes = await contractBytes(remoteHost(url, token, process.env), source);
  return { world: contractWorld(bytes), id: source };
}
