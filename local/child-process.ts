import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

export interface OwnedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  hasEnded(): boolean;
  /** Sends the signals one after another until the process and its group are gone. */
  stop(): Promise<void>;
}

export interface StopSignal {
  readonly signal: NodeJS.Signals;
  readonly patience_ms: number;
}

export interface OwnedProcessOptions {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly spawn: SpawnOptions;
  readonly stop_signals: readonly StopSignal[];
  /**
   * Whether signals go to the whole process group. Postgres passes them on to its own children, so
   * it needs no group signal. Other programs with children do.
   */
  readonly signal_whole_group: boolean;
  /** A directory to delete when the owner of the program was killed. */
  readonly remove_when_orphaned?: string | undefined;
}

const poll_interval_ms = 20;

/**
 * Starts a program in a process group of its own. Ctrl-C in the terminal then reaches only the
 * owner, who stops everything in order. The program is also stopped when its owner is killed and
 * cannot clean up.
 *
 * @throws the spawn error (`ENOENT`, `EACCES`) when the program cannot be started.
 */
export async function startOwnedProcess(options: OwnedProcessOptions): Promise<OwnedProcess> {
  const child = spawn(options.program, options.arguments, { ...options.spawn, detached: true });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  await once(child, "spawn");
  const { pid } = child;
  if (pid === undefined) throw new Error("a spawned process without an id");
  const target = options.signal_whole_group ? -pid : pid;
  const leash = holdOnLeash(target, options);
  let stopping: Promise<void> | undefined;
  return {
    child,
    pid,
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    stop: () => {
      stopping ??= stopProcess(target, options.stop_signals).finally(() => leash.release());
      return stopping;
    },
  };
}

/** Sends each signal in turn and waits for the process (or the group, when negative) to go. */
export async function stopProcess(target: number, signals: readonly StopSignal[]): Promise<void> {
  for (const { signal, patience_ms } of signals) {
    if (!sendSignal(target, signal)) return;
    const give_up_at = Date.now() + patience_ms;
    while (Date.now() < give_up_at) {
      await delay(poll_interval_ms);
      if (!sendSignal(target, 0)) return;
    }
  }
}

/** False when there is no such process any more. */
export function sendSignal(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

/**
 * Starts a shell that waits until a pipe of this process closes, and then signals the target. The
 * kernel closes the pipe however this process ends, so this also works after a SIGKILL.
 */
function holdOnLeash(target: number, options: OwnedProcessOptions): { release(): void } {
  const signal = options.stop_signals[0]?.signal ?? "SIGTERM";
  const leash = spawn(
    "/bin/sh",
    [
      "-c",
      leash_script,
      "leash",
      signal.replace(/^SIG/, ""),
      String(target),
      options.remove_when_orphaned ?? "",
    ],
    { stdio: ["pipe", "ignore", "ignore"], detached: true },
  );
  leash.on("error", () => undefined);
  leash.stdin.on("error", () => undefined);
  leash.unref();
  return {
    release: () => {
      leash.stdin.end("release\n");
    },
  };
}

/** The target uses the directory until it has ended, which may take half a minute. */
const leash_script = `
trap "" INT TERM HUP
read -r word
[ "$word" = release ] && exit
kill -s "$1" -- "$2"
[ -n "$3" ] || exit
i=0
while kill -0 -- "$2" 2>/dev/null && [ $((i += 1)) -lt 300 ]; do sleep 0.1; done
rm -rf -- "$3"`;
