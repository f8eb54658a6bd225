/** `costwarden explain`: the root cause in cost cubes given as JSON; asks no AWS. */
import { z } from 'zod';
import { type CostLeaf, type RootCause, rootCauses } from '../anomaly/root-cause.ts';
import { ConfigError, exitCodes } from '../errors.ts';
import { formatUsd } from '../model/money.ts';
import { placeOf, readJson } from './json-input.ts';
import type { CommandContext } from './program.ts';

export type ExplainOptions = { readonly input?: string; readonly format: 'table' | 'json' };

/** Every subset of the dimensions is tried: each further one doubles the work. */
const mostDimensions = 6;

/** Rounding may leave less than nothing; credits do not belong into a cube. */
const cost = z
  .number('must be a number of USD')
  .min(-0.01, 'usage cannot cost less than nothing; leave out credits and refunds');
const inputShape = z.object({
  schema: z.literal('costbench-cubes/1', 'must be "costbench-cubes/1"'),
  dims: z
    .array(
      z.string('must be the name of a dimension').min(1, 'must be the name of a dimension'),
      'must be a list of names',
    )
    .min(1, 'must name at least one dimension')
    .max(mostDimensions, `must name at most ${mostDimensions} dimensions; add the leaves up over the others`)
    .refine((names) => new Set(names).size === names.length, 'must name each dimension once'),
  cases: z.array(
    z.object({
      caseId: z.string('must be a string').min(1, 'must not be empty'),
      leaves: z
        .array(
          z.object({
            dims: z.record(z.string(), z.string('must be a string'), 'must hold a value for each of dims'),
            history: z.array(cost, 'must be a list of daily costs').min(1, 'must hold at least one day'),
            actual: cost,
          }),
          'must be a list of leaves',
        )
        .min(1, 'must hold at least one leaf'),
    }),
    'must be a list of cases',
  ),
});

export async function explainCommand(options: ExplainOptions, { io }: CommandContext): Promise<number> {
  const { dims, cases } = await readJson(options.input, inputShape);
  const place = placeOf(options.input);
  const seen = new Set<string>();
  for (const [index, { caseId, leaves }] of cases.entries()) {
    if (seen.has(caseId))
      throw new ConfigError(`${place}: cases[${index}].caseId: ${caseId} comes twice; case ids are unique`);
    seen.add(caseId);
    assertLeaves(leaves, dims, `${place}: cases[${index}] (${caseId})`);
  }
  const results = cases.map(({ caseId, leaves }) => ({ caseId, causes: rootCauses(leaves) }));
  if (options.format === 'json') io.stdout.write(`${JSON.stringify({ results: results.map(toOutput) })}\n`);
  else for (const line of toText(results)) io.stdout.write(`${line}\n`);
  return exitCodes.complete;
}

/** @throws ConfigError when leaves lack a dimension, have one too many, come twice, or have histories of other lengths */
function assertLeaves(leaves: readonly CostLeaf[], dims: readonly string[], at: string): void {
  const places = new Map<string, number>();
  const days = leaves[0]?.history.length;
  for (const [index, { dims: own, history }] of leaves.entries()) {
    const missing = dims.find((name) => own[name] === undefined);
    if (missing !== undefined)
      throw new ConfigError(`${at}: leaves[${index}].dims.${missing} is missing; give each leaf all of dims`);
    const extra = Object.keys(own).find((name) => !dims.includes(name));
    if (extra !== undefined)
      throw new ConfigError(`${at}: leaves[${index}].dims.${extra} is not among dims (${dims.join(', ')})`);
    if (history.length !== days)
      throw new ConfigError(
        `${at}: leaves[${index}].history has ${history.length} days, leaves[0] has ${days}; give the same days for all`,
      );
    const key = JSON.stringify(dims.map((name) => own[name]));
    const same = places.get(key);
    if (same !== undefined)
      throw new ConfigError(`${at}: leaves[${index}] has the same dims as leaves[${same}]; add them up`);
    places.set(key, index);
  }
}

type Result = { readonly caseId: string; readonly causes: readonly RootCause[] };

function toOutput({ caseId, causes }: Result): object {
  return {
    caseId,
    causes: causes.map(({ dims, impactUsd, share }) => ({
      dims,
      impactUsd: Math.round(impactUsd * 100) / 100,
      share: Math.round(share * 1000) / 1000,
    })),
  };
}

function* toText(results: readonly Result[]): Iterable<string> {
  for (const { caseId, causes } of results) {
    yield `${caseId}: ${causes.length === 0 ? 'nothing moved' : ''}`.trimEnd();
    for (const { dims, impactUsd, share, factor, leaves } of causes) {
      const what = Object.entries(dims).map(([name, value]) => `${name} ${value}`);
      const where = what.length === 0 ? 'all of the bill' : what.join(', ');
      const times = factor === null ? 'new' : `x ${factor.toFixed(2)}`;
      yield `  ${impactUsd < 0 ? '-' : '+'}${formatUsd(Math.abs(impactUsd))}  ${Math.round(share * 100)} %  ${times}  ${where} (${leaves} ${leaves === 1 ? 'line' : 'lines'})`;
    }
  }
}
