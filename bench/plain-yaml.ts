// What synth is compared with: writes the objects of a JSON file as YAML, and does nothing else.
import { readFileSync, writeFileSync } from "node:fs";
import { stringify } from "yaml";

const [from = "", to = ""] = process.argv.slice(2);
const objects = JSON.parse(readFileSync(from, "utf8")) as readonly unknown[];
writeFileSync(to, objects.map((object) => stringify(object)).join("---\n"));
