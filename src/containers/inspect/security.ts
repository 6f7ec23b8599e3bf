// `--security-opt` as it could be given again.
import type { ContainerDocument } from "../document/document.ts";

export function securityTexts({ seccomp, options }: ContainerDocument): string[] {
  const { privileged, noNewPrivileges, apparmor, selinux = {}, mask = [], unmask = [] } = options;
  const filter =
    seccomp === "unconfined"
      ? privileged === true
        ? []
        : ["seccomp=unconfined"]
      : seccomp === "default"
        ? []
        : [`seccomp=${seccomp.profile}`];
  const all = unmask.includes("ALL");
  return [
    ...filter,
    ...(noNewPrivileges === true ? ["no-new-privileges"] : []),
    ...(apparmor === undefined ? [] : [`apparmor=${apparmor}`]),
    ...Object.entries(selinux).map(([part, value]) => `label=${part}:${value}`),
    ...(all ? ["systempaths=unconfined"] : unmask.map((path) => `unmask=${path}`)),
    ...mask.map((path) => `mask=${path}`),
  ];
}
