/** Prices of `wasi:http/types`. */
import type { HostPrice } from "../../engine/engine.ts";
import { hostCosts } from "../../fuel-prices.ts";
import type { FunctionPrices } from "../capability.ts";
import { object, refusable, values } from "../kit/common-prices.ts";

/** Something that holds as many things as it says: what touches all of them costs accordingly. */
interface Sized {
  readonly size: number;
}

interface Named extends Sized {
  /** Number of values that a field has. */
  count(name: string): number;
}

const message: HostPrice = { call: hostCosts.message };
const fieldsIn = (self: Sized) => self.size * hostCosts.field;

/** Price of sending a request: its head is made, and somebody else is asked to answer it. */
export const sent: HostPrice = {
  call: hostCosts.request,
  touched: (request: Sized) => request.size * hostCosts.field,
};

export const httpPrices: FunctionPrices = {
  "http-error-code": values,
  "[constructor]fields": { call: hostCosts.fields },
  "[static]fields.from-list": {
    call: hostCosts.fields,
    touched: (entries: readonly unknown[]) => entries.length * hostCosts.field,
  },
  "[method]fields.get": {
    call: hostCosts.object,
    touched: (self: Named, name: string) => self.count(name) * hostCosts.fieldValue,
  },
  "[method]fields.has": { call: 300 },
  "[method]fields.set": {
    call: hostCosts.fields,
    touched: (self: Named, name: string, given: readonly unknown[]) =>
      (given.length + self.count(name)) * hostCosts.field,
  },
  "[method]fields.delete": {
    call: hostCosts.fields,
    touched: (self: Named, name: string) => self.count(name) * hostCosts.field,
  },
  "[method]fields.append": { call: hostCosts.fields + hostCosts.field },
  "[method]fields.entries": {
    call: hostCosts.object,
    touched: (self: Sized) => self.size * hostCosts.fieldEntry,
  },
  "[method]fields.clone": { call: hostCosts.fields, touched: fieldsIn },
  "[method]outgoing-body.write": refusable,
  "[static]outgoing-body.finish": {
    call: hostCosts.refusable,
    touched: (_body, trailers: Sized | undefined) => (trailers ? fieldsIn(trailers) : 0),
  },
  "[method]incoming-request.method": values,
  "[method]incoming-request.path-with-query": values,
  "[method]incoming-request.scheme": values,
  "[method]incoming-request.authority": values,
  "[method]incoming-request.headers": { call: hostCosts.fields, touched: fieldsIn },
  "[method]incoming-request.consume": refusable,
  "[method]incoming-body.stream": refusable,
  "[static]incoming-body.finish": object,
  "[method]future-trailers.subscribe": object,
  "[method]future-trailers.get": refusable,
  "[method]response-outparam.send-informational": {
    call: hostCosts.respond,
    touched: (_out, _status, fields: Sized) => fieldsIn(fields),
  },
  "[static]response-outparam.set": {
    call: hostCosts.respond,
    touched: (_out, { tag, val }: { tag: string; val: Sized }) => (tag === "ok" ? fieldsIn(val) : 0),
  },
  "[constructor]outgoing-request": message,
  "[method]outgoing-request.body": refusable,
  "[method]outgoing-request.method": values,
  "[method]outgoing-request.set-method": refusable,
  "[method]outgoing-request.path-with-query": values,
  "[method]outgoing-request.set-path-with-query": refusable,
  "[method]outgoing-request.scheme": values,
  "[method]outgoing-request.set-scheme": refusable,
  "[method]outgoing-request.authority": values,
  "[method]outgoing-request.set-authority": refusable,
  "[method]outgoing-request.headers": { call: hostCosts.fields, touched: fieldsIn },
  "[method]incoming-response.status": values,
  "[method]incoming-response.headers": { call: hostCosts.fields, touched: fieldsIn },
  "[method]incoming-response.consume": refusable,
  "[method]future-incoming-response.subscribe": object,
  "[method]future-incoming-response.get": { call: hostCosts.fields, touched: fieldsIn },
  "[constructor]request-options": object,
  "[method]request-options.connect-timeout": values,
  "[method]request-options.set-connect-timeout": values,
  "[method]request-options.first-byte-timeout": values,
  "[method]request-options.set-first-byte-timeout": values,
  "[method]request-options.between-bytes-timeout": values,
  "[method]request-options.set-between-bytes-timeout": values,
  "[constructor]outgoing-response": message,
  "[method]outgoing-response.status-code": values,
  "[method]outgoing-response.set-status-code": refusable,
  "[method]outgoing-response.headers": { call: hostCosts.fields, touched: fieldsIn },
  "[method]outgoing-response.body": refusable,
};
