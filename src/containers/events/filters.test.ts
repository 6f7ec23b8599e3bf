import { expect, test } from "bun:test";
import type { EngineEvent } from "./event.ts";
import { passesFilters } from "./filters.ts";

const START: EngineEvent = {
  type: "container",
  action: "start",
  actor: "abcdef",
  attributes: { name: "web", image: "box:1", team: "blue" },
};
const HEALTH: EngineEvent = { ...START, action: "health_status: healthy" };
const PULL: EngineEvent = { type: "image", action: "pull", actor: "box:1", attributes: { name: "box" } };
const VOLUME: EngineEvent = { type: "volume", action: "create", actor: "data", attributes: { driver: "local" } };

for (const { filters, passes, fails } of [
  { filters: [], passes: [START, PULL, VOLUME], fails: [] },
  { filters: ["container=web"], passes: [START], fails: [PULL, VOLUME] },
  { filters: ["container=abc"], passes: [START], fails: [PULL] },
  { filters: ["event=start"], passes: [START], fails: [HEALTH, PULL] },
  { filters: ["event=start", "event=pull"], passes: [START, PULL], fails: [VOLUME] },
  { filters: ["event=health_status"], passes: [HEALTH], fails: [START] },
  { filters: ["event=health_status: healthy"], passes: [HEALTH], fails: [START] },
  { filters: ["image=box"], passes: [START, PULL], fails: [VOLUME] },
  { filters: ["image=box:1"], passes: [START, PULL], fails: [VOLUME] },
  { filters: ["image=bo"], passes: [], fails: [START, PULL] },
  { filters: ["label=team"], passes: [START], fails: [PULL] },
  { filters: ["label=team=blue", "label=name=web"], passes: [START], fails: [] },
  { filters: ["label=team=blue", "label=team=red"], passes: [], fails: [START] },
  { filters: ["type=volume"], passes: [VOLUME], fails: [START] },
  { filters: ["volume=data", "type=volume"], passes: [VOLUME], fails: [START] },
  { filters: ["scope=local"], passes: [START], fails: [] },
  { filters: ["scope=swarm"], passes: [], fails: [START] },
  { filters: ["daemon=x"], passes: [], fails: [START] },
]) {
  test(`${filters.join(" ") || "nothing"} lets pass what it should`, () => {
    const given = Map.groupBy(filters, (text) => text.slice(0, text.indexOf("=")));
    const byKey = new Map([...given].map(([key, texts]) => [key, texts.map((text) => text.slice(key.length + 1))]));
    for (const event of passes) expect(passesFilters(byKey, event)).toBe(true);
    for (const event of fails) expect(passesFilters(byKey, event)).toBe(false);
  });
}
