import { describe, expect, test } from "bun:test";
import type { Seccomp } from "../../spec/runtime/config.ts";
import { type Piece, Registers } from "../plan/plan.ts";
import { compileSeccomp } from "./compile.ts";
import { seccompListenerOps, seccompLoadOps } from "./ops.ts";

const PLAIN: Seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/agent.sock" };
const NOTIFYING: Seccomp = { ...PLAIN, listenerMetadata: 'a "quoted" word', syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_NOTIFY" }] };
const CONFIG = { ociVersion: "1.2.0", root: { path: "rootfs" }, annotations: { key: "value" } };

function opsOf(seccomp: Seccomp) {
  const registers = new Registers();
  const program = compileSeccomp(seccomp, "x86_64");
  const process = { decimal: registers.named("process") };
  const context = { registers, config: CONFIG, id: "c1", bundle: "/b", status: "creating", process, container: process };
  return { program, listen: seccompListenerOps(seccomp, program, registers), load: seccompLoadOps(seccomp, program, context) };
}

describe("seccomp ops", () => {
  test("without NOTIFY only load the filter, and leave the listener alone", () => {
    const { program, listen, load } = opsOf(PLAIN);
    expect(listen).toEqual([]);
    expect(load.map(({ name }) => name)).toEqual(["seccomp"]);
    expect(load[0]?.args).toEqual({ flags: 4n, program: program.program, listener: undefined });
  });

  test("with NOTIFY connect first, and send the descriptor right after loading", () => {
    const { listen, load } = opsOf(NOTIFYING);
    expect(listen.map(({ name, args }) => [name, args.path])).toEqual([["connect", "/run/agent.sock"]]);
    expect(load.map(({ name }) => name)).toEqual(["seccomp", "sendFd"]);
    expect(load[1]?.args.channel).toBe(listen[0]?.args.out);
    expect(load[1]?.args.fd).toBe(load[0]?.args.listener);
  });

  test("tell the listener whose filter it is", () => {
    const data = opsOf(NOTIFYING).load[1]?.args.data;
    if (!Array.isArray(data)) throw new TypeError("sendFd has no data");
    const text = data.map((piece: Piece) => (typeof piece === "string" ? piece : "42")).join("");
    expect(JSON.parse(text)).toEqual({
      ociVersion: "1.3.0",
      fds: ["seccompFd"],
      pid: 42,
      metadata: 'a "quoted" word',
      state: { ociVersion: "1.2.0", id: "c1", status: "creating", pid: 42, bundle: "/b", annotations: { key: "value" } },
    });
  });
});
