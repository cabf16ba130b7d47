// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { expect, test } from "vitest";
import { contextMounts, mountProblems } from "../../src/dockerfile/mount-sources.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { settingsFor } from "./settings.ts";

const old = "1.28.2";
const problems = (text: string, version = old) =>
  mountProblems(parseDockerfile(text, "Dockerfile"), settingsFor(), version).map(
    (one) => `${one.line}: ${one.text}`,
  );
const run = (mount: string) =>
  `FROM a AS x\nFROM a\nARG UP=..\nARG DIR=out\nARG TARGETARCH\nRUN --mount=${mount} true`;
const bind = "RUN --mount=type=bind with";
const cache = "RUN --mount=type=cache with";
const needs = (version: string) => `needs buildah ${version}, this is ${old}`;

test.each([
  ["type=bind,from=x,source=/out,target=/m", `${bind} from=x and source=/out ${needs("1.35.1")}`],
  ["from=x,src=out,target=/m", `${bind} from=x and source=out ${needs("1.35.1")}`],
  ["type=bind,from=x,source=..,target=/m", `${bind} from=x and source=.. ${needs("1.35.1")}`],
  ["type=bind,from=x,source=${DIR},target=/m", `${bind} from=x and source=out ${needs("1.35.1")}`],
  [
    "type=bind,from=x,source=$OTHER,target=/m",
    `${bind} from=x and a source of unknown value ${needs("1.35.1")}`,
  ],
  ["type=bind,source=$OTHER,target=/m", `${bind} a source of unknown value ${needs("1.35.1")}`],
  ["type=cache,id=../../etc,target=/m", `${cache} the id ../../etc ${needs("1.38")}`],
  ["type=cache,id=a/$UP/../etc,target=/m", `${cache} the id a/../../etc ${needs("1.38")}`],
  ["type=cache,id=$OTHER,target=/m", `${cache} an id of unknown value ${needs("1.38")}`],
  ["type=cache,target=../../etc", `${cache} the id ../../etc ${needs("1.38")}`],
  ["type=cache,id=a,source=b,target=/m", `${cache} source=b ${needs("1.38")}`],
  ["type=cache,from=x,source=/b,target=/m", `${cache} source=/b ${needs("1.38")}`],
])("a mount by which an older buildah shows files of this machine is refused: %s", (mount, text) => {
  expect(problems(run(mount))).toEqual([`6: ${text}`]);
  expect(problems(run(mount), "1.39.3")).toEqual([]);
});

test.each([
  "type=bind,from=x,target=/m",
  "type=bind,from=x,source=/,target=/m",
  "type=bind,from=x,source=.,target=/m",
  "type=bind,source=package.json,target=/m",
  "type=bind,target=.",
  "type=cache,target=/root/.cache",
  "type=cache,id=apt-$TARGETARCH,target=/var/cache/apt",
  "type=cache,id=$DIR,target=/m",
  "type=secret,id=token",
  "type=tmpfs,target=/m",
])("a mount that shows the whole of something, or a part that can be looked at, is not: %s", (mount) => {
  expect(problems(run(mount))).toEqual([]);
});

test("a part of a context that a step may have changed is refused, wherever that step is", () => {
  const text =
    "FROM a\nRUN --mount=type=bind,rw,target=/m ln -s / /m/out\nRUN --mount=type=bind,source=out,target=/m true";
  expect(problems(text)).toEqual([`3: ${bind} source=out beside one that is written to ${needs("1.35.1")}`]);
});

test("what a trigger mounts counts where it runs", () => {
  expect(problems("FROM a AS x\nFROM a\nONBUILD RUN --mount=type=cache,id=../x,target=/m true")).toHaveLength(
    1,
  );
});

test("parts of the context are to be looked at for an older buildah alone, in the stages that are reached", () => {
  const text =
    "FROM a AS x\nRUN --mount=type=bind,source=unused,target=/m true\nFROM a\nRUN --mount=type=bind,source=./a/b/,target=/m true";
  const of = (version: string) => contextMounts(parseDockerfile(text, "Dockerfile"), settingsFor(), version);
  expect(of(old)).toEqual([{ path: "a/b", line: 4 }]);
  expect(of("1.35.1")).toEqual([]);
});
