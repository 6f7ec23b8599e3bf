// Section `join`: the process between launcher and child that enters namespaces by path, or sets time offsets (namespace-plan.ts says why).
import { enterJoinedOps, timeOffsetText } from "../namespaces/namespace-plan.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import { OPEN_COMMON } from "../tables/open-flags.ts";
import { CLONE } from "../tables/process-flags.ts";
import type { CreateContext } from "./context.ts";
import { ownScoreOps } from "./limits.ts";
import { BARRIER } from "./request.ts";
import { becomeRootOps } from "./user-namespace.ts";

/** Ops from joining to the clone of the child, which section `child` of the plan describes. */
export function joinSection(context: CreateContext, child: number): Op[] {
  const { namespaces, registers, slots, request } = context;
  const offsets = namespaces.newTime ? request.config.linux?.timeOffsets : undefined;
  const joinsUser = namespaces.joined.some(({ type }) => type === "user");
  return [
    op("close", { fd: slots.near }, "hand-shake"),
    ...ownScoreOps(request.config.process, { request, proc: slots.proc }),
    ...context.cgroup.enter,
    ...(offsets === undefined ? [] : [openTimeOffsetsOp(slots.proc, registers)]),
    ...enterJoinedOps(namespaces.joined, registers),
    ...(joinsUser ? becomeRootOps() : []),
    // The namespaces of others are entered first: from inside a new user namespace we no longer could.
    ...(namespaces.newUser
      ? [
          op("unshare", { flags: namespaceFacts("user").flag }, "linux.namespaces"),
          op("signal", { channel: slots.far, number: BARRIER.unshared }, "hand-shake"),
        ]
      : []),
    op("await", { channel: slots.far, number: BARRIER.mapped }, "hand-shake"),
    ...(namespaces.newUser ? becomeRootOps() : []),
    ...(namespaces.newTime ? [op("unshare", { flags: namespaceFacts("time").flag }, "linux.namespaces")] : []),
    ...(offsets === undefined
      ? []
      : [op("writeFd", { fd: offsetsRegister(registers), data: [timeOffsetText(offsets)] }, "linux.timeOffsets")]),
    op(
      "clone",
      {
        section: child,
        flags: (namespaces.cloneFlags & ~namespaceFacts("user").flag) | CLONE.PARENT,
        cgroup: undefined,
        pid: slots.pid,
        pidfd: undefined,
      },
      "linux.namespaces",
    ),
    op("sendValue", { channel: slots.far, value: slots.pid }, "hand-shake"),
  ];
}

/**
 * Through the host's procfs: `self` there is this process, whatever it joins later. Opened while it is still the caller, who may write to its
 * own files and has CAP_SYS_TIME in every user namespace below its own, which is what the kernel asks of whoever opened the file; from inside
 * a user namespace the file belongs to nobody.
 */
function openTimeOffsetsOp(proc: Register, registers: Registers): Op {
  const out = offsetsRegister(registers);
  return op("open", { dir: proc, path: "self/timens_offsets", flags: OPEN_COMMON.O_WRONLY, mode: 0, out }, "linux.timeOffsets");
}

function offsetsRegister(registers: Registers): Register {
  return registers.named("time offsets");
}
