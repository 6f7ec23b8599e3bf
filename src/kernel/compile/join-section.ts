// Section `join`: the process between launcher and child that enters namespaces by path, or sets time offsets (namespace-plan.ts says why).
import { enterJoinedOps, timeOffsetText } from "../namespaces/namespace-plan.ts";
import { type Op, op, type Register } from "../plan/plan.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import { CLONE } from "../tables/process-flags.ts";
import type { CreateContext } from "./context.ts";
import { ownScoreOps } from "./limits.ts";
import { BARRIER } from "./request.ts";
import { becomeRootOps } from "./user-namespace.ts";

/** Ops from joining to the clone of the child, which section `child` of the plan describes. */
export function joinSection(context: CreateContext, child: number): Op[] {
  const { namespaces, registers, slots, request } = context;
  const offsets = request.config.linux?.timeOffsets;
  const joinsUser = namespaces.joined.some(({ type }) => type === "user");
  return [
    op("close", { fd: slots.near }, "hand-shake"),
    ...ownScoreOps(request.config.process, { request, proc: slots.proc }),
    ...context.cgroup.enter,
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
    ...(namespaces.newTime && offsets !== undefined ? [timeOffsetsOp(slots.proc, timeOffsetText(offsets))] : []),
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

/** Through the host's procfs: `thread-self` there is this process, whatever it has joined. */
function timeOffsetsOp(proc: Register, text: string): Op {
  return op("write", { dir: proc, path: "self/timens_offsets", data: [text] }, "linux.timeOffsets");
}
