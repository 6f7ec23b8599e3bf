// Names of the interfaces that teu makes, on the host and in containers.
import { interfaceNameFault } from "../../spec/runtime/shapes/common.ts";

/** The kernel has settings of its own by these names (/proc/sys/net/ipv4/conf). */
const SETTINGS: readonly string[] = ["all", "default"];

/** Why an interface cannot be made by this name, or undefined. In the place of a % the kernel would put a number (dev_alloc_name). */
export function newInterfaceFault(name: string): string | undefined {
  const isOther = name.includes("%") || SETTINGS.includes(name);
  return interfaceNameFault(name) ?? (isOther ? "is not a name that a network interface can have" : undefined);
}
