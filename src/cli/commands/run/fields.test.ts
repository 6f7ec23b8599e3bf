import { describe, expect, test } from "bun:test";
import { TeuError } from "../../../base/errors.ts";
import { inTermsOfFlags } from "./fields.ts";
import { parseVolumeFlag } from "./volume-flag.ts";

const ROWS = [
  {
    name: "a field that a flag has set is named by the flag",
    flags: { memory: "4k" },
    message: "write /sys/fs/cgroup/x: linux.resources.memory.limit: device or resource busy (EBUSY)",
    want: "write /sys/fs/cgroup/x: --memory: device or resource busy (EBUSY)",
  },
  {
    name: "a field that no flag has set keeps its name",
    flags: {},
    message: "set cgroup limits: linux.resources.memory.limit: out of reach",
    want: "set cgroup limits: linux.resources.memory.limit: out of reach",
  },
  {
    name: "a flag that has set two fields is named once where the same holds of both",
    flags: { memory: "1g" },
    message: "set cgroup limits: linux.resources.memory.limit: out of reach; linux.resources.memory.swap: out of reach",
    want: "set cgroup limits: --memory: out of reach",
  },
  {
    name: "and twice where it does not",
    flags: { cpus: "0.5" },
    message: "set cgroup limits: linux.resources.cpu.quota: too much; linux.resources.cpu.period: too much to tell",
    want: "set cgroup limits: --cpus: too much; --cpus: too much to tell",
  },
  {
    name: "a mount is named by the volume that it was made of",
    flags: {},
    mounts: ["/a:/b/x", "/c:/d"],
    message: "the configuration is not valid: mounts[7].destination: lies inside /proc",
    want: "the configuration is not valid: --volume /c:/d: lies inside /proc",
  },
  {
    name: "a mount is still found where the container has fewer of those that every container has",
    flags: {},
    options: { ipc: "none" },
    mounts: ["/a:/b"],
    message: "mount /b: mounts[6]: invalid argument (EINVAL)",
    want: "mount /b: --volume /a:/b: invalid argument (EINVAL)",
  },
  {
    name: "a mount that every container has keeps its name",
    flags: {},
    mounts: ["/a:/b"],
    message: "mount /proc: mounts[0]: operation not permitted (EPERM)",
    want: "mount /proc: mounts[0]: operation not permitted (EPERM)",
  },
] as const;

describe("an error of run", () => {
  for (const { name, flags, message, want, ...more } of ROWS) {
    test(name, () => {
      const mounts = ("mounts" in more ? more.mounts : []).map((text) => parseVolumeFlag(text, undefined));
      const result = inTermsOfFlags(new TeuError("kernel", message), flags, { options: "options" in more ? more.options : {}, mounts });
      expect(result).toBeInstanceOf(TeuError);
      expect(result).toMatchObject({ message: want, code: "kernel" });
    });
  }

  test("what is no error of ours stays what it is", () => {
    const error = new RangeError("mounts[7]");
    expect(inTermsOfFlags(error, {}, { options: {}, mounts: [parseVolumeFlag("/a:/b", undefined)] })).toBe(error);
  });
});
