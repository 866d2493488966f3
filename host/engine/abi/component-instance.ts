import type { Drop } from "./guest-resource.ts";
import { type HandleCount, HandleTable } from "./handles.ts";
import type { HostClasses } from "./host-classes.ts";

/** The run-time state of a component instance (CanonicalABI.md, Component Instances). */
export class ComponentInstance {
  readonly index: number;
  /** Ends a resource that the host holds; stands for the cell, and is another one after a reset. */
  drop: Drop;
  readonly hostClasses: HostClasses;
  readonly handles: HandleTable;
  /** False while realloc or post-return runs: neither may call out. */
  mayLeave = true;
  /** False until it is complete, and while a call is inside or in a child that was entered through it. */
  mayEnter = false;

  constructor(index: number, drop: Drop, hostClasses: HostClasses, handles: HandleCount) {
    this.index = index;
    this.drop = drop;
    this.hostClasses = hostClasses;
    this.handles = new HandleTable(handles);
  }
}
