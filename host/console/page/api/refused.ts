/** Problem that the API answered with (RFC 9457), or that there was no answer. */
export class Refused extends Error {
  /** 0: no answer. */
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string | undefined;
  /** All members of the problem, those above too. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(status: number, facts: Readonly<Record<string, unknown>>) {
    const text = (name: string) => (typeof facts[name] === "string" ? facts[name] : undefined);
    super(text("detail") ?? text("title") ?? `${status}`);
    this.name = "Refused";
    this.status = status;
    this.facts = facts;
    this.code = text("code") ?? "";
    this.title = text("title") ?? "";
    this.detail = text("detail") ?? "";
    this.remedy = text("remedy");
  }

  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

/** Refusal of an answer that is not good. */
export async function refusalOf(answer: Response): Promise<Refused> {
  const text = await answer.text().catch(() => "");
  return refusalFrom(answer.status, text);
}

/** The same of a body that was read already. A proxy in between may have answered with something else than a problem. */
export function refusalFrom(status: number, text: string): Refused {
  try {
    const facts: unknown = JSON.parse(text);
    if (typeof facts === "object" && facts !== null)
      return new Refused(status, facts as Record<string, unknown>);
  } catch {}
  return new Refused(status, { title: `HTTP ${status}`, detail: text.slice(0, 500) });
}
