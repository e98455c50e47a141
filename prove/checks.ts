import type { Check } from "./check.ts";
import { audit } from "./checks/audit.ts";
import { bank } from "./checks/bank.ts";
import { cacheReads } from "./checks/cache-reads.ts";
import { clockSteps } from "./checks/clock-steps.ts";
import { cutConnections } from "./checks/cut-connections.ts";
import { diskFull } from "./checks/disk-full.ts";
import { hostileInput } from "./checks/hostile-input.ts";
import { interleavings } from "./checks/interleavings.ts";
import { killBackends } from "./checks/kill-backends.ts";
import { killConsumer } from "./checks/kill-consumer.ts";
import { killPostgres } from "./checks/kill-postgres.ts";
import { killWorker } from "./checks/kill-worker.ts";
import { mutants } from "./checks/mutants.ts";
import { otherLedgers } from "./checks/other-ledgers.ts";
import { redisAway } from "./checks/redis-away.ts";
import { seededFaults } from "./checks/seeded-faults.ts";
import { stryker } from "./checks/stryker.ts";
import { timeouts } from "./checks/timeouts.ts";

/** What `npm run prove` runs, in this order. A check is one file, and returns its figures. */
export const checks: readonly Check[] = [
  bank,
  seededFaults,
  killPostgres,
  killBackends,
  cutConnections,
  killWorker,
  redisAway,
  timeouts,
  clockSteps,
  diskFull,
  audit,
  killConsumer,
  cacheReads,
  hostileInput,
  interleavings,
  otherLedgers,
  mutants,
  stryker,
];
