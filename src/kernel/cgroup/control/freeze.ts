// pause and resume: the v1 freezer (kernel cgroup-v1/freezer-subsystem.rst) and v2's cgroup.freeze (cgroup-v2.rst).
import { TeuError } from "../../../base/errors.ts";
import { type CgroupPaths, kernelError, pause, readText, writeValue } from "./files.ts";

const V1_TRIES = 1000;
/** Waits of V2_WAIT ms, at most this many: a task in an uninterruptible sleep holds the freeze up. */
const V2_TRIES = 1000;
const V2_WAIT = 10;

/** Whether the container is frozen by its own cgroup; undefined where it has no freezer. A frozen parent does not count. */
export function isFrozen(paths: CgroupPaths): boolean | undefined {
  if (paths.freezer !== undefined) {
    const self = readText(`${paths.freezer}/freezer.self_freezing`);
    return self === undefined ? undefined : self.trim() === "1";
  }
  const text = paths.unified === undefined ? undefined : readText(`${paths.unified}/cgroup.freeze`);
  return text === undefined ? undefined : text.trim() === "1";
}

/**
 * Freezes all processes of the container and waits until they are; or, when they will not, thaws them again.
 * @throws TeuError `unsupported` for a container without a freezer, `unavailable` when it would not freeze
 */
export function freeze(paths: CgroupPaths): void {
  if (paths.freezer !== undefined) freezeV1(paths.freezer);
  else if (paths.unified !== undefined) freezeV2(paths.unified);
  else
    throw new TeuError(
      "unsupported",
      "freeze the container: it has no cgroup; without root that needs a delegated one (cgroup v2, systemd: Delegate=yes)",
    );
}

/** Lets the processes run on. A container without a freezer, or one that is gone, is thawed already. */
export function thaw(paths: CgroupPaths): void {
  if (isFrozen(paths) === undefined) return;
  if (paths.freezer !== undefined) write(`${paths.freezer}/freezer.state`, "THAWED");
  else write(`${paths.unified}/cgroup.freeze`, "0");
}

/**
 * The v1 freezer stays in FREEZING while processes keep appearing, by fork or by being moved in, and has to be asked
 * again. Thawing for a moment now and then lets those go on that hold the others up (runc's finding: its freezer tests).
 */
function freezeV1(directory: string): void {
  const state = `${directory}/freezer.state`;
  for (let tried = 1; tried <= V1_TRIES; tried++) {
    if (tried % 50 === 0) {
      write(state, "THAWED");
      pause(10);
    }
    write(state, "FROZEN");
    if (readText(state)?.trim() === "FROZEN") return;
    if (tried % 25 === 0) pause(1);
  }
  write(state, "THAWED");
  throw new TeuError("unavailable", `freeze ${directory}: processes keep appearing in it`);
}

function freezeV2(directory: string): void {
  write(`${directory}/cgroup.freeze`, "1");
  for (let tried = 0; tried < V2_TRIES; tried++) {
    if (/^frozen 1$/m.test(readText(`${directory}/cgroup.events`) ?? "")) return;
    pause(tried < 10 ? 1 : V2_WAIT);
  }
  write(`${directory}/cgroup.freeze`, "0");
  throw new TeuError("unavailable", `freeze ${directory}: a process does not stop`);
}

function write(path: string, data: string): void {
  try {
    writeValue(path, data);
  } catch (error) {
    throw kernelError(`write ${path}`, error);
  }
}
