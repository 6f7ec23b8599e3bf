// All that a container is to have mounted, out of what asks for it: docker's rules of who wins a place. Pure.
import { InvalidInputError } from "../../base/errors.ts";
import type { MountRequest, VolumeRequest } from "../document/mounts.ts";

export interface MountSources {
  /** `-v`, `--mount`, `--tmpfs`, in their order. */
  readonly asked: readonly MountRequest[];
  /** Those of other containers, `--volumes-from`: the later container's win. */
  readonly inherited: readonly MountRequest[];
  /** Destinations of the volumes that the image declares, absolute and clean. */
  readonly imageVolumes: readonly string[];
  /** Names for them. */
  readonly newName: () => string;
}

/** @throws InvalidInputError where two are asked for at one place */
export function mergeMounts({ asked, inherited, imageVolumes, newName }: MountSources): readonly MountRequest[] {
  const problems = asked.flatMap(({ destination, from }, index) =>
    asked.findIndex((other) => other.destination === destination) < index
      ? [{ field: from, message: `Duplicate mount point: ${destination}` }]
      : [],
  );
  if (problems.length > 0) throw new InvalidInputError("the command line", problems);
  const byPlace = new Map([...inherited, ...asked].map((request) => [request.destination, request]));
  const own = imageVolumes.filter((destination) => !byPlace.has(destination)).map((destination) => anonymousVolume(destination, newName()));
  return [...byPlace.values(), ...own];
}

/** A volume that begins with what the image has there, and that nobody named. */
export function anonymousVolume(destination: string, name: string, from = "VOLUME of the image"): VolumeRequest {
  return {
    kind: "volume",
    name,
    anonymous: true,
    destination,
    readonly: false,
    readonlyRecursive: false,
    driverOptions: {},
    labels: {},
    copy: true,
    options: [],
    from: `${from} ${destination}`,
  };
}

/** The same mounts for another container: `:ro` and `:rw` say how, else as they are. What is a container's alone, a tmpfs, is not passed on. */
export function inheritedMounts(
  mounts: readonly MountRequest[],
  { from, mode }: { readonly from: string; readonly mode?: "ro" | "rw" },
): readonly MountRequest[] {
  return mounts
    .filter(({ kind }) => kind === "bind" || kind === "volume")
    .map((mount) => ({
      ...mount,
      from,
      ...(mode === undefined ? {} : { readonly: mode === "ro" }),
      ...(mode === "ro" && "readonlyRecursive" in mount ? { readonlyRecursive: true } : {}),
    }));
}
