import { observe } from "../../src/bases/base-record.ts";
import { withScans } from "../../src/bases/base-scan.ts";
import { changeBaseRecords } from "../../src/bases/record-store.ts";
import { content, digest, reference } from "./facts.ts";

/** One process of several that record in the same place: a verdict on a base of all, and a base of its own. */
const [stateDir = "", workDir = "", name = ""] = process.argv.slice(2);
const found = (text: string) =>
  ({ kind: "found", at: new Date().toISOString(), content: content(text) }) as const;
const scan = {
  digest: digest(name),
  policy: digest("p"),
  database: "x",
  verdict: "passed",
  findings: [],
} as const;
const own = `docker.io/library/${name}:1`;

for (let times = 0; times < 5; times++) {
  await changeBaseRecords(
    new Map([
      [
        reference,
        (record) => {
          const seen = observe(reference, record, found("a"));
          return seen && withScans(seen, [scan]);
        },
      ],
      [own, (record) => observe(own, record, found(name))],
    ]),
    { stateDir, workDir },
  );
}
