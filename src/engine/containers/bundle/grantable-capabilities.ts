// Which capabilities the programs of a container can have at most.
import type { HostFacts } from "../../../kernel/probe/host-facts.ts";
import { allCapabilities, capabilityNames } from "../../../kernel/tables/capabilities.ts";

/** A container in a user namespace of its own has every capability there (user_namespaces(7)), any other at most its caller's. */
export function grantableCapabilities({ rootless, capabilities: { bounding, last } }: HostFacts): readonly string[] {
  return capabilityNames(rootless ? allCapabilities(last) : bounding & allCapabilities(last));
}
