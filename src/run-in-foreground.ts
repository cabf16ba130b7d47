import { spawn } from "node:child_process";
import { constants } from "node:os";
import { FactoryError } from "./errors.ts";
import { type Command, childEnvironment } from "./run.ts";

/** Starts one process in this one's place at the terminal; see `runInForeground`. */
export type RunInForeground = (command: Pick<Command, "tool" | "args" | "cwd" | "env">) => Promise<number>;

/**
 * Starts one process with this one's standard streams and passes TERM, INT and HUP on to it; gives back its exit status,
 * 128 and the signal's number when a signal ended it.
 * @throws FactoryError "machine-lacks" when the tool is not there.
 */
export const runInForeground: RunInForeground = (command) =>
  new Promise((resolve, reject) => {
    const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
    const passOn = (signal: NodeJS.Signals) => child.kill(signal);
    // Before there is a child: one that came in between would end this process and leave the child to itself.
    for (const signal of signals) process.on(signal, passOn);
    const child = spawn(command.tool, command.args, {
      stdio: "inherit",
      env: { ...childEnvironment(), ...command.env },
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    });
    const settle = () => {
      for (const signal of signals) process.off(signal, passOn);
    };
    child.once("error", (cause) => {
      settle();
      reject(new FactoryError("machine-lacks", `cannot start ${command.tool}: ${cause.message}`, { cause }));
    });
    child.once("exit", (code, signal) => {
      settle();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
