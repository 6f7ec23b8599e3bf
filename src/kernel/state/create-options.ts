// How a container is to be made, besides its configuration.
import type { Console, Keeper, MonitorRequest } from "../compile/request.ts";
import type { Stdio } from "../launch/launcher.ts";

/** Where the caller's own descriptors to be preserved begin. */
export const FIRST_PRESERVED_FD = 3;

export interface CreateOptions {
  readonly id: string;
  readonly keeper: Keeper;
  readonly monitor?: MonitorRequest;
  readonly console?: Console;
  readonly pidFile?: string;
  readonly init?: boolean;
  readonly preserveFds: number;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  readonly stdio?: readonly [Stdio, Stdio, Stdio];
  readonly timings?: boolean;
  /** The launcher goes on without this process. */
  readonly detached?: boolean;
  /** Called when the state directory is this container's, before anything else is touched: waits for what stands in the way. */
  readonly clear?: () => Promise<void>;
}
