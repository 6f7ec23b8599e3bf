// The columns of `teu ps` and the fields of its templates: docker's.
import { hasPorts } from "../../../containers/document/network.ts";
import { commandText } from "../../../containers/inspect/command-text.ts";
import { mountNames } from "../../../containers/inspect/mount-points.ts";
import { networkNames } from "../../../containers/inspect/networks.ts";
import type { ContainerSizes } from "../../../engine/containers/show/size.ts";
import type { ContainerView } from "../../../engine/containers/view.ts";
import { formatFamiliar, InvalidReferenceError, parseReference } from "../../../spec/distribution/reference.ts";
import { decimalSize } from "../../format/human-size.ts";
import { ago, goTime } from "../../format/human-time.ts";
import { labelsText, labelValue } from "../../format/labels.ts";
import type { Column, ListShape } from "../../format/list-output.ts";
import { goQuote } from "../../format/template/print-value.ts";
import { ellipsis } from "../ellipsis.ts";
import { shortId } from "../short-id.ts";
import { portsText as portsTextOf } from "./ports.ts";
import { statusText } from "./status.ts";

export interface ContainerItem {
  readonly view: ContainerView;
  /** Where sizes were asked for. */
  readonly sizes: ContainerSizes | undefined;
}

const COMMAND_WIDTH = 20;
const MOUNT_WIDTH = 15;

/** @param size whether the table has the column SIZE */
export function containerList(now: Date, { size }: { readonly size: boolean }): ListShape<ContainerItem> {
  const created = ({ view }: ContainerItem) => new Date(view.row.created).toISOString();
  const document = ({ view }: ContainerItem) => view.row.document;
  const labels = (item: ContainerItem) => document(item).labels;
  const names = (item: ContainerItem) => networkNames(document(item).network).join(",");
  // biome-ignore format: table
  const columns: readonly Column<ContainerItem>[] = [
    { name: "ID",           header: "CONTAINER ID", value: ({ view: { row } }, { whole }) => (whole ? row.id : shortId(row.id)) },
    { name: "Image",        header: "IMAGE",        value: (item, { whole }) => imageText(document(item).root, whole) },
    { name: "Command",      header: "COMMAND",      value: (item, { whole }) => quotedCommand(document(item).options.args, whole) },
    { name: "RunningFor",   header: "CREATED",      value: (item) => ago(created(item), now) },
    { name: "Status",       header: "STATUS",       value: ({ view }) => statusText(view, now) },
    { name: "Ports",        header: "PORTS",        value: (item) => portsText(item.view) },
    { name: "Names",        header: "NAMES",        value: ({ view: { row } }) => row.name },
    { name: "Size",         header: "SIZE",         value: ({ sizes }) => sizeText(sizes), hidden: !size },
    { name: "CreatedAt",    header: "CREATED AT",   value: (item) => goTime(created(item)), hidden: true },
    { name: "State",        header: "STATE",        value: ({ view }) => view.status, hidden: true },
    { name: "Labels",       header: "LABELS",       value: (item) => labelsText(labels(item)), hidden: true },
    { name: "LocalVolumes", header: "LOCAL VOLUMES", value: ({ view }) => String(localVolumes(view)), hidden: true },
    { name: "Mounts",       header: "MOUNTS",       value: (item, { whole }) => mountsText(mountNames(document(item)), whole), hidden: true },
    { name: "Networks",     header: "NETWORKS",     value: names, hidden: true },
    { name: "Platform",     header: "PLATFORM",     value: () => null, hidden: true },
  ];
  return {
    typeName: "*formatter.ContainerContext",
    id: "ID",
    columns,
    methods: {
      Label: {
        value: (item, name) => labelValue(labels(item), name),
        heading: (name) => (name.split(".").at(-1) ?? "").replaceAll(/[-_]/g, " "),
      },
    },
  };
}

/** As it was asked for; a digest is left out of what is not to be long. */
export function imageText(root: ContainerView["row"]["document"]["root"], whole: boolean): string {
  if (root.kind === "directory") return root.path;
  if (whole) return root.name;
  const hex = root.id.slice(root.id.indexOf(":") + 1);
  if (/^[0-9a-f]{12,64}$/.test(root.name.replace(/^sha256:/, "")) && hex.startsWith(root.name.replace(/^sha256:/, "")))
    return hex.slice(0, 12);
  try {
    const { digest: _, ...reference } = parseReference(root.name);
    return formatFamiliar(reference);
  } catch (error) {
    if (error instanceof InvalidReferenceError) return root.name; // bootstrap:debian
    throw error;
  }
}

export function quotedCommand(args: readonly string[], whole: boolean): string {
  const text = commandText(args);
  return goQuote(whole ? text : ellipsis(text, COMMAND_WIDTH));
}

function mountsText(names: readonly string[], whole: boolean): string {
  return names.map((name) => (whole ? name : ellipsis(name, MOUNT_WIDTH))).join(",");
}

/** While it runs: what leads to it, and what is exposed of it. */
function portsText({ status, ports, row: { document } }: ContainerView): string {
  const { network } = document;
  return (status === "running" || status === "paused") && hasPorts(network) ? portsTextOf(network.exposed, ports) : "";
}

export function localVolumes({ row: { document } }: ContainerView): number {
  return document.mounts.filter((mount) => mount.kind === "volume" && (mount.driver ?? "local") === "local").length;
}

function sizeText(sizes: ContainerSizes | undefined): string {
  if (sizes === undefined) return "0B";
  const written = decimalSize(sizes.rw);
  return sizes.rootFs > 0 ? `${written} (virtual ${decimalSize(sizes.rootFs)})` : written;
}
