// `Config` of an inspected container: what an image made of it would say.

import { SHORT_ID } from "../../base/container-id.ts";
import type { ContainerDocument } from "../document/document.ts";
import { inDockersOrder } from "./networks.ts";

export function commandConfig(document: ContainerDocument): Readonly<Record<string, unknown>> {
  const { id, root, options, user, stdio, network, life, labels, mounts } = document;
  const { args, entrypoint = 0 } = options;
  const anonymous = mounts.flatMap((mount) => (mount.kind === "volume" && mount.anonymous ? [mount.destination] : []));
  const { health, stopSignal, stopTimeout } = life;
  return {
    Hostname: options.hostname ?? id.slice(0, SHORT_ID),
    Domainname: options.domainname ?? "",
    User: user.user,
    AttachStdin: stdio.attach.includes("stdin"),
    AttachStdout: stdio.attach.includes("stdout"),
    AttachStderr: stdio.attach.includes("stderr"),
    ...(network.exposed.length === 0 ? {} : { ExposedPorts: inDockersOrder(emptyObjects(network.exposed)) }),
    Tty: options.terminal,
    OpenStdin: stdio.open,
    StdinOnce: stdio.open && stdio.attach.includes("stdin"),
    Env: options.env,
    Cmd: orNull(args.slice(entrypoint)),
    ...(health === undefined ? {} : { Healthcheck: health }),
    Image: root.kind === "image" ? root.name : "",
    Volumes: anonymous.length === 0 ? null : emptyObjects(anonymous),
    WorkingDir: options.cwd,
    Entrypoint: orNull(args.slice(0, entrypoint)),
    OnBuild: null,
    Labels: labels,
    ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
    ...(stopTimeout === undefined ? {} : { StopTimeout: stopTimeout }),
  };
}

function emptyObjects(names: readonly string[]): Readonly<Record<string, object>> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

/** docker's lists are null where there is nothing. */
export function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}
