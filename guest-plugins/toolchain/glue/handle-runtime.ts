/** The AssemblyScript that handles of resources need, on both sides: what authors see and what the glue calls. */

/** Part of `wit-types`: what every imported resource's class is, and help with dropping. */
export const handleTypes = `
/**
 * A resource that somebody else made: the host, or another component. It is no garbage: it lives until it is dropped
 * or given away, so drop what you own. One that was lent to an exported function is given back when that returns.
 */
export abstract class Handle {
  // Its index among the component's handles, or a reason why it is none (see the glue).
  private $handle: i32;
  private $lent: bool = false;
  protected constructor(handle: i32) { this.$handle = handle; }
  /** True while it can be used: it was not dropped or given away, and the call it was lent to has not ended. */
  get isLive(): bool { return this.$handle > 0; }
  /** Ends it. Does nothing when it has ended already. */
  abstract drop(): void;
}

/** Drops every handle of a list, and empties it. */
export function dropAll<H extends Handle>(handles: Array<H>): void {
  while (handles.length) handles.pop().drop();
}

/** Drops together what was made together, the last one first: \`const file = scope.add(open(path)); … scope.drop();\` */
@final export class Scope {
  private handles: Array<Handle> = [];
  add<H extends Handle>(handle: H): H {
    this.handles.push(handle);
    return handle;
  }
  drop(): void { dropAll(this.handles); }
}
`;

/** Part of the glue, where the world has resources. Lifting and lowering of handles, by their class. */
export const handleRuntime = `
const DROPPED: i32 = 0;
const GIVEN_AWAY: i32 = -1;
const RETURNED: i32 = -2;

@inline function indexOf(handle: Handle$): i32 {
  return load<i32>(changetype<usize>(handle), offsetof<Handle$>("$handle"));
}

@inline function setIndex(handle: Handle$, index: i32): void {
  store<i32>(changetype<usize>(handle), index, offsetof<Handle$>("$handle"));
}

@inline function isLent(handle: Handle$): bool {
  return load<bool>(changetype<usize>(handle), offsetof<Handle$>("$lent"));
}

function newHandle<R>(index: i32, lent: bool): R {
  const size = offsetof<R>();
  const object = __new(size, idof<R>());
  // The incremental runtime has done so.
  if (ASC_RUNTIME != INCREMENTAL) memory.fill(object, 0, size);
  store<i32>(object, index, offsetof<Handle$>("$handle"));
  store<bool>(object, lent, offsetof<Handle$>("$lent"));
  return changetype<R>(object);
}

function explain<R>(index: i32): string {
  return nameof<R>() + (index == DROPPED ? " was dropped already"
    : index == GIVEN_AWAY ? " was given away already"
    : " was only lent to a call that has ended");
}

/** own, lifted. */
export function takeHandle<R>(index: i32): R { return newHandle<R>(index, false); }

/** own, lowered: what is passed on is no longer ours. */
export function giveHandle<R>(handle: R): i32 {
  const index = lendHandle<R>(handle);
  assert(!isLent(changetype<Handle$>(handle)), nameof<R>() + " is only lent to this call, it cannot be given away");
  setIndex(changetype<Handle$>(handle), GIVEN_AWAY);
  return index;
}

@lazy let lent: Array<Handle$> = [];

/** borrow, lifted: to be given back before the exported function returns (CanonicalABI.md, canon lift). */
export function borrowHandle<R>(index: i32): R {
  const handle = newHandle<R>(index, true);
  lent.push(changetype<Handle$>(handle));
  return handle;
}

/** borrow, lowered. */
export function lendHandle<R>(handle: R): i32 {
  const index = indexOf(changetype<Handle$>(handle));
  assert(index > 0, explain<R>(index));
  return index;
}

export function returnLent(): void {
  while (lent.length) {
    const handle = lent.pop();
    if (indexOf(handle) <= 0) continue;
    handle.drop();
    setIndex(handle, RETURNED);
  }
}

/** The index to drop, or 0 where there is none. */
function endHandle(handle: Handle$): i32 {
  const index = indexOf(handle);
  if (index <= 0) return 0;
  setIndex(handle, DROPPED);
  return index;
}

// The author's instances that somebody has handles of: how many each. Being here keeps them from the collector, and
// their address is what the handles stand for (CanonicalABI.md, Resource State: rep).
@lazy let shared: Map<Object, i32> = new Map();
// While a handle is dropped because its instance came back, which is no end of the instance.
@lazy let reclaiming: bool = false;

function share(rep: usize): void {
  const instance = changetype<Object>(rep);
  shared.set(instance, shared.has(instance) ? shared.get(instance) + 1 : 1);
}

/** Drops one of the handles; true for the last one. */
function unshare(rep: usize): bool {
  const instance = changetype<Object>(rep);
  const rest = shared.get(instance) - 1;
  if (rest) shared.set(instance, rest);
  else shared.delete(instance);
  return !rest;
}

/** borrow of the author's own, lifted: the instance itself. */
export function instanceOf<R>(rep: i32): R { return changetype<R>(<usize>rep); }

/** The destructor of the author's own: whether nobody has a handle any more. */
export function destroyed(rep: usize): bool { return !reclaiming && unshare(rep); }
`;
