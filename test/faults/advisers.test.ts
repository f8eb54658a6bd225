/** AWS's own advisers, asked once for the organization: what is refused or breaks off there decides nothing anywhere. */
import { expect } from 'vitest';
import type { JournalEntry } from '../../src/simulator/journal.ts';
import { scenario } from './scenario.ts';
import { always, expectGap, expectRecovered, once, threeDays } from './three-days.ts';

const bench = {
  only: ['coh-import', 'compute-optimizer-or-coh-off', 'org-audit-role-missing'],
  density: 1,
  pageSize: 1,
};
const isAdviser = ({ service }: JournalEntry): boolean =>
  service === 'cost-optimization-hub' || service === 'compute-optimizer';
const isLaterPage = (entry: JournalEntry): boolean => isAdviser(entry) && (entry.page?.from ?? 0) > 0;

scenario('8: an adviser that may not be asked is named, and its findings stay', (stage) =>
  threeDays(stage, {
    bench,
    among: isAdviser,
    faults: (victim) => [always(victim, { kind: 'denied' })],
    expect(audited, victim) {
      expectGap('denied')(audited, victim);
      for (const { iamAction } of audited.run?.coverage.gaps.filter(({ kind }) => kind.startsWith('optimizer.')) ?? [])
        expect(iamAction).toBe(victim.iamAction);
      const told = audited.after.filter(
        ({ finding, runId }) => finding.checkId === 'coh-import' && runId === audited.run?.id,
      );
      for (const { change } of told) expect(change).toBe('unknown');
    },
  }),
);

scenario('3: recommendations that break off on a later page are no shorter list', (stage) =>
  threeDays(stage, {
    bench,
    among: isLaterPage,
    faults: (victim) => [always(victim, { kind: 'server-error', page: 'later' })],
    expect: expectGap('unexpected'),
  }),
);

scenario('3: a throttle on a later page of recommendations is waited for', (stage) =>
  threeDays(stage, {
    bench,
    among: isLaterPage,
    faults: (victim) => [once(victim, { kind: 'throttle' })],
    expect: (audited) => expectRecovered(audited),
  }),
);

scenario('4: a page token of an adviser that is no longer good begins the list anew', (stage) =>
  threeDays(stage, {
    bench,
    among: isLaterPage,
    faults: (victim) => [once({ ...victim, nth: 1 }, { kind: 'bad-page-token' })],
    expect: (audited) => expectRecovered(audited),
  }),
);

scenario('5: recommendations that name the same next page for ever are found out', (stage) =>
  threeDays(stage, {
    bench,
    among: (entry) => isLaterPage(entry) && entry.page?.hasNext === true,
    faults: (victim) => [always(victim, { kind: 'repeat-token' })],
    expect: expectGap('unexpected'),
  }),
);
