// What a start would do so that a container has its networks, in words, for `--explain`: nothing is claimed, so that addresses, free ports and the
// host's names of interfaces, which the start chooses, are not known.
import type { ContainerDocument } from "../../../containers/document/document.ts";
import type { Described, Wiring } from "../../../kernel/netlink/wiring/wiring.ts";
import type { Attachment } from "../../../network/model/endpoint.ts";
import type { PortRequest } from "../../../network/model/port.ts";
import { attachmentsOf, requestedPorts } from "../claims/claim.ts";

/** A wiring that is told, and not sent. */
export function toldWiring(document: ContainerDocument): Wiring {
  const places = attachmentsOf(document).map((attachment, index) => ({ attachment, name: attachment.interface ?? `eth${index}` }));
  const ports = requestedPorts(document.network).map(portText);
  return {
    host: places.map(({ attachment, name }) => told(`cable to ${name}`, attachment.name)),
    inside: places.flatMap(({ attachment, name }) => insideOf(attachment, name)),
    firewall: ports.map((port) => told(port)),
    hold: ports.map((subject) => ({ protocol: "tcp", address: new Uint8Array(4), port: 0, subject })),
  };
}

function insideOf({ name: network, ipv4, ipv6 }: Attachment, name: string): Described[] {
  const asked = [ipv4, ipv6].flatMap((address) => (address === undefined ? [] : [`address ${address} of ${name}`]));
  const addresses = asked.length === 0 ? [`addresses of ${name}, chosen by the start`] : asked;
  return [`${name} up`, ...addresses, `routes of ${name}`].map((subject) => told(subject, network));
}

function portText({ address, port, target, protocol }: PortRequest): string {
  const number =
    port === undefined ? "a free port" : typeof port === "number" ? `port ${port}` : `a free port of ${port.first}-${port.last}`;
  return `${number}${address === undefined ? "" : ` of ${address}`} to ${target}/${protocol}`;
}

function told(subject: string, network?: string): Described {
  const message = { type: 0, flags: 0, header: new Uint8Array(), attributes: [] };
  return { message, subject, ...(network === undefined ? {} : { network }) };
}
