// Where a plan's paths lead: the properties that keep a path of the container's from being walked as one of the host's.
import type { Op } from "../plan/plan.ts";
import { FS_MAGIC } from "../tables/open-flags.ts";
import type { CompiledCase } from "./golden-cases.fixture.ts";
import { first, type Invariant, last, lastSection, named, numberArg, positions, textArg } from "./plan-walk.test-support.ts";

/** Ops that walk a path of the host where they have no directory to start from. */
const WALKS: readonly Op["name"][] = [
  "open",
  "openTree",
  "write",
  "putFile",
  "mkdir",
  "unlink",
  "copyIfEmpty",
  "connect",
  "listen",
  "mountSetattr",
  "umount",
];

/** What a child may open by path: the root file system, the host's own nodes, and the file systems that `--no-pivot` hides. */
const OF_THE_HOST = /^\/(dev\/(null|zero|full|random|urandom|tty)|proc|sys)$/;

function walksHost(op: Op): boolean {
  return WALKS.includes(op.name) && op.args.dir === undefined && textArg(op, "path") !== "";
}

/** Positions of the pivot and of the end of the root's set-up in the child of a `create`; undefined where it makes no mounts. */
function rootOf({
  plan,
}: CompiledCase): { readonly ops: readonly Op[]; readonly root: number; readonly made: number; readonly pivot: number } | undefined {
  const { ops } = lastSection(plan);
  const root = plan.registers.indexOf("root");
  const made = first(ops, (op) => op.name === "moveMount" && numberArg(op, "from") === root);
  const pivot = first(ops, named("pivotRoot", "moveRoot"));
  return made === Number.POSITIVE_INFINITY ? undefined : { ops, root, made, pivot };
}

/** Bind sources are the caller's words, walked as the caller would walk them. */
function isBindSource(op: Op): boolean {
  return op.name === "openTree" && /^mounts\[\d+\]$/.test(op.from);
}

export const PATH_INVARIANTS: readonly Invariant[] = [
  {
    name: "nothing after the pivot walks a path of the host",
    faults: (golden) => {
      const found = rootOf(golden);
      return (found?.ops.slice(found.pivot + 1) ?? []).filter(walksHost).map((op) => `${op.name} ${textArg(op, "path")}`);
    },
  },
  {
    name: "a process that joins a container walks no path of it but its root",
    faults: ({ plan }) =>
      plan.sections
        .filter(({ name }) => name === "exec" || name === "join")
        .flatMap(({ ops }) => ops)
        .filter((op) => walksHost(op) && textArg(op, "path") !== "/")
        .map((op) => `${op.name} ${textArg(op, "path")}`),
  },
  {
    name: "between root and pivot only the host's own nodes and bind sources are walked from the host's root",
    faults: (golden) => {
      const found = rootOf(golden);
      if (found === undefined) return [];
      const asked = (op: Op) => op.from.startsWith("linux.devices[");
      return found.ops
        .slice(found.made + 1, found.pivot)
        .filter((op) => walksHost(op) && !isBindSource(op) && !asked(op) && !OF_THE_HOST.test(textArg(op, "path")))
        .filter((op) => !(op.name === "openTree" && /^\/sys(\/fs\/cgroup\/.*)?$/.test(textArg(op, "path"))))
        .map((op) => `${op.name} ${textArg(op, "path")}`);
    },
  },
  {
    name: "no path at or below the root file system is walked, but the root itself, once",
    faults: ({ plan, request }) => {
      if (!("rootfs" in request)) return [];
      const inside = plan.sections
        .flatMap(({ ops }) => ops)
        .filter((op) => walksHost(op) && `${textArg(op, "path")}/`.startsWith(`${request.rootfs}/`));
      return inside.filter((op) => op.from !== "root.path").map((op) => `${op.name} ${textArg(op, "path")}`);
    },
  },
  {
    name: "every op below the root starts at the root's descriptor, or at that of a mount made for the container",
    faults: ({ plan }) => {
      const bases = new Set(["root", "cgroup tmpfs", "short names"].map((name) => plan.registers.indexOf(name)));
      return plan.sections
        .flatMap(({ ops }) => ops)
        .filter((op) => op.args.root !== undefined && !bases.has(numberArg(op, "root")))
        .map((op) => `${op.name} ${textArg(op, "path")} starts at ${plan.registers[numberArg(op, "root")]}`);
    },
  },
  {
    name: "a target that was found in the root is seen not to be in procfs before anything is mounted on it (CVE-2025-52881)",
    faults: ({ plan }) => {
      const { ops } = lastSection(plan);
      const [target, root] = [plan.registers.indexOf("target"), plan.registers.indexOf("root")];
      const mounted = positions(ops, (op) => named("moveMount", "bindAt")(op) && numberArg(op, "to") === target);
      return mounted.flatMap((at) => {
        const found = last(ops.slice(0, at), (op) => numberArg(op, "out") === target);
        const [how, between] = [ops[found], ops.slice(found, at)];
        // openIn without links, or for paths that are to be procfs's own; a mount in a tmpfs of ours; the host's, when it is hidden.
        if (how === undefined || how.name !== "makeIn" || numberArg(how, "root") !== root || /^\/proc(\/|$)/.test(textArg(how, "path")))
          return [];
        const seen = between.some(
          (op) => op.name === "refuseFs" && numberArg(op, "fd") === target && numberArg(op, "magic") === FS_MAGIC.proc,
        );
        return seen ? [] : [`op ${at} mounts on ${textArg(how, "path")}`];
      });
    },
  },
  {
    name: "procfs is the host's, and seen to be procfs, before any process is made; all writes to it go through that descriptor (CVE-2025-52881)",
    faults: ({ plan }) => {
      const proc = plan.registers.indexOf("proc");
      const host = plan.sections[0]?.ops ?? [];
      const opened = first(host, (op) => op.name === "open" && numberArg(op, "out") === proc);
      const check = host[opened + 1];
      const checked =
        check?.name === "checkFs" &&
        numberArg(check, "fd") === proc &&
        numberArg(check, "magic") === FS_MAGIC.proc &&
        opened < first(host, named("clone"));
      const byPath = plan.sections
        .flatMap(({ ops }) => ops)
        .filter((op) => walksHost(op) && op.name !== "open" && /^\/proc\//.test(textArg(op, "path")));
      return [...(checked ? [] : ["/proc is not opened and checked first"]), ...byPath.map((op) => `${op.name} ${textArg(op, "path")}`)];
    },
  },
  {
    name: "a child's `write` starts at a descriptor",
    faults: ({ plan }) =>
      lastSection(plan)
        .ops.filter((op) => op.name === "write" && op.args.dir === undefined)
        .map((op) => textArg(op, "path")),
  },
  {
    name: "a device of the host's is seen to be that device before it is used (CVE-2025-31133)",
    faults: ({ plan }) => {
      const { ops } = lastSection(plan);
      return positions(ops, (op) => op.name === "open" && textArg(op, "path").startsWith("/dev/")).flatMap((at) => {
        const next = ops[at + 1];
        return next?.name === "checkDevice" && numberArg(next, "fd") === numberArg(ops[at], "out")
          ? []
          : [textArg(ops[at] ?? missing(), "path")];
      });
    },
  },
  {
    name: "a terminal is opened only in what is seen to be a devpts (CVE-2025-52565)",
    faults: ({ plan }) => {
      const { ops } = lastSection(plan);
      return positions(ops, named("pty")).flatMap((at) => {
        const check = ops[at - 1];
        return check?.name === "checkFs" && numberArg(check, "fd") === numberArg(ops[at], "devpts")
          ? []
          : ["pty without a look at its devpts"];
      });
    },
  },
];

function missing(): never {
  throw new Error("no such op");
}
