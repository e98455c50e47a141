import type { CycleName } from "./anomaly.ts";
import type { Dependency, DependencyGraph, Edge } from "./dependency-graph.ts";

export interface Cycle {
  readonly name: CycleName;
  /** `transfer #12 -ww-> read_account #15 -rt-> transfer #12` */
  readonly path: string;
}

/**
 * From the worst anomaly to the mildest. A cycle gets the name of the first search that finds it.
 */
const searches: readonly {
  readonly name: CycleName;
  readonly allowed: readonly Dependency[];
  readonly single_rw?: true;
}[] = [
  { name: "G0", allowed: ["ww"] },
  { name: "G1c", allowed: ["ww", "wr"] },
  { name: "G-single", allowed: ["ww", "wr", "rw"], single_rw: true },
  { name: "G2-item", allowed: ["ww", "wr", "rw"] },
  { name: "G0-realtime", allowed: ["ww", "rt"] },
  { name: "G1c-realtime", allowed: ["ww", "wr", "rt"] },
  { name: "stale read", allowed: ["ww", "wr", "rw", "rt"], single_rw: true },
  { name: "G2-item-realtime", allowed: ["ww", "wr", "rw", "rt"] },
];

/**
 * Finds one short cycle in each knot of the graph, with the name of the worst anomaly that it
 * shows.
 */
export function findCycles(graph: DependencyGraph): Cycle[] {
  const cycles: Cycle[] = [];
  const explained = new Set<number>();
  for (const { name, allowed, single_rw } of searches) {
    for (const knot of knots(graph, allowed)) {
      if (knot.some((node) => explained.has(node))) continue;
      const cycle = shortCycle(graph, new Set(knot), allowed, single_rw === true);
      if (cycle === undefined) continue;
      for (const node of knot) explained.add(node);
      cycles.push({ name, path: describe(graph, cycle) });
    }
  }
  return cycles;
}

/**
 * Finds the strongly connected components with more than one node, by Tarjan's algorithm without
 * recursion.
 */
function knots({ edges }: DependencyGraph, allowed: readonly Dependency[]): number[][] {
  const order = new Int32Array(edges.length).fill(-1);
  const lowest = new Int32Array(edges.length);
  const next_edge = new Int32Array(edges.length);
  const is_open = new Uint8Array(edges.length);
  const open: number[] = [];
  const found: number[][] = [];
  let count = 0;
  const enter = (node: number): void => {
    order[node] = lowest[node] = count;
    count += 1;
    open.push(node);
    is_open[node] = 1;
  };
  for (let root = 0; root < edges.length; root += 1) {
    if (order[root] !== -1) continue;
    const path = [root];
    enter(root);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const edge = edges[node]?.[next_edge[node] ?? 0];
      if (edge !== undefined) {
        next_edge[node] = (next_edge[node] ?? 0) + 1;
        if (!allowed.includes(edge.dependency)) continue;
        if (order[edge.to] === -1) {
          enter(edge.to);
          path.push(edge.to);
        } else if (is_open[edge.to] === 1) {
          lowest[node] = Math.min(lowest[node] ?? 0, order[edge.to] ?? 0);
        }
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) lowest[parent] = Math.min(lowest[parent] ?? 0, lowest[node] ?? 0);
      if (lowest[node] !== order[node]) continue;
      const knot = open.splice(open.lastIndexOf(node));
      for (const member of knot) is_open[member] = 0;
      if (knot.length > 1) found.push(knot);
    }
  }
  return found;
}

interface Step {
  readonly from: number;
  readonly edge: Edge;
}

const starts_max = 400;

/**
 * Searches breadth first from members of the knot. With `single_rw`, the first step is the only
 * `rw` of the cycle.
 */
function shortCycle(
  { edges }: DependencyGraph,
  knot: ReadonlySet<number>,
  allowed: readonly Dependency[],
  single_rw: boolean,
): Step[] | undefined {
  let best: Step[] | undefined;
  const rest = single_rw ? allowed.filter((dependency) => dependency !== "rw") : allowed;
  for (const start of [...knot].slice(0, starts_max)) {
    for (const first of edges[start] ?? []) {
      if (!knot.has(first.to) || !allowed.includes(first.dependency)) continue;
      if (single_rw && first.dependency !== "rw") continue;
      const way = wayBack(
        edges,
        knot,
        rest,
        { from: start, edge: first },
        best?.length ?? Infinity,
      );
      if (way !== undefined) best = way;
      if (best?.length === 2) return best;
    }
  }
  return best;
}

function wayBack(
  edges: DependencyGraph["edges"],
  knot: ReadonlySet<number>,
  allowed: readonly Dependency[],
  first: Step,
  shorter_than: number,
): Step[] | undefined {
  const came_by = new Map<number, Step>([[first.edge.to, first]]);
  let front = [first.edge.to];
  for (let length = 1; front.length > 0 && length + 1 < shorter_than; length += 1) {
    const next: number[] = [];
    for (const node of front) {
      for (const edge of edges[node] ?? []) {
        if (!knot.has(edge.to) || !allowed.includes(edge.dependency)) continue;
        if (edge.to === first.from) return [...stepsTo(came_by, node, first), { from: node, edge }];
        if (came_by.has(edge.to)) continue;
        came_by.set(edge.to, { from: node, edge });
        next.push(edge.to);
      }
    }
    front = next;
  }
  return undefined;
}

function stepsTo(came_by: ReadonlyMap<number, Step>, node: number, first: Step): Step[] {
  const steps: Step[] = [];
  for (let step = came_by.get(node); step !== undefined; step = came_by.get(step.from)) {
    steps.unshift(step);
    if (step === first) break;
  }
  return steps;
}

function describe({ names }: DependencyGraph, steps: readonly Step[]): string {
  const parts = steps.map(({ from, edge }) => `${names[from] ?? ""} -${edge.dependency}-> `);
  return `${parts.join("")}${names[steps[0]?.from ?? 0] ?? ""}`;
}
