// The configuration of an image that a container becomes: its image's, with what the container was told to do otherwise (docker commit). Pure.
import type { ExecutionConfig } from "../../spec/image/image-config.ts";
import type { ContainerDocument } from "../document/document.ts";

type Told = Pick<ContainerDocument, "labels" | "mounts"> & {
  readonly options: Pick<ContainerDocument["options"], "args" | "env" | "cwd">;
  readonly user: Pick<ContainerDocument["user"], "user">;
  readonly network: Pick<ContainerDocument["network"], "exposed">;
  readonly life: Pick<ContainerDocument["life"], "stopSignal" | "stopTimeout" | "health">;
};

export function committedConfig(
  image: ExecutionConfig | undefined,
  { options, user, network, life, labels, mounts }: Told,
): ExecutionConfig {
  const volumes = mounts.filter((mount) => mount.kind === "volume" && mount.anonymous).map(({ destination }) => destination);
  const { stopSignal, stopTimeout, health } = life;
  const hasDirectory = options.cwd !== "/" || (image?.WorkingDir ?? "") !== "";
  return {
    ...image,
    ...commandOf(image?.Entrypoint ?? [], options.args),
    Env: options.env,
    ...(user.user === "" && image?.User === undefined ? {} : { User: user.user }),
    ...(hasDirectory ? { WorkingDir: options.cwd } : {}),
    ...(network.exposed.length === 0 ? {} : { ExposedPorts: emptied(network.exposed) }),
    ...(volumes.length === 0 ? {} : { Volumes: { ...image?.Volumes, ...emptied(volumes) } }),
    ...(Object.keys(labels).length === 0 ? {} : { Labels: labels }),
    ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
    ...(stopTimeout === undefined ? {} : { StopTimeout: stopTimeout }),
    ...(health === undefined ? {} : { Healthcheck: health }),
  };
}

/** The words that ran, taken apart: the image's entrypoint where they begin with it, else one that was asked for, which is one word. */
function commandOf(entrypoint: readonly string[], args: readonly string[]): Pick<ExecutionConfig, "Entrypoint" | "Cmd"> {
  if (entrypoint.length === 0) return { Cmd: args };
  const keeps = entrypoint.every((word, index) => args[index] === word);
  const length = keeps ? entrypoint.length : 1;
  return { Entrypoint: args.slice(0, length), Cmd: args.slice(length) };
}

const emptied = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));
