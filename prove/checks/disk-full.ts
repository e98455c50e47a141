import { execFile } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { startProofBank, type ProofBank } from "../bank/proof-bank.ts";
import { Sum, type Check } from "../check.ts";
import { profiles } from "../workload/profiles.ts";

const run = promisify(execFile);
const disk_mb = 220;
const full_ms = 2_500;
/** A server ends when it cannot create a segment of its log. */
const segments_used_up = 4;
const settings = { max_wal_size: "32MB", min_wal_size: "32MB" };

export const diskFull: Check = {
  name: "disk-full",
  shows: "The disk of PostgreSQL full under load, and free again: nothing acknowledged is lost",
  run: async (context) => {
    const disk = await mkdtemp(path.join(tmpdir(), "edgebank-disk-"));
    try {
      const options = `size=${String(disk_mb)}m,mode=0755`;
      await run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk]);
    } catch {
      await rm(disk, { recursive: true });
      return { figures: {}, trials: 0, left_out: "it needs the right to mount a small disk" };
    }
    try {
      const postgres_directory = path.join(disk, "postgres");
      const bank = await startProofBank({
        seed: context.seed,
        postgres_directory,
        postgres_settings: settings,
      });
      const sum = new Sum();
      const counts = { full: 0, ended: 0 };
      try {
        const times = context.size(2, 12);
        for (let time = 0; time < times && context.has_time; time += 1) {
          const during = (): Promise<void> => fillAndFree(bank, disk, counts);
          sum.add(await context.round(bank, { profile: profiles.wide, requests: 0, during }));
        }
      } finally {
        await bank.stop();
      }
      const figures = {
        "times full": counts.full,
        "servers ended by it": counts.ended,
        ...sum.figures,
      };
      return { figures: { ...figures, "lost or doubled": 0 }, trials: sum.operations };
    } finally {
      await run("umount", [disk]);
      await rm(disk, { recursive: true });
    }
  },
};

/** Starts a server again that a full disk has ended, as a supervisor would. */
async function fillAndFree(
  bank: ProofBank,
  disk: string,
  counts: { full: number; ended: number },
): Promise<void> {
  const filler = path.join(disk, "filler");
  await delay(1_000);
  await fill(filler);
  counts.full += 1;
  for (let count = 0; count < segments_used_up; count += 1) {
    await bank.postgres.sql("select pg_switch_wal()").catch(() => undefined);
  }
  const has_ended = await Promise.race([
    bank.postgres.has_ended.then(() => true),
    delay(full_ms, false),
  ]);
  await rm(filler);
  if (has_ended) {
    counts.ended += 1;
    await bank.postgres.startAgain();
  }
  await bank.untilReady();
  await delay(500);
}

async function fill(file: string): Promise<void> {
  const handle = await open(file, "w");
  try {
    for (const size of [1 << 20, 4_096]) {
      const zeros = Buffer.alloc(size);
      for (let is_full = false; !is_full;) {
        is_full = await handle.write(zeros).then(
          ({ bytesWritten }) => bytesWritten < size,
          () => true,
        );
      }
    }
  } finally {
    await handle.close();
  }
}
