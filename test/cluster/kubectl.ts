import { expect } from "./expect.ts";
import { type Ended, startProgram } from "./team.ts";

/** kubectl in one namespace. */
export interface Kubectl {
  readonly kubectl: (...args: readonly string[]) => Promise<Ended>;
  /** What kubectl prints; an error where it fails. */
  readonly ask: (...args: readonly string[]) => Promise<string>;
  /** The same, with something on its input. */
  readonly tell: (input: string, ...args: readonly string[]) => Promise<string>;
  /** Server-side, as strictly as it goes. */
  readonly apply: (object: object, ...args: readonly string[]) => Promise<Ended>;
}

export function kubectlIn(namespace: string, program: string): Kubectl {
  const start = (input: string, args: readonly string[]) =>
    startProgram(program, ["--namespace", namespace, ...args], process.env, input).ended;
  const tell = async (input: string, ...args: readonly string[]) => {
    const { status, stdout, stderr } = await start(input, args);
    expect(status === 0, `kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  return {
    kubectl: (...args) => start("", args),
    ask: (...args) => tell("", ...args),
    tell,
    apply: (object, ...args) =>
      startProgram(
        program,
        ["apply", "--server-side", "--validate=strict", "--field-manager=test-cluster", ...args, "-f", "-"],
        process.env,
        JSON.stringify(object),
      ).ended,
  };
}
