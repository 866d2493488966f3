// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
/**
 * What plugins that serve HTTP import as "hotcell/assembly/http": an application is an `App` with a function for each route,
 * and `export default app;` answers what the world's `wasi:http/incoming-handler` gets.
 */
export { App } from "./app";
export { BodyReader } from "./body-reader";
export { BodyWriter } from "./body-writer";
export { Context } from "./context";
export { SetCookie } from "./cookies";
export { FormValues } from "./form-values";
export { Json } from "./json-value";
export { Request } from "./request";
export { Handler } from "./routes";
export { textOf, utf8 } from "./texts";
