import { expect, test } from "vitest";
import { digestOf } from "../../src/registry/digest.ts";
import { fixableFindings, rebuiltLayers } from "../../src/scan/fixable.ts";
import type { Finding } from "../../src/scan/scan-report.ts";

const [base, packages, files] = ["base", "packages", "files"].map(digestOf);
if (base === undefined || packages === undefined || files === undefined) throw new Error("no digests");

const diffIds = [base, packages, files];
const history = [
  { created_by: "RUN debootstrap" },
  { created_by: "ENV A=1", empty_layer: true },
  { created_by: "RUN apt-get install openssl" },
  { created_by: "COPY root /" },
];

function finding(changes: Partial<Finding> = {}): Finding {
  return {
    id: "CVE-1",
    package: "openssl",
    installed: "3.0.16",
    fixed: "3.0.17",
    severity: "HIGH",
    title: "",
    target: "",
    class: "os-pkgs",
    layer: packages,
    ...changes,
  };
}

test("a rebuild makes anew what commands of the image itself have made: not its base, and not files of its source", () => {
  expect([...rebuiltLayers({ diffIds, history }, 1)]).toEqual([packages]);
});

test("a rebuild makes anew what is copied from another stage, where commands may have made it", () => {
  const copied = [
    { created_by: "RUN x" },
    { created_by: "COPY --from=build /root /" },
    { created_by: "ADD a /" },
  ];
  expect([...rebuiltLayers({ diffIds, history: copied }, 1)]).toEqual([packages]);
});

test("where the history does not tell which step made a layer, each of the image's own may be new", () => {
  expect([...rebuiltLayers({ diffIds, history: [] }, 1)]).toEqual([packages, files]);
  expect([...rebuiltLayers({ diffIds, history: [] }, 0)]).toEqual(diffIds);
});

test("a package of the system with a newer version in a layer that is made anew is fixed by a rebuild", () => {
  expect(fixableFindings([finding()], new Set([packages]))).toEqual([finding()]);
});

test.each([
  ["that has no fixed version", finding({ fixed: undefined })],
  ["of a language, whose version a lock file pins", finding({ class: "lang-pkgs" })],
  ["in the base's layer", finding({ layer: base })],
  ["in a layer of the source's files", finding({ layer: files })],
  ["in a layer that Trivy does not name", finding({ layer: undefined })],
])("a finding %s is not fixed by a rebuild", (_, other) => {
  expect(fixableFindings([other], rebuiltLayers({ diffIds, history }, 1))).toEqual([]);
});
