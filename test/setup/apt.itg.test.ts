import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

/** The real apt.sh in a mount namespace: what it writes to /usr/sbin and /etc is seen by nobody else. */
const aptSh = join(import.meta.dirname, "../../src/setup/apt.sh");
let top: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "apt-"));
  for (const folder of ["bin", "layers"]) mkdirSync(join(top, folder));
  for (const program of ["dpkg", "update-rc.d"]) stub(program, "exit 0");
});

afterEach(() => rmSync(top, { recursive: true, force: true }));

function stub(program: string, script: string): void {
  writeFileSync(join(top, "bin", program), `#!/bin/sh\n${script}\n`);
  chmodSync(join(top, "bin", program), 0o755);
}

/** What a shell prints that runs where apt.sh may do as it likes. */
function inside(script: string): string {
  const layers = join(top, "layers");
  const overlay = (of: string, name: string) =>
    `mount -t overlay overlay -o lowerdir=${of},upperdir=${layers}/${name},workdir=${layers}/work-${name} ${of}`;
  const prepare = [
    `mount -t tmpfs tmpfs ${layers}`,
    `cd ${layers}`,
    "mkdir sbin etc work-sbin work-etc",
    overlay("/usr/sbin", "sbin"),
    overlay("/etc", "etc"),
    "mount -t tmpfs tmpfs /run",
    "rm -f /usr/sbin/policy-rc.d /usr/sbin/policy-rc.d.before-image-factory",
    "rm -f /etc/systemd/system/docker-registry.service",
    `PATH=${top}/bin:$PATH`,
  ];
  const namespaces = process.getuid?.() === 0 ? ["--mount"] : ["--mount", "--map-root-user"];
  return execFileSync("unshare", [...namespaces, "sh", "-euc", [...prepare, script].join("\n"), aptSh], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

const askPolicy = `for service in docker-registry ssh; do
  if [ -e /usr/sbin/policy-rc.d ]; then
    status=0; sh /usr/sbin/policy-rc.d $service start || status=$?; echo "$service $status"
  else echo "$service free"; fi
done`;

test("while docker-registry is being installed its service may not start, and others may", () => {
  stub("apt-get", `case "$*" in *install*) ${askPolicy} ;; esac`);
  expect(inside(`sh "$0" git docker-registry; ${askPolicy}`)).toBe(
    "docker-registry 101\nssh 0\ndocker-registry free\nssh free\n",
  );
});

test("its service does not start at the next boot either", () => {
  stub("apt-get", "exit 0");
  stub("update-rc.d", 'echo "update-rc.d $*"');
  expect(inside('sh "$0" docker-registry; readlink /etc/systemd/system/docker-registry.service')).toBe(
    "update-rc.d docker-registry disable\n/dev/null\n",
  );
});

test("a policy that was there is asked about other services, and stands again afterwards", () => {
  stub("apt-get", `case "$*" in *install*) ${askPolicy} ;; esac`);
  const policy = "printf '#!/bin/sh\\nexit 104\\n' >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d";
  expect(inside(`${policy}; sh "$0" docker-registry; cat /usr/sbin/policy-rc.d`)).toBe(
    "docker-registry 101\nssh 104\n#!/bin/sh\nexit 104\n",
  );
});

test("what a set-up that was killed left of its policy is put right by the next", () => {
  stub("apt-get", 'case "$*" in *docker-registry*) kill -KILL $PPID ;; esac');
  const policy = "printf '#!/bin/sh\\nexit 104\\n' >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d";
  expect(
    inside(
      `${policy}; sh "$0" docker-registry || echo killed; ${askPolicy}; sh "$0" git; cat /usr/sbin/policy-rc.d`,
    ),
  ).toBe("killed\ndocker-registry 101\nssh 104\n#!/bin/sh\nexit 104\n");
});

test("other packages change nothing about services", () => {
  stub("apt-get", `case "$*" in *install*) ${askPolicy} ;; esac`);
  expect(inside('sh "$0" git; ls /etc/systemd/system/docker-registry.service 2>/dev/null || echo none')).toBe(
    "docker-registry free\nssh free\nnone\n",
  );
});

test("packages that cannot be installed are a failure", () => {
  stub("apt-get", 'case "$*" in *install*) exit 100 ;; esac');
  expect(inside('sh "$0" git || echo "failed with $?"')).toBe("failed with 100\n");
});
