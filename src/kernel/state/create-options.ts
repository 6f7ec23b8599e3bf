// How a container is to be made, besides its configuration.
import type { Console, Keeper, MonitorRequest } from "../compile/request.ts";
import { FIRST_EXTRA_FD, type Stdio } from "../launch/launcher.ts";
import type { Wiring } from "../netlink/wiring.ts";

/** The launcher's descriptor that is the wiring file: behind those that are preserved, and the attach client. */
export function wiringFd({ preserveFds, monitor }: Pick<CreateOptions, "preserveFds" | "monitor">): number {
  return FIRST_EXTRA_FD + preserveFds + (monitor?.clientFd === undefined ? 0 : 1);
}

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
  /** How it is connected to networks: of the plan, only whether it is decides. */
  readonly wiring?: Wiring;
  /** The launcher goes on without this process. */
  readonly detached?: boolean;
  /** Called when the state directory is this container's, before anything else is touched: waits for what stands in the way. */
  readonly clear?: () => Promise<void>;
}
