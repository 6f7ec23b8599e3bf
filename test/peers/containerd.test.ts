import { startCtr } from "./containerd.ts";
import { peerSuite } from "./engine.suite.ts";

peerSuite({ engine: "containerd's ctr", needs: ["containerd", "ctr"], inputEnds: false, start: startCtr });
