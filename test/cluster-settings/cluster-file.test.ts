import { describe, expect, it } from "vitest";
import { parseClusterFile } from "../../src/cluster/cluster-file.ts";
import type { FactoryError } from "../../src/errors.ts";

function problemsOf(text: string): readonly string[] {
  try {
    parseClusterFile(text);
  } catch (error) {
    const { code, problems } = error as FactoryError;
    expect(code).toBe("settings-invalid");
    return problems;
  }
  return [];
}

describe("cluster.yaml", () => {
  it.each(["", "# nothing yet\n", "kargo: {webhooks: {github: kargo-webhook}}\n"])("may be %j", (text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it("is told of all its mistakes at once, each with line and column", () => {
    const text = [
      "namespace: Images",
      "podProfil: userns",
      "quota: {pods: many}",
      "kargo:",
      "  interval: 5s",
      "  webhooks: {gihub: kargo-webhook}",
      "nodeSelectors: {linux/arm: {kubernetes.io/arch: arm}}",
    ].join("\n");
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^cluster\.yaml:1:12: namespace: expected a name of lower-case/),
      expect.stringMatching(/^cluster\.yaml:2:1: podProfil: .*did you mean "?podProfile/),
      expect.stringMatching(/^cluster\.yaml:3:15: quota\.pods: expected a whole number/),
      expect.stringMatching(/^cluster\.yaml:5:13: kargo\.interval: expected a duration between 1m and 7d/),
      expect.stringMatching(/^cluster\.yaml:6:14: kargo\.webhooks\.gihub: .*did you mean "github"/),
      expect.stringMatching(
        /^cluster\.yaml:7:17: nodeSelectors\["linux\/arm"\]: .*did you mean "linux\/arm64"/,
      ),
    ]);
  });

  it("is told what does not go together", () => {
    expect(problemsOf("seccomp: RuntimeDefault\n")).toEqual([
      expect.stringMatching(/^cluster\.yaml:1:10: seccomp: expected Localhost or Unconfined/),
    ]);
    expect(
      problemsOf("state: {size: 2Gi}\nstateRepository: {url: 'https://git.example.org/s.git'}\n"),
    ).toEqual([expect.stringMatching(/^cluster\.yaml:1:1: state: expected stateRepository or state/)]);
  });

  it("is told where it is no YAML", () => {
    expect(problemsOf("kargo: {enabled: true\n")).toEqual([
      expect.stringMatching(/^cluster\.yaml:\d+:\d+: /),
    ]);
  });
});
