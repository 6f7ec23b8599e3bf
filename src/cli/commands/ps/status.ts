// The words for how a container fares, as docker's STATUS column has them: `Up 5 minutes (healthy)`, `Exited (137) 2 seconds ago`.
import { UNSEEN_END } from "../../../containers/state/rows.ts";
import type { ContainerView } from "../../../engine/containers/view.ts";
import { ago, span } from "../../format/human-time.ts";

type Fared = Pick<ContainerView, "status" | "health"> & { readonly row: Pick<ContainerView["row"], "started" | "finished" | "exitCode"> };

export function statusText({ status, row, health }: Fared, now: Date): string {
  const { started, finished, exitCode = UNSEEN_END } = row;
  const time = (at: number | undefined) => new Date(at ?? now).toISOString();
  switch (status) {
    case "running":
      return `Up ${span(time(started), now)}${health === undefined ? "" : ` (${healthText(health.status)})`}`;
    case "paused":
      return `Up ${span(time(started), now)} (Paused)`;
    case "restarting":
      return `Restarting (${exitCode}) ${ago(time(finished), now)}`;
    case "exited":
      // One that could not be started has never run.
      return started === undefined ? "Created" : `Exited (${exitCode}) ${ago(time(finished), now)}`;
    case "created":
      return "Created";
    case "removing":
      return "Removal In Progress";
    case "dead":
      return "Dead";
  }
}

function healthText(status: "starting" | "healthy" | "unhealthy"): string {
  return status === "starting" ? "health: starting" : status;
}
