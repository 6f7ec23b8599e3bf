// Names of networks.
import { TeuError } from "../../base/errors.ts";
import { DEFAULT_NETWORK, RESERVED_NAMES } from "./network.ts";

/** podman's; docker takes blanks and slashes too, which no command line and no file name likes. */
const FORM = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const LONGEST = 200;
const ID_LIKE = /^[0-9a-f]{64}$/;

/** @throws TeuError `invalid` for what is no name; `conflict` for a word that means something else */
export function parseNetworkName(text: string): string {
  if (text === DEFAULT_NETWORK || RESERVED_NAMES.some((word) => word === text))
    throw new TeuError("conflict", `operation is not permitted on predefined ${text} network: choose another name`);
  if (!FORM.test(text) || text.length > LONGEST || ID_LIKE.test(text)) {
    const rule = `only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, at most ${LONGEST}, and no id`;
    throw new TeuError("invalid", `invalid network name (${text.slice(0, LONGEST)}): ${rule}`);
  }
  return text;
}
