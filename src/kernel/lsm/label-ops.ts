// Labels of the security modules, taken up at the next execve: AppArmor profile and SELinux context (proc_pid_attr(5)).
import { TeuError } from "../../base/errors.ts";
import type { Process } from "../../spec/runtime/config.ts";
import { type Op, op, type Register } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";

/**
 * Writes through `proc`, a descriptor of the host's procfs that was verified before any container mount (CVE-2025-52881).
 * @throws TeuError `unsupported` when a label is asked for whose module this host does not run.
 */
export function labelOps(process: Process, proc: Register, facts: HostFacts): Op[] {
  const ops: Op[] = [];
  // Without AppArmor every process is unconfined.
  const isConfined = process.apparmorProfile !== "unconfined" || facts.lsm.apparmor;
  if (process.apparmorProfile !== undefined && process.apparmorProfile !== "" && isConfined) {
    need(facts.lsm.apparmor, "process.apparmorProfile", "AppArmor");
    ops.push(
      op(
        "write",
        { dir: proc, path: "thread-self/attr/apparmor/exec", data: [`exec ${process.apparmorProfile}`] },
        "process.apparmorProfile",
      ),
    );
  }
  if (process.selinuxLabel !== undefined && process.selinuxLabel !== "") {
    need(facts.lsm.selinux, "process.selinuxLabel", "SELinux");
    ops.push(op("write", { dir: proc, path: "thread-self/attr/exec", data: [process.selinuxLabel] }, "process.selinuxLabel"));
  }
  return ops;
}

/**
 * Checks `linux.mountLabel`, which is an option of each file system made for the container.
 * @throws TeuError `unsupported` without SELinux, where those file systems do not know the option
 */
export function checkMountLabel(label: string | undefined, facts: HostFacts): void {
  if (label !== undefined && label !== "" && !facts.lsm.selinux)
    throw new TeuError("unsupported", "label the container's mounts: linux.mountLabel: SELinux is not enabled on this host");
}

function need(present: boolean, field: string, module: string): void {
  if (!present) throw new TeuError("unsupported", `label the container's process: ${field}: ${module} is not enabled on this host`);
}
