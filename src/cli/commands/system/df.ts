// `teu system df`: what takes room on the disk, in docker's columns. An image's bytes are those of its blobs and of its unpacked layers.
import { type ImageEngine, openImages } from "../../../engine/images/image-engine.ts";
import { type ContainerUsage, creationTime, type DiskUsage, diskUsage, type ImageUsage } from "../../../engine/images/usage.ts";
import { type VolumeUsage, volumeUsage } from "../../../engine/volumes/usage.ts";
import { familiarName, parseReference } from "../../../spec/distribution/reference.ts";
import { command, UsageError } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { decimalSize } from "../../format/human-size.ts";
import { ago } from "../../format/human-time.ts";
import { FORMAT_FLAGS, type ListShape, listOutput } from "../../format/list-output.ts";
import { imageText, localVolumes, quotedCommand } from "../ps/columns.ts";
import { statusText } from "../ps/status.ts";
import { shortDigest, shortId } from "../short-id.ts";

export default command({
  name: "system df",
  summary: "Show what takes room on the disk",
  usage: "[flags]",
  flags: {
    ...FORMAT_FLAGS,
    verbose: { type: "boolean", short: "v", summary: "Every image, container and volume" },
  },
  args: { min: 0, max: 0 },
  failed: 1,
  examples: ["teu system df --format '{{.Type}}: {{.Reclaimable}}'"],
  async run({ flags, context }) {
    const { verbose: whole = false, ...format } = flags;
    if (whole && format.format !== undefined) throw new UsageError("--verbose shows tables, which --format cannot shape");
    const engine = engineOf(context);
    using images = openImages(engine);
    const [usage, volumes] = [await diskUsage(images), await volumeUsage(engine)];
    context.out(whole ? await verbose(images, usage, volumes) : await listOutput(rowsOf(usage, volumes), SUMMARY, format));
    return 0;
  },
});

interface Row {
  readonly type: string;
  readonly total: number;
  readonly active: number;
  readonly size: number;
  readonly reclaimable: number;
}

function rowsOf({ images, containers, downloads }: DiskUsage, volumes: readonly VolumeUsage[]): readonly Row[] {
  const used = volumes.filter(({ containers: users }) => users.length > 0);
  const running = containers.filter(isRunning);
  const written = sum(containers);
  return [
    { type: "Images", ...images },
    { type: "Containers", total: containers.length, active: running.length, size: written, reclaimable: written - sum(running) },
    { type: "Local Volumes", total: volumes.length, active: used.length, size: sum(volumes), reclaimable: sum(volumes) - sum(used) },
    // docker has none; what is in them is had for nothing by the next pull.
    { type: "Partial Downloads", total: downloads.count, active: 0, size: downloads.size, reclaimable: downloads.size },
  ];
}

const isRunning = ({ container }: ContainerUsage) => container.pid !== 0;
const sum = (parts: readonly { readonly size: number }[]) => parts.reduce((bytes, { size }) => bytes + size, 0);

const SUMMARY: ListShape<Row> = {
  typeName: "*formatter.diskUsageContext",
  id: "Type",
  columns: [
    { name: "Type", header: "TYPE", value: ({ type }) => type },
    { name: "TotalCount", header: "TOTAL", value: ({ total }) => String(total) },
    { name: "Active", header: "ACTIVE", value: ({ active }) => String(active) },
    { name: "Size", header: "SIZE", value: ({ size }) => decimalSize(size, 4) },
    { name: "Reclaimable", header: "RECLAIMABLE", value: reclaimable },
  ],
};

function reclaimable({ size, reclaimable: bytes }: Row): string {
  return size === 0 ? decimalSize(bytes, 4) : `${decimalSize(bytes, 4)} (${Math.floor((bytes * 100) / size)}%)`;
}

async function verbose(
  images: ImageEngine,
  { images: stored, containers, downloads }: DiskUsage,
  volumes: readonly VolumeUsage[],
): Promise<string> {
  const now = images.engine.runtime.now();
  const rows: ImageRow[] = [];
  for (const usage of stored.each) rows.push(...rowsOfImage(usage, await creationTime(images, usage.image)));
  return [
    `Images space usage:\n\n${await listOutput(rows, imageList(now), {})}`,
    `Containers space usage:\n\n${await listOutput(containers, containerList(now), {})}`,
    `Local Volumes space usage:\n\n${await listOutput(volumes, VOLUMES, {})}`,
    `Partial downloads: ${downloads.count}, ${decimalSize(downloads.size, 4)}\n`,
  ].join("\n");
}

interface ImageRow {
  readonly usage: ImageUsage;
  readonly repository: string;
  readonly tag: string;
  readonly created: string | undefined;
}

const NONE = "<none>";

/** A row a name, as docker has it. */
function rowsOfImage(usage: ImageUsage, created: string | undefined): readonly ImageRow[] {
  const names = usage.image.names.map((name) => parseReference(name));
  if (names.length === 0) return [{ usage, repository: NONE, tag: NONE, created }];
  return names.map((name) => ({ usage, repository: familiarName(name), tag: name.tag ?? NONE, created }));
}

const imageList = (now: Date): ListShape<ImageRow> => ({
  typeName: "*formatter.diskUsageImagesContext",
  id: "ID",
  columns: [
    { name: "Repository", header: "REPOSITORY", value: ({ repository }) => repository },
    { name: "Tag", header: "TAG", value: ({ tag }) => tag },
    { name: "ID", header: "IMAGE ID", value: ({ usage }) => shortDigest(usage.image.id) },
    { name: "CreatedSince", header: "CREATED", value: ({ created }) => (created === undefined ? "N/A" : ago(created, now)) },
    { name: "Size", header: "SIZE", value: ({ usage }) => decimalSize(usage.size) },
    { name: "SharedSize", header: "SHARED SIZE", value: ({ usage }) => decimalSize(usage.shared, 4) },
    { name: "UniqueSize", header: "UNIQUE SIZE", value: ({ usage }) => decimalSize(usage.unique, 4) },
    { name: "Containers", header: "CONTAINERS", value: ({ usage }) => String(usage.containers.length) },
  ],
});

const containerList = (now: Date): ListShape<ContainerUsage> => ({
  typeName: "*formatter.diskUsageContainersContext",
  id: "ID",
  columns: [
    { name: "ID", header: "CONTAINER ID", value: ({ container: { row } }) => shortId(row.id) },
    { name: "Image", header: "IMAGE", value: ({ container: { row } }, { whole }) => imageText(row.document.root, whole) },
    { name: "Command", header: "COMMAND", value: ({ container: { row } }, { whole }) => quotedCommand(row.document.options.args, whole) },
    { name: "LocalVolumes", header: "LOCAL VOLUMES", value: ({ container }) => String(localVolumes(container)) },
    { name: "Size", header: "SIZE", value: ({ size }) => decimalSize(size) },
    { name: "RunningFor", header: "CREATED", value: ({ container: { row } }) => ago(new Date(row.created).toISOString(), now) },
    { name: "Status", header: "STATUS", value: ({ container }) => statusText(container, now) },
    { name: "Names", header: "NAMES", value: ({ container: { row } }) => row.name },
  ],
});

const VOLUMES: ListShape<VolumeUsage> = {
  typeName: "*formatter.diskUsageVolumeContext",
  id: "Name",
  columns: [
    { name: "Name", header: "VOLUME NAME", value: ({ volume }) => volume.name },
    { name: "Links", header: "LINKS", value: ({ containers }) => String(containers.length) },
    { name: "Size", header: "SIZE", value: ({ size }) => decimalSize(size) },
  ],
};
