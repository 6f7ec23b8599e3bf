// Flags about who a container is: its names, labels and annotations.
import { parseContainerName } from "../../../containers/state/names.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";

// biome-ignore format: table
export const IDENTITY_FLAGS = {
  annotation:   { type: "string", multiple: true, value: "NAME=VALUE", summary: "Add an annotation to the OCI configuration" },
  cidfile:      { type: "string", value: "FILE", completes: "files", summary: "Write the container's id to a new file" },
  domainname:   { type: "string", value: "NAME", summary: "The container's NIS domain name" },
  hostname:     { type: "string", short: "h", value: "NAME", summary: "The container's host name" },
  label:        { type: "string", short: "l", multiple: true, value: "NAME[=VALUE]", summary: "Label the container" },
  "label-file": { type: "string", multiple: true, value: "FILE", completes: "files", summary: "Label the container, one a line" },
  name:         { type: "string", value: "NAME", summary: "The container's name" },
} as const satisfies Flags;

type IdentityValues = FlagValues<typeof IDENTITY_FLAGS>;

/** HOST_NAME_MAX, of domain names too (sethostname(2), setdomainname(2)). */
const HOST_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const NAME_RULE = "at most 64 letters, digits, - and .";

export function identityOf({ name, hostname, domainname }: IdentityValues, problems: Problems): { hostname?: string; domainname?: string } {
  if (name !== undefined && name !== "") problems.take("--name", () => parseContainerName(name));
  if (hostname !== undefined && !HOST_NAME.test(hostname))
    problems.refuse("--hostname", `${JSON.stringify(hostname)} is not a host name: ${NAME_RULE}`);
  if (domainname !== undefined && !HOST_NAME.test(domainname))
    problems.refuse("--domainname", `${JSON.stringify(domainname)} is not a domain name: ${NAME_RULE}`);
  return { ...(hostname === undefined ? {} : { hostname }), ...(domainname === undefined ? {} : { domainname }) };
}
