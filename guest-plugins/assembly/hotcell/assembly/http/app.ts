// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import { IncomingRequest, ResponseOutparam } from "wasi:http/types";
import { Context } from "./context";
import { Handler, Route, Routes } from "./routes";

/**
 * Routes, and the functions that answer them. The first route that fits answers, in the order in which they were added; they
 * are added at the top of the file, where the plugin starts.
 */
@final export class App {
  private routes: Routes = new Routes();

  get(path: string, run: Handler): void {
    this.on("GET", path, run);
  }
  post(path: string, run: Handler): void {
    this.on("POST", path, run);
  }
  put(path: string, run: Handler): void {
    this.on("PUT", path, run);
  }
  patch(path: string, run: Handler): void {
    this.on("PATCH", path, run);
  }
  delete(path: string, run: Handler): void {
    this.on("DELETE", path, run);
  }
  options(path: string, run: Handler): void {
    this.on("OPTIONS", path, run);
  }
  /** Whatever the method is. */
  all(path: string, run: Handler): void {
    this.on("", path, run);
  }

  /** One method, in capitals. */
  on(method: string, path: string, run: Handler): void {
    this.routes.list.push(new Route(method, path, run, false));
  }

  /** Middleware for a path: it runs before the routes that are added after it. */
  use(path: string, run: Handler): void {
    this.routes.list.push(new Route("", path, run, true));
  }

  /** Puts the routes that another app has by now under a path. */
  route(path: string, app: App): void {
    const prefix = path.endsWith("/") ? path.substring(0, path.length - 1) : path;
    const list = app.routes.list;
    for (let i = 0; i < list.length; i++) {
      const route = list[i];
      const inner = route.pattern.text;
      const full = prefix.length && inner == "/" ? prefix : prefix + inner;
      this.routes.list.push(new Route(route.method, full, route.run, route.isMiddleware));
    }
  }

  /** Answers what no route is for, in place of `404 Not Found`. */
  notFound(run: Handler): void {
    this.routes.missing = run;
  }

  /** Answers what is there by other methods only, in place of `405 Method Not Allowed`. `Allow` is set already. */
  methodNotAllowed(run: Handler): void {
    this.routes.refused = run;
  }

  /** `wasi:http/incoming-handler`: what the host calls for each request. */
  handle(request: IncomingRequest, out: ResponseOutparam): void {
    const c = new Context(this.routes, request, out);
    c.next();
    c.finish();
  }
}
