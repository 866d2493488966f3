/** Another plugin that a grant would reach: it is for that one to say who may, or for those who may do as much with it. */
export interface GrantReach {
  readonly plugin: string;
  /** Phrase for what is reached: `the interface acme:tax/rates`. A grant that gives more than that is another reach. */
  readonly what: string;
  /** Permission for that plugin that is enough for whoever asks for the grant. */
  readonly permission: "call" | "deploy";
  /** Tells whether the settings of that plugin, as they hold, give `to` leave. */
  readonly leave: (settings: ReachedSettings, to: string) => boolean;
  /** Patch of that plugin's settings that would give `to` leave, for remedies. */
  readonly leaving: (to: string) => object;
}

/** Settings of a plugin that is reached, as far as they may give leave. */
export interface ReachedSettings {
  readonly grants: Readonly<Record<string, unknown>>;
  /** Tells whether its setting `linkable` lets that plugin link to it. */
  readonly linkable: (to: string) => boolean;
}
