/** An entry of the audit: what a plugin was let reach, or refused, in facts that its owner may read. No secrets, no contents. */
export type AuditEntry = Readonly<Record<string, string | number | boolean>>;

/** Figure of what a plugin reached, which whoever counts adds to: taken once, since some count with each call. */
export interface Figure {
  value: number;
}

/** Account of what one plugin reaches by its capabilities: figures of each, and what is told as events. */
export interface Reach {
  /** Figure that the plugin's details show under its capability, once it is above 0. Names are the driver's, not the plugin's. */
  figure(capability: string, name: string): Figure;
  audit(capability: string, entry: AuditEntry): void;
}

/** Account of what nobody keeps an account of: an embedder's own plugin, or one in a process, whose host counts. */
export const uncounted: Reach = { figure: () => ({ value: 0 }), audit() {} };
