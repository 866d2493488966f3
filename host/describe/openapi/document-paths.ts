/** Paths of an OpenAPI document, where several may answer the same one: the host, and plugins on hosts of their own. */

export type PathOperation = Readonly<Record<string, unknown>>;

/** Who answers: at a host by this name, or at all that nobody claims. */
export interface AnsweredAt {
  readonly host?: string | undefined;
}

interface Answer {
  readonly operation: PathOperation;
  readonly host: string | undefined;
}

export class DocumentPaths {
  /** Address of the API. */
  readonly #server: string;
  /** Paths by what distinguishes them: names of their parameters do not. */
  readonly #paths = new Map<string, { readonly path: string; readonly methods: Map<string, Answer[]> }>();

  constructor(server: string) {
    this.#server = server;
  }

  /** Adds an operation. Where one of the same host is there already, that stays. */
  add(path: string, method: string, operation: PathOperation, { host }: AnsweredAt = {}): void {
    const key = path.replace(/\{\w+\}/g, "{}");
    const item = this.#paths.get(key) ?? { path, methods: new Map<string, Answer[]>() };
    this.#paths.set(key, item);
    const answers = item.methods.get(method) ?? [];
    item.methods.set(method, answers);
    if (answers.some((answer) => answer.host === host)) return;
    answers.push({ operation: item.path === path ? operation : renamed(operation, path, item.path), host });
  }

  /** Path items of a document. */
  items(): Record<string, Record<string, PathOperation>> {
    const items = this.#paths.values().map(({ path, methods }) => {
      const operations = methods.entries().map(([method, answers]) => [method, this.#merged(answers)]);
      return [path, Object.fromEntries(operations)] as const;
    });
    return Object.fromEntries(items);
  }

  /** One operation: a document has no more for a method of a path. `servers` are those that answer. */
  #merged(answers: readonly Answer[]): PathOperation {
    const [first, ...more] = answers as [Answer, ...Answer[]];
    const servers = answers.map(({ host }) => ({ url: host === undefined ? this.#server : `//${host}` }));
    const { operation } = first;
    if (more.length === 0) return first.host === undefined ? operation : { ...operation, servers };
    const tags = answers.flatMap((answer) => answer.operation.tags as readonly string[]);
    const told = more.map(({ operation: other, host }) => {
      const [tag] = other.tags as readonly string[];
      return `${host === undefined ? "At other hosts" : `At ${host}`}: ${tag}, ${other.summary}.`;
    });
    const description = [operation.description ?? operation.summary, ...told].join("\n\n");
    const securities = answers.flatMap((answer) => answer.operation.security as readonly object[]);
    const security = [...new Map(securities.map((one) => [JSON.stringify(one), one])).values()];
    return { ...operation, tags: [...new Set(tags)], description, security, servers };
  }
}

/** The operation with its parameters called as another path calls them. */
function renamed(operation: PathOperation, from: string, to: string): PathOperation {
  const names = (path: string) => Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name!);
  const others = new Map(names(from).map((name, i) => [name, names(to)[i]!]));
  const parameters = operation.parameters as readonly { readonly in?: string; readonly name?: string }[];
  return {
    ...operation,
    parameters: parameters.map((parameter) =>
      parameter.in === "path" ? { ...parameter, name: others.get(parameter.name!) } : parameter,
    ),
  };
}
