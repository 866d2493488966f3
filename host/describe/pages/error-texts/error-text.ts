/** Text of an error's page, beside what the catalogue says. Sentences for whoever met it. */
export interface ErrorText {
  /** Sentences on what happened, and why. */
  readonly why: string;
  /** Sentences on what can be done about it. */
  readonly todo: string;
  /** A `detail` as answers have it. */
  readonly example: string;
}
