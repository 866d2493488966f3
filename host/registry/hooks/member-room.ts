import type { ArgumentRoom, ValueRoom } from "../../wit/values/argument-room.ts";
import type { HookedCallable } from "./hook.ts";

/** Bytes that no plugin's limits are below. */
const undrawn = 16 * 1024;

/** Room for the arguments of one member after the other: that of its call is made for those who need more than most. */
export class MemberRoom implements ValueRoom {
  #callable: HookedCallable | undefined;
  #taken = 0;
  #room: ArgumentRoom | undefined;

  /** The room, empty, for a call of that function. */
  of(callable: HookedCallable): this {
    this.#callable = callable;
    this.#taken = 0;
    this.#room = undefined;
    return this;
  }

  take(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken <= undrawn) return;
    if (this.#room) {
      this.#room.take(bytes);
      return;
    }
    this.#room = this.#callable!.argumentRoom();
    this.#room.take(this.#taken);
  }
}
