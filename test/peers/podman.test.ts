import { peerSuite } from "./engine.suite.ts";
import { startPodman } from "./podman.ts";

peerSuite({ engine: "podman", needs: ["podman"], inputEnds: true, start: startPodman });
