// What the pieces of the root file system share.
import type { Register, Registers } from "../plan/plan.ts";

export interface RootfsContext {
  readonly registers: Registers;
  /** The container's root: `rootOps` writes it, everything else goes through it. */
  readonly root: Register;
}
