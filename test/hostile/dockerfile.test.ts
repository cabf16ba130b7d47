// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Dockerfiles
import { describe, expect, test } from "vitest";
import { findBases } from "../../src/dockerfile/bases.ts";
import { stageGraph } from "../../src/dockerfile/graph.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { remoteAdds } from "../../src/dockerfile/remote-adds.ts";
import { settingsFor } from "../dockerfile/settings.ts";

const boundMs = 20_000;

function read(text: string): void {
  const dockerfile = parseDockerfile(text, "Dockerfile");
  findBases(dockerfile, settingsFor());
  remoteAdds(dockerfile, stageGraph(dockerfile, settingsFor()), settingsFor());
}

const refusal = expect.objectContaining({
  code: expect.stringMatching(/^(?:dockerfile|reference)-/),
  exitStatus: 65,
  message: expect.stringContaining("Dockerfile:"),
});
const numbered = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

describe("a Dockerfile is refused by its line", () => {
  test.each([
    ["ADD from a machine's credentials by one number", "FROM a\nADD http://2852039166/latest /"],
    ["ADD from this machine in hexadecimal", "FROM a\nADD http://0x7f.0.0.1/x /"],
    ["ADD from this machine in octal", "FROM a\nADD http://0177.1/x /"],
    ["ADD from this machine in the new way", "FROM a\nADD http://[::ffff:7f00:1]/x /"],
    ["ADD from this machine with a login", "FROM a\nADD http://example.org@127.0.0.1/x /"],
    ["ADD from this machine by a name below localhost", "FROM a\nADD https://x.localhost./x /"],
    ["ADD by variables from this machine", "FROM a\nARG H=127.0.0\nADD http://${H}.1/x /"],
    ["ADD by a default from this machine", "FROM a\nADD http://${H:-127.1}/x /"],
    ["ADD in JSON from this machine", 'FROM a\nADD ["http://127.0.0.1/x", "/"]'],
    ["ADD of a repository of this machine", "FROM a\nADD git@127.0.0.1:x /"],
    [
      "ADD in a trigger from a private network",
      "FROM a\nONBUILD ADD http://127.0.0.1/x /\nADD http://10.0.0.1/x /",
    ],
    ["an image of the machine's storage", "FROM containers-storage:x"],
    ["an image in a folder", "FROM oci:/etc/x"],
    ["an image of an archive", "FROM docker-archive:/etc/x.tar"],
    ["an image that is an option", "FROM --privileged=1 a"],
    ["an image with a command", "FROM $(id)"],
    ["an image by its id", `FROM ${"0".repeat(64)}`],
    ["a stage named like an option", "FROM a AS --x"],
    ["COPY from a stage that is not there", "FROM a\nCOPY --from=99 / /"],
    ["a bind mount of another kind of image", "FROM a\nRUN --mount=type=bind,from=oci:/etc,target=/x true"],
    ["an open heredoc", "FROM a\nRUN <<E\ntrue"],
    ["two directives of one name", "# escape=`\n# escape=\\\nFROM a"],
    ["nothing", ""],
    ["a text without end", `FROM a\n${"RUN true\n".repeat(500_000)}`],
    ["a line without end", `FROM a\nRUN ${"a ".repeat(5_000_000)}`],
    ["stages without number", numbered(20_000, (i) => `FROM ${i ? `s${i - 1}` : "a"} AS s${i}`)],
    [
      "values that double",
      `${numbered(200, (i) => `ARG a${i}=${i ? `$a${i - 1}$a${i - 1}` : "x"}`)}\nFROM $a199`,
    ],
    ["values nested deep", `ARG a=${"${a:-".repeat(10_000)}x${"}".repeat(10_000)}\nFROM $a`],
    ["patterns that run away", `ARG a=${"a".repeat(60_000)}\nARG b=\${a##${"*a".repeat(5_000)}b}\nFROM x$b`],
    ["heredocs without end", `FROM a\nRUN ${numbered(20_000, (i) => `<<E${i}`).replaceAll("\n", " ")}\n`],
    ["triggers in triggers", `FROM a\n${"ONBUILD ".repeat(10_000)}RUN x`],
  ])("%s", (_, text) => {
    const start = performance.now();
    expect(() => read(text)).toThrow(refusal);
    expect(performance.now() - start).toBeLessThan(boundMs);
  });
});
