// Flags about the namespaces that a container shares or has for itself. That of the network is in network.ts.
import { parseId } from "../../../containers/config/accounts.ts";
import type { ContainerNamespace, IsolationOptions, UserNamespaceMode } from "../../../containers/config/isolation.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";

// biome-ignore format: table
export const NAMESPACE_FLAGS = {
  cgroupns: { type: "string", value: "MODE", summary: "The cgroups that it sees: its own (private) or the host's (host)" },
  ipc:      { type: "string", value: "MODE", summary: "Shared memory and queues: private, shareable, none, host or container:NAME" },
  pid:      { type: "string", value: "MODE", summary: "The processes that it sees: private, host or container:NAME" },
  userns:   { type: "string", value: "MODE", summary: "Its users' ids: host, keep-id[:uid=N,gid=N], auto[:size=N] or remap:USER" },
  uts:      { type: "string", value: "MODE", summary: "Its host name: private or host" },
} as const satisfies Flags;

type NamespaceValues = FlagValues<typeof NAMESPACE_FLAGS>;
type NamespaceParts = Pick<IsolationOptions, "pid" | "ipc" | "uts" | "cgroupns" | "userns">;

export function namespacesOf(flags: NamespaceValues, problems: Problems): NamespaceParts {
  const { cgroupns = "", ipc = "", pid = "", uts = "", userns = "" } = flags;
  const [sharedPid, sharedIpc] = [shared(pid), shared(ipc)];
  if (sharedPid === undefined && !isPrivate(pid)) refuse("--pid", pid, "private, host or container:NAME");
  const ownIpc = ipc === "none" || ipc === "shareable" ? ipc : undefined;
  if (sharedIpc === undefined && ownIpc === undefined && !isPrivate(ipc))
    refuse("--ipc", ipc, "private, shareable, none, host or container:NAME");
  if (uts !== "host" && !isPrivate(uts)) refuse("--uts", uts, "private or host");
  if (cgroupns !== "host" && !isPrivate(cgroupns)) refuse("--cgroupns", cgroupns, "private or host");
  const user = userNamespace(userns, problems);
  const ipcMode = sharedIpc ?? ownIpc;
  return {
    ...(sharedPid === undefined ? {} : { pid: sharedPid }),
    ...(ipcMode === undefined ? {} : { ipc: ipcMode }),
    ...(uts === "host" ? { uts } : {}),
    ...(cgroupns === "host" ? { cgroupns } : {}),
    ...(user === undefined ? {} : { userns: user }),
  };

  function refuse(flag: string, text: string, words: string): void {
    problems.refuse(flag, `${JSON.stringify(text)} is none of ${words}`);
  }
}

function isPrivate(text: string): boolean {
  return text === "" || text === "private";
}

/** `container:NAME`, with the name in place of the id that it stands for: whoever makes the container looks it up. */
function shared(text: string): "host" | ContainerNamespace | undefined {
  if (text === "host") return "host";
  const [, container] = /^container:(.+)$/.exec(text) ?? [];
  return container === undefined ? undefined : { container };
}

/** podman's modes, and `remap:USER`, which is dockerd's userns-remap for one container. */
function userNamespace(text: string, problems: Problems): UserNamespaceMode | undefined {
  const at = text.indexOf(":");
  const [mode, rest] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  switch (mode) {
    case "":
      return undefined;
    case "host":
      return { kind: "host" };
    case "keep-id":
      return { kind: "keep-id", ...numbers(rest, ["uid", "gid"], problems) };
    case "auto":
      return { kind: "auto", ...numbers(rest, ["size"], problems) };
    case "remap":
      if (rest === "") problems.refuse("--userns", "remap:USER names the user whose subordinate ids the container gets");
      return { kind: "remap", user: rest };
    default:
      problems.refuse("--userns", `${JSON.stringify(text)} is none of host, keep-id, auto and remap:USER`);
      return undefined;
  }
}

function numbers<const K extends string>(text: string, keys: readonly K[], problems: Problems): { readonly [P in K]?: number } {
  const found: { [P in K]?: number } = {};
  for (const part of text.split(",").filter(Boolean)) {
    const [name, value] = part.split("=");
    const key = keys.find((known) => known === name);
    const number = parseId(value);
    if (key === undefined || number === undefined)
      problems.refuse("--userns", `${JSON.stringify(part)} is not ${keys.map((known) => `${known}=N`).join(" or ")}`);
    else found[key] = number;
  }
  return found;
}
