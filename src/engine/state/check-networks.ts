// `system check` of networks: rows that cannot be read. Nobody's files hang on one: where no container runs in it, repair takes it away, and it can be
// made again.
import { TeuError } from "../../base/errors.ts";
import { usedNetworks } from "../../network/state/endpoints.ts";
import { deleteNetworkRow, namesOfNetworks, networkById } from "../../network/state/rows.ts";
import type { Engine } from "../engine.ts";
import type { StateFinding } from "./finding.ts";

export function checkNetworks({ state }: Engine, repair: boolean): StateFinding[] {
  const { rows } = state;
  const damaged = namesOfNetworks(rows).filter(({ id }) => isDamaged(() => networkById(rows, id)));
  const used = usedNetworks(rows);
  return damaged.map(({ id, name }) => {
    const isUsed = used.has(id);
    if (repair && !isUsed) state.write((db) => deleteNetworkRow(db, id), { durable: true });
    const way = isUsed ? "stop the containers in it, then repair" : "repair removes it: make it again";
    return { kind: "network-damaged", subject: id, message: `the configuration of network ${name} is damaged; ${way}` };
  });
}

function isDamaged(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof TeuError) return true;
    throw error;
  }
}
