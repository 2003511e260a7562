// publicodes on our routes: which status each has, and what to ask next (what most of the open routes miss).
// In its folder's node_modules is publicodes. It reads a line of JSON, {city: {rules, routes, residents}}, then a city a line; to
// each it answers {statuses, next, micros}: what it found of each resident, and the processor time of one.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { default: Engine } = createRequire(process.cwd() + "/")("publicodes");
const quiet = { log() {}, warn() {}, error: console.error };
const cities = {};

function judged({ engine, routes }, situation) {
  engine.setSituation(situation);
  const missing = {};
  const statuses = routes.map((route) => {
    const found = engine.evaluate(route);
    for (const [fact, weight] of Object.entries(found.missingVariables)) missing[fact] = (missing[fact] ?? 0) + weight;
    return found.nodeValue;
  });
  const next = Object.keys(missing).reduce((best, fact) => (missing[fact] > (missing[best] ?? 0) ? fact : best), "");
  return { statuses, next };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.startsWith("{")) {
    for (const [name, city] of Object.entries(JSON.parse(line)))
      cities[name] = { ...city, engine: new Engine(city.rules, { logger: quiet }) };
    continue;
  }
  const before = process.cpuUsage();
  const found = cities[line].residents.map((situation) => judged(cities[line], situation));
  const { user, system } = process.cpuUsage(before);
  const micros = (user + system) / found.length;
  console.log(JSON.stringify({ statuses: found.map((one) => one.statuses), next: found.map((one) => one.next), micros }));
}
