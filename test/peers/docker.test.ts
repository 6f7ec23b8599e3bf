import { startDocker } from "./docker.ts";
import { peerSuite } from "./engine.suite.ts";

peerSuite({ engine: "dockerd", needs: ["dockerd", "docker", "containerd", "ctr"], inputEnds: true, start: startDocker });
