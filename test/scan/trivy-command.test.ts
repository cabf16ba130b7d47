import { expect, test } from "vitest";
import { lateCollection } from "../../src/go-collector.ts";
import { digestOf } from "../../src/registry/digest.ts";
import { convertCommand, type ScanCommand, scanCommand, type Trivy } from "../../src/scan/trivy-command.ts";

const digest = digestOf("manifest");
const scan: ScanCommand = {
  target: { image: "web", platform: "linux/arm64", reference: `r.example/web@${digest}`, digest },
  plainHttp: false,
  cacheDir: "/work/slot/cache",
  scratch: { dir: "/work/slot/run", dockerConfig: "/work/slot/run/docker" },
  timeoutMs: 90_000,
  logFile: "/work/web.log",
};
const quick: Trivy = { path: "/bin/trivy", version: undefined, flags: [] };
const current: Trivy = {
  path: "/bin/trivy",
  version: "0.74.0",
  flags: ["--disable-telemetry", "--skip-version-check", "--cache-backend"],
};

test("a scan is of one platform by digest, for vulnerabilities alone, and hides no finding", () => {
  const { args } = scanCommand(current, scan);
  expect(args).toEqual(
    expect.arrayContaining([
      "--image-src=remote",
      "--platform=linux/arm64",
      "--scanners=vuln",
      "--format=json",
    ]),
  );
  expect(args.slice(-2)).toEqual(["--", `r.example/web@${digest}`]);
  expect(args.join(" ")).not.toMatch(
    /--(severity|ignore-unfixed|ignore-status|skip-files|skip-dirs|exit-code)/,
  );
});

test("telemetry and version checks are off where the build knows the flags, and not mentioned where it does not", () => {
  const flags = ["--disable-telemetry", "--skip-version-check"];
  expect(scanCommand(current, scan).args).toEqual(expect.arrayContaining(flags));
  for (const flag of flags) expect(scanCommand(quick, scan).args).not.toContain(flag);
});

test("certificates are checked unless the registry is spoken to by plain HTTP", () => {
  expect(scanCommand(current, scan).args).not.toContain("--insecure");
  expect(scanCommand(current, { ...scan, plainHttp: true }).args).toContain("--insecure");
});

test("Trivy's own limit is later than ours, which ends all of its processes", () => {
  const { args, timeoutMs } = scanCommand(current, scan);
  expect(timeoutMs).toBe(90_000);
  expect(args).toContain("--timeout=150s");
});

test("settings, exceptions, home, temporary files and credentials are the run's own", () => {
  for (const { args, cwd, env } of [
    scanCommand(current, scan),
    convertCommand(current, scan.scratch, "sarif", "/a.json", "/a.sarif"),
  ]) {
    expect(args).toContain("--config=/work/slot/run/no-settings.yaml");
    expect(args).toContain("--ignorefile=/work/slot/run/no-exceptions");
    const collection = Object.keys(lateCollection());
    const others = Object.entries(env ?? {}).filter(([name]) => !collection.includes(name));
    expect(others.map(([name]) => name)).toEqual(["HOME", "TMPDIR", "DOCKER_CONFIG"]);
    const places = [cwd, ...others.map(([, path]) => path)];
    expect(places.every((path) => path?.startsWith("/work/slot/run/"))).toBe(true);
  }
});
