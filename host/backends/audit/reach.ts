/** An entry of the audit: what a plugin was let reach, or refused, in facts that its owner may read. No secrets, no contents. */
export type AuditEntry = Readonly<Record<string, string | number | boolean>>;

/** Account of what one plugin reaches by its capabilities: figures of each, and what is told as events. */
export interface Reach {
  /** Adds to a figure that the plugin's details show under its capability. Names are the driver's, not the plugin's. */
  count(capability: string, name: string, by: number): void;
  audit(capability: string, entry: AuditEntry): void;
}

/** Account of what nobody keeps an account of: an embedder's own plugin, or one in a process, whose host counts. */
export const uncounted: Reach = { count() {}, audit() {} };
