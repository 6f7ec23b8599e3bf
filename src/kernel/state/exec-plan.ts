// The plan of a process in a container. This is what a kept plan spares: it reads the configuration and loads the compiler.
import { execPaths } from "../cgroup/control/processes.ts";
import { compileExec } from "../compile/exec.ts";
import type { CompiledExec } from "../compile/request.ts";
import { cachedProgram } from "../seccomp/cache.ts";
import { readConfigCopy } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { subCgroupPaths } from "./exec-cgroup.ts";
import { type ExecOptions, execDescriptors } from "./exec-options.ts";
import { checkConsole } from "./prepare.ts";
import type { Container } from "./query.ts";
import { containerDir } from "./record.ts";

/** Compiles. Touches nothing. @throws InvalidInputError or TeuError `unsupported` for what this host cannot do */
export function planExec(context: RuntimeContext, { id, record, status }: Container, options: ExecOptions): CompiledExec {
  const config = readConfigCopy(containerDir(context.root, id));
  const process = options.process(config.process);
  checkConsole(process, options);
  const facts = context.facts();
  const profile = config.linux?.seccomp;
  return compileExec({
    ...options,
    config,
    process,
    bundle: record.bundle,
    facts,
    stateDir: containerDir(context.root, id),
    initPid: status.pid,
    ...execDescriptors(options),
    cgroups: subCgroupPaths(execPaths(record.cgroups, { pid: status.pid, facts: facts.cgroup }), options.cgroups),
    noNewKeyring: record.noNewKeyring === true,
    clamp: context.clamp,
    ...(profile === undefined ? {} : { seccomp: { profile, program: cachedProgram(profile, facts.arch, { dir: context.cacheDir }) } }),
  });
}
