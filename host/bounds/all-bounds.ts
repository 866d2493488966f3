import { backendBounds, cellBounds, pluginBounds, processBounds, restartBounds } from "./cell-bounds.ts";
import { contractBounds } from "./contract-bounds.ts";
import { describeBounds } from "./describe-bounds.ts";
import { fileBounds } from "./file-bounds.ts";
import { filterBounds } from "./filter-bounds.ts";
import { handlerBounds } from "./handler-bounds.ts";
import { hookBounds } from "./hook-bounds.ts";
import type { HostBounds } from "./host-bound.ts";
import {
  answerBounds,
  bodyBounds,
  idempotencyBounds,
  lineBounds,
  rateBounds,
  routeBounds,
  serverBounds,
  streamBounds,
  tokenBounds,
} from "./http-bounds.ts";
import { httpClientBounds } from "./http-client-bounds.ts";
import { keyValueBounds } from "./key-value-bounds.ts";
import { linkBounds } from "./link-bounds.ts";
import { nodeBounds } from "./node-bounds.ts";
import { observeBounds } from "./observe-bounds.ts";
import { ociBounds } from "./oci-bounds.ts";
import { scheduleBounds } from "./schedule-bounds.ts";
import { serveBounds } from "./serve-bounds.ts";
import { storeBounds } from "./store-bounds.ts";
import { workerBounds } from "./worker-bounds.ts";

/** Groups of all bounds, by what a page calls them. */
export const bounds: Readonly<Record<string, HostBounds>> = {
  "The HTTP server": serverBounds,
  "Request bodies": bodyBounds,
  Answers: answerBounds,
  "Plugins that serve HTTP": serveBounds,
  "Calls that are made once": idempotencyBounds,
  "Many calls in one request": lineBounds,
  "Event streams": streamBounds,
  Tokens: tokenBounds,
  "Rates of plugins": rateBounds,
  "Routes of plugins": routeBounds,
  "Schedules of plugins": scheduleBounds,
  Plugins: pluginBounds,
  Cells: cellBounds,
  "Cells that end one after the other": restartBounds,
  "Plugins in processes": processBounds,
  "Backends of plugins": backendBounds,
  "Files of plugins": fileBounds,
  "Links between plugins": linkBounds,
  Contracts: contractBounds,
  "Hook points": hookBounds,
  Filters: filterBounds,
  "Key-value buckets": keyValueBounds,
  "HTTP handlers": handlerBounds,
  "Requests that plugins make": httpClientBounds,
  "Components from registries": ociBounds,
  "Hosts that share a folder or a store": nodeBounds,
  "Workers of a host": workerBounds,
  "The store": storeBounds,
  "What a host is seen by": observeBounds,
  "Schemas and docs": describeBounds,
};
