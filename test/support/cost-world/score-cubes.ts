/** How well causes were found: descriptions that select the same leaves are the same answer. */
import {
  type Cube,
  type CubeDescription,
  type CubeDimensions,
  cubeDimensions,
  describes,
  type RoughCubes,
} from './rough-cubes.ts';
import { harmonic, quantile } from './score.ts';

export type FoundCauses = {
  readonly caseId: string;
  /** Best first. */
  readonly causes: readonly { readonly dims: Readonly<Record<string, string>> }[];
};

export type CubeScore = {
  readonly cases: number;
  /** Share of cases in which the first cause is a true one. */
  readonly top1: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Overlap of the leaves, weighted by the dollars that moved; mean of the cases. */
  readonly dollarF1: number;
  readonly wrong: readonly {
    readonly caseId: string;
    readonly truth: readonly CubeDescription[];
    readonly found: readonly CubeDescription[];
  }[];
};

export function scoreCubes(results: readonly FoundCauses[], { input, labels }: RoughCubes): CubeScore {
  const byCase = new Map(results.map((result) => [result.caseId, result]));
  const cubes = new Map(input.cases.map((cube) => [cube.caseId, cube]));
  let first = 0;
  let right = 0;
  let found = 0;
  let labelled = 0;
  let overlap = 0;
  const wrong: CubeScore['wrong'][number][] = [];
  for (const { caseId, causes } of labels) {
    const cube = cubes.get(caseId);
    if (cube === undefined) throw new RangeError(`no cube ${caseId}`);
    const told = (byCase.get(caseId)?.causes ?? []).map(({ dims }) => known(dims));
    const truth = new Set(causes.map(({ dims }) => selected(cube, [dims]).join()));
    const answers = told.map((dims) => selected(cube, [dims]).join());
    const isFirstRight = answers[0] !== undefined && truth.has(answers[0]);
    first += isFirstRight ? 1 : 0;
    right += new Set(answers.filter((answer) => truth.has(answer))).size;
    found += answers.length;
    labelled += truth.size;
    overlap += overlapOf(
      cube,
      selected(
        cube,
        causes.map(({ dims }) => dims),
      ),
      selected(cube, told),
    );
    if (!isFirstRight) wrong.push({ caseId, truth: causes.map(({ dims }) => dims), found: told });
  }
  const precision = found === 0 ? 0 : right / found;
  const recall = labelled === 0 ? 0 : right / labelled;
  const cases = labels.length;
  return {
    cases,
    top1: first / cases,
    precision,
    recall,
    f1: harmonic(precision, recall),
    dollarF1: overlap / cases,
    wrong,
  };
}

function known(dims: Readonly<Record<string, string>>): CubeDescription {
  const described: Partial<Record<keyof CubeDimensions, string>> = {};
  for (const name of cubeDimensions) {
    const value = dims[name];
    if (value !== undefined) described[name] = value;
  }
  return described;
}

/** Indexes of leaves that one of the descriptions selects. */
function selected({ leaves }: Cube, descriptions: readonly CubeDescription[]): number[] {
  return [...leaves.keys()].filter((index) => {
    const leaf = leaves[index];
    return leaf !== undefined && descriptions.some((description) => describes(description, leaf.dims));
  });
}

function overlapOf(cube: Cube, truth: readonly number[], told: readonly number[]): number {
  const moved = (index: number): number => {
    const leaf = cube.leaves[index];
    return leaf === undefined ? 0 : Math.abs(leaf.actual - quantile(leaf.history, 0.5));
  };
  const answers = new Set(told);
  let both = 0;
  let all = 0;
  for (const index of truth) {
    all += moved(index);
    if (answers.has(index)) both += moved(index);
  }
  for (const index of told) all += moved(index);
  return all === 0 ? 0 : (2 * both) / all;
}
