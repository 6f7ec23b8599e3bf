// A container that is asked for → its document.
import { bootId } from "../../../base/process-identity.ts";
import { rootlessMaps } from "../../../containers/config/rootless-maps.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { readProcess } from "../../../kernel/state/process.ts";
import type { Engine } from "../../engine.ts";
import { chosenMaps } from "../bundle/user-ids.ts";

/** What a command asks for: a document but for what makes it that of one container. */
export interface ContainerDraft extends Omit<ContainerDocument, "version" | "id" | "created" | "birth"> {
  /** One is found where none is given. */
  readonly name?: string;
  /** Whether its image is still there (ResolvedImage's). */
  readonly confirm?: () => Promise<boolean>;
  /** What people typed, after `run` or `create`. */
  readonly command?: readonly string[];
}

export interface Making {
  readonly id: string;
  /** This command starts it, too. */
  readonly starts?: boolean;
}

/**
 * The document of a container with this id, made by this command.
 * @throws as chosenMaps does, for a user namespace that cannot be had
 */
export function documentOf(
  engine: Engine,
  { name, command, confirm: _, ...draft }: ContainerDraft,
  { id, starts = false }: Making,
): ContainerDocument {
  const facts = engine.runtime.facts();
  const { userns: mode } = draft.options;
  const userns = mode === undefined || mode.kind === "host" ? undefined : chosenMaps(engine, mode);
  const maps = facts.rootless ? (userns ?? rootlessMaps(facts)) : undefined;
  return {
    version: 2,
    id,
    created: engine.runtime.now().toISOString(),
    ...draft,
    birth: {
      runRoot: engine.runRoot,
      boot: bootId(),
      creator: { pid: process.pid, start: readProcess(process.pid)?.start ?? "0" },
      ...(starts ? { starts } : {}),
      ...(name === undefined ? {} : { name }),
      ...(command === undefined ? {} : { command }),
      ...(engine.cgroupParent === undefined ? {} : { cgroupParent: engine.cgroupParent }),
      ...(maps === undefined ? {} : { maps }),
      ...(userns === undefined ? {} : { userns }),
    },
  };
}
