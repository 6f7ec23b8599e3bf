// Flags about what a container may do: privileges, capabilities, security modules, what of the kernel it sees, a read-only root.
import { readFileSync } from "node:fs";
import { reasonOf } from "../../../base/file-errno.ts";
import { parseCapability } from "../../../containers/config/capability-change.ts";
import type { IsolationOptions, SelinuxLabel } from "../../../containers/config/isolation.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";

// biome-ignore format: table
export const SECURITY_FLAGS = {
  "cap-add":         { type: "string", multiple: true, value: "NAME", summary: "Give a capability, or ALL" },
  "cap-drop":        { type: "string", multiple: true, value: "NAME", summary: "Take a capability away, or ALL" },
  privileged:        { type: "boolean", summary: "All capabilities and devices, no system call filter, nothing masked or read-only" },
  "read-only":       { type: "boolean", summary: "Mount the root file system read-only" },
  "read-only-tmpfs": { type: "boolean", summary: "With --read-only: a tmpfs on /run, /tmp and /var/tmp" },
  "security-opt":    { type: "string", multiple: true, value: "OPTION", summary: "seccomp=, apparmor=, label=, no-new-privileges, systempaths=unconfined, mask=, unmask=" },
} as const satisfies Flags;

type SecurityValues = FlagValues<typeof SECURITY_FLAGS>;

export interface SecurityParts
  extends Pick<IsolationOptions, "privileged" | "noNewPrivileges" | "apparmor" | "selinux" | "mask" | "unmask" | "readonlyTmpfs"> {
  readonly seccomp: ContainerDocument["seccomp"];
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
}

export function securityOf(flags: SecurityValues, problems: Problems): SecurityParts {
  const privileged = flags.privileged === true;
  const capDrop = problems.takeEach("--cap-drop", flags["cap-drop"], parseCapability);
  const capAdd = problems.takeEach("--cap-add", flags["cap-add"], parseCapability);
  if (privileged && capDrop.length > 0) problems.refuse("--privileged", "gives all capabilities and does not go with --cap-drop");
  if (flags["read-only-tmpfs"] === true && flags["read-only"] !== true)
    problems.refuse("--read-only-tmpfs", "goes with --read-only: another root is writable everywhere");
  const { seccomp = privileged ? "unconfined" : "default", ...options } = securityOptions(flags["security-opt"] ?? [], problems);
  return {
    ...options,
    seccomp,
    ...(privileged ? { privileged } : {}),
    ...(flags["read-only-tmpfs"] === true ? { readonlyTmpfs: true } : {}),
    capAdd: privileged ? ["ALL"] : capAdd,
    capDrop,
  };
}

interface Found {
  seccomp?: ContainerDocument["seccomp"];
  noNewPrivileges?: boolean;
  apparmor?: string;
  selinux?: SelinuxLabel;
  mask?: string[];
  unmask?: string[];
}

type Reader = (value: string, found: Found, problems: Problems) => void;

const READERS: Readonly<Record<string, Reader>> = {
  seccomp(value, found, problems) {
    if (value === "unconfined") found.seccomp = value;
    else if (value === "builtin") found.seccomp = "default";
    else found.seccomp = profileOf(value, problems);
  },
  "no-new-privileges"(value, found, problems) {
    if (value !== "" && value !== "true" && value !== "false") problems.refuse(FLAG, `no-new-privileges is true or false, not ${value}`);
    found.noNewPrivileges = value !== "false";
  },
  apparmor(value, found, problems) {
    if (value === "") problems.refuse(FLAG, "apparmor= names no profile");
    found.apparmor = value;
  },
  label: selinuxPart,
  systempaths(value, found, problems) {
    if (value !== "unconfined") problems.refuse(FLAG, `systempaths is unconfined, not ${JSON.stringify(value)}`);
    found.unmask = ["ALL"];
  },
  mask: (value, found, problems) => {
    found.mask = [...(found.mask ?? []), ...paths("mask", value, problems)];
  },
  unmask: (value, found, problems) => {
    found.unmask = [...(found.unmask ?? []), ...(value.toUpperCase() === "ALL" ? ["ALL"] : paths("unmask", value, problems))];
  },
};

const FLAG = "--security-opt";

/** `NAME=VALUE`, or docker's older `NAME:VALUE`; the last word about one thing counts. */
function securityOptions(texts: readonly string[], problems: Problems): Found {
  const found: Found = {};
  for (const text of texts) {
    const [, name = "", value = ""] = /^([a-z-]+)(?:[=:](.*))?$/s.exec(text) ?? [];
    const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (read === undefined)
      problems.refuse(FLAG, `${JSON.stringify(text)} is none of ${Object.keys(READERS).join(", ")}, each with =VALUE`);
    else read(value, found, problems);
  }
  return found;
}

/** More than any filter of people's. */
const MOST_PROFILE = 1024 * 1024;

/** The text goes into the container's document: it starts with the same filter when the file is another, or gone. */
function profileOf(path: string, problems: Problems): ContainerDocument["seccomp"] {
  try {
    const profile = readFileSync(path, "utf8");
    if (profile.length > MOST_PROFILE) problems.refuse(FLAG, `seccomp=${path} is larger than ${MOST_PROFILE / 1024} KiB`);
    JSON.parse(profile);
    return { profile };
  } catch (error) {
    problems.refuse(FLAG, `seccomp=${path} cannot be read: ${reasonOf(error)}`);
    return "default";
  }
}

/** docker's and podman's: `label=disable`, `label=type:NAME` and so on. */
function selinuxPart(value: string, found: Found, problems: Problems): void {
  if (value === "disable") {
    delete found.selinux;
    return;
  }
  const [, part, text] = /^(user|role|type|level):(.+)$/.exec(value) ?? [];
  if (part === undefined || text === undefined)
    problems.refuse(FLAG, `label=${value} is not disable, user:, role:, type: or level: with a value`);
  else found.selinux = { ...found.selinux, [part]: text };
}

function paths(name: string, value: string, problems: Problems): string[] {
  const found = value.split(":");
  const wrong = found.find((path) => !path.startsWith("/"));
  if (wrong !== undefined) problems.refuse(FLAG, `${name}=${value}: ${JSON.stringify(wrong)} is not an absolute path`);
  return found;
}
