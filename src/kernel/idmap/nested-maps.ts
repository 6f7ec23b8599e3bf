// The maps of a user namespace inside another: user_namespaces(7) reads their second column in the outer one's ids, not in the host's.
import { TeuError } from "../../base/errors.ts";
import type { IdMapping } from "../../spec/runtime/config.ts";

/**
 * Mappings to ids of the host as mappings to ids of a namespace that is mapped to the host by `outer`; one that lies in several of its ranges
 * becomes as many.
 * @throws TeuError `unsupported` naming the first id of the host that the outer namespace does not have
 */
export function nestedMappings(mappings: readonly IdMapping[], outer: readonly IdMapping[], field: string): IdMapping[] {
  return mappings.flatMap((mapping) => {
    const found: IdMapping[] = [];
    for (let done = 0; done < mapping.size; ) {
      const host = mapping.hostID + done;
      const range = outer.find(({ hostID, size }) => host >= hostID && host < hostID + size);
      if (range === undefined) {
        throw new TeuError("unsupported", `${field}: id ${host} of the host is not in the user namespace of the user's networks`);
      }
      const offset = host - range.hostID;
      const size = Math.min(mapping.size - done, range.size - offset);
      found.push({ containerID: mapping.containerID + done, hostID: range.containerID + offset, size });
      done += size;
    }
    return found;
  });
}
