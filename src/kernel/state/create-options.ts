// How a container is to be made, besides its configuration.
import type { Console, CreateRequest, Keeper, MonitorRequest } from "../compile/request.ts";
import { FIRST_EXTRA_FD, type Stdio } from "../launch/launcher.ts";
import type { Wiring } from "../netlink/wiring/wiring.ts";
import type { NamespaceHolder } from "./networks/open-namespaces.ts";

/** What the plan is told of networks: the launcher's descriptors for them stand behind those that are preserved, and the attach client. */
export function networkRequest({ preserveFds, monitor, wiring, within }: CreateOptions): Pick<CreateRequest, "wiring" | "within"> {
  const fd = FIRST_EXTRA_FD + preserveFds + (monitor?.clientFd === undefined ? 0 : 1);
  const user = wiring === undefined ? fd : fd + 1;
  const maps = { uidMappings: within?.maps.uids ?? [], gidMappings: within?.maps.gids ?? [] };
  return {
    ...(wiring === undefined ? {} : { wiring: { wiring, fd } }),
    ...(within === undefined ? {} : { within: { fds: { user, network: user + 1 }, ...maps } }),
  };
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
  /** What its user namespace is to lie in: an ordinary user's networks are there. Of the plan, only the maps decide. */
  readonly within?: NamespaceHolder;
  /** The launcher goes on without this process. */
  readonly detached?: boolean;
  /** Called when the state directory is this container's, before anything else is touched: waits for what stands in the way. */
  readonly clear?: () => Promise<void>;
}
