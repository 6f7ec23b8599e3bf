// `--network private`, `pasta[:OPTIONS]`, `slirp4netns[:OPTIONS]`: a container's own network namespace, joined to the host by a process of the
// user's (podman-run(1), "--network").
import { TeuError } from "../../base/errors.ts";
import { SLIRP_OPTIONS } from "./slirp.ts";
import { UPLINK_PROGRAMS, type UplinkProgram } from "./uplink.ts";

export interface PrivateMode {
  /** Whichever there is, pasta first, where none is named. */
  readonly program?: UplinkProgram;
  readonly options: readonly string[];
}

/**
 * Undefined for a mode that is none of these.
 * @throws TeuError `invalid` for an option that slirp4netns does not have
 */
export function parsePrivateMode(text: string): PrivateMode | undefined {
  const colon = text.indexOf(":");
  const word = colon < 0 ? text : text.slice(0, colon);
  const options =
    colon < 0
      ? []
      : text
          .slice(colon + 1)
          .split(",")
          .filter(Boolean);
  if (word === "private" && colon < 0) return { options: [] };
  const program = UPLINK_PROGRAMS.find((name) => name === word);
  if (program === undefined) return undefined;
  const unknown = program === "slirp4netns" ? options.find((option) => !SLIRP_OPTIONS.includes(option.split("=")[0] ?? "")) : undefined;
  if (unknown !== undefined) {
    throw new TeuError("invalid", `--network slirp4netns: unknown option ${JSON.stringify(unknown)} (known: ${SLIRP_OPTIONS.join(", ")})`);
  }
  return { program, options };
}
