// The maps of a new container's user namespace, chosen once when it is made: its files are then its ids'.
import { readFileSync } from "node:fs";
import type { UserNamespaceMode } from "../../../containers/config/isolation.ts";
import { userMaps } from "../../../containers/config/user-maps.ts";
import { allContainers } from "../../../containers/state/rows.ts";
import { subordinateRanges } from "../../../kernel/probe/subordinate-ids.ts";
import type { IdMaps } from "../../../kernel/state/side-plan.ts";
import type { Engine } from "../../engine.ts";

/** @throws as userMaps does */
export function chosenMaps({ runtime, state }: Engine, mode: UserNamespaceMode): IdMaps | undefined {
  return userMaps(mode, {
    facts: runtime.facts(),
    subordinate: (user) => ({ uids: rangesIn("/etc/subuid", user), gids: rangesIn("/etc/subgid", user) }),
    taken: () => state.read((db) => allContainers(db)).flatMap(({ document }) => document.birth.userns ?? []),
  });
}

function rangesIn(path: string, user: string) {
  try {
    return subordinateRanges(readFileSync(path, "utf8"), [user]);
  } catch {
    return []; // a host without one gives no ids
  }
}
