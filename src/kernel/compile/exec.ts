// The launch plan of `exec`: one more process in a container that runs (runc's and crun's verb; the specification has none).
//
//   host                                   join                          exec
//   namespaces and cgroup opened, /proc
//   clone -------------------------------> cgroup, setns of all kinds
//                                          clone with CLONE_PARENT -----> session
//   pid, pid file    <-----(its pid)------
//   limits   --------------------------------------------(hooked)------> keyring, terminal,
//   leave, or monitor                                                     privileges away, execve
//
// The process in between is needed because pid and time namespaces take effect in children only (setns(2)); with CLONE_PARENT the launcher
// is the parent, so that it can wait for the end.
import { planCgroupJoin } from "../cgroup/join.ts";
import { Registers } from "../plan/plan.ts";
import { takeSlots } from "./context.ts";
import { execHostSection } from "./exec-host-section.ts";
import { type ExecContext, execSection, joinContainerSection } from "./exec-sections.ts";
import type { CompiledExec, ExecRequest } from "./request.ts";

/** Indices of the sections. */
const JOIN = 1;
const EXEC = 2;

/**
 * Compiles a process that joins a container. Pure: the same request gives the same plan.
 * @throws InvalidInputError or TeuError `unsupported` for what this host cannot do, before anything has been touched.
 */
export function compileExec(request: ExecRequest): CompiledExec {
  const registers = new Registers();
  const context: ExecContext = {
    request,
    registers,
    slots: takeSlots(registers),
    cgroup: planCgroupJoin(request.cgroups, { registers, arch: request.facts.arch }),
  };
  const exec = execSection(context);
  return {
    plan: {
      sections: [
        { name: "host", ops: execHostSection(context, JOIN) },
        { name: "join", ops: joinContainerSection(context, EXEC) },
        { name: "exec", ops: exec.ops },
      ],
      registers: registers.names,
    },
    warnings: exec.warnings,
  };
}
