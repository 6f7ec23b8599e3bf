// What a failed `create` or `run` leaves to be done. As a rule the launcher has undone its work and the state directory is all there is.
import { KernelError, type TeuError } from "../../base/errors.ts";
import type { RuntimeContext } from "./context.ts";
import type { Making } from "./launch-container.ts";
import { removeContainerDir } from "./record.ts";

/**
 * @param failure what the launcher reported; undefined when it was killed before it could, and so has undone nothing
 */
export async function takeBack(
  context: RuntimeContext,
  { prepared, record }: Pick<Making, "prepared" | "record">,
  failure: TeuError | undefined,
): Promise<void> {
  if (failure === undefined) {
    await (await import("./delete.ts")).deleteContainer(context, record.id, { force: true });
    return;
  }
  // A failed hook ends the life cycle like a deletion does (runtime.md, "Lifecycle", steps 3 to 5 and 9).
  const hook = failure instanceof KernelError && failure.field.startsWith("hooks.");
  if (hook && prepared.facts.poststop) {
    const { config } = await prepared.source();
    await (await import("./host-hooks.ts")).runPoststop(context, config, record);
  }
  removeContainerDir(context.root, record.id);
}
