/** Rows 11 and 23: accounts that end while they are looked at, and accounts that fail a day each. */
import { expect } from 'vitest';
import { days } from './bench.ts';
import { scenario } from './scenario.ts';
import { gapsOf, lifeWithoutFaults, mendSome } from './three-days.ts';

scenario('11: an account that is suspended in the middle of the run', async (stage) => {
  const bench = await stage.start();
  const first = await bench.audit();
  stage.judge(first);
  const { hubId } = first.evidence.places;
  const known = first.after.map(({ finding }) => finding.accountId);
  const candidates = [...new Set(first.entries.map(({ accountId }) => accountId))].filter(
    (id) => id !== hubId && id !== 'unknown' && known.includes(id),
  );
  const victim = stage.pick(candidates, 'account');
  const turn = stage.number(2, 20, 'call');
  let answered = 0;
  bench.onRequest(({ accountId }) => {
    if (accountId !== victim) return;
    answered += 1;
    if (answered === turn) bench.generated.suspend(victim);
  });
  const second = await bench.audit({ now: days[1] });
  expect(second.error).toBeUndefined();
  expect(gapsOf(second).some(({ accountId }) => accountId === victim)).toBe(true);
  // It was planned when it was still there, and it is refused wherever it had not been looked at.
  const isOfVictim = ({ accountId }: { accountId: string }): boolean => accountId === victim;
  stage.judge(second, {
    places: { ...first.evidence.places, closed: second.evidence.places.closed.filter((id) => id !== victim) },
    isRefusalPlanted: (entry) => isOfVictim(entry) || first.evidence.isRefusalPlanted(entry),
  });

  const third = await bench.audit({ now: days[2] });
  stage.judge(third);
  const ended = third.after.filter(({ finding }) => isOfVictim(finding));
  expect(ended.length).toBeGreaterThan(0);
  for (const { state, reason } of ended) {
    expect(state).toBe('resolved');
    expect(reason).toMatch(/account closed|no longer found/);
  }
  expect(ended.some(({ reason }) => reason === 'account closed')).toBe(true);
});

scenario('23: another account fails every day', async (stage) => {
  const options = { seed: stage.seed, accounts: 8 };
  const faultless = await lifeWithoutFaults(options);
  const bench = await stage.start(options);
  const members = [...new Set(faultless[0].entries.map(({ accountId }) => accountId))].filter(
    (id) => id !== 'unknown' && id !== faultless[0].evidence.places.hubId,
  );
  stage.judge(await bench.audit());
  mendSome(bench, stage.seed);
  for (const [index, now] of days.slice(1, 4).entries()) {
    const victim = members[(index + stage.seed) % members.length] ?? '';
    bench.simulator.faults.add({ kind: 'server-error', accountId: victim });
    const audited = await bench.audit({ now });
    bench.simulator.faults.clear();
    expect(audited.run?.status).toBe('partial');
    expect(audited.run?.changes['reopened']).toBeUndefined();
    expect(new Set(gapsOf(audited).map(({ accountId }) => accountId))).toEqual(new Set([victim]));
    stage.judge(audited);
  }
  const last = await bench.audit({ now: days[4] });
  stage.judge(last, { faultless: faultless[2].after });
});
