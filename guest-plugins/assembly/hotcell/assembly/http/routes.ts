// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { Context } from "./context";
import { Pattern } from "./pattern";

/** Answers a request; or middleware, which calls `c.next()` for what comes after it. It captures no variables around it. */
export type Handler = (c: Context) => void;

@final export class Route {
  readonly pattern: Pattern;

  constructor(
    /** Empty for all methods. */
    readonly method: string,
    path: string,
    readonly run: Handler,
    /** Answers nothing by itself: a path that only middleware has is not found. */
    readonly isMiddleware: bool,
  ) {
    this.pattern = new Pattern(path);
  }

  /** Routes for GET answer HEAD too. */
  takes(method: string): bool {
    const own = this.method;
    return own == method || own == "" || (own == "GET" && method == "HEAD");
  }
}

/** Routes of an app in their order, and what answers where none does. */
@final export class Routes {
  readonly list: Route[] = [];
  missing: Handler = sayNotFound;
  refused: Handler = sayNotAllowed;

  /** Index of the first that fits, from an index on; their number where none does. */
  find(method: string, path: string, from: i32): i32 {
    const list = this.list;
    let i = from;
    for (; i < list.length; i++) {
      const route = unchecked(list[i]);
      if (route.takes(method) && route.pattern.matches(path)) break;
    }
    return i;
  }

  /** What `Allow` has for the path: empty where nothing is there. */
  allowed(path: string): string {
    const list = this.list;
    const methods: string[] = [];
    for (let i = 0; i < list.length; i++) {
      const route = list[i];
      if (route.isMiddleware || methods.includes(route.method) || !route.pattern.matches(path)) continue;
      methods.push(route.method);
      if (route.method == "GET" && !methods.includes("HEAD")) methods.push("HEAD");
    }
    if (methods.length && !methods.includes("OPTIONS")) methods.push("OPTIONS");
    return methods.join(", ");
  }
}

function sayNotFound(c: Context): void {
  c.status(404).text("Not Found");
}

function sayNotAllowed(c: Context): void {
  c.status(405).text("Method Not Allowed");
}
