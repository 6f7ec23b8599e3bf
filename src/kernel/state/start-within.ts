// A program that goes on when this process ends, in the user and network namespace of a holder: what serves networks without root.
import { TeuError } from "../../base/errors.ts";
import { planFailure } from "../launch/failure.ts";
import { FIRST_EXTRA_FD, launch } from "../launch/launcher.ts";
import { adoptHolderOps, enterHolderNetworkOps, enterHolderUserOps } from "../namespaces/holder-ops.ts";
import { encodePlan } from "../plan/encode.ts";
import { op, Registers } from "../plan/plan.ts";
import type { RuntimeContext } from "./context.ts";
import { type NamespaceHolder, openNamespaces } from "./open-namespaces.ts";

export interface Within {
  readonly holder: NamespaceHolder;
  readonly argv: readonly [string, ...string[]];
  /** `NAME=VALUE`, the whole environment. */
  readonly env: readonly string[];
}

/**
 * Starts it in a session of its own, without a terminal. It is root of the user namespace, so the caller's files are its own.
 * @throws KernelError when it cannot be executed; TeuError `unavailable` when the namespaces are gone
 */
export async function startWithin(context: RuntimeContext, { holder, argv, env }: Within): Promise<void> {
  const [path] = argv;
  const registers = new Registers();
  const ops = [
    ...adoptHolderOps({ user: FIRST_EXTRA_FD, network: FIRST_EXTRA_FD + 1 }, registers),
    op("setsid", {}, path),
    ...enterHolderUserOps(registers),
    ...enterHolderNetworkOps(registers),
    op("exec", { candidates: [path], argv, env }, { from: "network", subject: path }),
  ];
  const plan = { sections: [{ name: "host" as const, ops }], registers: registers.names };
  const namespaces = openNamespaces(holder);
  try {
    const launched = launch(encodePlan(plan), {
      launcher: context.launcher,
      dir: context.root,
      stdio: ["ignore", "ignore", "ignore"],
      extra: [namespaces.user, namespaces.network],
      cwd: "/",
      detached: true,
    });
    // The report's end without a word is what executing looks like.
    const failure = planFailure(plan, (await launched.started) ?? []);
    if (failure !== undefined) throw failure;
  } catch (cause) {
    throw cause instanceof TeuError ? cause : new TeuError("unavailable", `start ${path}`, { cause });
  } finally {
    namespaces.close();
  }
}
