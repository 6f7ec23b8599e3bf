// Which container people mean.
import { TeuError } from "../../base/errors.ts";
import { type ContainerRow, containerById, containerByName, containersBeginning, expectWhole } from "../../containers/state/rows.ts";
import type { Engine } from "../engine.ts";

const WHOLE = /^[0-9a-f]{64}$/;
const BEGINNING = /^[0-9a-f]{1,63}$/;

/**
 * The container of this whole id, of this name (with or without docker's slash), or the only one whose id begins so.
 * @throws TeuError `not-found`; `invalid` where several ids begin so; `internal` for one whose configuration is damaged
 */
export function findContainer(engine: Pick<Engine, "state">, text: string): ContainerRow {
  return expectWhole(findEvenDamaged(engine, text));
}

/** The same for who does not look at the configuration. */
export function findEvenDamaged({ state }: Pick<Engine, "state">, text: string): ContainerRow {
  const found = state.read((db) => {
    const exact = (WHOLE.test(text) ? containerById(db, text) : undefined) ?? containerByName(db, text.replace(/^\//, ""));
    return exact === undefined && BEGINNING.test(text) ? containersBeginning(db, text) : exact === undefined ? [] : [exact];
  });
  const [only, ...more] = found;
  // docker's capital: scripts look for the words.
  if (only === undefined) throw new TeuError("not-found", `No such container: ${text}`);
  if (more.length > 0)
    throw new TeuError("invalid", `${JSON.stringify(text)} is the beginning of several containers' ids: write more of it`);
  return only;
}
