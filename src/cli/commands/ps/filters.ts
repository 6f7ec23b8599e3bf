// `teu ps --filter`: docker's keys. What a key needs of other containers or of images is looked up once, before the first container is asked.
import { mountPoints } from "../../../containers/inspect/mount-points.ts";
import { networkNames } from "../../../containers/inspect/networks.ts";
import { ancestorTest } from "../../../engine/containers/show/ancestor.ts";
import type { ContainerView, ViewStatus } from "../../../engine/containers/view.ts";
import type { Engine } from "../../../engine/engine.ts";
import { readBoolean, UsageError } from "../../flag-values.ts";
import { type FilterRule, type FilterRules, fitsPattern, labelRules, parseFilters, rowFilter, wordRule } from "../../format/filter.ts";
import { parsePorts } from "./ports.ts";

const STATES: readonly ViewStatus[] = ["created", "restarting", "running", "removing", "paused", "exited", "dead"];

const KEYS = [
  "ancestor",
  "before",
  "exited",
  "expose",
  "health",
  "id",
  "is-task",
  "label",
  "name",
  "network",
  "publish",
  "since",
  "status",
  "volume",
] as const;

/** Whether what was asked for means containers that do not run, too. */
export function meansAll(texts: readonly string[] | undefined): boolean {
  return texts?.some((text) => /^\s*status\s*=/i.test(text)) === true;
}

/** @throws UsageError for a key or value that is none; TeuError `not-found` for the container of `before` and `since` */
export async function containerFilter(
  engine: Engine,
  texts: readonly string[] | undefined,
  views: readonly ContainerView[],
): Promise<(view: ContainerView) => boolean> {
  if (texts === undefined || texts.length === 0) return () => true;
  const given = parseFilters(texts, KEYS);
  const ancestors = await ancestorTest(engine, given.get("ancestor") ?? []);
  const { label } = labelRules<ContainerView>(({ row }) => row.document.labels);
  /** Where a container stands among all, the youngest first. */
  const place = (text: string) => views.indexOf(named(views, text));
  const beside = { every: true, check: (text: string) => void place(text) };
  const rules: FilterRules<ContainerView> = {
    ancestor: { matches: ancestors },
    before: { ...beside, matches: (view, text) => views.indexOf(view) > place(text) },
    since: { ...beside, matches: (view, text) => views.indexOf(view) < place(text) },
    exited: EXITED,
    expose: portRule("expose"),
    publish: portRule("publish"),
    health: wordRule(["starting", "healthy", "unhealthy", "none"], ({ health }) => health?.status ?? "none"),
    id: { matches: ({ row }, text) => row.id.startsWith(text) || fitsPattern(text, row.id) },
    // Tasks are swarm's: no container of ours is one.
    "is-task": { matches: (_, text) => !readBoolean("filter is-task", text) },
    ...(label === undefined ? {} : { label }),
    name: { matches: ({ row }, text) => fitsPattern(text, row.name) || fitsPattern(text, `/${row.name}`) },
    network: { matches: ({ row }, text) => isConnectedTo(row.document.network, text) },
    status: wordRule(STATES, ({ status }) => status),
    volume: { matches: hasVolume },
  };
  return rowFilter(texts, rules);
}

/** By the network's name or id. */
function isConnectedTo(network: ContainerView["row"]["document"]["network"], text: string): boolean {
  const { mode } = network;
  return networkNames(network).includes(text) || (mode.kind === "networks" && mode.attachments.some((one) => one.network === text));
}

function named(views: readonly ContainerView[], text: string): ContainerView {
  const found = views.find(({ row }) => row.name === text.replace(/^\//, "")) ?? views.find(({ row }) => row.id.startsWith(text));
  if (found === undefined || text === "") throw new UsageError(`--filter: No such container: ${text}`);
  return found;
}

const EXITED: FilterRule<ContainerView> = {
  matches: ({ status, row }, code) => status === "exited" && row.started !== undefined && row.exitCode === Number(code),
  check: (code) => {
    if (!/^\d{1,3}$/.test(code)) throw new UsageError(`--filter exited=${code}: an exit status is a number from 0 to 255`);
  },
};

/** Ports of the container; of `publish` those that are reached from outside, by their number there. */
function portRule(kind: "expose" | "publish"): FilterRule<ContainerView> {
  return {
    matches: ({ row, ports }, text) => {
      const has =
        kind === "expose"
          ? row.document.network.exposed.flatMap((port) => parsePorts(port) ?? [])
          : ports.map(({ port: number, protocol }) => ({ number, protocol }));
      const asked = parsePorts(text) ?? [];
      return has.some((port) => asked.some(({ number, protocol }) => number === port.number && protocol === port.protocol));
    },
    check: (text) => {
      if (parsePorts(text) === undefined) throw new UsageError(`--filter ${kind}=${text}: a port is 80, 80/tcp or 8000-8010/udp`);
    },
  };
}

/** By the volume's name, the source of a bind mount, or the place in the container. */
function hasVolume({ row }: ContainerView, text: string): boolean {
  return mountPoints(row.document, () => "").some(({ Name, Source, Destination }) => Destination === text || (Name ?? Source) === text);
}
