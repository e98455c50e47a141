import type { Report } from "./anomaly.ts";
import type { Effect, ReadEffect } from "./effects.ts";
import type { Ledger } from "./limits.ts";
import { seenBy } from "./reads.ts";

/**
 * Why one request must come before another.
 * - `ww`: both wrote an account, one version after the other.
 * - `wr`: the second was shown what the first wrote.
 * - `rw`: the first was shown what was there before the second wrote.
 * - `rt`: the first was answered before the second was asked.
 */
export type Dependency = "ww" | "wr" | "rw" | "rt";

export interface Edge {
  readonly to: number;
  readonly dependency: Dependency;
}

export interface DependencyGraph {
  readonly names: readonly string[];
  readonly edges: readonly (readonly Edge[])[];
}

interface Node {
  readonly name: string;
  readonly invoked_us: number;
  readonly completed_us: number;
}

/**
 * Adya's dependency graph of a history, with real time: requests that have an order form no cycle.
 */
export function buildGraph(
  ledger: Ledger,
  reads: readonly ReadEffect[],
  report: Report,
): DependencyGraph {
  const nodes: Node[] = [];
  const edges: Edge[][] = [];
  const addNode = (node: Node): number => {
    edges.push([]);
    return nodes.push(node) - 1;
  };
  const addEdge = (
    from: number | undefined,
    to: number | undefined,
    dependency: Dependency,
  ): void => {
    if (from === undefined || to === undefined || from === to) return;
    edges[from]?.push({ to, dependency });
  };
  const node_of = new Map<Effect, number>();
  for (const effect of ledger.writers.values()) {
    if (!node_of.has(effect)) node_of.set(effect, addNode(effect));
  }
  const chains = new Map<string, (number | undefined)[]>();
  for (const { id, entries } of ledger.observed.accounts.values()) {
    const chain = entries.map(({ transfer_id }) => {
      const writer = ledger.writers.get(transfer_id);
      return writer === undefined ? undefined : node_of.get(writer);
    });
    chains.set(id, chain);
    for (let index = 1; index < chain.length; index += 1)
      addEdge(chain[index - 1], chain[index], "ww");
  }
  for (const read of reads) {
    const seen = seenBy(read);
    if (seen.length === 0) continue;
    const node = addNode(read);
    for (const { account_id, version } of seen) {
      const chain = chains.get(account_id) ?? [];
      const [writer, next] = [chain[version - 1], chain[version]];
      addEdge(writer, node, "wr");
      if (writer !== undefined && writer === next) {
        report("intermediate read", `${read.name} saw the middle of ${nodes[writer]?.name ?? ""}`);
      } else addEdge(node, next, "rw");
    }
  }
  addRealTime(nodes, addEdge);
  return { names: nodes.map(({ name }) => name), edges };
}

/**
 * Adds an edge from each answered request to the requests that came after its answer. Edges that
 * follow from other edges are left out.
 */
function addRealTime(
  nodes: readonly Node[],
  addEdge: (from: number, to: number, dependency: "rt") => void,
): void {
  const moments = nodes.flatMap(({ invoked_us, completed_us }, node) => [
    { node, at_us: invoked_us, is_end: false },
    ...(completed_us === Infinity ? [] : [{ node, at_us: completed_us, is_end: true }]),
  ]);
  // Nobody knows the order of two events in one microsecond, so the request counts as the earlier
  // one.
  moments.sort((a, b) => a.at_us - b.at_us || Number(a.is_end) - Number(b.is_end));
  let answered: number[] = [];
  for (const { node, is_end } of moments) {
    if (is_end) {
      const invoked_us = nodes[node]?.invoked_us ?? 0;
      answered = answered.filter((other) => (nodes[other]?.completed_us ?? Infinity) >= invoked_us);
      answered.push(node);
    } else {
      for (const other of answered) addEdge(other, node, "rt");
    }
  }
}
