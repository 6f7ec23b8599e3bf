// Section `join`: the process between launcher and child that enters namespaces by path, or sets time offsets (namespace-plan.ts says why).
import { mapOps } from "../idmap/map-ops.ts";
import { nestedMappings } from "../idmap/nested-maps.ts";
import { enterHolderUserOps, stayDumpableOp } from "../namespaces/holder-ops.ts";
import { enterJoinedOps, timeOffsetText } from "../namespaces/namespace-plan.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import { OPEN_COMMON } from "../tables/open-flags.ts";
import { CLONE } from "../tables/process-flags.ts";
import type { CreateContext } from "./context.ts";
import { ownScoreOps } from "./limits.ts";
import { BARRIER, type CreateRequest } from "./request.ts";
import { becomeRootOps } from "./user-namespace.ts";

/** Ops from joining to the clone of the child, which section `child` of the plan describes. */
export function joinSection(context: CreateContext, child: number): Op[] {
  const { namespaces, registers, slots, request } = context;
  const { within } = request;
  const unshares = namespaces.newUser && within === undefined;
  const offsets = namespaces.newTime ? request.config.linux?.timeOffsets : undefined;
  const joinsUser = namespaces.joined.some(({ type }) => type === "user");
  return [
    op("close", { fd: slots.near }, "hand-shake"),
    ...ownScoreOps(request.config.process, { request, proc: slots.proc }),
    ...context.cgroup.enter,
    ...(offsets === undefined ? [] : [openTimeOffsetsOp(slots.proc, registers)]),
    ...(within === undefined ? [] : enterHolderUserOps(registers)),
    ...enterJoinedOps(namespaces.joined, registers),
    ...(within === undefined || namespaces.joined.length === 0 ? [] : [stayDumpableOp()]),
    ...(joinsUser ? becomeRootOps() : []),
    // The namespaces of others are entered first: from inside a new user namespace we no longer could.
    ...(unshares
      ? [
          op("unshare", { flags: namespaceFacts("user").flag }, "linux.namespaces"),
          op("signal", { channel: slots.far, number: BARRIER.unshared }, "hand-shake"),
        ]
      : []),
    op("await", { channel: slots.far, number: BARRIER.mapped }, "hand-shake"),
    ...(unshares ? becomeRootOps() : []),
    ...(namespaces.newTime ? [op("unshare", { flags: namespaceFacts("time").flag }, "linux.namespaces")] : []),
    ...(offsets === undefined
      ? []
      : [op("writeFd", { fd: offsetsRegister(registers), data: [timeOffsetText(offsets)] }, "linux.timeOffsets")]),
    op(
      "clone",
      {
        section: child,
        flags: (unshares ? namespaces.cloneFlags & ~namespaceFacts("user").flag : namespaces.cloneFlags) | CLONE.PARENT,
        cgroup: undefined,
        pid: slots.pid,
        pidfd: undefined,
      },
      "linux.namespaces",
    ),
    op("sendValue", { channel: slots.far, value: slots.pid }, "hand-shake"),
    ...(within === undefined ? [] : nestedMapOps(context, within)),
  ];
}

/** A user namespace's maps are written from the one around it (user_namespaces(7)), and in its ids: the launcher is not in there. */
function nestedMapOps({ request, registers, slots }: CreateContext, within: NonNullable<CreateRequest["within"]>): Op[] {
  const { uidMappings = [], gidMappings = [] } = request.config.linux ?? {};
  const pidDir = registers.named("pid dir");
  const target = {
    pid: slots.pid,
    pidDir,
    uidMappings: nestedMappings(uidMappings, within.uidMappings, "linux.uidMappings"),
    gidMappings: nestedMappings(gidMappings, within.gidMappings, "linux.gidMappings"),
  };
  return [
    op("openPid", { proc: slots.proc, pid: slots.pid, out: pidDir }, "linux.uidMappings"),
    ...mapOps(target, { ...request.facts, rootless: false }),
    op("close", { fd: pidDir }, "linux.uidMappings"),
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
